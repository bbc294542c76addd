/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.testing;

import io.spanglass.wire.bytes.ByteSink;
import java.util.Arrays;
import java.util.Random;

/**
 * Feeds bytes in pieces. Each piece lies somewhere in an array whose other bytes would be noticed,
 * and that is overwritten after the call, as a client's buffer is.
 */
public final class Pieces {
  private static final int MARGIN = 3;

  private Pieces() {}

  public static void whole(byte[] bytes, ByteSink sink) {
    piece(bytes, 0, bytes.length, sink);
  }

  public static void singly(byte[] bytes, ByteSink sink) {
    for (int i = 0; i < bytes.length; i++) {
      piece(bytes, i, i + 1, sink);
    }
  }

  /** In two pieces, or more with more cuts, which ascend. */
  public static void cut(byte[] bytes, ByteSink sink, int... cuts) {
    int from = 0;
    for (int cut : cuts) {
      piece(bytes, from, cut, sink);
      from = cut;
    }
    piece(bytes, from, bytes.length, sink);
  }

  public static void randomly(byte[] bytes, long seed, ByteSink sink) {
    Random random = new Random(seed);
    int from = 0;
    while (from < bytes.length) {
      int to = Math.min(bytes.length, from + random.nextInt(random.nextBoolean() ? 4 : 40));
      piece(bytes, from, to, sink);
      from = to;
    }
  }

  private static void piece(byte[] bytes, int from, int to, ByteSink sink) {
    byte[] array = new byte[to - from + 2 * MARGIN];
    Arrays.fill(array, (byte) '"');
    System.arraycopy(bytes, from, array, MARGIN, to - from);
    sink.onBytes(array, MARGIN, to - from);
    Arrays.fill(array, (byte) '}');
  }
}
