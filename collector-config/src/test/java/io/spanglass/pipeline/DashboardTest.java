/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.spanglass.pipeline.PanelQuery.Language;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What can be told of the dashboards without Grafana. */
class DashboardTest {
  private static final Pattern PANES = Pattern.compile("[?&]panes=([^&]+)");

  static Stream<Path> dashboards() throws IOException {
    return Shipped.dashboards().stream();
  }

  @ParameterizedTest
  @MethodSource("dashboards")
  void isProvisionedUnderAFixedName(Path file) throws IOException {
    JsonNode json = Dashboard.read(file).json();
    assertThat(json.path("uid").asText())
        .isEqualTo("spanglass-" + String.valueOf(file.getFileName()).replace(".json", ""));
    assertThat(json.has("id")).as("an id belongs to one Grafana").isFalse();
    assertThat(json.path("schemaVersion").asInt()).isEqualTo(42);
    assertThat(json.path("title").asText()).isNotBlank();
    assertThat(json.path("description").asText()).isNotBlank();
    assertThat(json.toString()).doesNotContain("${DS_", "__inputs");
  }

  @ParameterizedTest
  @MethodSource("dashboards")
  void letsChooseServiceAndModel(Path file) throws IOException {
    List<String> names = new ArrayList<>();
    for (JsonNode variable : Dashboard.read(file).json().path("templating").path("list")) {
      names.add(variable.path("name").asText());
      String query = variable.path("query").path("query").asText();
      assertThat(variable.path("definition").asText()).isEqualTo(query);
      Matcher labelValues = Pattern.compile("label_values\\((.+), (\\w+)\\)").matcher(query);
      assertThat(labelValues.matches()).as(query).isTrue();
      assertThat(PromQl.metricNames(labelValues.group(1)))
          .isNotEmpty()
          .isSubsetOf(Shipped.recorded());
      assertThat(Shipped.dataSourceUids())
          .contains(variable.path("datasource").path("uid").asText());
      assertThat(variable.path("allValue").asText())
          .isEqualTo(PanelQueries.EVERYTHING.get(variable.path("name").asText()));
    }
    assertThat(names).containsExactly("service", "model");
  }

  @ParameterizedTest
  @MethodSource("dashboards")
  void everyPanelSaysWhatItShowsAndInWhichUnit(Path file) throws IOException {
    List<JsonNode> panels = Dashboard.read(file).panels();
    assertThat(panels).hasSizeGreaterThan(20);
    for (JsonNode panel : panels) {
      String title = panel.path("title").asText();
      assertThat(title).isNotBlank();
      assertThat(panel.path("description").asText()).as(title).hasSizeGreaterThan(30).endsWith(".");
      assertThat(panel.path("fieldConfig").path("defaults").path("unit").asText())
          .as("unit of %s", title)
          .isIn("reqps", "percentunit", "s", "short", "suffix:×", "none");
      assertThat(panel.path("targets")).as(title).isNotEmpty();
    }
    assertThat(panels).extracting(panel -> panel.path("title").asText()).doesNotHaveDuplicates();
  }

