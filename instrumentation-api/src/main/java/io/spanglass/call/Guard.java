/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.call;

/**
 * The last line between an adapter and the application: whatever an adapter does inside of a
 * client's own calls, it does behind this. Advice does not need it, since the agent catches what
 * advice throws.
 */
public final class Guard {
  private Guard() {}

  /** Runs the action; what it throws is counted and goes no further. */
  public static void run(Runnable action) {
    try {
      action.run();
    } catch (Throwable t) {
      swallow(t);
    }
  }

  /** Counts a failure of ours in {@code spanglass.internal.errors}. Never throws. */
  public static void swallow(Throwable failure) {
    try {
      ModelCalls.global().internalErrors().swallow("adapter", failure);
    } catch (Throwable ignored) {
      // There is nowhere left to report to.
    }
  }
}
