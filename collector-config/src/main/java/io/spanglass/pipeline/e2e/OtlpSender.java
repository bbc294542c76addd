/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.pipeline.e2e;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * Sends telemetry that was made up, as OTLP in JSON, and knows what the Collector accepted: the
 * status that it answers with is its promise.
 */
final class OtlpSender {

  private final String endpoint;
  private final String service;
  private final Random random = new Random();

  OtlpSender(String endpoint, String service) {
    this.endpoint = endpoint;
    this.service = service;
  }

  /**
   * A span without children.
   *
   * @param status a message, "" for an error without one, null if it is no error
   */
  record MadeUpSpan(
      String traceId,
      String name,
      long durationMillis,
      @Nullable String status,
      Map<String, Object> attributes,
      Map<String, Object> eventAttributes) {}

  String newTraceId() {
    byte[] bytes = new byte[16];
    synchronized (random) {
      random.nextBytes(bytes);
    }
    return HexFormat.of().formatHex(bytes);
  }

  MadeUpSpan span(String name, long durationMillis, @Nullable String status, Object... attributes) {
    return new MadeUpSpan(newTraceId(), name, durationMillis, status, pairs(attributes), Map.of());
  }

  static Map<String, Object> pairs(Object... keysAndValues) {
    Map<String, Object> map = new java.util.LinkedHashMap<>();
    for (int i = 0; i < keysAndValues.length; i += 2) {
      map.put((String) keysAndValues[i], keysAndValues[i + 1]);
    }
    return map;
  }

  /** Whether the Collector accepted them. */
  boolean sendSpans(List<MadeUpSpan> spans) throws InterruptedException {
    ObjectNode request = Http.JSON.createObjectNode();
    ArrayNode list = envelope(request, "resourceSpans", "scopeSpans").putArray("spans");
    for (MadeUpSpan span : spans) {
      byte[] id = new byte[8];
      synchronized (random) {
        random.nextBytes(id);
      }
      long end = nowNanos();
      ObjectNode node =
          list.addObject()
              .put("traceId", span.traceId())
              .put("spanId", HexFormat.of().formatHex(id))
              .put("name", span.name())
              .put("kind", 3)
              .put("startTimeUnixNano", Long.toString(end - span.durationMillis() * 1_000_000))
              .put("endTimeUnixNano", Long.toString(end));
      putAttributes(node, span.attributes());
      if (span.status() != null) {
        node.putObject("status").put("code", 2).put("message", span.status());
      }
      if (!span.eventAttributes().isEmpty()) {
        ObjectNode event =
            node.putArray("events")
                .addObject()
                .put("name", "exception")
                .put("timeUnixNano", Long.toString(end));
        putAttributes(event, span.eventAttributes());
      }
    }
    return send("/v1/traces", request);
  }

  /** Whether the Collector accepted a log record. */
  boolean sendLog(String body, Map<String, Object> attributes) throws InterruptedException {
    ObjectNode request = Http.JSON.createObjectNode();
    ObjectNode log =
        envelope(request, "resourceLogs", "scopeLogs")
            .putArray("logRecords")
            .addObject()
            .put("timeUnixNano", Long.toString(nowNanos()))
            .put("severityNumber", 9);
    log.putObject("body").put("stringValue", body);
    putAttributes(log, attributes);
    return send("/v1/logs", request);
  }

  /** Whether the Collector accepted a counter's value since a moment ago. */
  boolean sendCounter(String name, long value, Map<String, Object> attributes)
      throws InterruptedException {
    return sendMetrics(List.of(counter(name, value, attributes)));
  }

  /** Whether the Collector accepted metrics that are written out, in one request. */
  boolean sendMetrics(List<ObjectNode> metrics) throws InterruptedException {
    ObjectNode request = Http.JSON.createObjectNode();
    envelope(request, "resourceMetrics", "scopeMetrics").putArray("metrics").addAll(metrics);
    return send("/v1/metrics", request);
  }

  /** A counter's value since a moment ago. */
  static ObjectNode counter(String name, long value, Map<String, Object> attributes) {
    long now = nowNanos();
    ObjectNode metric = Http.JSON.createObjectNode().put("name", name).put("unit", "1");
    ObjectNode point =
        metric
            .putObject("sum")
            .put("aggregationTemporality", 2)
            .put("isMonotonic", true)
            .putArray("dataPoints")
            .addObject()
            .put("startTimeUnixNano", Long.toString(now - 1_000_000_000L))
            .put("timeUnixNano", Long.toString(now))
            .put("asInt", Long.toString(value));
    putAttributes(point, attributes);
    return metric;
  }

  private ObjectNode envelope(ObjectNode request, String resources, String scopes) {
    ObjectNode resource = request.putArray(resources).addObject();
    putAttributes(
        resource.putObject("resource"),
        Map.of("service.name", service, "service.instance.id", service));
    ObjectNode scope = resource.putArray(scopes).addObject();
    scope.putObject("scope").put("name", "made-up");
    return scope;
  }

  private static void putAttributes(ObjectNode holder, Map<String, Object> attributes) {
    ArrayNode list = holder.putArray("attributes");
    attributes.forEach(
        (key, value) -> {
          ObjectNode node = list.addObject().put("key", key).putObject("value");
          if (value instanceof Long number) {
            node.put("intValue", Long.toString(number));
          } else if (value instanceof Double number) {
            node.put("doubleValue", number);
          } else {
            node.put("stringValue", value.toString());
          }
        });
  }

  private boolean send(String path, ObjectNode request) throws InterruptedException {
    try {
      return Http.post(
                  endpoint + path,
                  "application/json",
                  request.toString().getBytes(StandardCharsets.UTF_8))
              .status()
          == 200;
    } catch (IOException e) {
      return false;
    }
  }

  static long nowNanos() {
    Instant now = Instant.now();
    return now.getEpochSecond() * 1_000_000_000L + now.getNano();
  }
}
