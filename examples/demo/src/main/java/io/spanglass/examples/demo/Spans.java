/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.examples.demo;

import io.spanglass.testing.SpanRecord;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What the demo reads from spans. */
final class Spans {

  static final String SCOPE = "io.spanglass.genai";

  private static final String OPERATION = "gen_ai.operation.name";

  /** Operations around inference, not inference itself. */
  private static final Set<Object> OTHER_OPERATIONS =
      Set.of("execute_tool", "invoke_agent", "create_agent", "invoke_workflow", "retrieval");

  private Spans() {}

  static boolean isInference(SpanRecord span) {
    Object operation = span.attributes().get(OPERATION);
    return operation == null
        ? span.scopeName().equals(SCOPE)
        : !OTHER_OPERATIONS.contains(operation);
  }

  static boolean isHttpClient(SpanRecord span) {
    return span.kind().equals("CLIENT") && span.attributes().containsKey("http.request.method");
  }

  static boolean isStream(SpanRecord span) {
    return Boolean.TRUE.equals(span.attributes().get("gen_ai.request.stream"));
  }

  static boolean isError(SpanRecord span) {
    return span.status().equals("ERROR") || errorType(span) != null;
  }

  static double durationMs(SpanRecord span) {
    return (span.endNanos() - span.startNanos()) / 1e6;
  }

  static @Nullable Double ttftMs(SpanRecord span) {
    Object seconds = span.attributes().get("spanglass.time_to_first_token");
    return seconds instanceof Number number ? Double.valueOf(number.doubleValue() * 1000) : null;
  }

  static @Nullable Long inputTokens(SpanRecord span) {
    return number(span, "gen_ai.usage.input_tokens");
  }

  static @Nullable Long outputTokens(SpanRecord span) {
    return number(span, "gen_ai.usage.output_tokens");
  }

  static @Nullable String streamEnd(SpanRecord span) {
    return string(span, "spanglass.stream.end");
  }

  static @Nullable String errorType(SpanRecord span) {
    return string(span, "error.type");
  }

  static @Nullable String requestModel(SpanRecord span) {
    return string(span, "gen_ai.request.model");
  }

  static @Nullable String responseId(SpanRecord span) {
    return string(span, "gen_ai.response.id");
  }

  private static @Nullable String string(SpanRecord span, String key) {
    Object value = span.attributes().get(key);
    return value == null ? null : value.toString();
  }

  private static @Nullable Long number(SpanRecord span, String key) {
    Object value = span.attributes().get(key);
    return value instanceof Number number ? Long.valueOf(number.longValue()) : null;
  }
}
