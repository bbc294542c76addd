/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.javaagent;

import static io.spanglass.javaagent.Extension.SCOPE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;

import io.spanglass.testing.AgentJvm;
import io.spanglass.testing.AgentJvm.Mode;
import io.spanglass.testing.JavaInstallations;
import io.spanglass.testing.JavaInstallations.NotAvailableException;
import io.spanglass.testing.OtlpReceiver;
import io.spanglass.testing.SpanRecord;
import io.spanglass.testing.contract.Answers;
import io.spanglass.testing.server.Framing;
import io.spanglass.testing.server.RawHttpServer;
import io.spanglass.testing.smoke.ExitWorkload;
import io.spanglass.testing.smoke.ExitWorkload.Way;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A JVM that ends in the middle of a stream: what is known of the call is exported. */
class JvmExitIT {
  private static final Duration TIMEOUT = Duration.ofSeconds(90);
  private static final String OLDEST =
      Objects.requireNonNull(System.getProperty("spanglass.test.agent.versions")).split(",", -1)[0];

  @ParameterizedTest
  @CsvSource({
    "EXIT,newest,CLASSIC,build",
    "TERMINATED,newest,INDY,build",
    "RETURN,newest,V3_PREVIEW,newest",
    "EXIT,newest,DECLARATIVE,11",
    "EXIT,oldest,CLASSIC,11"
  })
  void aStreamEndsWithTheJvm(Way way, String agent, Mode mode, String java) throws Exception {
    try (OtlpReceiver receiver = OtlpReceiver.start();
        RawHttpServer server =
            RawHttpServer.start(
                request ->
                    exchange -> {
                      exchange.readBody();
                      exchange.head(200, Framing.CHUNKED, "Content-Type", "text/event-stream");
                      exchange.data(Answers.role());
                      exchange.data(Answers.first());
                      exchange.awaitClientGone();
                    })) {
      AgentJvm.Builder builder =
          AgentJvm.builder()
              .exportTo(receiver)
              .extension(Extension.jar())
              .mode(mode)
              .property("otel.instrumentation.genai.console", "true")
              .javaHome(home(java))
              .jvmOption("-XX:TieredStopAtLevel=1")
              .classpathOf(ExitWorkload.class)
              .main(ExitWorkload.class.getName(), server.url(), way.name());
      if (agent.equals("oldest")) {
        builder.agent(Extension.agent(OLDEST));
      }
      try (AgentJvm jvm = builder.start()) {
        jvm.awaitLine(line -> line.equals("reading"), TIMEOUT);
        if (way == Way.TERMINATED) {
          ProcessHandle.of(jvm.pid()).orElseThrow().destroy();
        }
        assertThat(jvm.waitFor(TIMEOUT)).isEqualTo(way == Way.TERMINATED ? 128 + 15 : 0);
        // Also the last call's line is on the console.
        assertThat(jvm.stderr())
            .containsPattern(
                "(?m)^chat gpt-4o-mini {2}.* first token .* abandoned {2}trace=\\w{32}$");
      }

      assertThat(receiver.spans(SCOPE))
          .singleElement()
          .extracting(SpanRecord::attributes)
          .satisfies(
              attributes ->
                  assertThat(attributes)
                      .containsEntry("spanglass.stream.end", "abandoned")
                      .containsEntry("gen_ai.request.model", "gpt-4o-mini")
                      .containsKey("gen_ai.response.model")
                      .containsKey("spanglass.time_to_first_token"));
      assertThat(
              receiver.latestMetrics("gen_ai.client.operation.duration").stream()
                  .mapToLong(point -> Objects.requireNonNull(point.count()))
                  .sum())
          .isEqualTo(1);
    }
  }

  private static Path home(String java) throws Exception {
    switch (java) {
      case "11" -> {
        try {
          return JavaInstallations.java11();
        } catch (NotAvailableException e) {
          return abort(e.getMessage());
        }
      }
      case "newest" -> {
        Path newest = Extension.newestJava();
        return newest != null ? newest : abort("no newer Java: SPANGLASS_JDK_NEWEST names none");
      }
      default -> {
        return Path.of(System.getProperty("java.home"));
      }
    }
  }
}
