/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.call;

import static io.opentelemetry.api.common.AttributeKey.longKey;
import static io.opentelemetry.api.common.AttributeKey.stringKey;
import static io.spanglass.call.Observed.ANSWER;
import static io.spanglass.call.Observed.DONE;
import static io.spanglass.call.Observed.LAST;
import static io.spanglass.call.Observed.USAGE;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.metrics.data.HistogramPointData;
import io.opentelemetry.sdk.metrics.data.LongPointData;
import io.opentelemetry.sdk.metrics.data.MetricData;
import io.opentelemetry.sdk.metrics.data.PointData;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.samplers.Sampler;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class MetricsTest {
  private static final Attributes OF_CALL =
      Attributes.builder()
          .put("gen_ai.operation.name", "chat")
          .put("gen_ai.provider.name", "openai")
          .put("gen_ai.request.model", "gpt-4o")
          .put("gen_ai.response.model", "gpt-4o-2024")
          .put("server.address", "api.openai.com")
          .put("server.port", 443)
          .build();

  private static final Attributes OF_COMPLETED = and("spanglass.stream.end", "completed");

  private final Observed observed = new Observed();

  private static Attributes and(String key, String value) {
    return OF_CALL.toBuilder().put(key, value).build();
  }

  private void completeCall() {
    Call call = observed.start();
    call.stream();
    call.deliver(ANSWER);
    call.deliver(ANSWER);
    call.deliver(LAST);
    call.deliver(USAGE);
    call.deliver(DONE);
  }

  @Test
  void aCallIsCountedOnceInEachMetric() {
    completeCall();
    completeCall();
    Map<String, String> counts = new TreeMap<>();
    for (MetricData metric : observed.metrics.collectAllMetrics()) {
      assertThat(metric.getInstrumentationScopeInfo().getName()).isEqualTo("io.spanglass.genai");
      long count = 0;
      for (var point : metric.getData().getPoints()) {
        count +=
            point instanceof HistogramPointData histogram
                ? histogram.getCount()
                : ((LongPointData) point).getValue();
      }
      counts.put(metric.getName(), metric.getUnit() + " " + metric.getType() + " " + count);
    }
    assertThat(counts)
        .isEqualTo(
            Map.of(
                "gen_ai.client.operation.duration", "s HISTOGRAM 2",
                "gen_ai.client.operation.time_to_first_chunk", "s HISTOGRAM 2",
                "gen_ai.client.operation.time_per_output_chunk", "s HISTOGRAM 4",
                "gen_ai.client.token.usage", "{token} HISTOGRAM 4",
                "spanglass.client.time_to_first_token", "s HISTOGRAM 2",
                "spanglass.client.token.usage.details", "{token} LONG_SUM 2"));
  }

  @Test
  void pointsCarryTheAttributesOfTheCall() {
    completeCall();
    assertThat(attributes("gen_ai.client.operation.duration")).containsExactly(OF_COMPLETED);
    assertThat(attributes("gen_ai.client.operation.time_to_first_chunk")).containsExactly(OF_CALL);
    assertThat(attributes("gen_ai.client.operation.time_per_output_chunk"))
        .containsExactly(OF_CALL);
    assertThat(attributes("gen_ai.client.token.usage"))
        .containsExactlyInAnyOrder(
            and("gen_ai.token.type", "input"), and("gen_ai.token.type", "output"));
    assertThat(attributes("spanglass.client.time_to_first_token"))
        .containsExactly(and("spanglass.token.kind", "answer"));
    assertThat(attributes("spanglass.client.token.usage.details"))
        .containsExactly(and("spanglass.token.kind", "cache_read"));
  }

  @Test
  void toolsThatAnAnswerAsksForAreCountedByName() {
    Call call = observed.start();
    call.stream();
    call.deliver(
        "data: {\"choices\":[{\"index\":0,\"delta\":{\"tool_calls\":[{\"index\":0,\"id\":\"a\",\"function\":"
            + "{\"name\":\"weather\"}},{\"index\":1,\"id\":\"b\",\"function\":{\"name\":\"weather\"}},"
            + "{\"index\":2,\"id\":\"c\",\"function\":{\"name\":\"time\"}},"
            + "{\"index\":3,\"id\":\"d\",\"function\":{\"name\":\"my own words\"}}]}}]}\n\n",
        LAST,
        DONE);
    Map<String, Long> counts = new TreeMap<>();
    for (LongPointData point : observed.counter("spanglass.client.tool_calls")) {
      counts.put(
          requireNonNull(point.getAttributes().get(stringKey("gen_ai.tool.name"))),
          point.getValue());
    }
    assertThat(counts).isEqualTo(Map.of("weather", 2L, "time", 1L));
  }

  @Test
  void aStreamWithoutUsageIsCountedByItsHost() {
    for (String host : List.of("api.openai.com", "127.0.0.1", "10.1.2.3", "llm.example.com")) {
      Call call = observed.start(host, Observed.REQUEST);
      call.stream();
      call.deliver(ANSWER, LAST, DONE);
    }
    completeCall();
    observed.start().attempt.closed();
    Map<String, Long> counts = new TreeMap<>();
    for (LongPointData point : observed.counter("spanglass.usage.missing")) {
      counts.put(
          requireNonNull(point.getAttributes().get(stringKey("spanglass.host.class"))),
          point.getValue());
      assertThat(point.getAttributes().size()).isEqualTo(3);
    }
    assertThat(counts).isEqualTo(Map.of("provider", 1L, "local", 1L, "private", 1L, "other", 1L));
  }

  @Test
  void bucketsAreThoseOfTheConventions() {
    completeCall();
    Double[] seconds = {
      0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92
    };
    for (String name :
        Set.of(
            "gen_ai.client.operation.duration",
            "gen_ai.client.operation.time_to_first_chunk",
            "gen_ai.client.operation.time_per_output_chunk",
            "spanglass.client.time_to_first_token")) {
      for (HistogramPointData point : observed.histogram(name)) {
        assertThat(point.getBoundaries()).as(name).containsExactly(seconds);
      }
    }
    for (HistogramPointData point : observed.histogram("gen_ai.client.token.usage")) {
      assertThat(point.getBoundaries())
          .containsExactly(
              1.0,
              4.0,
              16.0,
              64.0,
              256.0,
              1024.0,
              4096.0,
              16384.0,
              65536.0,
              262144.0,
              1048576.0,
              4194304.0,
              16777216.0,
              67108864.0);
    }
  }

  @Test
  void tokensAreTheWiresAndSumUp() {
    completeCall();
    completeCall();
    Map<String, Double> sums = new TreeMap<>();
    for (HistogramPointData point : observed.histogram("gen_ai.client.token.usage")) {
      sums.put(
          String.valueOf(point.getAttributes().get(stringKey("gen_ai.token.type"))),
          point.getSum());
    }
    assertThat(sums).isEqualTo(Map.of("input", 6.0, "output", 4.0));
  }

  @Test
  void aRunningSumIsRecordedOnce() {
    Call call = observed.start();
    call.stream();
    for (int i = 1; i <= 5; i++) {
      call.deliver(
          "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"x\"}}],\"usage\":{\"prompt_tokens\":9,"
              + "\"completion_tokens\":"
              + i
              + "}}\n\n");
    }
    call.deliver(DONE);
    double sum = 0;
    long count = 0;
    for (HistogramPointData point : observed.histogram("gen_ai.client.token.usage")) {
      sum += point.getSum();
      count += point.getCount();
    }
    assertThat(sum).isEqualTo(14);
    assertThat(count).isEqualTo(2);
  }

  @Test
  void detailsAreCountedByKind() {
    Call call = observed.start();
    call.head(200, "application/json", null);
    call.deliver(
        "{\"choices\":[],\"usage\":{\"prompt_tokens\":100,\"completion_tokens\":50,\"prompt_tokens_details\":"
            + "{\"cached_tokens\":1,\"created_cache_tokens\":2,\"audio_tokens\":3},\"completion_tokens_details\":"
            + "{\"reasoning_tokens\":4,\"audio_tokens\":5,\"accepted_prediction_tokens\":6,"
            + "\"rejected_prediction_tokens\":7}}}");
    call.attempt.end();
    Map<String, Long> details = new TreeMap<>();
    MetricData metric = observed.metric("spanglass.client.token.usage.details");
    assertThat(metric).isNotNull();
    if (metric != null) {
      assertThat(metric.getLongSumData().isMonotonic()).isTrue();
      for (LongPointData point : metric.getLongSumData().getPoints()) {
        details.put(
            String.valueOf(point.getAttributes().get(stringKey("spanglass.token.kind"))),
            point.getValue());
      }
    }
    assertThat(details)
        .isEqualTo(
            Map.of(
                "cache_read", 1L,
                "cache_write", 2L,
                "audio_input", 3L,
                "reasoning", 4L,
                "audio_output", 5L,
                "accepted_prediction", 6L,
                "rejected_prediction", 7L));
  }

  @Test
  void timeToFirstTokenIsRecordedForEachKindThatCame() {
    Call call = observed.start();
    call.stream();
    call.deliver(
        "data: {\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"}}]}\n\n");
    call.deliver("data: {\"choices\":[{\"index\":0,\"delta\":{\"reasoning\":\"hm\"}}]}\n\n");
    call.deliver(
        "data: {\"choices\":[{\"index\":0,\"delta\":{\"tool_calls\":[{\"index\":0}]}}]}\n\n");
    call.deliver(DONE);
    Set<String> kinds = new TreeSet<>();
    for (HistogramPointData point : observed.histogram("spanglass.client.time_to_first_token")) {
      assertThat(point.getCount()).isEqualTo(1);
      kinds.add(String.valueOf(point.getAttributes().get(stringKey("spanglass.token.kind"))));
    }
    assertThat(kinds).containsExactly("reasoning", "tool_call");
  }

  @Test
  void onlyDurationAndTimeToFirstTokenCarryTheError() {
    Call call = observed.start();
    call.stream();
    call.deliver(ANSWER, ANSWER, USAGE);
    call.attempt.end();
    assertThat(errorTypes("gen_ai.client.operation.duration")).containsExactly("stream_incomplete");
    assertThat(errorTypes("spanglass.client.time_to_first_token"))
        .containsExactly("stream_incomplete");
    assertThat(errorTypes("gen_ai.client.token.usage")).containsOnly("null");
    assertThat(errorTypes("gen_ai.client.operation.time_per_output_chunk")).containsOnly("null");
  }

  @Test
  void exemplarsLeadToTheSpan() {
    completeCall();
    SpanData span = observed.span();
    int points = 0;
    // Collected once: a reader takes the exemplars with it.
    for (MetricData metric : observed.metrics.collectAllMetrics()) {
      for (PointData point : metric.getData().getPoints()) {
        assertThat(point.getExemplars())
            .as(metric.getName())
            .isNotEmpty()
            .allSatisfy(
                exemplar ->
                    assertThat(exemplar.getSpanContext().getSpanId()).isEqualTo(span.getSpanId()));
        points++;
      }
    }
    assertThat(points).isEqualTo(7);
  }

  @Test
  void whatIsNotSampledIsStillMeasured() {
    Observed unsampled = new Observed(Sampler.alwaysOff(), Map.of());
    Call call = unsampled.start();
    call.stream();
    call.deliver(ANSWER, LAST, USAGE, DONE);
    assertThat(unsampled.spans.getFinishedSpanItems()).isEmpty();
    HistogramPointData duration =
        unsampled.histogram("gen_ai.client.operation.duration").iterator().next();
    assertThat(duration.getCount()).isEqualTo(1);
    assertThat(duration.getExemplars()).isEmpty();
    assertThat(duration.getAttributes()).isEqualTo(OF_COMPLETED);
    assertThat(unsampled.histogram("gen_ai.client.token.usage")).hasSize(2);
    assertThat(unsampled.histogram("spanglass.client.time_to_first_token")).hasSize(1);
  }

  @Test
  void modelsBeyondTheLimitShareOneName() {
    for (int i = 0; i < 300; i++) {
      observed
          .start("api.openai.com", "{\"messages\":[],\"model\":\"m-" + i + "\"}")
          .attempt
          .closed();
    }
    Set<String> models = values("gen_ai.client.operation.duration", "gen_ai.request.model");
    assertThat(models).hasSize(201).contains("m-0", "m-199", "_OTHER").doesNotContain("m-200");
    // Those that are known stay so, and the span tells them all.
    observed.start("api.openai.com", "{\"messages\":[],\"model\":\"m-7\"}").attempt.closed();
    assertThat(values("gen_ai.client.operation.duration", "gen_ai.request.model")).hasSize(201);
    assertThat(observed.spans.getFinishedSpanItems())
        .anySatisfy(span -> assertThat(span.getName()).isEqualTo("chat m-299"));
  }

  @Test
  void modelsOfResponsesAreBoundedToo() {
    for (int i = 0; i < 300; i++) {
      Call call = observed.start();
      call.head(200, "application/json", null);
      call.deliver("{\"model\":\"r-" + i + "\"}");
      call.attempt.end();
    }
    assertThat(values("gen_ai.client.operation.duration", "gen_ai.response.model"))
        .contains("_OTHER")
        .hasSizeLessThanOrEqualTo(201);
  }

  @Test
  void errorTypesBeyondTheLimitShareOneName() {
    for (int i = 0; i < 150; i++) {
      Call call = observed.start();
      call.head(400, "application/json", null);
      call.deliver("{\"error\":{\"code\":" + (1000 + i) + "}}");
      call.attempt.end();
    }
    assertThat(errorTypes("gen_ai.client.operation.duration")).hasSize(101).contains("_OTHER");
  }

  @Test
  void portsAreBoundedWithTheirAddresses() {
    for (int i = 0; i < 150; i++) {
      requireNonNull(
              observed.calls.begin(
                  Observed.head("POST", "http", "localhost", 10_000 + i, Observed.PATH, null),
                  Observed.inMemory(Observed.REQUEST),
                  new Client() {},
                  Context.root()))
          .cancelled();
    }
    assertThat(observed.histogram("gen_ai.client.operation.duration"))
        .hasSize(101)
        .anySatisfy(
            point -> {
              assertThat(point.getAttributes().get(stringKey("server.address")))
                  .isEqualTo("_OTHER");
              assertThat(point.getAttributes().get(longKey("server.port"))).isNull();
            });
  }

  @Test
  void addressesBeyondTheLimitShareOneName() {
    for (int i = 0; i < 150; i++) {
      observed.start("host-" + i, Observed.REQUEST).attempt.closed();
    }
    assertThat(values("gen_ai.client.operation.duration", "server.address"))
        .hasSize(101)
        .contains("_OTHER");
  }

  private Collection<Attributes> attributes(String name) {
    Set<Attributes> attributes = new HashSet<>();
    MetricData metric = observed.metric(name);
    if (metric != null) {
      metric.getData().getPoints().forEach(point -> attributes.add(point.getAttributes()));
    }
    return attributes;
  }

  private Set<String> errorTypes(String metric) {
    return values(metric, "error.type");
  }

  private Set<String> values(String metric, String attribute) {
    Set<String> values = new TreeSet<>();
    for (Attributes attributes : attributes(metric)) {
      @Nullable String value = attributes.get(stringKey(attribute));
      values.add(String.valueOf(value));
    }
    return values;
  }
}
