/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.pipeline.e2e;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/** What Tempo, or Jaeger in its place, has, by its HTTP API. */
record TraceStore(String url, boolean isTempo) {

  private static final int NOT_FOUND = 404;

  /** A span as the store returns it. */
  record StoredSpan(
      String spanId,
      String parentSpanId,
      String name,
      String scope,
      String service,
      Map<String, String> attributes) {}

  /** The whole answer for a trace, for a search of its text; empty if the store has none. */
  String text(String traceId) throws IOException, InterruptedException {
    Http.Answer answer =
        Http.get(url + (isTempo ? "/api/v2/traces/" : "/api/v3/traces/") + traceId);
    if (answer.status() == NOT_FOUND) {
      return "";
    }
    answer.json();
    return answer.body();
  }

  /** The spans of a trace, none if the store has none. */
  List<StoredSpan> trace(String traceId) throws IOException, InterruptedException {
    List<StoredSpan> spans = new ArrayList<>();
    String text = text(traceId);
    if (!text.isEmpty()) {
      JsonNode answer = Http.JSON.readTree(text);
      for (JsonNode resource : answer.path(isTempo ? "trace" : "result").path("resourceSpans")) {
        String service = attributes(resource.path("resource")).getOrDefault("service.name", "");
        for (JsonNode scope : resource.path("scopeSpans")) {
          for (JsonNode span : scope.path("spans")) {
            spans.add(
                new StoredSpan(
                    id(span.path("spanId").asText()),
                    id(span.path("parentSpanId").asText()),
                    span.path("name").asText(),
                    scope.at("/scope/name").asText(),
                    service,
                    attributes(span)));
          }
        }
      }
    }
    return spans;
  }

  /** The ids of the traces of the last hour that match a TraceQL query. Tempo only. */
  List<String> search(String traceQl) throws IOException, InterruptedException {
    JsonNode answer = Http.get(url + "/api/search?limit=200&q=" + Http.encode(traceQl)).json();
    List<String> ids = new ArrayList<>();
    for (JsonNode trace : answer.path("traces")) {
      // Without the leading zeros.
      ids.add(
          "0".repeat(32 - trace.path("traceID").asText().length())
              + trace.path("traceID").asText());
    }
    return ids;
  }

  private static Map<String, String> attributes(JsonNode holder) {
    Map<String, String> attributes = new HashMap<>();
    for (JsonNode attribute : holder.path("attributes")) {
      JsonNode value = attribute.path("value");
      attributes.put(
          attribute.path("key").asText(),
          value.isObject() && value.size() == 1
              ? value.elements().next().asText()
              : value.toString());
    }
    return attributes;
  }

  /** Hexadecimal or, as protobuf's JSON has bytes, Base64. */
  private static String id(String text) {
    return text.endsWith("=") ? HexFormat.of().formatHex(Base64.getDecoder().decode(text)) : text;
  }
}
