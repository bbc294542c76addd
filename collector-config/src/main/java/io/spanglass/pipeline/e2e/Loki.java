/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.pipeline.e2e;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What Loki has, by its HTTP API. */
record Loki(String url) {

  /** A line with its labels, structured metadata among them. */
  record Line(String text, Map<String, String> labels) {}

  /** The lines of the last hour that match a LogQL query. */
  List<Line> query(String tenant, String query) throws IOException, InterruptedException {
    long now = Instant.now().getEpochSecond();
    JsonNode answer =
        Http.get(
                url
                    + "/loki/api/v1/query_range?limit=5000&query="
                    + Http.encode(query)
                    + "&start="
                    + (now - 3600)
                    + "000000000&end="
                    + (now + 60)
                    + "000000000",
                "X-Scope-OrgID",
                tenant)
            .json();
    List<Line> lines = new ArrayList<>();
    for (JsonNode stream : answer.at("/data/result")) {
      Map<String, String> labels = new HashMap<>();
      stream
          .path("stream")
          .properties()
          .forEach(label -> labels.put(label.getKey(), label.getValue().asText()));
      for (JsonNode value : stream.path("values")) {
        lines.add(new Line(value.path(1).asText(), labels));
      }
    }
    return lines;
  }
}
