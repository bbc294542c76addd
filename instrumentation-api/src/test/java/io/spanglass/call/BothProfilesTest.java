/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.call;

import static io.opentelemetry.api.common.AttributeKey.longKey;
import static io.opentelemetry.api.common.AttributeKey.stringKey;
import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.sdk.metrics.data.LongPointData;
import io.opentelemetry.sdk.metrics.data.MetricData;
import io.opentelemetry.sdk.trace.samplers.Sampler;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The profile "latest", and the metrics of two profiles at a time. */
class BothProfilesTest {
  private static final String V1_41 = "https://opentelemetry.io/schemas/1.41.1";
  private static final String LATEST = "https://opentelemetry.io/schemas/gen-ai-dev/1.42.0-dev";

  private static Observed observed(String profile) {
    Observed observed =
        new Observed(
            Sampler.alwaysOn(), Map.of("otel.instrumentation.genai.semconv-profile", profile));
    observed.start().answer();
    Call embeddings =
        observed.start("api.openai.com", "/v1/embeddings", "{\"model\":\"e\",\"input\":\"x\"}");
    embeddings.head(200, "application/json", null);
    embeddings.deliver("{\"model\":\"e\",\"data\":[],\"usage\":{\"prompt_tokens\":5}}");
    embeddings.attempt.end();
    return observed;
  }

  private static Map<String, Set<String>> namesBySchema(Observed observed) {
    Map<String, Set<String>> names = new TreeMap<>();
    for (MetricData metric : observed.metrics.collectAllMetrics()) {
      names
          .computeIfAbsent(
              String.valueOf(metric.getInstrumentationScopeInfo().getSchemaUrl()),
              schema -> new TreeSet<>())
          .add(metric.getName());
    }
    return names;
  }

  @ParameterizedTest
  @CsvSource({"1.41/dup, 1.41, latest", "latest/dup, latest, 1.41"})
  void metricsAreThoseOfBothEachOnceAndSpansThoseOfTheFirst(
      String both, String first, String second) {
    Map<String, Set<String>> names = namesBySchema(observed(both));
    TreeSet<String> expected = new TreeSet<>();
    namesBySchema(observed(first)).values().forEach(expected::addAll);
    namesBySchema(observed(second)).values().forEach(expected::addAll);
    TreeSet<String> actual = new TreeSet<>();
    names.values().forEach(actual::addAll);
    assertThat(actual).isEqualTo(expected);
    // No name is there twice: sums over both scopes would count calls twice.
    assertThat(names.values().stream().mapToInt(Set::size).sum()).isEqualTo(actual.size());
    assertThat(names.keySet()).containsExactlyInAnyOrder(V1_41, LATEST);
    assertThat(names.getOrDefault(first.equals("latest") ? LATEST : V1_41, new TreeSet<>()))
        .contains("spanglass.client.token.usage.details");
    assertThat(names.getOrDefault(V1_41, new TreeSet<>()))
        .contains("gen_ai.client.operation.duration");
    assertThat(names.getOrDefault(LATEST, new TreeSet<>()))
        .doesNotContain("gen_ai.client.operation.duration");

    Observed observed = observed(both);
    assertThat(observed.histogram("gen_ai.client.operation.duration"))
        .hasSize(2)
        .allSatisfy(point -> assertThat(point.getCount()).isEqualTo(1));
    assertThat(observed.spans.getFinishedSpanItems())
        .hasSize(2)
        .allSatisfy(
            span ->
                assertThat(span.getInstrumentationScopeInfo().getSchemaUrl())
                    .isEqualTo(first.equals("latest") ? LATEST : V1_41));
  }

  @Test
  void anEmbeddingHasADurationInTheNewestVersionAndNoTokenMetric() {
    Observed observed = observed("latest");
    assertThat(observed.histogram("gen_ai.client.operation.duration"))
        .singleElement()
        .satisfies(
            point ->
                assertThat(point.getAttributes().get(stringKey("gen_ai.operation.name")))
                    .isEqualTo("embeddings"));
    assertThat(observed.histogram("gen_ai.client.inference.duration")).hasSize(1);
    assertThat(observed.histogram("gen_ai.client.inference.operation.input_tokens")).hasSize(1);
    assertThat(observed.spans.getFinishedSpanItems().get(1).getAttributes())
        .satisfies(
            attributes ->
                assertThat(attributes.get(longKey("gen_ai.usage.input_tokens"))).isEqualTo(5));
  }

  /**
   * Tokens by modality: what the server gives none for is unknown, and nothing is counted twice.
   */
  @ParameterizedTest
  @CsvSource({
    // total, audio: unknown, audio
    "120, 99, 21, 99",
    "120, 0, 120, -1",
    "120, 120, -1, 120",
    "120, 121, 120, -1",
    "0, 0, 0, -1"
  })
  void tokensAreCountedByModality(int total, int audio, long unknown, long ofAudio) {
    Observed observed =
        new Observed(
            Sampler.alwaysOn(), Map.of("otel.instrumentation.genai.semconv-profile", "latest"));
    Call call = observed.start();
    call.stream();
    call.deliver(
        Observed.ANSWER,
        Observed.LAST,
        "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":"
            + total
            + ",\"prompt_tokens_details\":{\"audio_tokens\":"
            + audio
            + "}}}\n\n",
        Observed.DONE);
    Map<String, Long> expected = new HashMap<>();
    if (unknown >= 0) {
      expected.put("unknown", unknown);
    }
    if (ofAudio >= 0) {
      expected.put("audio", ofAudio);
    }
    assertThat(byModality(observed, "gen_ai.client.inference.usage.input_tokens"))
        .isEqualTo(expected);
    assertThat(byModality(observed, "gen_ai.client.inference.usage.output_tokens")).isEmpty();
    Attributes span = observed.span().getAttributes();
    assertThat(span.get(AttributeKey.longKey("gen_ai.usage.audio.input_tokens"))).isEqualTo(audio);
  }

  private static Map<String, Long> byModality(Observed observed, String name) {
    Map<String, Long> counts = new HashMap<>();
    MetricData metric = observed.metric(name);
    if (metric != null) {
      for (LongPointData point : metric.getLongSumData().getPoints()) {
        counts.put(
            String.valueOf(point.getAttributes().get(stringKey("gen_ai.token.modality"))),
            point.getValue());
      }
    }
    return counts;
  }
}
