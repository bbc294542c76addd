/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.javaagent.okhttp.adapter;

import okio.Buffer;

/**
 * Shows bytes where they lie in a buffer. Those before them are not walked over, nothing is copied.
 */
final class BufferedBytes {
  private final Buffer.UnsafeCursor cursor = new Buffer.UnsafeCursor();
  private final Receiver receiver;

  /** Gets each piece. */
  interface Receiver {
    void accept(byte[] bytes, int offset, int length);
  }

  BufferedBytes(Receiver receiver) {
    this.receiver = receiver;
  }

  void show(Buffer buffer, long offset, long count) {
    buffer.readUnsafe(cursor);
    try {
      cursor.seek(offset);
      long left = count;
      while (left > 0) {
        int length = (int) Math.min(left, cursor.end - cursor.start);
        receiver.accept(cursor.data, cursor.start, length);
        left -= length;
        cursor.next();
      }
    } finally {
      cursor.close();
    }
  }
}
