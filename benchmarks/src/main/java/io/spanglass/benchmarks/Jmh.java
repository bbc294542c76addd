/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.benchmarks;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.options.CommandLineOptions;
import org.openjdk.jmh.runner.options.OptionsBuilder;

/** Runs the JMH benchmarks with JMH's own options and prints a table in Markdown. */
public final class Jmh {
  private Jmh() {}

  public static void main(String[] arguments) throws Exception {
    CommandLineOptions options = new CommandLineOptions(arguments);
    Collection<RunResult> results =
        new Runner(new OptionsBuilder().parent(options).addProfiler(GCProfiler.class).build())
            .run();
    System.out.println();
    System.out.println("| benchmark | mean | ± (99.9 %) | fastest | allocated |");
    System.out.println("|---|---|---|---|---|");
    List<RunResult> sorted =
        results.stream().sorted(Comparator.comparing(result -> name(result.getParams()))).toList();
    for (RunResult result : sorted) {
      Result<?> time = result.getPrimaryResult();
      Result<?> allocated = result.getSecondaryResults().get("gc.alloc.rate.norm");
      System.out.printf(
          Locale.ROOT,
          "| %s | %.1f %s | %.1f | %.1f | %.1f B |%n",
          name(result.getParams()),
          time.getScore(),
          time.getScoreUnit(),
          time.getScoreError(),
          time.getStatistics().getMin(),
          allocated == null ? Double.NaN : allocated.getScore());
    }
  }

  private static String name(BenchmarkParams params) {
    StringBuilder name =
        new StringBuilder(
            params.getBenchmark().replaceFirst("^io\\.spanglass\\.benchmarks\\.", ""));
    for (String key : params.getParamsKeys()) {
      name.append(", ").append(params.getParam(key).toLowerCase(Locale.ROOT));
    }
    return name.toString();
  }
}
