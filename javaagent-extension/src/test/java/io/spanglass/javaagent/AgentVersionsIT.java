/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.javaagent;

import static io.spanglass.javaagent.Extension.HTTP_SCOPE;
import static io.spanglass.javaagent.Extension.SCOPE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;

import io.spanglass.testing.AgentJvm.Mode;
import io.spanglass.testing.JavaInstallations;
import io.spanglass.testing.JavaInstallations.NotAvailableException;
import io.spanglass.testing.SmokeCase;
import io.spanglass.testing.SmokeRun;
import io.spanglass.testing.SpanRecord;
import io.spanglass.testing.smoke.SmokeWorkload;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A few calls under each agent that the build names, on the oldest Java and on others: the spans
 * are there and the application gets what it gets without an agent. Everything else is looked at
 * with the newest agent only.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class AgentVersionsIT {
  /** Ascending; set by the build. */
  private static final List<String> AGENTS =
      List.of(
          Objects.requireNonNull(System.getProperty("spanglass.test.agent.versions"))
              .split(",", -1));

  private static final String OLDEST = AGENTS.get(0);
  private static final String NEWEST = AGENTS.get(AGENTS.size() - 1);

  private static final Set<SmokeCase> CASES =
      EnumSet.of(
          SmokeCase.DOCUMENT,
          SmokeCase.DOCUMENT_ASYNC,
          SmokeCase.STREAM,
          SmokeCase.STREAM_LINES,
          SmokeCase.CANCELLED_INPUT_STREAM,
          SmokeCase.RESET_BEFORE_HEADERS,
          SmokeCase.TOO_MANY_REQUESTS);

  private enum Java {
    JAVA_11,
    OF_THE_BUILD,
    NEWEST;

    Path home() {
      switch (this) {
        case JAVA_11 -> {
          try {
            return JavaInstallations.java11();
          } catch (NotAvailableException e) {
            return abort(e.getMessage());
          }
        }
        case NEWEST -> {
          try {
            Path newest = Extension.newestJava();
            return newest != null
                ? newest
                : abort("no newer Java: SPANGLASS_JDK_NEWEST names none");
          } catch (Exception e) {
            throw new IllegalStateException(e);
          }
        }
        default -> {
          return Path.of(System.getProperty("java.home"));
        }
      }
    }
  }

  private record Cell(String agent, Mode mode, Java java) {}

  private final Map<Java, List<String>> withoutAgent = new EnumMap<>(Java.class);
  private SmokeRun run;

  @BeforeAll
  void start() throws Exception {
    run = new SmokeRun();
  }

  @AfterAll
  void stop() throws Exception {
    run.close();
  }

  /** The newest agent on newer Java is in the contracts of the clients. */
  static List<Cell> cells() {
    List<Cell> cells = new ArrayList<>();
    for (String agent : AGENTS.subList(0, AGENTS.size() - 1)) {
      cells.add(new Cell(agent, Mode.CLASSIC, Java.OF_THE_BUILD));
    }
    cells.add(new Cell(OLDEST, Mode.CLASSIC, Java.JAVA_11));
    cells.add(new Cell(AGENTS.get(AGENTS.size() - 2), Mode.CLASSIC, Java.NEWEST));
    cells.add(new Cell(OLDEST, Mode.INDY, Java.OF_THE_BUILD));
    for (Mode mode : Mode.values()) {
      cells.add(new Cell(NEWEST, mode, Java.JAVA_11));
    }
    return cells;
  }

  @ParameterizedTest
  @MethodSource("cells")
  void everyCallGivesItsSpan(Cell cell) throws Exception {
    List<String> expected = withoutAgent(cell.java());
    String output = smoke(cell, spans -> genAi(spans).size() >= CASES.size());

    assertThat(got(output)).isEqualTo(expected);
    List<SpanRecord> spans = run.receiver().spans();
    assertThat(genAi(spans)).hasSize(CASES.size());
    for (SmokeCase smokeCase : CASES) {
      assertCase(smokeCase, spans);
    }
    assertThat(run.receiver().latestMetrics("spanglass.internal.errors")).isEmpty();
    assertThat(
            run.receiver().latestMetrics("gen_ai.client.operation.duration").stream()
                .mapToLong(point -> Objects.requireNonNull(point.count()))
                .sum())
        .isEqualTo(CASES.size());
  }

  private static void assertCase(SmokeCase smokeCase, List<SpanRecord> spans) {
    SpanRecord application =
        only(spans.stream().filter(span -> span.name().equals(smokeCase.id())).toList());
    SpanRecord genAi =
        only(
            genAi(spans).stream()
                .filter(span -> span.traceId().equals(application.traceId()))
                .toList());
    assertThat(genAi.parentSpanId()).isEqualTo(application.spanId());
    assertThat(genAi.attributes())
        .containsEntry("gen_ai.request.model", "gpt-4o-mini")
        .containsEntry("spanglass.stream.end", smokeCase.end());
    // Null is absence.
    assertThat(genAi.attributes().get("gen_ai.usage.output_tokens"))
        .isEqualTo(smokeCase.outputTokens());
    assertThat(genAi.status()).isEqualTo(smokeCase.isError() ? "ERROR" : "UNSET");
    SpanRecord http =
        only(
            spans.stream()
                .filter(span -> span.scopeName().equals(HTTP_SCOPE))
                .filter(span -> span.traceId().equals(application.traceId()))
                .toList());
    assertThat(http.parentSpanId()).isEqualTo(genAi.spanId());
  }

  private String smoke(Cell cell, Predicate<List<SpanRecord>> complete) throws Exception {
    Path java = cell.java().home();
    return run.run(
        CASES,
        complete,
        jvm ->
            jvm.javaHome(java)
                .agent(Extension.agent(cell.agent()))
                .mode(cell.mode())
                .extension(Extension.jar()));
  }

  private List<String> withoutAgent(Java java) throws Exception {
    List<String> lines = withoutAgent.get(java);
    if (lines == null) {
      lines = got(run.run(CASES, spans -> true, jvm -> jvm.javaHome(java.home()).agent(null)));
      assertThat(lines).hasSize(CASES.size());
      withoutAgent.put(java, lines);
    }
    return lines;
  }

  private static List<String> got(String output) {
    return output.lines().filter(line -> line.startsWith(SmokeWorkload.GOT)).toList();
  }

  private static List<SpanRecord> genAi(List<SpanRecord> spans) {
    return spans.stream().filter(span -> span.scopeName().equals(SCOPE)).toList();
  }

  private static SpanRecord only(List<SpanRecord> spans) {
    assertThat(spans).hasSize(1);
    return spans.get(0);
  }
}
