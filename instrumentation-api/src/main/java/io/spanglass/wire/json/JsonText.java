/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.wire.json;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** A string value of a document: a view that holds only during the handler's call. */
public final class JsonText {
  private byte[] bytes = new byte[64];
  private int size;
  private int limit;
  private long length;

  void start(int limit) {
    this.size = 0;
    this.limit = limit;
    this.length = 0;
  }

  void append(int b) {
    length++;
    if (size < limit) {
      if (size == bytes.length) {
        bytes = Arrays.copyOf(bytes, Math.min(limit, size * 2));
      }
      bytes[size++] = (byte) b;
    }
  }

  void append(byte[] from, int offset, int count) {
    length += count;
    int room = Math.min(limit - size, count);
    if (room > 0) {
      if (size + room > bytes.length) {
        bytes = Arrays.copyOf(bytes, Math.min(limit, Math.max(size + room, bytes.length * 2)));
      }
      System.arraycopy(from, offset, bytes, size, room);
      size += room;
    }
  }

  /** How many bytes of UTF-8 the whole value has, kept or not. */
  public long length() {
    return length;
  }

  /** Whether nothing was cut off. */
  public boolean isWhole() {
    return length == size;
  }

  public boolean contentEquals(byte[] ascii) {
    return length == size && Arrays.equals(bytes, 0, size, ascii, 0, ascii.length);
  }

  /**
   * The text that was kept, without the character that the limit cut in two. Bytes that are no
   * UTF-8 become U+FFFD.
   */
  @Override
  public String toString() {
    int end = size;
    if (!isWhole()) {
      int last = size - 1;
      while (last >= 0 && size - last < 4 && (bytes[last] & 0xC0) == 0x80) {
        last--;
      }
      if (last >= 0 && size - last < sequenceLength(bytes[last])) {
        end = last;
      }
    }
    return new String(bytes, 0, end, StandardCharsets.UTF_8);
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
