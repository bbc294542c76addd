/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.wire.frame;

import io.spanglass.wire.bytes.ByteSink;
import io.spanglass.wire.bytes.ContentDecoder;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * One body, from the buffers of a client to frames. Keeps none of it; a buffer without an
 * accessible array goes through a small window.
 */
public final class BodyReader implements AutoCloseable {
  private static final int WINDOW_SIZE = 4096;

  private final Framing framing;
  private final ByteSink first;
  private byte @Nullable [] window;

  /**
   * @param contentEncoding the header's value, null where there is none; must be readable by {@link
   *     ContentDecoder}
   */
  public BodyReader(Framing framing, @Nullable String contentEncoding) {
    this.framing = framing;
    this.first = ContentDecoder.decoding(contentEncoding, framing);
  }

  /** Reads what remains in the buffer; its position moves to its limit. */
  public void onBuffer(ByteBuffer buffer) {
    if (buffer.hasArray()) {
      int length = buffer.remaining();
      first.onBytes(buffer.array(), buffer.arrayOffset() + buffer.position(), length);
      buffer.position(buffer.limit());
      return;
    }
    byte[] window = this.window;
    if (window == null) {
      window = new byte[WINDOW_SIZE];
      this.window = window;
    }
    while (buffer.hasRemaining()) {
      int length = Math.min(window.length, buffer.remaining());
      buffer.get(window, 0, length);
      first.onBytes(window, 0, length);
    }
  }

  public void onBytes(byte[] bytes, int offset, int length) {
    first.onBytes(bytes, offset, length);
  }

  /** The body is over. */
  public void onEnd() {
    framing.onEnd();
    close();
  }

  @Override
  public void close() {
    window = null;
    if (first instanceof ContentDecoder) {
      ((ContentDecoder) first).close();
    }
  }
}
