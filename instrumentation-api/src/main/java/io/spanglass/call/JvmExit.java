/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.call;

/**
 * The end of the JVM. Calls that are under way then must end before the exporters flush, or they
 * are lost: so this is called before the shutdown hooks run, of which the SDK's is one.
 */
public final class JvmExit {
  /** An application's span processor, which sees the ends, may hang: the JVM has to end. */
  private static final long PATIENCE_MILLIS = 1_000;

  private JvmExit() {}

  /**
   * Ends the calls of {@link ModelCalls#global()} that are under way, as abandoned and with what is
   * known of them. Never throws; returns within about a second, at once if no call is under way.
   */
  public static void begin() {
    try {
      ModelCalls calls = ModelCalls.globalIfMade();
      if (calls != null) {
        if (!calls.live().isEmpty()) {
          end(calls, PATIENCE_MILLIS);
        }
        calls.telemetry().flushConsole(PATIENCE_MILLIS);
      }
    } catch (Throwable t) {
      // Nobody is left to tell.
    }
  }

  static void end(ModelCalls calls, long patienceMillis) {
    Thread thread = LiveCalls.newThread(calls::endAll, "spanglass-jvm-exit");
    thread.start();
    // Who ends the JVM may have been interrupted before.
    boolean interrupted = Thread.interrupted();
    try {
      thread.join(patienceMillis);
    } catch (InterruptedException e) {
      interrupted = true;
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
