/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.sdks;

import static org.assertj.core.api.Assertions.assertThat;

import io.spanglass.testing.AgentJvm;
import io.spanglass.testing.SpanRecord;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** OpenAI's SDK for Java: one call, one span, one count, however it is made and whoever owns it. */
class OpenAiJavaIT {
  private static final String[] ALL = {
    "ok",
    "ok-async",
    "ok-stream",
    "ok-stream-async",
    "retry",
    "retry-async",
    "retry-stream",
    "retry-stream-async",
    "exhausted",
    "exhausted-async",
    "silent",
    "silent-async",
    "late-cancel-async",
    "open-stream-early",
    "nomodel-stream"
  };

  /** The one span of a call, with nothing beside it under the application's. */
  private static SpanRecord call(Program program, String scenario) {
    List<SpanRecord> below = program.below(scenario);
    assertThat(below).as(scenario).hasSize(1);
    SpanRecord span = below.get(0);
    assertThat(span.attributes()).as(scenario).containsEntry("gen_ai.operation.name", "chat");
    List<SpanRecord> attempts = program.childrenOf(span);
    assertThat(attempts)
        .as(scenario)
        .hasSize((int) program.attempts(scenario))
        .allSatisfy(attempt -> assertThat(attempt.attributes()).containsKey("http.request.method"));
    return span;
  }

  private static void assertAnswers(Program program) {
    assertThat(program.outcomes)
        .containsEntry("ok", "Hi")
        .containsEntry("ok-async", "Hi")
        .containsEntry("ok-stream", ".Hi. there...")
        .containsEntry("ok-stream-async", ".Hi. there...")
        .containsEntry("retry", "Hi")
        .containsEntry("retry-async", "Hi")
        .containsEntry("retry-stream", ".Hi. there...")
        .containsEntry("retry-stream-async", ".Hi. there...")
        .containsEntry("exhausted", "threw RateLimitException")
        .containsEntry("exhausted-async", "threw RateLimitException")
        .containsEntry("silent", "threw OpenAIIoException")
        .containsEntry("silent-async", "threw OpenAIIoException");
  }

  private static void assertHealed(Program program, String scenario, String scope) {
    SpanRecord span = call(program, scenario);
    assertThat(span.scopeName()).isEqualTo(scope);
    assertThat(span.status()).as(scenario).isEqualTo("UNSET");
    assertThat(program.attempts(scenario)).isEqualTo(3);
    assertThat(span.attributes())
        .as(scenario)
        .containsEntry("spanglass.attempts", 3L)
        .containsEntry("spanglass.stream.end", "completed")
        .containsEntry("gen_ai.usage.output_tokens", 2L)
        .doesNotContainKey("error.type");
    assertThat(program.childrenOf(span))
        .extracting(attempt -> attempt.attributes().get("http.response.status_code"))
        .containsExactlyInAnyOrder(429L, 429L, 200L);
  }

  @Test
  void eachCallIsOneSpanAndOneCount() throws Exception {
    Program program = Program.run(OpenAiProgram.class, settings -> {}, ALL);

    assertAnswers(program);
    // The agent's own instrumentation gives these two an exception.
    assertThat(program.outcomes)
        .containsEntry("nomodel-stream", "Hi. there..")
        .containsEntry("open-stream-early", "Hi.");
    for (String scenario : List.of("retry", "retry-async", "retry-stream", "retry-stream-async")) {
      assertHealed(program, scenario, Program.OURS);
    }
    for (String scenario : List.of("ok", "ok-async", "ok-stream", "ok-stream-async")) {
      assertThat(call(program, scenario).attributes())
          .as(scenario)
          .containsEntry("spanglass.attempts", 1L)
          .containsEntry("spanglass.stream.end", "completed");
    }
    for (String scenario : List.of("exhausted", "exhausted-async")) {
      assertThat(call(program, scenario).status()).isEqualTo("ERROR");
      assertThat(call(program, scenario).attributes())
          .as(scenario)
          .containsEntry("spanglass.attempts", 3L)
          .containsEntry("error.type", "rate_limit_exceeded");
    }
    for (String scenario : List.of("silent", "silent-async")) {
      assertThat(call(program, scenario).attributes())
          .as(scenario)
          .containsEntry("spanglass.attempts", 2L)
          .containsEntry("spanglass.stream.end", "timeout");
    }
    assertThat(call(program, "open-stream-early").attributes())
        .containsEntry("spanglass.stream.end", "cancelled");
    // That SDK does not pass a cancel on: the answer comes, and nobody reads it.
    assertThat(program.outcomes).containsEntry("late-cancel-async", "cancelled true true");
    assertThat(call(program, "late-cancel-async").attributes())
        .containsEntry("spanglass.stream.end", "abandoned");
    assertThat(program.counted())
        .isEqualTo(
            program.spans.stream().filter(span -> span.scopeName().equals(Program.OURS)).count());
    assertThat(program.spans).noneMatch(span -> span.scopeName().equals(Program.OFFICIAL));
    assertThat(program.log).contains("calls of openai-java are spans of Spanglass");
  }

