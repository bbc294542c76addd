/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.wire.json;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** A string value of a document: a view that holds only during the call that brings it. */
public final class JsonText {
  private static final byte[] NOTHING = {};

  /** The bytes that are kept of a text that has escapes or comes in pieces. */
  private byte[] own = NOTHING;

  /** Where the text lies: in {@link #own}, or in the buffer that was read. */
  private byte[] bytes = own;

  private int offset;
  private int size;
  private int limit;
  private long length;

  /** Looks at a text that lies whole, and without escapes, in a buffer. */
  void view(byte[] buffer, int from, int to, int limit) {
    this.bytes = buffer;
    this.offset = from;
    this.length = (long) to - from;
    this.size = Math.min(to - from, limit);
  }

  /** Lets go of the buffer. */
  void release() {
    bytes = own;
    offset = 0;
    size = 0;
    length = 0;
  }

  void start(int limit) {
    release();
    this.limit = limit;
  }

  void append(int b) {
    length++;
    if (size < limit) {
      ensure(size + 1);
      own[size++] = (byte) b;
    }
  }

  void append(byte[] from, int at, int count) {
    length += count;
    int room = Math.min(limit - size, count);
    if (room > 0) {
      ensure(size + room);
      System.arraycopy(from, at, own, size, room);
      size += room;
    }
  }

  private void ensure(int count) {
    if (count > own.length) {
      own = Arrays.copyOf(own, Math.min(limit, Math.max(count, Math.max(64, own.length * 2))));
      bytes = own;
    }
  }

  byte[] bytes() {
    return bytes;
  }

  /** Returns how many bytes of UTF-8 the whole value has, kept or not. */
  public long length() {
    return length;
  }

  public boolean isEmpty() {
    return length == 0;
  }

  /** Whether nothing was cut off. */
  public boolean isWhole() {
    return length == size;
  }

  /** Whether it is empty, or white space as far as it was kept. */
  public boolean isBlank() {
    for (int i = 0; i < size; i++) {
      if (bytes[offset + i] > ' ' || bytes[offset + i] < 0) {
        return false;
      }
    }
    return isWhole();
  }

  public boolean contentEquals(byte[] ascii) {
    return length == ascii.length
        && size == length
        && Arrays.equals(bytes, offset, offset + size, ascii, 0, ascii.length);
  }

  /**
   * Returns the text that was kept, without the character that the limit cut in two. Bytes that are
   * no UTF-8 become U+FFFD.
   */
  @Override
  public String toString() {
    int kept = size;
    if (!isWhole()) {
      int last = size - 1;
      while (last >= 0 && size - last < 4 && (bytes[offset + last] & 0xC0) == 0x80) {
        last--;
      }
      if (last >= 0 && size - last < sequenceLength(bytes[offset + last])) {
        kept = last;
      }
    }
    return new String(bytes, offset, kept, StandardCharsets.UTF_8);
  }

  private static int sequenceLength(byte lead) {
    if ((lead & 0xE0) == 0xC0) {
      return 2;
    }
    if ((lead & 0xF0) == 0xE0) {
      return 3;
    }
    return (lead & 0xF8) == 0xF0 ? 4 : 1;
  }
}
