/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.examples.vllm;

import static org.assertj.core.api.Assertions.assertThat;

import io.spanglass.testing.MetricRecord;
import io.spanglass.testing.SpanRecord;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** A run where everything fits, and what is found when one thing of it does not. */
class ComparisonTest {
  private static final String APP = "app";

  private final List<Window> windows = new ArrayList<>();
  private final List<SpanRecord> spans = new ArrayList<>();
  private final List<MetricRecord> metrics = new ArrayList<>();

  ComparisonTest() {
    call(
        "{\"call\":\"chat\",\"api\":\"chat\",\"model\":\"m\",\"stream\":false,\"status\":200,\"response_id\":\"c1\","
            + "\"prompt_tokens\":10,\"completion_tokens\":5,\"finish_reason\":\"length\"}",
        new ServerMetrics(10, 4, 5, 1, 1, 0.1),
        ServerMetrics.NONE);
    span("1", "chat m", "UNSET", usage("c1", 10, 5));
    server("1", "c1", 10, 5);

    call(
        "{\"call\":\"stream\",\"api\":\"chat\",\"model\":\"m\",\"stream\":true,\"status\":200,\"response_id\":\"c2\","
            + "\"finish_reason\":\"length\",\"cancelled\":false}",
        new ServerMetrics(11, 0, 6, 1, 1, 0.1),
        ServerMetrics.NONE);
    span("2", "chat m", "UNSET", stream("c2", null, null, "completed"));
    server("2", "c2", 11, 6);

    call(
        "{\"call\":\"cancelled\",\"api\":\"chat\",\"model\":\"m\",\"stream\":true,\"status\":200,\"response_id\":\"c3\","
            + "\"prompt_tokens\":12,\"completion_tokens\":7,\"cancelled\":true}",
        new ServerMetrics(12, 0, 20, 0, 1, 0.1),
        ServerMetrics.NONE);
    span("3", "chat m", "UNSET", stream("c3", 12L, 8L, "cancelled"));

    call(
        "{\"call\":\"refused\",\"api\":\"chat\",\"model\":\"x\",\"stream\":false,\"status\":404,\"error\":\"NotFoundError\"}",
        ServerMetrics.NONE,
        ServerMetrics.NONE);
    span(
        "4",
        "chat x",
        "ERROR",
        Map.of("spanglass.stream.end", "error", "error.type", "NotFoundError"));

    call(
        "{\"call\":\"embeddings\",\"api\":\"embeddings\",\"model\":\"e\",\"stream\":false,\"status\":200,"
            + "\"response_id\":\"e1\",\"prompt_tokens\":9,\"completion_tokens\":0}",
        ServerMetrics.NONE,
        new ServerMetrics(9, 0, 0, 2, 2, 0.1));
    span(
        "5",
        "embeddings e",
        "UNSET",
        Map.of("gen_ai.usage.input_tokens", 9L, "spanglass.stream.end", "completed"));
    server("5", "e1-0", 4, 0);
    server("5", "e1-1", 5, 0);

    metric("gen_ai.client.operation.duration", Map.of(), 5, 1.0);
    metric("gen_ai.client.token.usage", Map.of("gen_ai.token.type", "input"), 3, 31.0);
    metric("gen_ai.client.token.usage", Map.of("gen_ai.token.type", "output"), 2, 13.0);
    metric(
        "spanglass.client.time_to_first_token", Map.of("spanglass.token.kind", "answer"), 2, 0.4);
  }

  private Comparison.Result compare() {
    return Comparison.of(windows, spans, metrics);
  }

  @Test
  void aRunThatFitsHasNoFindingsAndItsTokensAreAccountedFor() {
    Comparison.Result result = compare();
    assertThat(result.findings()).isEmpty();
    assertThat(result.openSpans()).isZero();
    assertThat(result.sameTrace()).isTrue();
    assertThat(result.prompt()).isEqualTo(new Accounts(42, 31, 11, 0));
    assertThat(result.generation()).isEqualTo(new Accounts(31, 13, 6, 12));
    assertThat(Report.json(result).path("server").path("generation_tokens").asLong()).isEqualTo(31);
    assertThat(Report.text(result))
        .contains("31 = 13 on our spans + 6 finished without usage + 12 cancelled")
        .contains("no findings in 5 calls");
  }

