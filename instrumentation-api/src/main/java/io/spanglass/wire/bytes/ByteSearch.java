/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.wire.bytes;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** Finds the first of two bytes, eight at a time: most of what passes is text to step over. */
public final class ByteSearch {
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private static final long ONES = 0x0101010101010101L;
  private static final long HIGH_BITS = 0x8080808080808080L;

  private ByteSearch() {}

  /** Returns where the first of the two bytes stands, or {@code end}. Both must be ASCII. */
  public static int firstOf(byte[] bytes, int from, int end, byte a, byte b) {
    int at = from;
    if (end - at >= 8) {
      long as = ONES * a;
      long bs = ONES * b;
      do {
        long word = (long) LONGS.get(bytes, at);
        long isA = word ^ as;
        long isB = word ^ bs;
        // The lowest high bit that is set marks the first zero byte; higher ones may lie.
        long found = (((isA - ONES) & ~isA) | ((isB - ONES) & ~isB)) & HIGH_BITS;
        if (found != 0) {
          return at + (Long.numberOfTrailingZeros(found) >>> 3);
        }
        at += 8;
      } while (end - at >= 8);
    }
    while (at < end && bytes[at] != a && bytes[at] != b) {
      at++;
    }
    return at;
  }
}
