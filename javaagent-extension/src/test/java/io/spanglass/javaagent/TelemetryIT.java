/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.javaagent;

import static io.spanglass.javaagent.Extension.HTTP_SCOPE;
import static io.spanglass.javaagent.Extension.SCOPE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.spanglass.testing.AgentJvm.Mode;
import io.spanglass.testing.MetricRecord;
import io.spanglass.testing.SpanRecord;
import io.spanglass.testing.server.ReceivedRequest;
import io.spanglass.testing.workload.TelemetryCase;
import io.spanglass.testing.workload.TelemetryRun;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Every kind of call and of ending, in every mode of the agent, on the oldest and newest Java. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class TelemetryIT {

  /** From this version on the JDK's client keeps track of what is pending. */
  private static final int NEWER = 21;

  private TelemetryRun run;

  @BeforeAll
  void start() throws Exception {
    run = new TelemetryRun();
  }

  @AfterAll
  void stop() throws Exception {
    run.close();
  }

  @ParameterizedTest
  @EnumSource(Mode.class)
  void everyCallGivesItsSpan(Mode mode) throws Exception {
    run(mode, Path.of(System.getProperty("java.home")), cases(Runtime.version().feature()));
  }

  @ParameterizedTest
  @EnumSource(Mode.class)
  void everyCallGivesItsSpanOnTheNewestJava(Mode mode) throws Exception {
    Path java = Extension.newestJava();
    assumeTrue(java != null, "no newer Java: SPANGLASS_JDK_NEWEST names none");
    run(mode, Objects.requireNonNull(java), cases(NEWER));
  }

  private static Set<TelemetryCase> cases(int java) {
    Set<TelemetryCase> cases = EnumSet.allOf(TelemetryCase.class);
    if (java >= NEWER) {
      cases.remove(TelemetryCase.ABANDONED);
    }
    return cases;
  }

  private void run(Mode mode, Path java, Set<TelemetryCase> cases) throws Exception {
    run.run(
        cases,
        spans -> genAi(spans).size() >= cases.size(),
        jvm ->
            jvm.javaHome(java)
                .mode(mode)
                .extension(Extension.jar())
                .property("otel.instrumentation.genai.abandoned-after", "2s"));

    List<SpanRecord> spans = run.receiver().spans();
    // The module applied: a mismatch would leave it out without a word.
    assertThat(genAi(spans)).hasSize(cases.size());
    assertThat(cases).allSatisfy(telemetryCase -> assertCase(telemetryCase, spans));
    assertThat(run.receiver().latestMetrics("spanglass.internal.errors")).isEmpty();
    assertMetrics(spans, cases);
  }

  private static List<SpanRecord> genAi(List<SpanRecord> spans) {
    return spans.stream().filter(span -> span.scopeName().equals(SCOPE)).toList();
  }

  private static SpanRecord only(List<SpanRecord> spans) {
    assertThat(spans).hasSize(1);
    return spans.get(0);
  }

  private void assertCase(TelemetryCase telemetryCase, List<SpanRecord> spans) {
    SpanRecord application =
        only(spans.stream().filter(span -> span.name().equals(telemetryCase.id())).toList());
    SpanRecord genAi =
        only(
            genAi(spans).stream()
                .filter(span -> span.traceId().equals(application.traceId()))
                .toList());
    assertThat(genAi.parentSpanId()).isEqualTo(application.spanId());
    assertThat(genAi.kind()).isEqualTo("CLIENT");
    assertThat(genAi.name()).isEqualTo("chat gpt-4o-mini");
    assertThat(genAi.scopeVersion()).isNotEmpty();
    assertThat(genAi.schemaUrl()).isNotEmpty();

    Map<String, Object> attributes = genAi.attributes();
    assertThat(attributes)
        .containsEntry("gen_ai.operation.name", "chat")
        .containsEntry("gen_ai.request.model", "gpt-4o-mini")
        .containsEntry("server.address", "127.0.0.1")
        .containsEntry("spanglass.stream.end", telemetryCase.end());
    // Null is absence.
    assertThat(attributes.get("gen_ai.usage.input_tokens")).isEqualTo(telemetryCase.inputTokens());
    assertThat(attributes.get("gen_ai.usage.output_tokens"))
        .isEqualTo(telemetryCase.outputTokens());
    assertThat(genAi.status()).isEqualTo(telemetryCase.isError() ? "ERROR" : "UNSET");
    assertThat(attributes.containsKey("error.type")).isEqualTo(telemetryCase.isError());
    assertThat(attributes.containsKey("spanglass.time_to_first_token"))
        .isEqualTo(telemetryCase.isStream() && telemetryCase.outputTokens() != null);

    List<SpanRecord> http =
        spans.stream()
            .filter(span -> span.scopeName().equals(HTTP_SCOPE))
            .filter(span -> span.traceId().equals(application.traceId()))
            .toList();
    if (telemetryCase.hasHttpSpan()) {
      assertThat(only(http).parentSpanId()).isEqualTo(genAi.spanId());
    }
    List<ReceivedRequest> requests = run.requests(telemetryCase);
    assertThat(requests)
        .hasSize(
            telemetryCase == TelemetryCase.STREAM_REDIRECTED
                ? 2
                : telemetryCase.reachesServer() ? 1 : 0);
    for (ReceivedRequest request : requests) {
      String traceparent = Objects.requireNonNull(request.header("traceparent"));
      String[] parts = traceparent.split("-", -1);
      assertThat(parts[1]).isEqualTo(genAi.traceId());
      assertThat(parts[2]).isNotEqualTo(genAi.spanId()).isNotEqualTo(application.spanId());
      if (telemetryCase.hasHttpSpan()) {
        assertThat(parts[2]).isEqualTo(only(http).spanId());
      }
    }
  }

  private void assertMetrics(List<SpanRecord> spans, Set<TelemetryCase> cases) {
    assertThat(count("gen_ai.client.operation.duration")).isEqualTo(cases.size());
    assertThat(sum("gen_ai.client.token.usage", "gen_ai.token.type", "input"))
        .isEqualTo(expected(cases, TelemetryCase::inputTokens));
    assertThat(sum("gen_ai.client.token.usage", "gen_ai.token.type", "output"))
        .isEqualTo(expected(cases, TelemetryCase::outputTokens));
    long streams = cases.stream().filter(c -> c.isStream() && c.outputTokens() != null).count();
    assertThat(count("spanglass.client.time_to_first_token")).isEqualTo(streams);

    Set<String> traces = genAi(spans).stream().map(SpanRecord::traceId).collect(Collectors.toSet());
    // An export has the exemplars since the one before it: those of all of them.
    List<MetricRecord.Exemplar> exemplars =
        run.receiver().metrics().stream()
            .filter(point -> point.name().equals("gen_ai.client.operation.duration"))
            .flatMap(point -> point.exemplars().stream())
            .toList();
    assertThat(exemplars).isNotEmpty();
    assertThat(exemplars).allSatisfy(e -> assertThat(traces).contains(e.traceId()));
  }

  private static double expected(
      Set<TelemetryCase> cases, Function<TelemetryCase, @Nullable Long> tokens) {
    return cases.stream().map(tokens).filter(Objects::nonNull).mapToLong(Long::longValue).sum();
  }

  private long count(String metric) {
    return run.receiver().latestMetrics(metric).stream()
        .mapToLong(point -> Objects.requireNonNull(point.count()))
        .sum();
  }

  private double sum(String metric, String attribute, String value) {
    return run.receiver().latestMetrics(metric).stream()
        .filter(point -> value.equals(point.attributes().get(attribute)))
        .mapToDouble(point -> Objects.requireNonNull(point.sum()))
        .sum();
  }

  @Test
  void metricsWithoutSampling() throws Exception {
    Set<TelemetryCase> cases =
        EnumSet.of(TelemetryCase.STREAM, TelemetryCase.DOCUMENT, TelemetryCase.RESET_IN_STREAM);
    run.run(cases, spans -> true, jvm -> jvm.sampler("always_off").extension(Extension.jar()));

    assertThat(run.receiver().spans()).isEmpty();
    assertThat(count("gen_ai.client.operation.duration")).isEqualTo(3);
    assertThat(sum("gen_ai.client.token.usage", "gen_ai.token.type", "output")).isEqualTo(17);
    for (TelemetryCase telemetryCase : cases) {
      assertThat(run.requests(telemetryCase)).hasSize(1);
      // The decision not to sample is propagated.
      assertThat(run.requests(telemetryCase).get(0).header("traceparent"))
          .matches(header -> (Integer.parseInt(header.split("-", -1)[3], 16) & 1) == 0);
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = Mode.class,
      names = {"CLASSIC", "DECLARATIVE"})
  void switchedOff(Mode mode) throws Exception {
    Set<TelemetryCase> cases = EnumSet.of(TelemetryCase.STREAM, TelemetryCase.DOCUMENT);
    String output =
        run.run(
            cases,
            spans -> spans.size() >= 4,
            jvm ->
                jvm.mode(mode)
                    .extension(Extension.jar())
                    .jvmOption("-Xlog:class+load:stdout")
                    .property("otel.instrumentation.spanglass.enabled", "false"));

    List<SpanRecord> spans = run.receiver().spans();
    assertThat(genAi(spans)).isEmpty();
    assertThat(spans.stream().filter(span -> span.scopeName().equals(HTTP_SCOPE))).hasSize(2);
    assertThat(run.receiver().metrics()).noneMatch(point -> point.scopeName().equals(SCOPE));
    assertThat(output)
        .contains("io.opentelemetry.javaagent.bootstrap.")
        .doesNotContain("io.opentelemetry.javaagent.bootstrap.spanglass.");
  }
}