  @Test
  void withTheAgentsOwnInstrumentationItsSpanIsTheCalls() throws Exception {
    Program program =
        Program.run(
            OpenAiProgram.class,
            settings -> settings.property("otel.instrumentation.openai.enabled", "true"),
            ALL);

    assertAnswers(program);
    // Its faults, which we cannot keep from the application once it is asked for.
    assertThat(program.outcomes)
        .containsEntry("nomodel-stream", "threw OpenAIInvalidDataException")
        .containsEntry("open-stream-early", "threw OpenAIInvalidDataException");
    for (String scenario : List.of("retry", "retry-async", "retry-stream", "retry-stream-async")) {
      assertHealed(program, scenario, Program.OFFICIAL);
    }
    for (String scenario : List.of("ok-stream", "retry-stream", "retry-stream-async")) {
      assertThat(call(program, scenario).attributes())
          .as(scenario)
          .containsKeys(
              "spanglass.time_to_first_token",
              "gen_ai.response.time_to_first_chunk",
              "server.address",
              "server.port");
    }
    assertThat(call(program, "exhausted").status()).isEqualTo("ERROR");
    assertThat(call(program, "exhausted").attributes())
        .containsEntry("spanglass.attempts", 3L)
        .containsEntry("spanglass.stream.end", "error");
    assertThat(program.spans).noneMatch(span -> span.scopeName().equals(Program.OURS));
    assertThat(program.counted()).isEqualTo(calls(program));
    assertThat(program.log)
        .contains(
            "calls of openai-java are spans of the agent, as its instrumentation is enabled by name");
  }

  private static long calls(Program program) {
    return program.spans.stream().filter(span -> span.scopeName().equals(Program.OFFICIAL)).count();
  }

  @Test
  void withTheAgentsOwnInstrumentationOffItIsOurs() throws Exception {
    Program program =
        Program.run(
            OpenAiProgram.class,
            settings -> settings.property("otel.instrumentation.openai.enabled", "false"),
            "retry",
            "retry-async",
            "nomodel-stream");
    assertHealed(program, "retry", Program.OURS);
    assertHealed(program, "retry-async", Program.OURS);
    assertThat(program.outcomes).containsEntry("nomodel-stream", "Hi. there..");
    assertThat(program.counted()).isEqualTo(3);
  }

  @Test
  void whereContentIsAskedForTheAgentTellsOfIt() throws Exception {
    Program program =
        Program.run(
            OpenAiProgram.class,
            settings ->
                settings.property("otel.instrumentation.genai.capture-message-content", "true"),
            "ok");
    assertThat(call(program, "ok").scopeName()).isEqualTo(Program.OFFICIAL);
    assertThat(program.logs).isNotEmpty();
    assertThat(program.counted()).isEqualTo(1);
  }

  @Test
  void withOursOffTheAgentsOwnStays() throws Exception {
    Program program =
        Program.run(
            OpenAiProgram.class,
            settings ->
                settings.property("otel.instrumentation.spanglass-openai-java.enabled", "false"),
            "ok",
            "retry");
    assertThat(call(program, "retry").scopeName()).isEqualTo(Program.OFFICIAL);
    assertThat(program.counted()).isEqualTo(2);
  }

  @Test
  void theLowestVersionOfTheSdk() throws Exception {
    Program program =
        Program.runOn(
            Program.version("lowest"),
            OpenAiProgram.class,
            settings -> {},
            "ok",
            "retry",
            "retry-async",
            "retry-stream-async");
    for (String scenario : List.of("retry", "retry-async", "retry-stream-async")) {
      assertHealed(program, scenario, Program.OURS);
    }
    assertThat(program.counted()).isEqualTo(4);
  }

  @ParameterizedTest
  @EnumSource(
      value = AgentJvm.Mode.class,
      names = {"INDY", "DECLARATIVE"})
  void otherWaysOfTheAgent(AgentJvm.Mode mode) throws Exception {
    Program program =
        Program.run(OpenAiProgram.class, settings -> settings.mode(mode), "retry", "retry-async");
    assertHealed(program, "retry", Program.OURS);
    assertHealed(program, "retry-async", Program.OURS);
    assertThat(program.counted()).isEqualTo(2);
  }
}
