/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.pipeline.e2e;

import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The assertions of one stage. Not for use by several threads at once. */
final class Checks {

  /** How long a back end may take to show what it was sent. */
  static final Duration PATIENCE = Duration.ofSeconds(60);

  private static final long POLL_MILLIS = 500;

  /** What is to come true; a null or an exception means: not yet. */
  @FunctionalInterface
  interface Attempt<T> {
    @Nullable T get() throws Exception;
  }

  private int count;

  /** How many assertions held so far. */
  int count() {
    return count;
  }

  void that(boolean holds, String what) {
    if (!holds) {
      throw new AssertionError(what);
    }
    count++;
  }

  void equal(@Nullable Object actual, @Nullable Object expected, String what) {
    that(Objects.equals(actual, expected), what + ": " + actual + " instead of " + expected);
  }

  void near(double actual, double expected, String what) {
    that(
        Math.abs(actual - expected) <= 1e-6 * Math.max(1, Math.abs(expected)),
        what + ": " + actual + " instead of " + expected);
  }

  /** Waits, {@link #PATIENCE} at most, until there is a result; counts as one assertion. */
  <T> T eventually(String what, Attempt<T> attempt) throws InterruptedException {
    return eventually(what, PATIENCE, attempt);
  }

  <T> T eventually(String what, Duration patience, Attempt<T> attempt) throws InterruptedException {
    long deadline = System.nanoTime() + patience.toNanos();
    Throwable last = null;
    do {
      try {
        T result = attempt.get();
        if (result != null) {
          count++;
          return result;
        }
        last = null;
      } catch (InterruptedException e) {
        throw e;
      } catch (Exception | AssertionError e) {
        last = e;
      }
      Thread.sleep(POLL_MILLIS);
    } while (System.nanoTime() < deadline);
    throw new AssertionError(
        "not within " + patience.toSeconds() + " s: " + what + (last == null ? "" : "; " + last),
        last);
  }
}