  @Test
  void aSpanThatNeverArrivedIsOpen() {
    spans.removeIf(span -> span.spanId().equals("1"));
    Comparison.Result result = compare();
    assertThat(result.openSpans()).isEqualTo(2);
    assertThat(result.sameTrace()).isFalse();
    assertThat(result.findings())
        .contains("app: 5 calls gave 4 spans")
        .anyMatch(finding -> finding.endsWith("its parent never arrived"));
  }

  @Test
  void aSecondSpanForACallIsFound() {
    span("9", "chat m", "UNSET", usage("c1", 10, 5));
    assertThat(compare().findings()).contains("app: 5 calls gave 6 spans");
  }

  @Test
  void tokensThatTheServerDoesNotKnowAreFound() {
    change("1", attributes -> attributes.put("gen_ai.usage.output_tokens", 6L));
    assertThat(compare().findings())
        .contains(
            "app, chat: output tokens: expected 5, was 6",
            "app, chat: the server's completion tokens: expected 6, was 5",
            "app, chat: the server counted 5 generation tokens, accounted for are 6",
            "gen_ai.client.token.usage: output tokens: expected 14, was 13");
  }

  @Test
  void usageThatNobodySentIsFound() {
    change("2", attributes -> attributes.put("gen_ai.usage.input_tokens", 0L));
    assertThat(compare().findings()).contains("app, stream: input tokens: expected null, was 0");
  }

  @Test
  void lessUsageThanTheApplicationSawBeforeItCancelledIsFound() {
    change("3", attributes -> attributes.put("gen_ai.usage.output_tokens", 6L));
    assertThat(compare().findings())
        .contains("app, cancelled: output tokens are 6, and the application saw 7");
  }

  @Test
  void aServerThatWasDoneBeforeItHeardOfTheCancellationFits() {
    finishCancelled(12, 20);
    assertThat(compare().findings()).isEmpty();
    assertThat(compare().generation()).isEqualTo(new Accounts(31, 13, 6, 12));
  }

  @Test
  void moreTokensThanTheServerMadeBeforeTheCancellationAreFound() {
    finishCancelled(12, 7);
    assertThat(compare().findings())
        .contains("app, cancelled: the server's completion tokens: expected 8, was 7");
  }

  private void finishCancelled(long input, long output) {
    server("3", "c3", input, output);
    windows.set(
        2,
        new Window(
            windows.get(2).calls(),
            new ServerMetrics(input, 0, output, 1, 1, 0.1),
            ServerMetrics.NONE));
  }

  @Test
  void aCancelledCallThatIsCalledCompletedIsFound() {
    change("3", attributes -> attributes.put("spanglass.stream.end", "completed"));
    assertThat(compare().findings())
        .containsExactly("app, cancelled: end: expected cancelled, was completed");
  }

  @Test
  void anErrorOfAnotherTypeIsFound() {
    change("4", attributes -> attributes.put("error.type", "404"));
    assertThat(compare().findings())
        .containsExactly("app, refused: error type: expected NotFoundError, was 404");
  }

  @Test
  void tokensOfTheServerThatNobodyAccountsForAreFound() {
    windows.set(
        0,
        new Window(
            windows.get(0).calls(), new ServerMetrics(10, 4, 7, 1, 1, 0.1), ServerMetrics.NONE));
    assertThat(compare().findings())
        .containsExactly("app, chat: the server counted 7 generation tokens, accounted for are 5");
  }

  @Test
  void aTimeToFirstTokenBelowTheServersIsFound() {
    change("2", attributes -> attributes.put("spanglass.time_to_first_token", 0.05));
    assertThat(compare().findings())
        .containsExactlyInAnyOrder(
            "app, stream: time to first token is 0.05 s, and the server took 0.1 s",
            "app, stream: time to first token is 0.05 s, in the server's histogram 0.1");
  }

  @Test
  void aServersSpanInAnotherTraceIsFound() {
    spans.replaceAll(
        span ->
            span.name().equals(Comparison.SERVER_SPAN) && span.parentSpanId().equals("h1")
                ? copy(span, "other", span.attributes())
                : span);
    Comparison.Result result = compare();
    assertThat(result.sameTrace()).isFalse();
    assertThat(result.findings())
        .containsExactly("app, chat: the server's span is in another trace");
  }

