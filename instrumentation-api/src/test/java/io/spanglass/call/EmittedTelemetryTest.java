/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.call;

import static io.spanglass.call.Observed.ANSWER;
import static io.spanglass.call.Observed.DONE;
import static io.spanglass.call.Observed.LAST;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.sdk.metrics.data.MetricData;
import io.opentelemetry.sdk.metrics.data.MetricDataType;
import io.opentelemetry.sdk.metrics.data.PointData;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.samplers.Sampler;
import io.spanglass.testing.SemconvFiles;
import java.io.IOException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What calls of every kind emit, held against the table of names. */
class EmittedTelemetryTest {
  private Observed observed = new Observed();

  /** Span attributes by name: what the conventions and our own section know. */
  private final Map<String, JsonNode> attributes = new HashMap<>();

  private final Map<String, JsonNode> embeddingsAttributes = new HashMap<>();

  /** Those that the conventions ask every span for. */
  private final Set<String> required = new HashSet<>();

  private final Map<String, JsonNode> metrics = new HashMap<>();
  private final Map<String, JsonNode> concepts = new HashMap<>();

  private void callsOfEveryKind(String profileName) throws IOException {
    observed =
        new Observed(
            Sampler.alwaysOn(), Map.of("otel.instrumentation.genai.semconv-profile", profileName));
    JsonNode table = SemconvFiles.table();
    JsonNode profile = table.get("profiles").get(profileName);
    profile
        .get("attributes")
        .properties()
        .forEach(
            concept -> {
              JsonNode attribute = concept.getValue();
              concepts.put(concept.getKey(), attribute);
              JsonNode spans = attribute.get("spans");
              String name = attribute.get("name").asText();
              // Ours are spans of inference and of embeddings of APIs of OpenAI's.
              if (spans.has("inference") || spans.has("openai")) {
                attributes.put(name, attribute);
              }
              if (spans.has("embeddings")) {
                embeddingsAttributes.put(name, attribute);
              }
              if (spans.path("inference").asText().equals("required")) {
                required.add(name);
              }
            });
    table
        .get("own")
        .get("attributes")
        .properties()
        .forEach(
            concept -> {
              concepts.put(concept.getKey(), concept.getValue());
              attributes.put(concept.getValue().get("name").asText(), concept.getValue());
              embeddingsAttributes.put(concept.getValue().get("name").asText(), concept.getValue());
            });
    profile
        .get("measures")
        .forEach(measure -> measure.forEach(m -> metrics.put(m.get("name").asText(), m)));
    table.get("own").get("metrics").forEach(m -> metrics.put(m.get("name").asText(), m));
    // What points of the conventions' metrics carry of ours.
    table
        .get("own")
        .get("measures")
        .properties()
        .forEach(
            own ->
                profile
                    .get("measures")
                    .get(own.getKey())
                    .forEach(
                        m ->
                            ((ObjectNode) m.get("attributes"))
                                .setAll((ObjectNode) own.getValue())));
    call();
  }

