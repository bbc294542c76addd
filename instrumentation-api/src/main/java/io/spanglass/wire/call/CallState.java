/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.wire.call;

import io.spanglass.wire.bytes.ContentDecoder;
import io.spanglass.wire.decode.OutputKind;
import io.spanglass.wire.decode.RequestFacts;
import io.spanglass.wire.decode.ResponseDecoder;
import io.spanglass.wire.decode.ResponseFacts;
import io.spanglass.wire.decode.ResponseListener;
import io.spanglass.wire.decode.WireApi;
import io.spanglass.wire.frame.BodyReader;
import io.spanglass.wire.frame.Framing;
import io.spanglass.wire.frame.SniffingFraming;
import io.spanglass.wire.frame.SseFraming;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What is known of one call: what the response said so far, when its chunks came, how it ended.
 *
 * <p>Times are {@link System#nanoTime()}; {@link #UNKNOWN} where something did not happen. Used by
 * one thread at a time, which its owner sees to; request facts may come from another.
 */
public final class CallState implements ResponseListener {
  public static final long UNKNOWN = Long.MIN_VALUE;

  /** {@code error.type} of a stream that ended without its end. */
  static final String INCOMPLETE = "stream_incomplete";

  private final long startNanos;
  private final ChunkListener chunks;
  private final WireApi api;
  private ResponseDecoder decoder;
  private volatile @Nullable RequestFacts request;

  private @Nullable BodyReader body;
  private @Nullable SniffingFraming sniffing;
  private boolean eventStream;
  private @Nullable String encoding;
  private @Nullable String unreadEncoding;
  private int status;

  private long now;
  private long firstChunkNanos = UNKNOWN;
  private long lastChunkNanos = UNKNOWN;
  private long lastByteNanos = UNKNOWN;
  private final long[] firstOutputNanos = new long[OutputKind.COUNT];

  private @Nullable StreamEnd end;
  private @Nullable String errorType;
  private long endNanos;

  /**
   * @param startNanos when the request was issued
   * @param chunks called while bytes are read, on that thread
   */
  public CallState(WireApi api, long startNanos, ChunkListener chunks) {
    this.startNanos = startNanos;
    this.chunks = chunks;
    this.api = api;
    this.decoder = api.newResponseDecoder(this);
    Arrays.fill(firstOutputNanos, UNKNOWN);
  }

  /** A snapshot of what the request's body says; may be called by any thread. */
  public void onRequest(RequestFacts facts) {
    request = facts;
  }

  /** The request is sent once more: what came so far is not the answer. */
  public void onResend() {
    if (end != null) {
      return;
    }
    closeBody();
    decoder = api.newResponseDecoder(this);
    sniffing = null;
    eventStream = false;
    encoding = null;
    unreadEncoding = null;
    status = 0;
    firstChunkNanos = UNKNOWN;
    lastChunkNanos = UNKNOWN;
    lastByteNanos = UNKNOWN;
    Arrays.fill(firstOutputNanos, UNKNOWN);
  }

  /** The final response head, after redirects and the like. */
  public void onResponseHead(
      int status, @Nullable String contentType, @Nullable String contentEncoding) {
    this.status = status;
    closeBody();
    encoding = contentEncoding;
    if (!ContentDecoder.isReadable(contentEncoding)) {
      unreadEncoding = contentEncoding;
      return;
    }
    Framing framing;
    String type = contentType == null ? "" : contentType.toLowerCase(Locale.ROOT);
    if (type.contains("event-stream")) {
      framing = new SseFraming(decoder);
      eventStream = true;
    } else {
      sniffing = new SniffingFraming(decoder);
      framing = sniffing;
    }
    body = new BodyReader(framing, contentEncoding);
  }

  /** The next bytes of the response's body. The buffer's position moves. */
  public void onResponseBytes(ByteBuffer buffer, long now) {
    this.now = now;
    lastByteNanos = now;
    if (body != null && end == null) {
      body.onBuffer(buffer);
    }
  }

  @Override
  public void onChunk(int outputKinds, boolean hasChoices) {
    if (!isEventStream()) {
      return;
    }
    if (hasChoices && firstChunkNanos == UNKNOWN) {
      firstChunkNanos = now;
    }
    for (int i = 0; i < firstOutputNanos.length; i++) {
      if ((outputKinds & (1 << i)) != 0 && firstOutputNanos[i] == UNKNOWN) {
        firstOutputNanos[i] = now;
      }
    }
    if (!hasChoices) {
      return;
    }
    if (lastChunkNanos == UNKNOWN) {
      lastChunkNanos = now;
      chunks.onFirstChunk(this);
    } else {
      long since = now - lastChunkNanos;
      lastChunkNanos = now;
      chunks.onNextChunk(this, since);
    }
  }

  @Override
  public void onTerminator() {
    finish(decoder.facts().error ? StreamEnd.ERROR : StreamEnd.COMPLETED, null, now);
  }

  /** The response is over as far as the connection can tell. */
  public void onResponseEnd(long now) {
    if (end != null) {
      return;
    }
    this.now = lastByteNanos == UNKNOWN ? now : lastByteNanos;
    if (body != null) {
      body.onEnd();
    }
    if (end == null) {
      boolean incomplete =
          isEventStream()
              && status < 400
              && !decoder.facts().error
              && !decoder.facts().allChoicesFinished();
      finish(
          incomplete ? StreamEnd.ERROR : StreamEnd.COMPLETED,
          incomplete ? INCOMPLETE : null,
          isAnswerWhole() ? answerEndNanos() : this.now);
    }
  }

  private boolean isAnswerWhole() {
    return isEventStream() ? decoder.facts().allChoicesFinished() : decoder.isFrameComplete();
  }

  /** Of an answer that is whole. The frame of its last chunk may still be open. */
  private long answerEndNanos() {
    return isEventStream() && lastChunkNanos != UNKNOWN ? lastChunkNanos : lastByteNanos;
  }

  /**
   * The application stopped the call, or nobody holds its stream any more. A stream whose answer
   * was whole by then counts as completed: many clients close at the last chunk. One that had
   * failed by then counts as that: many clients do not read the body of an error.
   */
  public void onStopped(StreamEnd how, long now) {
    if (end != null) {
      return;
    }
    if (status >= 400 || decoder.facts().error) {
      finish(StreamEnd.ERROR, null, lastByteNanos == UNKNOWN ? now : lastByteNanos);
    } else if (isAnswerWhole()) {
      finish(StreamEnd.COMPLETED, null, answerEndNanos());
    } else {
      finish(how, null, now);
    }
  }

  /** The application got an exception in place of, or in the middle of, the answer. */
  public void onFailure(Throwable failure, long now) {
    if (end != null) {
      return;
    }
    Throwable unwrapped = Failures.unwrap(failure);
    onFailure(Failures.classify(unwrapped), unwrapped, now);
  }

  /** The same where the client says more of it than the exception's type does. */
  public void onFailure(StreamEnd how, Throwable failure, long now) {
    if (end != null) {
      return;
    }
    if (how.isFailure()) {
      finish(how, Failures.errorType(failure), now);
    } else {
      onStopped(how, now);
    }
  }

  /**
   * The application got this exception after this attempt had ended, while it waited for the next.
   * If it stopped the call itself, the call did not fail; else how the attempt ended says more than
   * what a client makes of it.
   */
  public void onFailureAfterEnd(Throwable failure, long now) {
    StreamEnd how = Failures.classify(Failures.unwrap(failure));
    if (!how.isFailure()) {
      end = how;
      errorType = null;
      endNanos = now;
    }
  }

  private void finish(StreamEnd how, @Nullable String error, long at) {
    ResponseFacts facts = decoder.facts();
    StreamEnd end = how;
    String type = error;
    if (how == StreamEnd.COMPLETED || (how == StreamEnd.ERROR && type == null)) {
      if (facts.error || status >= 400) {
        end = StreamEnd.ERROR;
        type =
            facts.errorCode != null
                ? facts.errorCode
                : status >= 400 ? Integer.toString(status) : "_OTHER";
      }
    }
    this.end = end;
    this.errorType = type;
    this.endNanos = at;
    closeBody();
  }

  private void closeBody() {
    if (body != null) {
      if (body.isBroken()) {
        unreadEncoding = encoding;
      }
      body.close();
      body = null;
    }
  }

  /** Whether the call is over; nothing changes after that. */
  public boolean isEnded() {
    return end != null;
  }

  public @Nullable StreamEnd end() {
    return end;
  }

  public @Nullable String errorType() {
    return errorType;
  }

  public @Nullable RequestFacts request() {
    return request;
  }

  public ResponseFacts response() {
    return decoder.facts();
  }

  /** The content encoding for which the body could not be read, or not to its end, or null. */
  public @Nullable String unreadEncoding() {
    return unreadEncoding;
  }

  /** Whether the answer comes as a stream of events. */
  public boolean isEventStream() {
    return eventStream || (sniffing != null && sniffing.isEventStream());
  }

  /** Nanoseconds from the request's issue to the end; only once {@linkplain #isEnded() ended}. */
  public long duration() {
    return endNanos - startNanos;
  }

  /** Nanoseconds to the first chunk, or {@link #UNKNOWN}. */
  public long timeToFirstChunk() {
    return sinceStart(firstChunkNanos);
  }

  /**
   * Nanoseconds to the first output of a kind, or {@link #UNKNOWN}.
   *
   * @param kind the index of an {@link OutputKind}
   */
  public long timeToFirstOutput(int kind) {
    return sinceStart(firstOutputNanos[kind]);
  }

  private long sinceStart(long nanos) {
    return nanos == UNKNOWN ? UNKNOWN : nanos - startNanos;
  }
}
