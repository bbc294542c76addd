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
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What Prometheus has, by its HTTP API. */
record Prometheus(String url) {

  /** One element of an instant vector. */
  record Sample(Map<String, String> labels, double time, double value) {}

  List<Sample> query(String expression) throws IOException, InterruptedException {
    return query(expression, null);
  }

  /**
   * Evaluates an expression.
   *
   * @param time seconds since the epoch, null for now
   */
  List<Sample> query(String expression, @Nullable Double time)
      throws IOException, InterruptedException {
    JsonNode answer =
        Http.get(
                url
                    + "/api/v1/query?query="
                    + Http.encode(expression)
                    + (time == null ? "" : "&time=" + time))
            .json();
    List<Sample> samples = new ArrayList<>();
    for (JsonNode element : answer.at("/data/result")) {
      if (!element.has("value")) {
        throw new IOException("no instant vector: " + expression);
      }
      Map<String, String> labels = new HashMap<>();
      element
          .path("metric")
          .properties()
          .forEach(label -> labels.put(label.getKey(), label.getValue().asText()));
      samples.add(
          new Sample(
              labels,
              element.path("value").path(0).asDouble(),
              Double.parseDouble(element.path("value").path(1).asText())));
    }
    return samples;
  }

  /** The value of an expression with one result; null without a result. */
  @Nullable Double value(String expression) throws IOException, InterruptedException {
    List<Sample> samples = query(expression);
    if (samples.size() > 1) {
      throw new IOException(samples.size() + " results: " + expression);
    }
    return samples.isEmpty() ? null : samples.get(0).value();
  }

  /** The trace ids of the exemplars of a series selector in the last hour. */
  Set<String> exemplarTraces(String selector) throws IOException, InterruptedException {
    long now = Instant.now().getEpochSecond();
    JsonNode answer =
        Http.get(
                url
                    + "/api/v1/query_exemplars?query="
                    + Http.encode(selector)
                    + "&start="
                    + (now - 3600)
                    + "&end="
                    + (now + 60))
            .json();
    Set<String> traces = new HashSet<>();
    for (JsonNode series : answer.path("data")) {
      for (JsonNode exemplar : series.path("exemplars")) {
        traces.add(exemplar.at("/labels/trace_id").asText());
      }
    }
    return traces;
  }
}