  @SuppressWarnings("NullAway") // A fault of ours, for its counter.
  private void call() {
    Call whole =
        observed.start(
            "llm.internal",
            "{\"model\":\"m\",\"messages\":[],\"stream\":true,\"temperature\":0.5,\"top_p\":0.9,\"max_tokens\":64,"
                + "\"seed\":7,\"n\":2,\"stop\":\"a\",\"frequency_penalty\":0.1,\"presence_penalty\":0.2,"
                + "\"top_k\":4,\"service_tier\":\"flex\",\"response_format\":{\"type\":\"json_object\"}}");
    whole.stream();
    whole.deliver(
        "data: {\"id\":\"c\",\"model\":\"m-1\",\"system_fingerprint\":\"fp\",\"service_tier\":\"default\",\"choices\":"
            + "[{\"index\":0,\"delta\":{\"content\":\"x\",\"reasoning\":\"y\",\"tool_calls\":"
            + "[{\"index\":0,\"function\":{\"name\":\"weather\"}}]}}]}\n\n",
        LAST,
        "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":9,\"prompt_tokens_details\":"
            + "{\"cached_tokens\":1,\"created_cache_tokens\":2,\"audio_tokens\":3},\"completion_tokens_details\":"
            + "{\"reasoning_tokens\":4,\"audio_tokens\":5,\"accepted_prediction_tokens\":6,"
            + "\"rejected_prediction_tokens\":7}}}\n\n",
        DONE);
    observed.start().attempt.closed();
    Call withoutUsage = observed.start();
    withoutUsage.stream();
    withoutUsage.deliver(ANSWER, LAST, DONE);
    observed.start().fail(new IOException());
    Call unread = observed.start();
    unread.head(200, "application/json", "br");
    unread.attempt.end();
    Call refused = observed.start();
    refused.head(401, "application/json", null);
    refused.deliver("{\"error\":{\"code\":\"invalid_api_key\"}}");
    refused.attempt.end();
    Call faulty = observed.start();
    faulty.stream();
    faulty.attempt.bytes(null, 0);
    faulty.deliver(ANSWER);
    faulty.attempt.end();
    Call completion =
        observed.start("llm.internal", "/v1/completions", "{\"model\":\"m\",\"prompt\":\"x\"}");
    completion.head(200, "application/json", null);
    completion.deliver(
        "{\"id\":\"c\",\"model\":\"m\",\"choices\":[{\"index\":0,\"text\":\"y\",\"finish_reason\":\"stop\"}],"
            + "\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":1}}");
    completion.attempt.end();
    Call embeddings =
        observed.start(
            "llm.internal",
            "/v1/embeddings",
            "{\"model\":\"m\",\"input\":\"x\",\"dimensions\":2,\"encoding_format\":\"float\"}");
    embeddings.head(200, "application/json", null);
    embeddings.deliver(
        "{\"id\":\"e\",\"model\":\"m-1\",\"data\":[{\"index\":0,\"embedding\":[0.5,1]}],"
            + "\"usage\":{\"prompt_tokens\":1,\"total_tokens\":1,\"completion_tokens\":0}}");
    embeddings.attempt.end();
  }

  @ParameterizedTest
  @ValueSource(strings = {"1.41", "latest"})
  void spansCarryWhatIsRequiredAndOnlyWhatTheTableKnows(String profile) throws IOException {
    callsOfEveryKind(profile);
    assertThat(required).contains("gen_ai.operation.name", "gen_ai.provider.name");
    Set<String> emitted = new HashSet<>();
    assertThat(observed.spans.getFinishedSpanItems()).hasSize(9);
    for (SpanData span : observed.spans.getFinishedSpanItems()) {
      assertThat(span.getKind()).isEqualTo(SpanKind.CLIENT);
      assertThat(span.getName()).matches("(chat|text_completion|embeddings) (m|gpt-4o)");
      Map<String, JsonNode> known =
          span.getName().startsWith("embeddings") ? embeddingsAttributes : attributes;
      Set<String> names = new HashSet<>();
      span.getAttributes()
          .forEach(
              (key, value) -> {
                names.add(key.getKey());
                assertThat(known).containsKey(key.getKey());
                JsonNode attribute = known.get(key.getKey());
                if (attribute != null) {
                  assertThat(type(key)).as(key.getKey()).isEqualTo(attribute.get("type").asText());
                }
              });
      assertThat(names).containsAll(required);
      emitted.addAll(names);
    }
    // What is opt-in is content, which this version does not capture.
    assertThat(emitted)
        .doesNotContain(
            "gen_ai.input.messages",
            "gen_ai.output.messages",
            "gen_ai.system_instructions",
            "gen_ai.tool.definitions");
    // So that this test notices when it stops seeing the calls' details.
    assertThat(emitted).hasSizeGreaterThan(30);
  }

  @ParameterizedTest
  @ValueSource(strings = {"1.41", "latest"})
  void metricsAreThoseOfTheTable(String profile) throws IOException {
    callsOfEveryKind(profile);
    Set<String> emitted = new HashSet<>();
    for (MetricData metric : observed.metrics.collectAllMetrics()) {
      emitted.add(metric.getName());
      JsonNode expected = metrics.get(metric.getName());
      assertThat(expected).as(metric.getName()).isNotNull();
      if (expected == null) {
        continue;
      }
      assertThat(metric.getUnit()).isEqualTo(expected.get("unit").asText());
      assertThat(metric.getDescription()).isEqualTo(expected.get("description").asText());
      assertThat(metric.getType()).isEqualTo(type(expected));
      for (PointData point : metric.getData().getPoints()) {
        assertPoint(metric.getName(), expected, point.getAttributes());
      }
    }
    assertThat(emitted).isEqualTo(metrics.keySet());
  }

  private void assertPoint(String metric, JsonNode expected, Attributes point) {
    Map<String, JsonNode> allowed = new HashMap<>();
    expected
        .get("attributes")
        .properties()
        .forEach(
            entry -> {
              JsonNode attribute = concepts.get(entry.getKey());
              assertThat(attribute).as(entry.getKey()).isNotNull();
              if (attribute == null) {
                return;
              }
              String name = attribute.get("name").asText();
              allowed.put(name, attribute);
              if (entry.getValue().asText().equals("required")) {
                assertThat(point.asMap().keySet())
                    .as(metric)
                    .anyMatch(key -> key.getKey().equals(name));
              }
            });
    point.forEach(
        (key, value) -> {
          JsonNode attribute = allowed.get(key.getKey());
          assertThat(attribute).as(metric + " " + key).isNotNull();
          if (attribute != null) {
            assertThat(type(key)).as(key.getKey()).isEqualTo(attribute.get("type").asText());
          }
        });
  }

  private static String type(AttributeKey<?> key) {
    String type = key.getType().name().toLowerCase(Locale.ROOT);
    return type.endsWith("_array") ? type.replace("_array", "[]") : type;
  }

  private static MetricDataType type(JsonNode metric) {
    if (metric.get("kind").asText().equals("histogram")) {
      return MetricDataType.HISTOGRAM;
    }
    return metric.get("value").asText().equals("long")
        ? MetricDataType.LONG_SUM
        : MetricDataType.DOUBLE_SUM;
  }
}
