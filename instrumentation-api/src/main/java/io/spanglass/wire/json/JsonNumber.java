/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.wire.json;

import java.nio.charset.StandardCharsets;

/** Reads a number: into a long where it is written as one and fits, else into a double. */
final class JsonNumber {
  /** Longer numbers are left out: a part of one would be another number. */
  static final int MAX_LENGTH = 40;

  /** What a number turned out to be. */
  enum Kind {
    LONG,
    DOUBLE,
    /** A number that is too long, or that no double holds. */
    UNUSABLE,
    BROKEN
  }

  private long longValue;
  private double doubleValue;

  static boolean isStart(byte b) {
    return b == '-' || (b >= '0' && b <= '9');
  }

  /** Whether the byte can be part of a number. */
  private static boolean isPart(byte b) {
    return (b >= '0' && b <= '9') || b == '-' || b == '+' || b == '.' || b == 'e' || b == 'E';
  }

  /** Returns where the number ends that {@code from} lies in, or {@code end}. */
  static int end(byte[] bytes, int from, int end) {
    int at = from;
    while (at < end && isPart(bytes[at])) {
      at++;
    }
    return at;
  }

  /** Whether the bytes are a number by JSON's grammar, and not too long. */
  static boolean isValid(byte[] bytes, int from, int to) {
    int at = from;
    if (to - from > MAX_LENGTH) {
      return false;
    }
    if (at < to && bytes[at] == '-') {
      at++;
    }
    int digits = digitsEnd(bytes, at, to);
    if (digits == at) {
      return false;
    }
    at = digits;
    if (at < to && bytes[at] == '.') {
      at++;
      digits = digitsEnd(bytes, at, to);
      if (digits == at) {
        return false;
      }
      at = digits;
    }
    if (at < to && (bytes[at] == 'e' || bytes[at] == 'E')) {
      at++;
      if (at < to && (bytes[at] == '+' || bytes[at] == '-')) {
        at++;
      }
      digits = digitsEnd(bytes, at, to);
      if (digits == at) {
        return false;
      }
      at = digits;
    }
    return at == to;
  }

  private static int digitsEnd(byte[] bytes, int from, int to) {
    int at = from;
    while (at < to && bytes[at] >= '0' && bytes[at] <= '9') {
      at++;
    }
    return at;
  }

  Kind read(byte[] bytes, int from, int to) {
    if (to - from > MAX_LENGTH) {
      return Kind.UNUSABLE;
    }
    boolean negative = bytes[from] == '-';
    int first = negative ? from + 1 : from;
    if (readShort(bytes, first, to, negative)) {
      return Kind.LONG;
    }
    int digits = to - first;
    // 19 digits fit as long as the value does; summed up below zero, where there is one more.
    boolean whole = digits > 0 && digits <= 19;
    long value = 0;
    for (int i = first; whole && i < to; i++) {
      int digit = bytes[i] - '0';
      long next = value * 10 - digit;
      whole = digit >= 0 && digit <= 9 && value >= Long.MIN_VALUE / 10 && next <= value;
      value = next;
    }
    if (whole && (negative || value != Long.MIN_VALUE)) {
      longValue = negative ? value : -value;
      return Kind.LONG;
    }
    try {
      doubleValue =
          Double.parseDouble(new String(bytes, from, to - from, StandardCharsets.US_ASCII));
    } catch (NumberFormatException e) {
      return Kind.BROKEN;
    }
    return Double.isFinite(doubleValue) ? Kind.DOUBLE : Kind.UNUSABLE;
  }

  /** Reads what is nearly every number: so few digits that they fit for sure. */
  private boolean readShort(byte[] bytes, int from, int to, boolean negative) {
    if (to - from > 18 || from == to) {
      return false;
    }
    long value = 0;
    for (int i = from; i < to; i++) {
      int digit = bytes[i] - '0';
      if (digit < 0 || digit > 9) {
        return false;
      }
      value = value * 10 + digit;
    }
    longValue = negative ? -value : value;
    return true;
  }

  /** Returns the value of the last number that was {@link Kind#LONG}. */
  long longValue() {
    return longValue;
  }

  /** Returns the value of the last number that was {@link Kind#DOUBLE}. */
  double doubleValue() {
    return doubleValue;
  }
}
