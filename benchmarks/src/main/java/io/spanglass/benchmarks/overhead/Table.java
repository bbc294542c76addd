/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.benchmarks.overhead;

import io.spanglass.benchmarks.overhead.Overhead.Variant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.DoubleUnaryOperator;
import java.util.function.ToDoubleFunction;

/** The rows of one client and one kind of call. */
final class Table {
  static final String HEAD =
      "| what | | none | agent | + extension | extension / agent | in rounds | difference |\n"
          + "|---|---|---|---|---|---|---|---|";

  private final String title;
  private final List<Map<Variant, Measured>> alone = new ArrayList<>();
  private final List<Map<Variant, Measured>> saturated = new ArrayList<>();

  Table(String title) {
    this.title = title;
  }

  /**
   * Adds one round.
   *
   * @param alone one thread makes the calls
   * @param saturated many threads do
   */
  void add(Map<Variant, Measured> alone, Map<Variant, Measured> saturated) {
    this.alone.add(alone);
    this.saturated.add(saturated);
  }

  /** The rows in Markdown, below {@link #HEAD}. */
  @Override
  public String toString() {
    return row(title, "p50, one thread", alone, Measured::medianNanos, nanos -> nanos / 1000, "µs")
        + row("", "allocated", alone, Measured::bytes, bytes -> bytes / 1024, "KB")
        + row("", "CPU, saturated", saturated, Measured::cpuNanos, nanos -> nanos / 1000, "µs")
        + row("", "a second, saturated", saturated, Measured::throughput, calls -> calls, "");
  }

  private static String row(
      String title,
      String what,
      List<Map<Variant, Measured>> rounds,
      ToDoubleFunction<Measured> value,
      DoubleUnaryOperator scale,
      String unit) {
    double[] ratios = new double[rounds.size()];
    double[] differences = new double[rounds.size()];
    for (int i = 0; i < ratios.length; i++) {
      double agent = value.applyAsDouble(rounds.get(i).get(Variant.AGENT));
      double extension = value.applyAsDouble(rounds.get(i).get(Variant.EXTENSION));
      ratios[i] = extension / agent;
      differences[i] = scale.applyAsDouble(extension - agent);
    }
    StringBuilder row = new StringBuilder("| ").append(title).append(" | ").append(what);
    for (Variant variant : Variant.values()) {
      double[] values =
          rounds.stream().mapToDouble(each -> value.applyAsDouble(each.get(variant))).toArray();
      row.append(" | ").append(number(scale.applyAsDouble(median(values)))).append(unit(unit));
    }
    Arrays.sort(ratios);
    return row.append(
            String.format(
                Locale.ROOT,
                " | **%.2f** | %.2f–%.2f | %s%s%s |%n",
                median(ratios),
                ratios[0],
                ratios[ratios.length - 1],
                median(differences) < 0 ? "" : "+",
                number(median(differences)),
                unit(unit)))
        .toString();
  }

  private static String unit(String unit) {
    return unit.isEmpty() ? "" : " " + unit;
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, Math.abs(value) < 100 ? "%.1f" : "%.0f", value);
  }

  private static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }
}
