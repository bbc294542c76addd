/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.call;

import static org.assertj.core.api.Assertions.assertThat;

import io.spanglass.call.Emitted.Metric;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The tables of {@code docs/telemetry.md}: all that the runs emit, and nothing else. */
class TelemetryDocTest {
  /** For each API the profiles under which it was seen. */
  private static final class Row {
    private final Map<String, Set<String>> profiles = new TreeMap<>();
    private final Set<String> what = new TreeSet<>();

    void seen(String api, String profile) {
      profiles.computeIfAbsent(api, key -> new TreeSet<>()).add(profile);
    }

    String cell(String api) {
      Set<String> seen = profiles.getOrDefault(api, Set.of());
      return seen.size() == Emitted.PROFILES.size()
          ? "yes"
          : seen.isEmpty() ? "–" : String.join(", ", seen);
    }
  }

  @Test
  void thePageSaysWhatIsEmitted() throws IOException {
    Map<String, List<Emitted>> runs = new LinkedHashMap<>();
    for (String profile : Emitted.PROFILES) {
      runs.put(profile, Emitted.all(profile));
    }
    Set<String> apis = new TreeSet<>();
    runs.values().forEach(all -> all.forEach(emitted -> apis.add(emitted.api())));
    assertThat(apis).hasSizeGreaterThan(2);

    StringBuilder text = new StringBuilder();
    text.append("\n### Span attributes\n\n")
        .append(
            table(
                "attribute | type",
                apis,
                rows(runs, Emitted::attributes, Set::add),
                row -> String.join(" or ", row.what)))
        .append("\n### Metrics\n\n")
        .append(
            table(
                "metric | kind, unit | attributes",
                apis,
                rows(runs, Emitted::metrics, TelemetryDocTest::describe),
                TelemetryDocTest::metric))
        .append("\n### Events\n\n");
    Map<String, Row> events =
        rows(
            runs,
            emitted -> {
              Map<String, String> names = new TreeMap<>();
              emitted.events().forEach(event -> names.put(event, event));
              return names;
            },
            (what, event) -> {});
    text.append(events.isEmpty() ? "None.\n" : table("event", apis, events, null));
    GeneratedDoc.checkOrWrite("telemetry.md", text + "\n");
  }

  private interface Describe<T> {
    void describe(Set<String> what, T value);
  }

  private static <T> Map<String, Row> rows(
      Map<String, List<Emitted>> runs, Function<Emitted, Map<String, T>> of, Describe<T> describe) {
    Map<String, Row> rows = new TreeMap<>();
    runs.forEach(
        (profile, all) -> {
          for (Emitted emitted : all) {
            of.apply(emitted)
                .forEach(
                    (name, value) -> {
                      Row row = rows.computeIfAbsent(name, key -> new Row());
                      row.seen(emitted.api(), profile);
                      describe.describe(row.what, value);
                    });
          }
        });
    return rows;
  }

  /** The kind sorts before names of attributes, which have marks around them. */
  private static void describe(Set<String> what, Metric metric) {
    what.add(" " + metric.kind());
    metric.attributes().forEach(name -> what.add("`" + name + "`"));
  }

  private static String metric(Row row) {
    List<String> kinds = new ArrayList<>();
    List<String> attributes = new ArrayList<>();
    row.what.forEach(what -> (what.startsWith(" ") ? kinds : attributes).add(what.trim()));
    return String.join(" or ", kinds) + " | " + String.join(", ", attributes);
  }

  private static String table(
      String head,
      Set<String> apis,
      Map<String, Row> rows,
      @Nullable Function<Row, String> describe) {
    StringBuilder text = new StringBuilder();
    text.append("| ").append(head).append(" | ").append(String.join(" | ", apis)).append(" |\n|");
    int columns = head.split("\\|", -1).length + apis.size();
    text.append("---|".repeat(columns)).append('\n');
    rows.forEach(
        (name, row) -> {
          text.append("| `").append(name).append("` |");
          if (describe != null) {
            text.append(' ').append(describe.apply(row)).append(" |");
          }
          apis.forEach(api -> text.append(' ').append(row.cell(api)).append(" |"));
          text.append('\n');
        });
    return text.toString();
  }
}