  @Test
  void ourOwnErrorsAreFound() {
    metric("spanglass.internal.errors", Map.of("spanglass.component", "response"), 1, 1.0);
    assertThat(compare().findings())
        .containsExactly("spanglass.internal.errors: Spanglass failed in itself");
  }

  private void call(String line, ServerMetrics chat, ServerMetrics embeddings) {
    windows.add(
        new Window(List.of(Objects.requireNonNull(Call.parse(APP, line))), chat, embeddings));
  }

  private static Map<String, Object> usage(String id, long input, long output) {
    return Map.of(
        "gen_ai.response.id",
        id,
        "gen_ai.response.finish_reasons",
        List.of("length"),
        "gen_ai.usage.input_tokens",
        input,
        "gen_ai.usage.output_tokens",
        output,
        "gen_ai.usage.cache_read.input_tokens",
        4L,
        "spanglass.stream.end",
        "completed");
  }

  private static Map<String, Object> stream(
      String id, @Nullable Long input, @Nullable Long output, String end) {
    Map<String, Object> attributes = new HashMap<>();
    attributes.put("gen_ai.response.id", id);
    attributes.put("gen_ai.response.finish_reasons", List.of("length"));
    attributes.put("spanglass.stream.end", end);
    attributes.put("spanglass.time_to_first_token", 0.2);
    if (input != null && output != null) {
      attributes.put("gen_ai.usage.input_tokens", input);
      attributes.put("gen_ai.usage.output_tokens", output);
    }
    return attributes;
  }

  /** Our span of a call, with the HTTP span below it. */
  private void span(String id, String name, String status, Map<String, Object> more) {
    Map<String, Object> attributes = new HashMap<>(more);
    attributes.put("gen_ai.operation.name", name.substring(0, name.indexOf(' ')));
    spans.add(record(id, "", name, status, Comparison.SCOPE, attributes));
    spans.add(record("h" + id, id, "POST", status, "http", Map.of("http.request.method", "POST")));
  }

  private void server(String id, String requestId, long input, long output) {
    spans.add(
        record(
            "s" + requestId,
            "h" + id,
            Comparison.SERVER_SPAN,
            "UNSET",
            "vllm.tracing.otel",
            Map.of(
                "gen_ai.request.id", requestId,
                "gen_ai.usage.prompt_tokens", input,
                "gen_ai.usage.completion_tokens", output,
                "gen_ai.latency.time_to_first_token", 0.1)));
  }

  private static SpanRecord record(
      String id,
      String parent,
      String name,
      String status,
      String scope,
      Map<String, Object> attributes) {
    String digits = id.replaceAll("\\D", "");
    return new SpanRecord(
        "trace",
        id,
        parent,
        name,
        "CLIENT",
        Long.parseLong(digits),
        1_000_000_000L,
        status,
        "",
        scope,
        "",
        "",
        attributes,
        Map.of("service.name", APP),
        List.of(),
        List.of());
  }

  private void change(String id, Consumer<Map<String, Object>> change) {
    spans.replaceAll(
        span -> {
          if (!span.spanId().equals(id)) {
            return span;
          }
          Map<String, Object> attributes = new HashMap<>(span.attributes());
          change.accept(attributes);
          return copy(span, span.traceId(), attributes);
        });
  }

  private static SpanRecord copy(SpanRecord span, String traceId, Map<String, Object> attributes) {
    return new SpanRecord(
        traceId,
        span.spanId(),
        span.parentSpanId(),
        span.name(),
        span.kind(),
        span.startNanos(),
        span.endNanos(),
        span.status(),
        span.statusDescription(),
        span.scopeName(),
        span.scopeVersion(),
        span.schemaUrl(),
        attributes,
        span.resourceAttributes(),
        span.events(),
        span.links());
  }

  private void metric(String name, Map<String, Object> attributes, long count, double sum) {
    metrics.add(
        new MetricRecord(
            name,
            "",
            "",
            "histogram",
            "CUMULATIVE",
            false,
            Comparison.SCOPE,
            "",
            "",
            attributes,
            Map.of("service.name", APP),
            0,
            0,
            count,
            sum,
            null,
            null,
            null,
            List.of(),
            List.of(),
            List.of()));
  }
}
