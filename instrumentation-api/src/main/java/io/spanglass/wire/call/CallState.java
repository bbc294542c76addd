/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.wire.call;

import io.spanglass.wire.decode.OutputKind;
import io.spanglass.wire.decode.RequestFacts;
import io.spanglass.wire.decode.ResponseFacts;
import io.spanglass.wire.decode.ResponseListener;
import io.spanglass.wire.decode.ResponseReader;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What is known of one request and its response: when chunks came, how it ended. It listens to the
 * reader of the response and asks it for what the body says; the bytes do not pass through it.
 *
 * <p>Times are {@link System#nanoTime()}; {@link #UNKNOWN} where something did not happen. Used by
 * one thread at a time, which its owner sees to; request facts may come from another.
 */
public final class CallState implements ResponseListener {
  public static final long UNKNOWN = Long.MIN_VALUE;

  /** {@code error.type} of a stream that ended without its end. */
  static final String STREAM_INCOMPLETE = "stream_incomplete";

  /** {@code error.type} of a successful response whose body is no whole document of the API. */
  static final String INVALID_RESPONSE = "invalid_response";

  private final long startNanos;
  private final ChunkListener chunks;
  private volatile @Nullable RequestFacts request;

  /** Null until the response's head came. */
  private @Nullable ResponseReader reader;

  private int status;

  private long now;
  private long firstChunkNanos = UNKNOWN;
  private long lastChunkNanos = UNKNOWN;
  private long lastByteNanos = UNKNOWN;
  private final long[] firstOutputNanos = new long[OutputKind.COUNT];

  /** Whether the listener was told of the first chunk. */
  private boolean firstChunkTold;

  private boolean ended;
  private @Nullable StreamEnd end;
  private @Nullable String errorType;
  private long endNanos;

  /**
   * @param startNanos when the call began, which times count from
   * @param chunks called while bytes are read, on that thread
   */
  public CallState(long startNanos, ChunkListener chunks) {
    this.startNanos = startNanos;
    this.chunks = chunks;
    Arrays.fill(firstOutputNanos, UNKNOWN);
  }

  /** A snapshot of what the request's body says; may be called by any thread. */
  public void onRequest(RequestFacts facts) {
    request = facts;
  }

  /**
   * The final response head came. What an earlier one brought is forgotten.
   *
   * @param reader which this listens to
   */
  public void onResponseHead(int status, ResponseReader reader) {
    this.status = status;
    this.reader = reader;
    firstChunkNanos = UNKNOWN;
    lastChunkNanos = UNKNOWN;
    lastByteNanos = UNKNOWN;
    firstChunkTold = false;
    Arrays.fill(firstOutputNanos, UNKNOWN);
  }

  /** The reader is about to be given bytes that arrived then. */
  public void onResponseBytes(long now) {
    this.now = now;
    lastByteNanos = now;
  }

  @Override
  public void onChunk(int outputKinds, boolean hasChoices) {
    if (ended) {
      return;
    }
    for (int i = 0; i < firstOutputNanos.length; i++) {
      if ((outputKinds & (1 << i)) != 0 && firstOutputNanos[i] == UNKNOWN) {
        firstOutputNanos[i] = now;
      }
    }
    if (!hasChoices) {
      return;
    }
    long before = lastChunkNanos;
    lastChunkNanos = now;
    if (firstChunkNanos == UNKNOWN) {
      firstChunkNanos = now;
    }
    if (!isEventStream()) {
      // A document, or the first of several that follow one another.
      return;
    }
    if (!firstChunkTold) {
      firstChunkTold = true;
      chunks.onFirstChunk(this);
    }
    if (before != UNKNOWN) {
      chunks.onNextChunk(this, now - before);
    }
  }

  @Override
  public void onTerminator() {
    if (!ended) {
      finishAnswer(now);
    }
  }

  /** The response is over as far as the connection can tell, and its reader was told. */
  public void onResponseEnd(long now) {
    if (ended) {
      return;
    }
    long at = lastByteNanos == UNKNOWN ? now : lastByteNanos;
    if (reader == null) {
      onUnobserved(now);
    } else if (isAnswerWhole()) {
      finishAnswer(answerEndNanos());
    } else if (failedAnswer() || isUnread() || status < 200 || status >= 300) {
      finishAnswer(at);
    } else {
      finish(StreamEnd.ERROR, isEventStream() ? STREAM_INCOMPLETE : INVALID_RESPONSE, at);
    }
  }

  private boolean isAnswerWhole() {
    return reader != null && reader.isAnswerWhole();
  }

  private boolean isUnread() {
    return unreadEncoding() != null;
  }

  /** Whether what the server answered is an error, by its status or by its body. */
  private boolean failedAnswer() {
    return status >= 400 || response().error;
  }

  /** Of an answer that is whole. The frame of its last chunk may still be open. */
  private long answerEndNanos() {
    return isEventStream() && lastChunkNanos != UNKNOWN && !response().terminated
        ? lastChunkNanos
        : lastByteNanos;
  }

  /**
   * The application stopped the call, or nobody holds its stream any more. A stream whose answer
   * was whole by then counts as completed: many clients close at the last chunk. One that had
   * failed by then counts as that: many clients do not read the body of an error.
   */
  public void onStopped(StreamEnd how, long now) {
    if (ended) {
      return;
    }
    if (failedAnswer()) {
      finishAnswer(lastByteNanos == UNKNOWN ? now : lastByteNanos);
    } else if (isAnswerWhole()) {
      finishAnswer(answerEndNanos());
    } else {
      finish(how, null, now);
    }
  }

  /** The client broke off, in the middle of the answer or before it. */
  public void onFailure(StreamEnd how, Throwable failure, long now) {
    if (ended) {
      return;
    }
    if (how.isFailure()) {
      finish(how, errorType(how, failure), now);
    } else {
      onStopped(how, now);
    }
  }

  /**
   * The response was not observed to its end, since something of ours failed. It is over; how, is
   * not known.
   */
  public void onUnobserved(long now) {
    if (!ended) {
      ended = true;
      endNanos = now;
    }
  }

  /**
   * What the application got in the end is something else than how this ended. If it stopped the
   * call, that counts as if it had come before the end.
   *
   * @param failure null if {@code how} is no failure
   */
  public void overrule(StreamEnd how, @Nullable Throwable failure, long now) {
    if (failure != null && how.isFailure()) {
      finish(how, errorType(how, failure), now);
    } else {
      ended = false;
      onStopped(how, now);
    }
  }

  /** The application stopped the call after this had ended, while it waited for another attempt. */
  public void onStoppedAfterEnd(StreamEnd how, long now) {
    if (end != StreamEnd.COMPLETED) {
      finish(how, null, now);
    }
  }

  private static String errorType(StreamEnd how, Throwable failure) {
    // What a client throws when its deadline runs out, whatever it was that broke.
    return how == StreamEnd.TIMEOUT
            && Failures.classify(failure, /* cancelled= */ false, /* timedOut= */ false)
                != StreamEnd.TIMEOUT
        ? "java.io.InterruptedIOException"
        : Failures.errorType(failure);
  }

  /** The answer is all there will be: an error, if it is one. */
  private void finishAnswer(long at) {
    if (!failedAnswer()) {
      finish(StreamEnd.COMPLETED, null, at);
      return;
    }
    String code = response().errorCode;
    finish(
        StreamEnd.ERROR,
        code != null ? code : status >= 400 ? Integer.toString(status) : "_OTHER",
        at);
  }

  private void finish(StreamEnd how, @Nullable String error, long at) {
    ended = true;
    end = how;
    errorType = error;
    endNanos = at;
  }

  /** Whether the call is over; only {@link #overrule} changes anything after that. */
  public boolean isEnded() {
    return ended;
  }

  /** How it ended; null if it has not, or if that was not observed. */
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
    return reader == null ? ResponseFacts.NONE : reader.facts();
  }

  /** The content encoding for which the body could not be read, or not to its end, or null. */
  public @Nullable String unreadEncoding() {
    return reader == null ? null : reader.unreadEncoding();
  }

  /** Seconds after which the server says that the request may be repeated; NaN if it does not. */
  public double retryAfterSeconds() {
    return reader == null ? Double.NaN : reader.retryAfterSeconds();
  }

  /** Whether the answer comes as a stream. */
  public boolean isEventStream() {
    return reader != null && reader.isStream();
  }

  /** Nanoseconds from the request's issue to the end; only once {@linkplain #isEnded() ended}. */
  public long duration() {
    return endNanos - startNanos;
  }

  /** Nanoseconds to the first chunk of a stream, or {@link #UNKNOWN}. */
  public long timeToFirstChunk() {
    return sinceStart(firstChunkNanos);
  }

  /**
   * Nanoseconds to the first output of a kind in a stream, or {@link #UNKNOWN}.
   *
   * @param kind the index of an {@link OutputKind}
   */
  public long timeToFirstOutput(int kind) {
    return sinceStart(firstOutputNanos[kind]);
  }

  private long sinceStart(long nanos) {
    return nanos == UNKNOWN || !isEventStream() ? UNKNOWN : nanos - startNanos;
  }
}
