/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.javaagent;

import static io.spanglass.javaagent.Extension.HTTP_SCOPE;
import static io.spanglass.javaagent.Extension.SCOPE;
import static org.assertj.core.api.Assertions.assertThat;

import io.spanglass.testing.AgentJvm.Mode;
import io.spanglass.testing.SmokeCase;
import io.spanglass.testing.SmokeRun;
import io.spanglass.testing.SpanRecord;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What is told of calls that are not sampled, and of none when it is switched off. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class TelemetryIT {

  private SmokeRun run;

  @BeforeAll
  void start() throws Exception {
    run = new SmokeRun();
  }

  @AfterAll
  void stop() throws Exception {
    run.close();
  }

  private static List<SpanRecord> genAi(List<SpanRecord> spans) {
    return spans.stream().filter(span -> span.scopeName().equals(SCOPE)).toList();
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
    Set<SmokeCase> cases =
        EnumSet.of(SmokeCase.STREAM, SmokeCase.DOCUMENT, SmokeCase.CANCELLED_INPUT_STREAM);
    run.run(cases, spans -> true, jvm -> jvm.sampler("always_off").extension(Extension.jar()));

    assertThat(run.receiver().spans()).isEmpty();
    assertThat(count("gen_ai.client.operation.duration")).isEqualTo(3);
    assertThat(sum("gen_ai.client.token.usage", "gen_ai.token.type", "output")).isEqualTo(17);
    for (SmokeCase smokeCase : cases) {
      assertThat(run.requests(smokeCase)).hasSize(1);
      // The decision not to sample is propagated.
      assertThat(run.requests(smokeCase).get(0).header("traceparent"))
          .matches(header -> (Integer.parseInt(header.split("-", -1)[3], 16) & 1) == 0);
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = Mode.class,
      names = {"CLASSIC", "DECLARATIVE"})
  void switchedOff(Mode mode) throws Exception {
    Set<SmokeCase> cases = EnumSet.of(SmokeCase.STREAM, SmokeCase.DOCUMENT);
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
