/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.gpu;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What the golden lists show, against the conventions' own table of hardware metrics. */
class ConventionsTest {
  private static List<String> goldenLines() throws IOException {
    try (Stream<Path> files = Files.list(Path.of("src/test/resources/golden"))) {
      return files
          .flatMap(
              file -> {
                try {
                  return Files.readAllLines(file).stream();
                } catch (IOException e) {
                  throw new java.io.UncheckedIOException(e);
                }
              })
          .toList();
    }
  }

  @Test
  void hardwareMetricsAreTheConventionsOwn() throws IOException {
    Set<String> seen = new TreeSet<>(Conventions.check(goldenLines()));
    assertThat(seen)
        .containsExactlyInAnyOrder(
            "hw.energy",
            "hw.errors",
            "hw.fan.speed",
            "hw.fan.speed_ratio",
            "hw.gpu.io",
            "hw.gpu.memory.limit",
            "hw.gpu.memory.usage",
            "hw.gpu.memory.utilization",
            "hw.gpu.utilization",
            "hw.power",
            "hw.status",
            "hw.temperature",
            "hw.temperature.limit");
  }

  @Test
  void everyMetricIsSeenInAGoldenListAndStandsInTheDocs() throws IOException {
    String golden = String.join("\n", goldenLines());
    String docs = Files.readString(Path.of("../../docs/gpu.md"));
    for (Metric metric : Metric.values()) {
      // The fake driver has byte counters.
      if (metric != Metric.PCIE_THROUGHPUT) {
        assertThat(golden).contains(metric.otelName + " ");
      }
      assertThat(docs).contains("`" + metric.otelName + "`");
    }
  }

  @Test
  void namesAreUniqueAlsoAsPrometheusWritesThem() {
    assertThat(Arrays.stream(Metric.values()).map(metric -> metric.otelName.replace('.', '_')))
        .doesNotHaveDuplicates();
  }
}
