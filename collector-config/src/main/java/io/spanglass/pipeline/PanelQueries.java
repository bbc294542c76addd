/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.pipeline;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;

/**
 * Prints the queries of dashboards as back ends read them, one JSON object a line.
 *
 * <p>Keys: {@code dashboard} (uid), {@code panel}, {@code ref}, {@code datasource} (uid), {@code
 * language} ({@code promql}, {@code logql}, {@code traceql}), {@code query}, {@code instant},
 * {@code exemplars}, {@code empty_reason} (null where a panel must have data).
 */
public final class PanelQueries {
  /** Values for the variables that take in everything. */
  public static final Map<String, String> EVERYTHING =
      Map.of("service", ".+", "model", ".*", "__range", "1h", "__rate_interval", "5m");

  private PanelQueries() {}

  /** Arguments: files of dashboards. */
  public static void main(String[] files) throws IOException {
    if (files.length == 0 || files[0].equals("--help")) {
      System.out.println("Usage: PanelQueries DASHBOARD.json...");
      System.out.println(
          "Prints every query of the dashboards, variables replaced so that all services and models are"
              + " in, one JSON object a line.");
      return;
    }
    for (String file : files) {
      print(Dashboard.read(Path.of(file)), System.out);
    }
  }

  static void print(Dashboard dashboard, PrintStream out) throws IOException {
    JsonMapper mapper =
        JsonMapper.builder().disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET).build();
    for (PanelQuery query : dashboard.queries()) {
      ObjectNode line = mapper.createObjectNode();
      line.put("dashboard", dashboard.json().path("uid").asText());
      line.put("panel", query.panel());
      line.put("ref", query.refId());
      line.put("datasource", query.dataSource());
      line.put("language", query.language().name().toLowerCase(Locale.ROOT));
      line.put("query", Dashboard.substitute(query.expression(), EVERYTHING));
      line.put("instant", query.instant());
      line.put("exemplars", query.exemplars());
      line.put("empty_reason", query.emptyReason());
      out.println(mapper.writeValueAsString(line));
    }
  }
}
