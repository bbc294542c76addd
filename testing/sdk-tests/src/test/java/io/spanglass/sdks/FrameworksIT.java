/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.sdks;

import static org.assertj.core.api.Assertions.assertThat;

import io.spanglass.testing.SpanRecord;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Frameworks on OpenAI's SDK, and Anthropic's SDK. */
class FrameworksIT {
  private static void assertOneCallOf(Program program, String scenario, long attempts) {
    List<SpanRecord> spans =
        program.spans.stream()
            .filter(span -> span.scopeName().equals(Program.OURS))
            .filter(span -> span.traceId().equals(traceOf(program, scenario)))
            .toList();
    assertThat(spans).as(scenario).hasSize(1);
    assertThat(spans.get(0).attributes())
        .as(scenario)
        .containsEntry("spanglass.attempts", attempts)
        .containsEntry("spanglass.stream.end", "completed");
    assertThat(program.childrenOf(spans.get(0))).hasSize((int) attempts);
    assertThat(program.attempts(scenario)).isEqualTo(attempts);
  }

  private static String traceOf(Program program, String scenario) {
    return program.spans.stream()
        .filter(span -> span.scopeName().equals("app") && span.name().equals(scenario))
        .findFirst()
        .orElseThrow()
        .traceId();
  }

  @Test
  void springAi() throws Exception {
    Program program =
        Program.runOn(
            Program.version("spring"),
            SpringAiProgram.class,
            settings -> {},
            "ok",
            "ok-stream",
            "retry",
            "retry-stream");
    assertThat(program.outcomes)
        .containsEntry("ok", "Hi")
        .containsEntry("ok-stream", "Hi there")
        .containsEntry("retry", "Hi")
        .containsEntry("retry-stream", "Hi there");
    assertOneCallOf(program, "ok", 1);
    assertOneCallOf(program, "ok-stream", 1);
    assertOneCallOf(program, "retry", 3);
    assertOneCallOf(program, "retry-stream", 3);
    assertThat(program.counted()).isEqualTo(4);
  }

  @Test
  void langChain4jOnTheSdk() throws Exception {
    Program program = Program.run(LangChain4jProgram.class, settings -> {}, "ok", "retry");
    assertThat(program.outcomes).containsEntry("ok", "Hi").containsEntry("retry", "Hi");
    assertOneCallOf(program, "ok", 1);
    assertOneCallOf(program, "retry", 3);
    assertThat(program.counted()).isEqualTo(2);
  }

  /** Only the wire is seen: each attempt is a span of its own. */
  @Test
  void langChain4jOnOkHttp() throws Exception {
    Program program =
        Program.run(LangChain4jOkHttpProgram.class, settings -> {}, "ok", "ok-stream", "retry");
    assertThat(program.outcomes)
        .containsEntry("ok", "Hi")
        .containsEntry("ok-stream", "Hi there")
        .containsEntry("retry", "Hi");
    for (String scenario : List.of("ok", "ok-stream")) {
      List<SpanRecord> below = program.below(scenario);
      assertThat(below).as(scenario).hasSize(1);
      assertThat(below.get(0).scopeName()).isEqualTo(Program.OURS);
      assertThat(below.get(0).attributes())
          .containsEntry("gen_ai.request.model", "gpt-4o-mini")
          .containsEntry("gen_ai.usage.output_tokens", 2L)
          .containsEntry("spanglass.stream.end", "completed");
      assertThat(program.childrenOf(below.get(0))).hasSize(1);
    }
    assertThat(program.below("retry"))
        .extracting(span -> span.attributes().get("spanglass.stream.end"))
        .containsExactlyInAnyOrder("error", "error", "completed");
    assertThat(program.counted()).isEqualTo(5);
  }

  @Test
  void anthropicsSdkIsAsWithoutUs() throws Exception {
    String[] scenarios = {
      "ok", "ok-async", "ok-stream", "ok-stream-async", "retry", "retry-async", "retry-stream-async"
    };
    Program without =
        Program.run(AnthropicProgram.class, settings -> settings.extension(null), scenarios);
    Program with = Program.run(AnthropicProgram.class, settings -> {}, scenarios);

    assertThat(with.outcomes).isEqualTo(without.outcomes);
    assertThat(with.outcomes)
        .containsEntry("retry-async", "Hi")
        .containsEntry("retry-stream-async", "6 events");
    assertThat(with.requests).hasSameSizeAs(without.requests).hasSize(13);
    // Its messages are not decoded yet.
    assertThat(with.spans).noneMatch(span -> span.scopeName().equals(Program.OURS));
    assertThat(with.log).doesNotContain("Spanglass failed");
  }
}
