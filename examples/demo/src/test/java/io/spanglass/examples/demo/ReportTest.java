/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.examples.demo;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.spanglass.examples.modelserver.ServedRequest;
import io.spanglass.testing.SpanRecord;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Both reports of the same three calls: a stream, a refused call, and one that gave no span. */
class ReportTest {

  private static final String TRACE = "0af7651916cd43dd8448eb211c80319c";

  private static final List<SpanRecord> SPANS =
      List.of(
          TestSpan.internal(TRACE, "s0", "checkout").from(0, 1000).build(),
          TestSpan.inference(TRACE, "s1", "canned-1")
              .childOf("s0")
              .from(100, 900)
              .with("gen_ai.request.stream", true)
              .with("gen_ai.response.id", "r1")
              .with("gen_ai.usage.input_tokens", 18L)
              .with("gen_ai.usage.output_tokens", 40L)
              .with("spanglass.time_to_first_token", 0.2521234567)
              .with("spanglass.stream.end", "completed")
              .build(),
          TestSpan.http(TRACE, "s2", "s1").from(110, 900).build(),
          TestSpan.inference("11", "s3", "no\u001bmodel").from(2000, 2005).error("404").build());

  private static final List<CallReport> CALLS =
      CallMatcher.match(
              List.of(
                  call("streaming chat", "canned-1", true, "r1"),
                  call("unknown model", "no\u001bmodel", false, null),
                  call("unseen", "canned-1", false, "r2")),
              SPANS,
              List.of(
                  new ServedRequest(
                      "r1", TRACE, "s2", "canned-1", true, 200, 18L, 40L, 251.0014, false)))
          .calls();

  private static final List<MetricSeries> METRICS =
      List.of(
          new MetricSeries(
              "gen_ai.client.operation.time_per_output_chunk",
              "s",
              "histogram",
              new TreeMap<>(
                  Map.of("gen_ai.operation.name", "chat", "gen_ai.request.model", "canned-1")),
              20L,
              0.606,
              null),
          new MetricSeries(
              "spanglass.internal.errors",
              "{error}",
              "sum",
              new TreeMap<>(
                  Map.of("gen_ai.operation.name", "chat", "spanglass.component", "decoder")),
              null,
              null,
              1L));

  @Test
  void textShowsTreesModelsAndMetrics() {
    assertThat(TextReport.of("Spanglass 0.1.0: title", CALLS, METRICS, Glyphs.ASCII))
        .isEqualTo(
            """
            Spanglass 0.1.0: title
            . waiting for the first token   # answering, or the whole call if it is no stream
            the agent's own HTTP span (POST) of a stream ends when the headers have come

            -- app (java.net.http) ---------------------------------------------------------------------------
            1  streaming chat                                           trace 0af7651916cd43dd8448eb211c80319c
               checkout                                  1000 ms  ############################################
               `- chat canned-1                           800 ms      ...........#########################
                  `- POST                                 790 ms       ###################################
               span    first token 252 ms; tokens 18 in, 40 out; end completed
               server  first token 251 ms; tokens 18 in, 40 out

            2  unknown model                                                                          trace 11
               chat no?model                              5.0 ms  #
               span    error type 404
               no HTTP span below it

            3  unseen
               NO SPAN: this call was not seen

            -- Models ----------------------------------------------------------------------------------------
            model      calls   errors   first token p50   between chunks   tokens in   out
            canned-1       1        0            252 ms          30.3 ms          18    40
            no?model       1        1                 -                -           -     -

            -- Metrics ---------------------------------------------------------------------------------------
            all with gen_ai.operation.name=chat
            gen_ai.client.operation.time_per_output_chunk  (histogram, s)
                  20 x mean 30.3 ms  gen_ai.request.model=canned-1
            spanglass.internal.errors  (sum, {error})
                                  1  spanglass.component=decoder
            """);
  }

  @Test
  void jsonHasExactlyTheseFields() {
    JsonNode report = JsonReport.of(CALLS, METRICS);

    assertThat(report.toPrettyString())
        .isEqualTo(
            """
            {
              "calls" : [ {
                "app" : "app",
                "client" : "java.net.http",
                "api" : "chat",
                "model" : "canned-1",
                "stream" : true,
                "trace_id" : "0af7651916cd43dd8448eb211c80319c",
                "span_name" : "chat canned-1",
                "genai_spans" : 1,
                "http_child" : true,
                "attributes" : {
                  "gen_ai.operation.name" : "chat",
                  "gen_ai.request.model" : "canned-1",
                  "gen_ai.request.stream" : true,
                  "gen_ai.response.id" : "r1",
                  "gen_ai.usage.input_tokens" : 18,
                  "gen_ai.usage.output_tokens" : 40,
                  "spanglass.time_to_first_token" : 0.2521234567,
                  "spanglass.stream.end" : "completed"
                },
                "duration_ms" : 800.0,
                "ttft_ms" : 252.123,
                "input_tokens" : 18,
                "output_tokens" : 40,
                "end" : "completed",
                "error_type" : null,
                "server" : {
                  "input_tokens" : 18,
                  "output_tokens" : 40,
                  "first_token_ms" : 251.001
                }
              }, {
                "app" : "app",
                "client" : "java.net.http",
                "api" : "chat",
                "model" : "no\\u001Bmodel",
                "stream" : false,
                "trace_id" : "11",
                "span_name" : "chat no\\u001Bmodel",
                "genai_spans" : 1,
                "http_child" : false,
                "attributes" : {
                  "gen_ai.operation.name" : "chat",
                  "gen_ai.request.model" : "no\\u001Bmodel",
                  "error.type" : "404"
                },
                "duration_ms" : 5.0,
                "ttft_ms" : null,
                "input_tokens" : null,
                "output_tokens" : null,
                "end" : null,
                "error_type" : "404",
                "server" : null
              }, {
                "app" : "app",
                "client" : "java.net.http",
                "api" : "chat",
                "model" : "canned-1",
                "stream" : false,
                "trace_id" : null,
                "span_name" : null,
                "genai_spans" : 0,
                "http_child" : false,
                "attributes" : null,
                "duration_ms" : null,
                "ttft_ms" : null,
                "input_tokens" : null,
                "output_tokens" : null,
                "end" : null,
                "error_type" : null,
                "server" : null
              } ],
              "metrics" : [ {
                "name" : "gen_ai.client.operation.time_per_output_chunk",
                "unit" : "s",
                "type" : "histogram",
                "attributes" : {
                  "gen_ai.operation.name" : "chat",
                  "gen_ai.request.model" : "canned-1"
                },
                "count" : 20,
                "sum" : 0.606,
                "value" : null
              }, {
                "name" : "spanglass.internal.errors",
                "unit" : "{error}",
                "type" : "sum",
                "attributes" : {
                  "gen_ai.operation.name" : "chat",
                  "spanglass.component" : "decoder"
                },
                "count" : null,
                "sum" : null,
                "value" : 1
              } ]
            }""");
  }

  private static DeclaredCall call(
      String name, String model, boolean stream, @Nullable String responseId) {
    return new DeclaredCall("app", "java.net.http", name, "chat", model, stream, responseId);
  }
}
