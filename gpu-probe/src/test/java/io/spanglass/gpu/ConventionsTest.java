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
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What the golden lists show, against the conventions' own table of hardware metrics. */
class ConventionsTest {
  private static final Pattern LINE =
      Pattern.compile("(\\S+) (\\S+) \\[(.*?)\\] \\{(.*)\\}(?: = (\\S+))?");

  private record Convention(
      String instrument, String unit, String type, Set<String> required, Set<String> allowed) {}

  private static Map<String, Convention> conventions() throws IOException {
    Map<String, Convention> conventions = new HashMap<>();
    Path table = Path.of("src/test/resources/semconv-hardware-1.44.0.csv");
    for (String line : Files.readAllLines(table)) {
      if (!line.startsWith("#")) {
        String[] cells = line.split(",", -1);
        Set<String> required = new TreeSet<>();
        Set<String> allowed = new TreeSet<>();
        for (String attribute : cells[4].split(" ", -1)) {
          allowed.add(attribute.replace("!", ""));
          if (attribute.startsWith("!")) {
            required.add(attribute.substring(1));
          }
        }
        conventions.put(cells[0], new Convention(cells[1], cells[2], cells[3], required, allowed));
      }
    }
    return conventions;
  }

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
    Map<String, Convention> conventions = conventions();
    Set<String> seen = new TreeSet<>();
    for (String line : goldenLines()) {
      Matcher match = LINE.matcher(line);
      assertThat(match.matches()).as(line).isTrue();
      String name = match.group(1);
      if (!name.startsWith("hw.")) {
        continue;
      }
      assertThat(conventions).as(line).containsKey(name);
      Convention convention = Objects.requireNonNull(conventions.get(name));
      assertThat(match.group(2)).as(line).isEqualTo(convention.instrument());
      assertThat(match.group(3)).as(line).isEqualTo(convention.unit());
      if (convention.type().equals("int")) {
        assertThat(match.group(5)).as(line).matches("-?\\d+|N");
      } else {
        assertThat(match.group(5)).as(line).matches("-?\\d+\\.\\d+(E-?\\d+)?");
      }
      Set<String> attributes = new TreeSet<>();
      for (String attribute : match.group(4).split(", ", -1)) {
        attributes.add(attribute.replaceAll("=.*", ""));
      }
      assertThat(attributes).as(line).containsAll(convention.required());
      attributes.removeIf(
          attribute -> attribute.startsWith("nvidia.gpu.") || attribute.startsWith("k8s."));
      assertThat(convention.allowed()).as(line).containsAll(attributes);
      seen.add(name);
    }
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
    String docs = Files.readString(Path.of("../docs/gpu.md"));
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
