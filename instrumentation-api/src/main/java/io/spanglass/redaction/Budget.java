/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.redaction;

/** How long one value may take. Looked at every few thousand characters. */
final class Budget {
  private static final int STEP = 1 << 13;

  /** Told without a stack: nobody reads it, and it has to be cheap. */
  static final class Spent extends RuntimeException {
    private static final long serialVersionUID = 1;

    private Spent() {
      super("the time for one value is spent", null, false, false);
    }
  }

  private long nanos;

  /** 0 until the first look at the clock: most values are done before there is one. */
  private long deadline;

  private int calls;
  private int next;

  void start(long nanos) {
    this.nanos = nanos;
    deadline = 0;
    calls = 0;
    next = STEP;
  }

  /** At a position of the text; also by the number of calls, where positions repeat. */
  void check(int position) {
    if (position >= next || ++calls >= STEP) {
      calls = 0;
      next = position + STEP;
      long now = System.nanoTime();
      if (deadline == 0) {
        deadline = now + nanos;
      } else if (now - deadline > 0) {
        throw new Spent();
      }
    }
  }
}
