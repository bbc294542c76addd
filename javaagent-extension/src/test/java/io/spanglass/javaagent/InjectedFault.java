/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.javaagent;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * Put into a copy of the boot jar under another name; the rewritten methods call it first. Uses
 * nothing but the JDK.
 */
public final class InjectedFault {

  /** How many calls there are to one that fails; 1 unless set. */
  static final String EVERY = "spanglass.test.fault.every";

  /** {@code error} for errors instead of runtime exceptions. */
  static final String KIND = "spanglass.test.fault.kind";

  /** What the program says when it ends. */
  static final String REPORT = "injected faults: ";

  private static final int every = Integer.getInteger(EVERY, 1);
  private static final boolean error = "error".equals(System.getProperty(KIND));
  private static final AtomicInteger calls = new AtomicInteger();
  private static final AtomicInteger faults = new AtomicInteger();

  static {
    Runtime.getRuntime()
        .addShutdownHook(new Thread(() -> System.err.println(REPORT + faults.get())));
  }

  public static void hit() {
    if (calls.incrementAndGet() % every != 0) {
      return;
    }
    faults.incrementAndGet();
    if (error) {
      throw new NoClassDefFoundError("injected");
    }
    throw new IllegalStateException("injected");
  }

  private InjectedFault() {}
}
