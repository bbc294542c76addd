/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.wire.bytes;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Finds the bytes that end something, eight bytes at a time. A word holds eight bytes, the first
 * one lowest.
 */
public final class ByteSearch {
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private static final long ONES = 0x0101010101010101L;
  private static final long HIGH_BITS = 0x8080808080808080L;
  private static final long QUOTES = ONES * '"';
  private static final long BACKSLASHES = ONES * '\\';
  private static final long SPACES = ONES * ' ';
  private static final long ABOVE_SPACES = ONES * (' ' + 1);
  private static final long TWOS = ONES * 2;

  private ByteSearch() {}

  /** Returns the eight bytes from {@code at} on, which must lie in the array. */
  public static long word(byte[] bytes, int at) {
    return (long) LONGS.get(bytes, at);
  }

  /** Returns up to eight bytes as a word, with zeros behind them. */
  public static long word(byte[] bytes, int at, int length) {
    if (length == 0) {
      return 0;
    }
    if (length >= 8) {
      return word(bytes, at);
    }
    if (bytes.length - at >= 8) {
      return firstBytes(word(bytes, at), length);
    }
    long word = 0;
    for (int i = length - 1; i >= 0; i--) {
      word = (word << 8) | (bytes[at + i] & 0xff);
    }
    return word;
  }

  /** Returns the word with all but the first bytes cleared. */
  public static long firstBytes(long word, int count) {
    return count >= 8 ? word : count == 0 ? 0 : word & (-1L >>> (64 - 8 * count));
  }

  /**
   * Returns a mark in each byte that is a quote or a backslash, 0 where none is. Only the first
   * mark is reliable; {@link #index} tells where it is.
   */
  public static long stringEnds(long word) {
    return (zeros(word ^ QUOTES) | zeros(word ^ BACKSLASHES)) & HIGH_BITS;
  }

  /** Returns the index, 0 to 7, of the first mark. */
  public static int index(long marks) {
    return Long.numberOfTrailingZeros(marks) >>> 3;
  }

  /** One bit turned, a quote is a space, and all control characters are below it as before. */
  private static long quotesAndControls(long word) {
    long turned = word ^ TWOS;
    return (turned - ABOVE_SPACES) & ~turned;
  }

  private static long zeros(long word) {
    return (word - ONES) & ~word;
  }

  /** Returns where the first quote or backslash stands, or {@code end}. */
  public static int stringEnd(byte[] bytes, int from, int end) {
    int at = from;
    while (end - at >= 8) {
      long marks = stringEnds(word(bytes, at));
      if (marks != 0) {
        return at + index(marks);
      }
      at += 8;
    }
    while (at < end && bytes[at] != '"' && bytes[at] != '\\') {
      at++;
    }
    return at;
  }

  /** Returns where the first quote, backslash or control character stands, or {@code end}. */
  public static int stringEndOrControl(byte[] bytes, int from, int end) {
    int at = from;
    while (end - at >= 8) {
      long word = word(bytes, at);
      long marks = (quotesAndControls(word) | zeros(word ^ BACKSLASHES)) & HIGH_BITS;
      if (marks != 0) {
        return at + index(marks);
      }
      at += 8;
    }
    while (at < end && bytes[at] != '"' && bytes[at] != '\\' && !isControl(bytes[at])) {
      at++;
    }
    return at;
  }

  /** Returns where the first line feed or carriage return stands, or {@code end}. */
  public static int lineEnd(byte[] bytes, int from, int end) {
    int at = from;
    while (true) {
      // Text has hardly another control character: one test does for both.
      at = control(bytes, at, end);
      if (at == end || bytes[at] == '\n' || bytes[at] == '\r') {
        return at;
      }
      at++;
    }
  }

  private static int control(byte[] bytes, int from, int end) {
    int at = from;
    while (end - at >= 8) {
      long marks = controls(word(bytes, at));
      if (marks != 0) {
        return at + index(marks);
      }
      at += 8;
    }
    while (at < end && !isControl(bytes[at])) {
      at++;
    }
    return at;
  }

  private static long controls(long word) {
    return (word - SPACES) & ~word & HIGH_BITS;
  }

  private static boolean isControl(byte b) {
    return b >= 0 && b < ' ';
  }
}
