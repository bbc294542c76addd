/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.wire.decode;

import io.spanglass.wire.ResponseHead;
import io.spanglass.wire.bytes.ContentDecoder;
import io.spanglass.wire.frame.BodyReader;
import io.spanglass.wire.frame.Framing;
import io.spanglass.wire.frame.SniffingFraming;
import java.nio.ByteBuffer;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Reads the body of a response from its bytes on the wire to facts: content encoding, framing and
 * decoder. How the body is framed is decided here and nowhere else. Used by one thread at a time.
 */
public final class ResponseReader implements AutoCloseable {
  private final ResponseDecoder decoder;
  private final @Nullable String encoding;
  private final boolean typedAsStream;
  private final double retryAfter;

  /** Null where the content encoding cannot be read. */
  private final @Nullable BodyReader body;

  private boolean anyBytes;

  /** For an API whose bodies show themselves how they are framed. */
  public ResponseReader(ResponseDecoder decoder, ResponseHead head) {
    this(decoder, head, new SniffingFraming(decoder, head.header("Content-Type")));
  }

  /** For an API that has one framing of its own. */
  public ResponseReader(ResponseDecoder decoder, ResponseHead head, Framing framing) {
    String type = head.header("Content-Type");
    this.decoder = decoder;
    this.encoding = head.header("Content-Encoding");
    this.typedAsStream = type != null && type.toLowerCase(Locale.ROOT).contains("event-stream");
    this.retryAfter = RetryAfter.seconds(head);
    this.body = ContentDecoder.isReadable(encoding) ? new BodyReader(framing, encoding) : null;
  }

  /** The next bytes of the body. The buffer's position moves. */
  public void onBytes(ByteBuffer bytes) {
    if (body != null) {
      anyBytes |= bytes.hasRemaining();
      body.onBuffer(bytes);
    }
  }

  public void onBytes(byte[] bytes, int offset, int length) {
    if (body != null) {
      anyBytes |= length > 0;
      body.onBytes(bytes, offset, length);
    }
  }

  /** The body is over. */
  public void onEnd() {
    if (body != null) {
      body.onEnd();
    }
  }

  /** Returns what the body says as far as it was read. */
  public ResponseFacts facts() {
    return decoder.facts();
  }

  /** Seconds after which the server says that the request may be repeated; NaN if it does not. */
  public double retryAfterSeconds() {
    return retryAfter;
  }

  /** Whether the answer comes as a stream; of an empty body its type says it. */
  public boolean isStream() {
    return decoder.isStream() || (typedAsStream && !anyBytes && body != null);
  }

  /** Whether nothing of the answer can be missing. */
  public boolean isAnswerWhole() {
    return decoder.isAnswerWhole();
  }

  /** The content encoding for which the body could not be read, or not to its end, or null. */
  public @Nullable String unreadEncoding() {
    return body == null || body.isBroken() ? encoding : null;
  }

  @Override
  public void close() {
    if (body != null) {
      body.close();
    }
  }
}
