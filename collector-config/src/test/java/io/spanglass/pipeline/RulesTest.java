/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class RulesTest {
  private static final Path SEMCONV =
      Shipped.ROOT.resolve("../instrumentation-api/src/main/semconv/genai-semconv.json");
  private static final Pattern EDGE = Pattern.compile("\\ble=\"([^\"]+)\"");

  @Test
  void onlyOneFileReadsRawNames() throws IOException {
    for (Rule rule : Shipped.rules()) {
      if (!rule.file().equals("series.yml") && !rule.expression().startsWith("vector(")) {
        assertThat(PromQl.metricNames(rule.expression()))
            .as("%s in %s reads our own series", rule.name(), rule.file())
            .isNotEmpty()
            .allMatch(name -> name.startsWith("spanglass:"), "is ours");
      }
    }
  }

  @Test
  void everythingRecordedIsOurs() throws IOException {
    assertThat(Shipped.recorded())
        .hasSizeGreaterThan(30)
        .allMatch(name -> name.matches("spanglass:[a-z0-9_]+:[a-z0-9_]+"), "is a name of ours");
  }

  @Test
  void everySeriesOfOursThatIsReadIsRecorded() throws IOException {
    Set<String> recorded = Shipped.recorded();
    for (Rule rule : Shipped.rules()) {
      assertThat(PromQl.metricNames(rule.expression()))
          .as("%s", rule.name())
          .filteredOn(name -> name.startsWith("spanglass:"))
          .isSubsetOf(recorded);
    }
  }

  @Test
  void everySeriesIsExplained() throws IOException {
    String page = Files.readString(Shipped.ROOT.resolve("slo.md"));
    Matcher named = Pattern.compile("`(spanglass:[a-z0-9_]+:[a-z0-9_]+)").matcher(page);
    Set<String> explained = new TreeSet<>();
    while (named.find()) {
      explained.add(named.group(1));
    }
    assertThat(explained).isEqualTo(Shipped.recorded());
  }

  /** What the Java agent's extension emits, as Prometheus' OTLP receiver calls it. */
  @Test
  void whatIsReadOfTheAgentIsWhatTheAgentEmits() throws IOException {
    Set<String> emitted = new TreeSet<>();
    JsonNode semconv = Shipped.json(SEMCONV);
    List<JsonNode> metrics = new ArrayList<>();
    semconv.path("own").path("metrics").forEach(metrics::add);
    semconv
        .path("profiles")
        .path("1.41")
        .path("measures")
        .forEach(measures -> measures.forEach(metrics::add));
    for (JsonNode metric : metrics) {
      String unit = metric.path("unit").asText();
      assertThat(unit).matches("s|\\{\\w+}");
      String name =
          metric.path("name").asText().replace('.', '_') + (unit.equals("s") ? "_seconds" : "");
      if (metric.path("kind").asText().equals("counter")) {
        emitted.add(name + "_total");
      } else {
        emitted.addAll(List.of(name + "_bucket", name + "_sum", name + "_count"));
      }
    }
    assertThat(Shipped.rawNames())
        .filteredOn(name -> name.startsWith("gen_ai_") || name.startsWith("spanglass_"))
        .hasSizeGreaterThan(8)
        .isSubsetOf(emitted);
  }

  @Test
  void thresholdsAreEdgesOfTheBuckets() throws IOException {
    List<String> edges = new ArrayList<>(List.of("+Inf"));
    Shipped.json(SEMCONV).path("buckets").path("duration").forEach(e -> edges.add(e.asText()));
    int found = 0;
    for (Rule rule : Shipped.rules()) {
      Matcher matcher = EDGE.matcher(rule.expression());
      while (matcher.find()) {
        found++;
        assertThat(edges).as("%s", rule.name()).contains(matcher.group(1));
      }
    }
    assertThat(found).isPositive();
  }

  /**
   * The factor that makes counts of recorded rates, and the interval at which they are recorded.
   */
  @Test
  void groupsThatAreAddedUpAreRecordedEvery30Seconds() throws IOException {
    for (Path file : Shipped.files(Shipped.RULES, ".yml")) {
      for (JsonNode group : Shipped.yaml(file).path("groups")) {
        if (group.toString().contains(":rate5m") || !group.toString().contains("count30d")) {
          assertThat(group.path("interval").asText()).as("%s", group.path("name")).isEqualTo("30s");
        }
      }
    }
    assertThat(Shipped.rules())
        .filteredOn(
            rule ->
                rule.expression().contains("sum_over_time")
                    && rule.expression().contains(":rate5m")
                    && !rule.name().contains("burn"))
        .isNotEmpty()
        .allMatch(rule -> rule.expression().contains("30 *"), "counts");
  }

  @Test
  void everyAlertTellsWhatItIsAndWhomItWakes() throws IOException {
    List<Rule> alerts = Shipped.rules().stream().filter(Rule::alert).toList();
    assertThat(alerts).hasSizeGreaterThan(10);
    for (Rule alert : alerts) {
      assertThat(alert.name()).startsWith("Spanglass");
      assertThat(alert.labels().get("severity")).as(alert.name()).isIn("page", "ticket");
      assertThat(alert.annotations()).as(alert.name()).containsKeys("summary", "description");
      assertThat(alert.annotations().get("runbook_url"))
          .isEqualTo(
              "{{ or $externalLabels.spanglass_runbooks \"runbooks\" }}/" + alert.name() + ".md");
      if (alert.annotations().containsKey("dashboard")) {
        assertThat(alert.annotations().get("dashboard"))
            .startsWith("{{ $externalLabels.spanglass_grafana }}/d/");
      }
    }
  }

  @Test
  void everyAlertHasATest() throws IOException {
    Set<String> tested = new TreeSet<>();
    for (Path file : Shipped.files(Shipped.ROOT.resolve("prometheus/tests"), ".yml")) {
      for (JsonNode test : Shipped.yaml(file).path("tests")) {
        for (JsonNode alert : test.path("alert_rule_test")) {
          if (!alert.path("exp_alerts").isEmpty()) {
            tested.add(alert.path("alertname").asText());
          }
        }
      }
    }
    assertThat(tested)
        .isEqualTo(
            new TreeSet<>(Shipped.rules().stream().filter(Rule::alert).map(Rule::name).toList()));
  }
}
