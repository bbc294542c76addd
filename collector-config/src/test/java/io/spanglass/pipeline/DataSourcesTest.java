/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class DataSourcesTest {
  private static JsonNode source(String uid) throws IOException {
    for (JsonNode source : Shipped.yaml(Shipped.DATA_SOURCES).path("datasources")) {
      if (source.path("uid").asText().equals(uid)) {
        return source;
      }
    }
    throw new AssertionError("no data source " + uid);
  }

  @Test
  void namesAreFixed() throws IOException {
    assertThat(Shipped.dataSourceUids())
        .containsExactlyInAnyOrder("spanglass-prometheus", "spanglass-tempo", "spanglass-loki");
  }

  @Test
  void everyReferenceLeadsToADataSource() throws IOException {
    List<String> references = new ArrayList<>();
    collect(Shipped.yaml(Shipped.DATA_SOURCES), references);
    assertThat(references)
        .hasSize(4)
        .allSatisfy(uid -> assertThat(Shipped.dataSourceUids()).contains(uid));
  }

  private static void collect(JsonNode node, List<String> references) {
    if (node.has("datasourceUid")) {
      references.add(node.path("datasourceUid").asText());
    }
    node.forEach(child -> collect(child, references));
  }

  @Test
  void anExemplarLeadsToItsTrace() throws IOException {
    JsonNode destination =
        source("spanglass-prometheus").path("jsonData").path("exemplarTraceIdDestinations").path(0);
    // The label that Prometheus gives an exemplar that came over OTLP.
    assertThat(destination.path("name").asText()).isEqualTo("trace_id");
    assertThat(destination.path("datasourceUid").asText()).isEqualTo("spanglass-tempo");
  }

  @Test
  void aSpanLeadsToTheLogsOfItsTrace() throws IOException {
    JsonNode logs = source("spanglass-tempo").path("jsonData").path("tracesToLogsV2");
    assertThat(logs.path("datasourceUid").asText()).isEqualTo("spanglass-loki");
    assertThat(logs.path("customQuery").asBoolean()).isTrue();
    assertThat(logs.path("query").asText())
        .isEqualTo("{$${__tags}} | trace_id=\"$${__span.traceId}\"");
  }

  @Test
  void aLogLineLeadsToItsTrace() throws IOException {
    JsonNode field = source("spanglass-loki").path("jsonData").path("derivedFields").path(0);
    assertThat(field.path("matcherType").asText()).isEqualTo("label");
    assertThat(field.path("matcherRegex").asText()).isEqualTo("trace_id");
    assertThat(field.path("url").asText()).isEqualTo("$${__value.raw}");
    assertThat(field.path("datasourceUid").asText()).isEqualTo("spanglass-tempo");
  }

  @Test
  void aSpanLeadsToOurOwnSeries() throws IOException {
    List<String> queries = new ArrayList<>();
    source("spanglass-tempo")
        .path("jsonData")
        .path("tracesToMetrics")
        .path("queries")
        .forEach(query -> queries.add(query.path("query").asText()));
    assertThat(queries).isNotEmpty();
    Set<String> recorded = Shipped.recorded();
    for (String query : queries) {
      String expression = query.replace("$$__tags", "service_name=\"s\"");
      assertThat(expression).isNotEqualTo(query);
      assertThat(PromQl.metricNames(expression)).isNotEmpty().isSubsetOf(recorded);
    }
  }
}
