/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.javaagent;

import static io.spanglass.javaagent.Extension.SCOPE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;
import static org.junit.jupiter.api.DynamicContainer.dynamicContainer;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import io.spanglass.javaagent.ClientsTable.Cell;
import io.spanglass.testing.AgentJvm;
import io.spanglass.testing.MetricRecord;
import io.spanglass.testing.SpanRecord;
import io.spanglass.testing.contract.Aspect;
import io.spanglass.testing.contract.ClientDriver;
import io.spanglass.testing.contract.ContractRun;
import io.spanglass.testing.contract.ContractRun.Observation;
import io.spanglass.testing.contract.ContractRun.Run;
import io.spanglass.testing.contract.ContractScenario;
import io.spanglass.testing.contract.ContractScenario.Expected;
import io.spanglass.testing.contract.FaultMode;
import io.spanglass.testing.contract.Feature;
import io.spanglass.testing.contract.Point;
import io.spanglass.testing.server.ReceivedRequest;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/**
 * What every HTTP client keeps to. A client is one subclass, which names a driver and versions; the
 * exchanges, the servers and the checks are the same for all. The results are the client's part of
 * {@code docs/clients.md}.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
abstract class ClientContract {

  private static final long SEED = 20261122;
  private static final int STREAMS = 1000;

  /** Less of the same for the versions after the first. */
  private static final int GENERATED = 120;

  private static final int FEWER_GENERATED = 30;

  /** Which feature a client lacks of which nothing is ever seen. */
  private static final Map<Aspect, Feature> SHOWN_BY =
      Map.of(
          Aspect.PIECE, Feature.STREAM,
          Aspect.DEMAND, Feature.PUSH,
          Aspect.THREAD, Feature.ASYNC,
          Aspect.CONTEXT, Feature.ASYNC);

  /**
   * A version of the client.
   *
   * @param name for the table
   * @param java that runs it; null if it is not on this machine
   * @param jars of the client, and what they need
   */
  record Version(String name, @Nullable Path java, List<Path> jars) {}

  @TempDir private Path directory;

  private final Map<Version, Evaluation> evaluations = new LinkedHashMap<>();
  private final Map<Version, Exception> broken = new LinkedHashMap<>();

  /** The client's name, for its users. */
  abstract String client();

  /** Its class file is beside the tests, or in the testing module. */
  abstract Class<? extends ClientDriver> driver();

  /** The instrumentation scope of the agent's HTTP spans. */
  abstract String httpScope();

  /** The first one is looked at most closely. */
  abstract List<Version> versions() throws Exception;

  /** The Java of this build. */
  static Path java() {
    return Path.of(System.getProperty("java.home"));
  }

  @Order(1)
  @TestFactory
  Stream<DynamicContainer> contract() throws Exception {
    return versions().stream()
        .map(
            version ->
                dynamicContainer(
                    client() + " " + version.name(),
                    Arrays.stream(Point.values())
                        .map(point -> dynamicTest(point.title(), () -> check(version, point)))));
  }

  private void check(Version version, Point point) throws Exception {
    if (version.java() == null) {
      abort("this machine does not have " + version.name());
    }
    Cell cell = evaluation(version).cell(point);
    switch (cell.result()) {
      case PASSED -> {}
      case NOT_APPLICABLE -> abort("n/a: " + cell.detail());
      case FAILED -> fail(cell.detail());
    }
  }

  @Order(2)
  @Test
  void theTableSaysSo() throws Exception {
    List<Version> versions = versions();
    for (Version version : versions) {
      if (version.java() == null) {
        abort("this machine does not have " + version.name());
      }
    }
    Map<String, Map<Point, Cell>> columns = new LinkedHashMap<>();
    for (Version version : versions) {
      Map<Point, Cell> cells = new EnumMap<>(Point.class);
      for (Point point : Point.values()) {
        cells.put(point, evaluation(version).cell(point));
      }
      columns.put(version.name(), cells);
      ClientsTable.writeJson(client(), version.name(), cells);
    }
    ClientsTable.checkOrWrite(client(), columns);
  }

  private Evaluation evaluation(Version version) throws Exception {
    Evaluation known = evaluations.get(version);
    if (known != null) {
      return known;
    }
    Exception failure = broken.get(version);
    if (failure != null) {
      // Once is enough for all points.
      throw failure;
    }
    try {
      known = new Evaluation(version, versions().indexOf(version));
      evaluations.put(version, known);
      return known;
    } catch (Exception e) {
      broken.put(version, e);
      throw e;
    }
  }

  @AfterAll
  void stop() throws Exception {
    for (Evaluation evaluation : evaluations.values()) {
      evaluation.run.close();
    }
  }

  /** All runs of one version, and what they show. */
  private final class Evaluation {

    private final ContractRun run;
    private final Path java;
    private final int rotation;
    private final Run alone;
    private final Run observed;
    private final Map<String, List<Difference>> differences;
    private final Map<String, String> nesting = new LinkedHashMap<>();
    private final Map<String, String> endings = new LinkedHashMap<>();
    private final String count;
    private final Map<Point, Cell> cells = new EnumMap<>(Point.class);
    private @Nullable Run faulty;
    private @Nullable Run aloneAgain;
    private @Nullable Map<String, List<Difference>> faultyDifferences;

    Evaluation(Version version, int index) throws Exception {
      long start = System.nanoTime();
      this.run =
          new ContractRun(driver(), version.jars(), SEED, index == 0 ? GENERATED : FEWER_GENERATED);
      this.java = Objects.requireNonNull(version.java());
      // In one run each exchange meets one of the modes, with the next version another one.
      this.rotation = index;
      alone = run.play(0, -1, this::settings, spans -> true);
      observed =
          run.play(
              STREAMS,
              -1,
              jvm -> {
                settings(jvm);
                jvm.extension(Extension.jar())
                    .property("otel.instrumentation.genai.abandoned-after", "3s");
              },
              this::isComplete);
      differences = confirmed(differences(alone, observed, id -> true), this::observedAgain);
      for (String id : observed.played().keySet()) {
        Expected expected = scenario(id).expected();
        if (expected != null) {
          nesting.put(id, problem(() -> assertNesting(id)));
          endings.put(id, problem(() -> assertEnding(id, expected)));
        }
      }
      count = problem(this::assertOneCount);
      System.out.printf(
          "%s %s: %d exchanges compared in %d s%n",
          client(),
          version.name(),
          alone.played().size(),
          (System.nanoTime() - start) / 1_000_000_000);
    }

    private void settings(AgentJvm.Builder jvm) {
      jvm.javaHome(java);
    }

    private Run observedAgain() throws Exception {
      return run.play(
          0,
          -1,
          jvm -> {
            settings(jvm);
            jvm.extension(Extension.jar());
          },
          spans -> true);
    }

    /**
     * Leaves those that a second pair of runs shows, too. Clients leave some things to chance, such
     * as whether the head or what is wrong with the first chunk is seen first if both come at once.
     */
    private Map<String, List<Difference>> confirmed(
        Map<String, List<Difference>> found, Callable<Run> again) throws Exception {
      if (found.values().stream().allMatch(List::isEmpty)) {
        return found;
      }
      Run aloneAgain = this.aloneAgain;
      if (aloneAgain == null) {
        aloneAgain = run.play(0, -1, this::settings, spans -> true);
        this.aloneAgain = aloneAgain;
      }
      Map<String, List<Difference>> second =
          differences(aloneAgain, again.call(), id -> !found.getOrDefault(id, List.of()).isEmpty());
      Map<String, List<Difference>> confirmed = new LinkedHashMap<>(found);
      confirmed.replaceAll(
          (id, each) -> {
            if (!each.isEmpty() && second.getOrDefault(id, List.of()).isEmpty()) {
              System.out.println("by chance, not again: " + each.get(0).text());
              return List.of();
            }
            return each;
          });
      return confirmed;
    }

    /** With all modes in turn. */
    private Run faulty() {
      Run known = faulty;
      if (known == null) {
        try {
          known = playFaulty();
          faulty = known;
          faultyDifferences = confirmed(differences(alone, known, id -> true), this::playFaulty);
        } catch (Exception e) {
          throw new IllegalStateException(e);
        }
      }
      return known;
    }

    private Run playFaulty() throws Exception {
      Path extension = FaultyExtension.create(Extension.jar(), directory);
      return run.play(
          0,
          rotation,
          jvm -> {
            settings(jvm);
            jvm.extension(extension);
          },
          spans -> true);
    }

    private ContractScenario scenario(String id) {
      return Objects.requireNonNull(run.scenarios().get(id));
    }

    private String name(String id) {
      return id + " " + scenario(id).name();
    }

    // What was seen over OTLP.

    private boolean isComplete(List<SpanRecord> spans) {
      return alone.played().keySet().stream()
          .allMatch(
              id -> {
                Expected expected = scenario(id).expected();
                return expected == null || genAi(spans, id).size() >= expected.spans();
              });
    }

    private void assertNesting(String id) {
      SpanRecord application = application(observed.spans(), id);
      List<SpanRecord> genAi = genAi(observed.spans(), id);
      List<String> ids = genAi.stream().map(SpanRecord::spanId).toList();
      assertThat(genAi).allMatch(span -> span.parentSpanId().equals(application.spanId()));
      List<SpanRecord> http = http(observed.spans(), id);
      // The agent does not end all of its spans, with or without us.
      assertThat(http).as("HTTP spans").hasSameSizeAs(http(alone.spans(), id));
      if (!genAi.isEmpty()) {
        assertThat(http).allMatch(span -> ids.contains(span.parentSpanId()));
      }
      for (ReceivedRequest request : requests(observed, id)) {
        String traceparent = request.header("traceparent");
        assertThat(traceparent).isNotNull();
        String[] parts = Objects.requireNonNull(traceparent).split("-", -1);
        assertThat(parts[1]).isEqualTo(application.traceId());
        assertThat(parts[2]).isNotEqualTo(application.spanId()).isNotIn(ids);
        if (http.size() == requests(observed, id).size()) {
          assertThat(http.stream().map(SpanRecord::spanId)).contains(parts[2]);
        }
      }
    }

    private void assertEnding(String id, Expected expected) {
      List<SpanRecord> genAi = genAi(observed.spans(), id);
      assertThat(genAi).as("inference spans").hasSize(expected.spans());
      for (SpanRecord span : genAi) {
        Map<String, Object> attributes = span.attributes();
        assertThat(span.kind()).isEqualTo("CLIENT");
        assertThat(attributes)
            .containsEntry("gen_ai.operation.name", "chat")
            .containsEntry("server.address", "127.0.0.1")
            .containsEntry("spanglass.stream.end", expected.end());
        if (expected.model()) {
          assertThat(span.name()).isEqualTo("chat gpt-4o-mini");
          assertThat(attributes).containsEntry("gen_ai.request.model", "gpt-4o-mini");
        }
        // Null is absence.
        assertThat(attributes.get("gen_ai.usage.input_tokens")).isEqualTo(expected.inputTokens());
        assertThat(attributes.get("gen_ai.usage.output_tokens")).isEqualTo(expected.outputTokens());
        assertThat(span.status()).isEqualTo(expected.isError() ? "ERROR" : "UNSET");
        assertThat(attributes.containsKey("error.type")).isEqualTo(expected.isError());
        if (scenario(id).points().contains(Point.INCOMPLETE)) {
          assertThat(attributes).containsEntry("error.type", "stream_incomplete");
        }
        assertThat(attributes.containsKey("spanglass.time_to_first_token"))
            .as("time to first token")
            .isEqualTo(expected.firstToken());
      }
      if (scenario(id).points().contains(Point.NO_CONNECTION)) {
        assertThat(requests(observed, id)).isEmpty();
      }
    }

    private void assertOneCount() {
      long spans = observed.spans().stream().filter(s -> s.scopeName().equals(SCOPE)).count();
      assertThat(spans).isPositive();
      assertThat(
              metrics("gen_ai.client.operation.duration").stream()
                  .mapToLong(point -> Objects.requireNonNull(point.count()))
                  .sum())
          .as("calls counted")
          .isEqualTo(spans);
      assertThat(metrics("spanglass.internal.errors")).as("failures inside").isEmpty();
    }

    private List<MetricRecord> metrics(String name) {
      return observed.metrics().stream().filter(point -> point.name().equals(name)).toList();
    }

    private SpanRecord application(List<SpanRecord> spans, String id) {
      return spans.stream()
          .filter(span -> span.scopeName().equals("app") && span.name().equals(id))
          .findFirst()
          .orElseThrow(() -> new AssertionError("no span of the application"));
    }

    private List<SpanRecord> below(List<SpanRecord> spans, String id, String scope) {
      List<SpanRecord> found = new ArrayList<>();
      for (SpanRecord application : spans) {
        if (application.scopeName().equals("app") && application.name().equals(id)) {
          for (SpanRecord span : spans) {
            if (span.scopeName().equals(scope) && span.traceId().equals(application.traceId())) {
              found.add(span);
            }
          }
        }
      }
      return found;
    }

    private List<SpanRecord> genAi(List<SpanRecord> spans, String id) {
      return below(spans, id, SCOPE);
    }

    private List<SpanRecord> http(List<SpanRecord> spans, String id) {
      return below(spans, id, httpScope());
    }

    private List<ReceivedRequest> requests(Run of, String id) {
      return Objects.requireNonNull(of.played().get(id)).requests();
    }

    // The points.

    Cell cell(Point point) {
      Cell known = cells.get(point);
      if (known == null) {
        known = evaluate(point);
        cells.put(point, known);
      }
      return known;
    }

    private Cell evaluate(Point point) {
      List<String> problems = new ArrayList<>();
      boolean shown = false;
      Set<String> reasons = new TreeSet<>();
      for (Aspect aspect : point.aspects()) {
        boolean seen =
            alone.played().values().stream().anyMatch(each -> !each.lines(aspect).isEmpty());
        shown |= seen;
        if (!seen && SHOWN_BY.containsKey(aspect)) {
          addReason(Objects.requireNonNull(SHOWN_BY.get(aspect)), reasons);
        }
        addDifferences(differences, problems, difference -> difference.aspect() == aspect);
      }
      for (ContractScenario scenario : run.scenarios().values()) {
        if (!scenario.points().contains(point)) {
          continue;
        }
        if (!alone.played().containsKey(scenario.id())) {
          scenario.needs().forEach(feature -> addReason(feature, reasons));
          continue;
        }
        shown = true;
        String id = scenario.id();
        differences.getOrDefault(id, List.of()).forEach(each -> problems.add(each.text()));
        for (Map<String, String> found : List.of(nesting, endings)) {
          String problem = found.getOrDefault(id, "");
          if (!problem.isEmpty()) {
            problems.add(name(id) + ": " + problem);
          }
        }
      }
      shown |= addSpecial(point, problems);
      if (!problems.isEmpty()) {
        return Cell.failed(String.join("\n", problems));
      }
      if (shown) {
        return Cell.passed();
      }
      return reasons.isEmpty()
          ? Cell.failed("nothing was seen of it")
          : Cell.notApplicable(String.join(" ", reasons));
    }

    private void addReason(Feature feature, Set<String> reasons) {
      String reason = alone.lacks().get(feature);
      if (reason != null) {
        reasons.add(reason);
      }
    }

    /** What is not about an aspect or single exchanges; returns whether there is any. */
    private boolean addSpecial(Point point, List<String> problems) {
      switch (point) {
        case REQUESTS ->
            addDifferences(differences, problems, difference -> difference.aspect() == null);
        case BACK_PRESSURE ->
            observed
                .played()
                .forEach(
                    (id, seen) -> {
                      if (scenario(id).points().contains(point) && !seen.heldBack()) {
                        problems.add(name(id) + ": all was read");
                      }
                    });
        case OTHER_TRAFFIC ->
            addProblem(
                problems,
                problem(() -> assertThat(observed.madeForOtherRequests()).as("made").isZero()));
        case NESTING -> nesting.forEach((id, problem) -> addNamed(problems, id, problem));
        case ONE_COUNT -> addProblem(problems, count);
        case FAULTS_AT_THE_DOOR -> addFaults(problems, FaultMode.EXCEPTIONS_AT_THE_DOOR);
        case ERRORS_AT_THE_DOOR -> addFaults(problems, FaultMode.ERRORS_AT_THE_DOOR);
        case FAULTS_INSIDE -> addFaults(problems, FaultMode.EXCEPTIONS_INSIDE);
        case STREAMS_AT_ONCE -> addProblem(problems, problem(this::assertAtOnce));
        case NOTHING_STAYS -> addProblem(problems, problem(this::assertNothingStays));
        default -> {
          return false;
        }
      }
      // Back-pressure is seen in exchanges only.
      return point != Point.BACK_PRESSURE;
    }

    private void addNamed(List<String> problems, String id, String problem) {
      if (!problem.isEmpty()) {
        problems.add(name(id) + ": " + problem);
      }
    }

    private void addFaults(List<String> problems, FaultMode mode) {
      List<String> ids = List.copyOf(run.scenarios().keySet());
      // Each leaves the rest of its call unobserved, so that there are fewer than calls.
      addProblem(
          problems,
          problem(
              () ->
                  assertThat(InjectedFault.reported(faulty().output()))
                      .as("faults")
                      .isGreaterThan(50)));
      Map<String, List<Difference>> ofMode =
          new LinkedHashMap<>(Objects.requireNonNull(faultyDifferences));
      ofMode.keySet().removeIf(id -> FaultMode.of(ids.indexOf(id), rotation) != mode);
      addDifferences(ofMode, problems, difference -> true);
    }

    private void assertAtOnce() {
      assertThat(observed.output()).doesNotContain("failed: ");
      Set<String> traces = new HashSet<>();
      for (SpanRecord span : observed.spans()) {
        if (span.scopeName().equals("app") && span.name().startsWith("t")) {
          traces.add(span.traceId());
        }
      }
      List<SpanRecord> spans =
          observed.spans().stream()
              .filter(span -> span.scopeName().equals(SCOPE) && traces.contains(span.traceId()))
              .toList();
      assertThat(spans).hasSize(STREAMS);
      assertThat(spans)
          .allSatisfy(
              span ->
                  assertThat(span.attributes())
                      .containsEntry("spanglass.stream.end", "completed")
                      .containsEntry("gen_ai.usage.output_tokens", 7L));
    }

    private void assertNothingStays() {
      Map<String, Long> stays = observed.stays();
      assertThat(stays).containsKey("java.lang.String");
      stays.remove("java.lang.String");
      Map<String, Long> stands = observed.stands();
      assertThat(stands).as("what stands before").isNotEmpty();
      stays.replaceAll((type, count) -> count - stands.getOrDefault(type, 0L));
      stays.entrySet().stream()
          .max(Map.Entry.comparingByValue())
          .ifPresent(most -> System.out.println("after " + STREAMS + " streams, most: " + most));
      // What there is once for each thread or connection that stays is no call.
      assertThat(stays)
          .allSatisfy((type, more) -> assertThat(more).as(type).isLessThan(STREAMS / 10));
    }

    // Two runs, compared.

    private Map<String, List<Difference>> differences(
        Run before, Run after, Predicate<String> ids) {
      Map<String, List<Difference>> all = new LinkedHashMap<>();
      before
          .played()
          .forEach(
              (id, expected) -> {
                if (!ids.test(id)) {
                  return;
                }
                Observation actual = Objects.requireNonNull(after.played().get(id), id);
                List<Difference> found = new ArrayList<>();
                for (Aspect aspect : Aspect.values()) {
                  compare(id, aspect, expected.lines(aspect), actual.lines(aspect), found);
                }
                compare(id, null, expected.server(), actual.server(), found);
                all.put(id, found);
              });
      return all;
    }

    private void compare(
        String id,
        @Nullable Aspect aspect,
        List<String> before,
        List<String> after,
        List<Difference> found) {
      if (before.equals(after)) {
        return;
      }
      StringBuilder text = new StringBuilder(name(id));
      for (int i = 0; i < Math.max(before.size(), after.size()); i++) {
        String expected = i < before.size() ? before.get(i) : "(nothing)";
        String actual = i < after.size() ? after.get(i) : "(nothing)";
        if (!expected.equals(actual)) {
          text.append("\n    - ").append(expected).append("\n    + ").append(actual);
        }
      }
      found.add(new Difference(aspect, text.toString()));
    }
  }

  /**
   * What is not the same.
   *
   * @param aspect null for what the server saw
   */
  private record Difference(@Nullable Aspect aspect, String text) {}

  private static void addDifferences(
      Map<String, List<Difference>> differences,
      List<String> problems,
      Predicate<Difference> selected) {
    for (List<Difference> each : differences.values()) {
      for (Difference difference : each) {
        if (selected.test(difference)) {
          problems.add(difference.text());
        }
      }
    }
  }

  private static void addProblem(List<String> problems, String problem) {
    if (!problem.isEmpty()) {
      problems.add(problem);
    }
  }

  /** What an assertion says, empty if it holds. */
  private static String problem(Runnable assertion) {
    try {
      assertion.run();
      return "";
    } catch (AssertionError | RuntimeException e) {
      return String.valueOf(e.getMessage()).strip();
    }
  }
}
