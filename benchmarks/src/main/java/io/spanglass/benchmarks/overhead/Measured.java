/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.benchmarks.overhead;

/**
 * What {@link Load} has measured once.
 *
 * @param throughput calls a second
 * @param medianNanos a call's latency
 * @param cpuNanos a call's, of all threads of the JVM
 * @param bytes allocated for a call
 */
record Measured(double throughput, double medianNanos, double cpuNanos, double bytes) {
  /** Reads a line of {@link Load}, without the number. */
  static Measured parse(String line) {
    String[] words = line.split(" ", -1);
    return new Measured(
        Double.parseDouble(words[0]),
        Double.parseDouble(words[1]),
        Double.parseDouble(words[2]),
        Double.parseDouble(words[3]));
  }
}
