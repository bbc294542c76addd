/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.wire.decode;

import io.spanglass.wire.RequestHead;
import io.spanglass.wire.bytes.ContentDecoder;
import io.spanglass.wire.frame.BodyReader;
import io.spanglass.wire.frame.DocumentFraming;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Reads the body of a request from its bytes on the wire to facts: content encoding, framing and
 * decoder. Used by one thread at a time.
 */
public final class RequestReader implements AutoCloseable {
  private final RequestDecoder decoder;

  /** Null where the content encoding cannot be read. */
  private final @Nullable BodyReader body;

  /** For an API whose request is one document. */
  public RequestReader(RequestDecoder decoder, RequestHead head) {
    String encoding = head.header("Content-Encoding");
    this.decoder = decoder;
    this.body =
        ContentDecoder.isReadable(encoding)
            ? new BodyReader(new DocumentFraming(decoder), encoding)
            : null;
  }

  /** The next bytes of the body. The buffer's position moves. */
  public void onBytes(ByteBuffer bytes) {
    if (body != null) {
      body.onBuffer(bytes);
    }
  }

  public void onBytes(byte[] bytes, int offset, int length) {
    if (body != null) {
      body.onBytes(bytes, offset, length);
    }
  }

  /** Returns what the body says as far as it was read. */
  public RequestFacts facts() {
    return decoder.facts();
  }

  /** Whether what was read can be a request of the API; also true if it could not be read. */
  public boolean isPossible() {
    return body == null || body.isBroken() || decoder.isPossible();
  }

  /** Whether everything of the body was read and understood. */
  public boolean isComplete() {
    return decoder.isComplete();
  }

  @Override
  public void close() {
    if (body != null) {
      body.close();
    }
  }
}
