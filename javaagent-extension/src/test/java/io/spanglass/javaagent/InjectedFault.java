/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.javaagent;

import io.spanglass.testing.contract.FaultMode;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Put into a copy of the boot jar under another name; the rewritten methods call it first. Uses
 * nothing but the JDK: what it names of {@link FaultMode} are constants.
 */
public final class InjectedFault {

  /** What the program says when it ends. */
  static final String REPORT = "injected faults: ";

  private static final AtomicInteger calls = new AtomicInteger();
  private static final AtomicInteger faults = new AtomicInteger();

  static {
    Runtime.getRuntime()
        .addShutdownHook(new Thread(() -> System.err.println(REPORT + faults.get())));
  }

  /**
   * May throw, once it is said what fails: what is made when the extension is installed is whole.
   *
   * @param where the method is: {@code door} or {@code inside}
   */
  public static void hit(String where) {
    if (!where.equals(System.getProperty(FaultMode.WHERE))
        || calls.incrementAndGet() % Integer.getInteger(FaultMode.EVERY, 1) != 0) {
      return;
    }
    if (StackWalker.getInstance()
        .walk(each -> each.anyMatch(f -> f.getMethodName().equals("<clinit>")))) {
      // A class that could not be initialized is off for good, and nothing after it is tried.
      return;
    }
    faults.incrementAndGet();
    if ("error".equals(System.getProperty(FaultMode.KIND))) {
      throw new NoClassDefFoundError("injected");
    }
    throw new IllegalStateException("injected");
  }

  /** How many there were, by what the program wrote. */
  static int reported(String output) {
    for (String line : output.split("\n", -1)) {
      if (line.startsWith(REPORT)) {
        return Integer.parseInt(line.substring(REPORT.length()).trim());
      }
    }
    throw new IllegalArgumentException("the program did not say how many faults there were");
  }

  private InjectedFault() {}
}
