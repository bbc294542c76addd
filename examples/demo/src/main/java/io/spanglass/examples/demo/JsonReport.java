/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.examples.demo;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.spanglass.examples.modelserver.ServedRequest;
import io.spanglass.testing.SpanRecord;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The report for programs. What was not seen is null. Times are milliseconds. */
final class JsonReport {

  private static final ObjectMapper JSON = new ObjectMapper();

  private JsonReport() {}

  static ObjectNode of(List<CallReport> calls, List<MetricSeries> metrics) {
    ObjectNode report = JSON.createObjectNode();
    ArrayNode callArray = report.putArray("calls");
    for (CallReport call : calls) {
      callArray.add(call(call));
    }
    ArrayNode metricArray = report.putArray("metrics");
    for (MetricSeries metric : metrics) {
      metricArray.add(metric(metric));
    }
    return report;
  }

  private static ObjectNode call(CallReport report) {
    DeclaredCall call = report.call();
    SpanRecord span = report.span();
    ObjectNode json =
        JSON.createObjectNode()
            .put("app", call.app())
            .put("client", call.client())
            .put("api", call.api())
            .put("model", call.model())
            .put("stream", call.stream())
            .put("trace_id", span == null ? null : span.traceId())
            .put("span_name", span == null ? null : span.name())
            .put("genai_spans", report.inferenceSpans())
            .put("http_child", report.httpChild());
    json.set("attributes", span == null ? null : JSON.valueToTree(span.attributes()));
    json.put("duration_ms", span == null ? null : micros(Spans.durationMs(span)))
        .put("ttft_ms", span == null ? null : micros(Spans.ttftMs(span)))
        .put("input_tokens", span == null ? null : Spans.inputTokens(span))
        .put("output_tokens", span == null ? null : Spans.outputTokens(span))
        .put("end", span == null ? null : Spans.streamEnd(span))
        .put("error_type", span == null ? null : Spans.errorType(span));
    ServedRequest server = report.server();
    if (server == null) {
      json.putNull("server");
    } else {
      json.putObject("server")
          .put("input_tokens", server.inputTokens())
          .put("output_tokens", server.outputTokens())
          .put("first_token_ms", micros(server.firstTokenMs()));
    }
    return json;
  }

  private static ObjectNode metric(MetricSeries metric) {
    ObjectNode json =
        JSON.createObjectNode()
            .put("name", metric.name())
            .put("unit", metric.unit())
            .put("type", metric.type());
    json.set("attributes", JSON.valueToTree(metric.attributes()));
    json.put("count", metric.count()).put("sum", metric.sum());
    json.set("value", JSON.valueToTree(metric.value()));
    return json;
  }

  /** Without the digits below a microsecond, which are noise of the conversion from seconds. */
  private static @Nullable Double micros(@Nullable Double milliseconds) {
    return milliseconds == null ? null : Double.valueOf(Math.round(milliseconds * 1000) / 1000.0);
  }
}
