/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.spanglass.pipeline.PanelQuery.Language;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Prometheus itself reads every query of dashboards, data sources and runbooks. Rules and their
 * tests are checked by {@code validate}; LogQL and TraceQL by the back ends, where they run.
 */
class GrammarTest {
  private static Path promtool = Path.of("");

  @TempDir Path directory;

  @BeforeAll
  static void findPromtool() throws IOException, InterruptedException {
    promtool = Tools.promtool();
  }

  @Test
  void dashboards() throws IOException, InterruptedException {
    List<String> expressions = new ArrayList<>();
    for (Path file : Shipped.dashboards()) {
      Dashboard dashboard = Dashboard.read(file);
      for (PanelQuery query : dashboard.queries()) {
        if (query.language() == Language.PROMQL) {
          expressions.add(Dashboard.substitute(query.expression(), PanelQueries.EVERYTHING));
        }
      }
      for (JsonNode variable : dashboard.json().path("templating").path("list")) {
        Matcher selector =
            Pattern.compile("label_values\\((.+), \\w+\\)")
                .matcher(variable.path("query").path("query").asText());
        assertThat(selector.matches()).isTrue();
        expressions.add(Dashboard.substitute(selector.group(1), PanelQueries.EVERYTHING));
      }
    }
    assertValid(expressions);
  }

  @Test
  void dataSources() throws IOException, InterruptedException {
    List<String> expressions = new ArrayList<>();
    for (JsonNode source : Shipped.yaml(Shipped.DATA_SOURCES).path("datasources")) {
      for (JsonNode query : source.path("jsonData").path("tracesToMetrics").path("queries")) {
        expressions.add(query.path("query").asText().replace("$$__tags", "service_name=\"s\""));
      }
    }
    assertValid(expressions);
  }

  @Test
  void runbooks() throws IOException, InterruptedException {
    List<String> expressions = new ArrayList<>();
    for (Path page : Shipped.runbooks()) {
      expressions.addAll(Shipped.promQl(page));
    }
    assertValid(expressions);
  }

  @Test
  void whatIsWrongIsFound() throws IOException, InterruptedException {
    assertThat(check(List.of("up", "rate(up)")).status()).isNotZero();
    assertThat(check(List.of("up{")).status()).isNotZero();
  }

  private void assertValid(List<String> expressions) throws IOException, InterruptedException {
    assertThat(expressions).isNotEmpty();
    Tools.Result result = check(expressions);
    assertThat(result.status()).as(result.output()).isZero();
    assertThat(result.output()).contains(expressions.size() + " rules found");
  }

  private Tools.Result check(List<String> expressions) throws IOException, InterruptedException {
    YAMLMapper mapper = new YAMLMapper();
    ObjectNode file = mapper.createObjectNode();
    ObjectNode group = file.putArray("groups").addObject().put("name", "queries");
    ArrayNode rules = group.putArray("rules");
    for (int i = 0; i < expressions.size(); i++) {
      rules.addObject().put("record", "query:" + i).put("expr", expressions.get(i));
    }
    Path rulesFile = directory.resolve("queries.yml");
    mapper.writeValue(rulesFile.toFile(), file);
    return Tools.run(
        List.of(promtool.toString(), "check", "rules", "--lint=none", rulesFile.toString()));
  }
}