  @ParameterizedTest
  @MethodSource("dashboards")
  void panelsDoNotLieOnEachOther(Path file) throws IOException {
    Set<Integer> ids = new HashSet<>();
    Set<List<Integer>> cells = new HashSet<>();
    for (JsonNode panel : Dashboard.read(file).json().path("panels")) {
      assertThat(ids.add(panel.path("id").asInt())).as("id of %s", panel.path("title")).isTrue();
      JsonNode place = panel.path("gridPos");
      assertThat(place.path("x").asInt() + place.path("w").asInt()).isLessThanOrEqualTo(24);
      for (int x = 0; x < place.path("w").asInt(); x++) {
        for (int y = 0; y < place.path("h").asInt(); y++) {
          assertThat(cells.add(List.of(place.path("x").asInt() + x, place.path("y").asInt() + y)))
              .as("place of %s", panel.path("title"))
              .isTrue();
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("dashboards")
  void everyDataSourceIsProvisioned(Path file) throws IOException {
    Set<String> uids = Shipped.dataSourceUids();
    Dashboard dashboard = Dashboard.read(file);
    for (JsonNode panel : dashboard.panels()) {
      assertThat(uids)
          .as("%s", panel.path("title"))
          .contains(panel.path("datasource").path("uid").asText());
    }
    assertThat(dashboard.queries())
        .isNotEmpty()
        .allSatisfy(query -> assertThat(uids).contains(query.dataSource()));
  }

  /**
   * Prometheus keeps exemplars with the series that they came with, and none with a recorded one;
   * so the queries for exemplars are the only ones that read raw names, of metrics that our rules
   * read too.
   */
  @ParameterizedTest
  @MethodSource("dashboards")
  void queriesReadOurOwnSeries(Path file) throws IOException {
    Set<String> recorded = Shipped.recorded();
    Set<String> raw = Shipped.rawNames();
    int exemplars = 0;
    for (PanelQuery query : Dashboard.read(file).queries()) {
      if (query.language() != Language.PROMQL) {
        continue;
      }
      String expression = Dashboard.substitute(query.expression(), PanelQueries.EVERYTHING);
      if (query.exemplars()) {
        exemplars++;
        assertThat(query.refId()).isEqualTo("Exemplars");
        assertThat(expression).as("draws no line").endsWith("} < 0");
        assertThat(PromQl.metricNames(expression)).as(query.panel()).hasSize(1).isSubsetOf(raw);
      } else {
        assertThat(PromQl.metricNames(expression))
            .as(query.panel())
            .isNotEmpty()
            .isSubsetOf(recorded);
      }
    }
    assertThat(exemplars).isPositive();
  }

  @ParameterizedTest
  @MethodSource("dashboards")
  void linksToTracesAreWellFormed(Path file) throws IOException {
    List<String> urls = new ArrayList<>();
    collectUrls(Dashboard.read(file).json(), urls);
    assertThat(urls).isNotEmpty();
    for (String url : urls) {
      Matcher matcher = PANES.matcher(url);
      assertThat(matcher.find()).as(url).isTrue();
      JsonNode panes =
          new JsonMapper().readTree(URLDecoder.decode(matcher.group(1), StandardCharsets.UTF_8));
      JsonNode pane = panes.path("a");
      assertThat(Shipped.dataSourceUids()).contains(pane.path("datasource").asText());
      assertThat(pane.path("queries").path(0).path("query").asText())
          .startsWith("{ ")
          .endsWith(" }");
    }
  }

  private static void collectUrls(JsonNode node, List<String> urls) {
    if (node.isObject() && node.path("url").isTextual()) {
      urls.add(node.path("url").asText());
    }
    node.forEach(child -> collectUrls(child, urls));
  }

  @Test
  void theQueriesArePrintedForOthersToRun() throws IOException {
    Dashboard dashboard =
        Dashboard.parse(
            """
            {"uid": "u", "panels": [
              {"type": "row", "title": "r", "panels": [
                {"type": "stat", "title": "inner", "description": "What. Empty without it.",
                 "targets": [{"refId": "A", "datasource": {"type": "tempo", "uid": "t"},
                              "query": "{ resource.service.name =~ \\"$service\\" }"}]}]},
              {"type": "timeseries", "title": "outer", "description": "Always there.",
               "datasource": {"type": "prometheus", "uid": "p"},
               "targets": [{"refId": "B", "expr": "sum(x{a=~\\"${model:regex}\\"}[$__rate_interval])",
                            "instant": true, "exemplar": true}]}]}
            """);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    PanelQueries.print(dashboard, new PrintStream(out, true, StandardCharsets.UTF_8));
    assertThat(out.toString(StandardCharsets.UTF_8).lines())
        .containsExactly(
            "{\"dashboard\":\"u\",\"panel\":\"inner\",\"ref\":\"A\",\"datasource\":\"t\",\"language\":\"traceql\","
                + "\"query\":\"{ resource.service.name =~ \\\".+\\\" }\",\"instant\":false,\"exemplars\":false,"
                + "\"empty_reason\":\"Empty without it.\"}",
            "{\"dashboard\":\"u\",\"panel\":\"outer\",\"ref\":\"B\",\"datasource\":\"p\",\"language\":\"promql\","
                + "\"query\":\"sum(x{a=~\\\".*\\\"}[5m])\",\"instant\":true,\"exemplars\":true,\"empty_reason\":null}");
  }

  @Test
  void aVariableThatNobodyKnowsIsAnError() {
    assertThatThrownBy(() -> Dashboard.substitute("x[$__interval]", Map.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("$__interval");
  }
}
