/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.javaagent;

import static io.spanglass.javaagent.Extension.SCOPE;
import static org.assertj.core.api.Assertions.assertThat;

import io.spanglass.testing.AgentJvm;
import io.spanglass.testing.AgentJvm.Mode;
import io.spanglass.testing.SmokeCase;
import io.spanglass.testing.SmokeRun;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the log says of what is hooked and what is not, and that switches do what they say. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SelfCheckIT {
  private static final Set<SmokeCase> CASES = EnumSet.of(SmokeCase.STREAM, SmokeCase.DOCUMENT);

  private static final String OLDEST =
      Objects.requireNonNull(System.getProperty("spanglass.test.agent.versions")).split(",", -1)[0];

  @TempDir private Path directory;
  private SmokeRun run;

  @BeforeAll
  void start() throws Exception {
    run = new SmokeRun();
  }

  @AfterAll
  void stop() throws Exception {
    run.close();
  }

  private long modelCalls() {
    return run.receiver().spans().stream().filter(span -> span.scopeName().equals(SCOPE)).count();
  }

  @ParameterizedTest
  @CsvSource({"oldest,CLASSIC", "newest,INDY", "newest,DECLARATIVE"})
  void saysWhatIsHooked(String agent, Mode mode) throws Exception {
    String output =
        run.run(
            CASES,
            spans -> modelCalls() == 2,
            jvm -> {
              jvm.mode(mode).extension(Extension.jar());
              if (agent.equals("oldest")) {
                jvm.agent(Extension.agent(OLDEST));
              }
              if (mode == Mode.DECLARATIVE) {
                jvm.instrumentationYaml(
                    """
                        genai:
                          self_check: 1ms
                      general:
                        gen_ai:
                          semconv:
                            version: 1
                            experimental: true
                            dual_emit: true
                    """);
              } else {
                jvm.property("otel.instrumentation.genai.self-check", "1ms");
              }
            });

    assertThat(output)
        .contains("Spanglass self-check after 1 ms:")
        .contains("; semconv-profile=" + (mode == Mode.DECLARATIVE ? "latest/dup, " : "1.41, "));
    String report = output.substring(output.indexOf("Spanglass self-check at the end:"));
    assertThat(report)
        .containsPattern("\\n  agent 2\\.\\d+\\.\\d, Java " + Runtime.version().feature())
        .contains("\n  Spanglass ")
        .contains("observes model calls of [")
        .contains("\n  module spanglass-java-http-client: on\n")
        .containsPattern(
            "\n    hooked jdk\\.internal\\.net\\.http\\.HttpClientImpl \\(platform loader\\):"
                + " 3 methods")
        .contains("\n  module spanglass-okhttp: on, but no class that it hooks was loaded by now")
        .contains(
            mode == Mode.INDY
                ? "agent's mode: [otel.javaagent.experimental.indy=true]"
                : mode == Mode.CLASSIC
                    ? "agent's mode: classic, nothing set"
                    : "agent's mode: [otel.config.file=");
    assertThat(output).doesNotContain("\"Hi\"").doesNotContain("self-check failed");
  }

  @Test
  void namesWhatIsMissingInALibrary() throws Exception {
    Path source = directory.resolve("CallServerInterceptor.java");
    Files.writeString(
        source,
        "package okhttp3.internal.http; public class CallServerInterceptor {"
            + " public static void main(String[] args) {} }");
    int compiled =
        ToolProvider.getSystemJavaCompiler()
            .run(null, null, null, "-d", directory.toString(), source.toString());
    assertThat(compiled).isZero();
    try (AgentJvm jvm =
        AgentJvm.builder()
            .extension(Extension.jar())
            .property("otel.instrumentation.genai.self-check", "true")
            .classpath(directory)
            .main("okhttp3.internal.http.CallServerInterceptor")
            .start()) {
      jvm.waitForSuccess(Duration.ofSeconds(90));

      assertThat(jvm.stderr())
          .doesNotContain("self-check after")
          .contains("\n  module spanglass-okhttp: on\n")
          .containsPattern(
              "not hooked okhttp3\\.internal\\.http\\.CallServerInterceptor \\(application"
                  + " loader\\): .*io\\.spanglass\\.javaagent\\.okhttp\\.\\S+:\\d+"
                  + " Missing class okhttp3\\.Interceptor\\$Chain");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "otel.instrumentation.common.default-enabled=false,otel.unused=,"
        + " otel.instrumentation.common.default-enabled=false",
    "otel.instrumentation.spanglass.enabled=false,"
        + " otel.instrumentation.spanglass-java-http-client.enabled=true,"
        + " otel.instrumentation.spanglass.enabled=false"
  })
  void off(String first, String second, String reason) throws Exception {
    String output =
        run.run(
            CASES,
            // Without instrumentations the agent's API is not the application's: no spans at all.
            spans -> true,
            jvm ->
                jvm.extension(Extension.jar())
                    .jvmOption("-Xlog:class+load:stdout")
                    .property(key(first), value(first))
                    .property(key(second), value(second)));

    assertThat(modelCalls()).isZero();
    assertThat(output)
        .containsPattern("(?m)Spanglass is off: " + Pattern.quote(reason) + "$")
        .contains("io.opentelemetry.javaagent.bootstrap.")
        .doesNotContain("io.opentelemetry.javaagent.bootstrap.spanglass.");
  }

  @Test
  void onlyWhatIsSwitchedOnWhereNothingElseIs() throws Exception {
    String output =
        run.run(
            CASES,
            spans -> modelCalls() == 2,
            jvm ->
                jvm.extension(Extension.jar())
                    .property("otel.instrumentation.common.default-enabled", "false")
                    .property("otel.instrumentation.spanglass-java-http-client.enabled", "true")
                    .property("otel.instrumentation.genai.self-check", "1h"));

    assertThat(modelCalls()).isEqualTo(2);
    assertThat(output)
        .contains("observes model calls of [spanglass-java-http-client]; ")
        .contains(
            "\n  module spanglass-okhttp: off, otel.instrumentation.common.default-enabled=false");
  }

  private static String key(String property) {
    return property.substring(0, property.indexOf('=')).trim();
  }

  private static String value(String property) {
    return property.substring(property.indexOf('=') + 1);
  }
}
