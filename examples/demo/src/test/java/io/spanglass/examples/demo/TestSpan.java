/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.examples.demo;

import io.spanglass.testing.SpanRecord;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Makes spans as the receiver would. Times are milliseconds. */
final class TestSpan {

  private final String traceId;
  private final String spanId;
  private final String name;
  private String parent = "";
  private String kind = "CLIENT";
  private String scope = "io.spanglass.genai";
  private String status = "UNSET";
  private long start;
  private long end = 1;
  private final Map<String, Object> attributes = new LinkedHashMap<>();

  private TestSpan(String traceId, String spanId, String name) {
    this.traceId = traceId;
    this.spanId = spanId;
    this.name = name;
  }

  static TestSpan inference(String traceId, String spanId, String model) {
    return new TestSpan(traceId, spanId, "chat " + model)
        .with("gen_ai.operation.name", "chat")
        .with("gen_ai.request.model", model);
  }

  static TestSpan http(String traceId, String spanId, String parent) {
    TestSpan span = new TestSpan(traceId, spanId, "POST").with("http.request.method", "POST");
    span.scope = "io.opentelemetry.java-http-client";
    span.parent = parent;
    return span;
  }

  static TestSpan internal(String traceId, String spanId, String name) {
    TestSpan span = new TestSpan(traceId, spanId, name);
    span.scope = "app";
    span.kind = "INTERNAL";
    return span;
  }

  TestSpan childOf(String spanId) {
    parent = spanId;
    return this;
  }

  TestSpan from(long startMs, long endMs) {
    start = startMs;
    end = endMs;
    return this;
  }

  TestSpan with(String key, Object value) {
    attributes.put(key, value);
    return this;
  }

  TestSpan error(String type) {
    status = "ERROR";
    return with("error.type", type);
  }

  SpanRecord build() {
    return new SpanRecord(
        traceId,
        spanId,
        parent,
        name,
        kind,
        1_700_000_000_000_000_000L + start * 1_000_000,
        1_700_000_000_000_000_000L + end * 1_000_000,
        status,
        "",
        scope,
        "",
        "",
        attributes,
        Map.of("service.name", "app"),
        List.of(),
        List.of());
  }
}
