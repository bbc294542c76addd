/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.gpu;

/**
 * Turns a counter of the driver, which began before this process and may restart or wrap, into one
 * that begins at 0 when first seen and never falls.
 */
final class Monotonic {
  private static final long TWO_TO_32 = 1L << 32;

  private long last;
  private long sum;
  private boolean seen;
  private boolean beyond32Bits;

  /**
   * The count since the first call.
   *
   * @param raw the driver's count, unsigned
   * @param mayWrap whether the hardware counts in 32 bits on some drivers; a fall from the top of
   *     that range to its bottom then is a wrap, any other fall a restart from 0
   */
  long update(long raw, boolean mayWrap) {
    if (!seen) {
      seen = true;
    } else if (Long.compareUnsigned(raw, last) >= 0) {
      sum += raw - last;
    } else if (mayWrap && !beyond32Bits && last >= TWO_TO_32 / 4 * 3 && raw < TWO_TO_32 / 4) {
      sum += raw + TWO_TO_32 - last;
    } else if (mayWrap && last < 0 && raw >= 0) {
      sum += raw - last; // 64 bits: the difference is right modulo 2^64
    } else {
      sum += raw;
    }
    beyond32Bits |= Long.compareUnsigned(raw, TWO_TO_32) >= 0;
    last = raw;
    return sum;
  }

  long sum() {
    return sum;
  }
}
