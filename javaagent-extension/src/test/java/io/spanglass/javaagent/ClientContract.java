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
import io.spanglass.testing.AgentJvm.Mode;
import io.spanglass.testing.MetricRecord;
import io.spanglass.testing.SpanRecord;
import io.spanglass.testing.contract.Aspect;
import io.spanglass.testing.contract.Baseline;
import io.spanglass.testing.contract.Baseline.Seen;
import io.spanglass.testing.contract.ClientDriver;
import io.spanglass.testing.contract.ContractRun;
import io.spanglass.testing.contract.ContractRun.Run;
import io.spanglass.testing.contract.ContractScenario;
import io.spanglass.testing.contract.ContractScenario.Expected;
import io.spanglass.testing.contract.ContractScenario.Tier;
import io.spanglass.testing.contract.FaultMode;
import io.spanglass.testing.contract.Feature;
import io.spanglass.testing.contract.Point;
import io.spanglass.testing.contract.Transcript;
import io.spanglass.testing.server.ReceivedRequest;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
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

  private static final int GENERATED = 120;

  /** With profile {@code full} every version is run in full, and in every mode on every Java. */
  private static final boolean EVERYTHING = Boolean.getBoolean("spanglass.test.full");

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

  /**
   * A version in one way of running it.
   *
   * @param index of the version
   */
  private record Column(Version version, int index, Tier tier, Mode mode) {

    /** As it stands in the table. */
    String title() {
      return version.name() + (tier == Tier.FULL ? "" : ", endings");
    }
  }

  @TempDir private Path directory;

  private final Map<Column, Evaluation> evaluations = new LinkedHashMap<>();
  private final Map<Column, Exception> broken = new LinkedHashMap<>();

  /** The client's name, for its users. */
  abstract String client();

  /** Its class file stands in a package of its own, or in the testing module. */
  abstract Class<? extends ClientDriver> driver();

  /** The instrumentation scope of the agent's HTTP spans. */
  abstract String httpScope();

  /** The newest one first, which is run in full; the last is the oldest that is supported. */
  abstract List<Version> versions() throws Exception;

  /** The Java of this build. */
  static Path java() {
    return Path.of(System.getProperty("java.home"));
  }

  /**
   * The versions of a library that a client's module has fetched, the newest one first.
   *
   * @param module the client's directory
   * @param library as in {@code src/it/clients.properties} there
   */
  static List<Version> fetched(String module, String library) throws IOException {
    Path modules = Path.of(Objects.requireNonNull(System.getProperty("spanglass.test.modules")));
    Properties fetched = new Properties();
    try (Reader in =
        Files.newBufferedReader(
            modules.resolve(module).resolve("javaagent/target/clients/clients.properties"))) {
      fetched.load(in);
    }
    Path clients = Path.of(fetched.getProperty("spanglass.test.clients"));
    List<Version> versions = new ArrayList<>();
    for (String name :
        fetched.getProperty("spanglass.test." + library + ".versions").split(",", -1)) {
      try (Stream<Path> jars = Files.list(clients.resolve(library + "-" + name))) {
        versions.add(0, new Version(name, java(), jars.sorted().toList()));
      }
    }
    return versions;
  }

  /** Of a client that comes with the Java: the newest one, and that of this build. */
  static List<Version> javas() throws Exception {
    List<Version> versions = new ArrayList<>();
    Path newest = Extension.newestJava();
    versions.add(
        new Version("Java " + (newest == null ? "newest" : feature(newest)), newest, List.of()));
    versions.add(new Version("Java " + Runtime.version().feature(), java(), List.of()));
    return versions;
  }

  /** As its {@code release} file says: {@code 25} of {@code JAVA_VERSION="25.0.1"}. */
  private static String feature(Path java) throws IOException {
    for (String line : Files.readAllLines(java.resolve("release"))) {
      if (line.startsWith("JAVA_VERSION=")) {
        return line.replaceAll("[^0-9.]", "").replaceAll("\\..*", "");
      }
    }
    throw new IOException("no JAVA_VERSION in " + java.resolve("release"));
  }

  /** What the table is about. */
  private List<Column> columns() throws Exception {
    List<Column> columns = new ArrayList<>();
    for (Version version : versions()) {
      Tier tier = EVERYTHING || columns.isEmpty() ? Tier.FULL : Tier.ENDINGS;
      columns.add(new Column(version, columns.size(), tier, Mode.CLASSIC));
    }
    return columns;
  }

  /**
   * The agent's other modes, pairwise with versions and Javas: each mode once, and each version and
   * each Java in some mode.
   */
  private List<Column> crosses() throws Exception {
    List<Version> versions = versions();
    List<Column> crosses = new ArrayList<>();
    int next = 0;
    for (Mode mode : Mode.values()) {
      if (mode == Mode.CLASSIC) {
        continue;
      }
      for (int i = 0; i < versions.size(); i++) {
        Version version = versions.get(i);
        for (Path java : javas(version)) {
          // On the build's Java, and on the newest one, by turns.
          boolean turn = javas(version).size() == 1 || java.equals(java()) == (next % 2 == 0);
          if (EVERYTHING || (i == next % versions.size() && turn)) {
            String name = version.name() + ", " + mode + ", " + java.getFileName();
            crosses.add(new Column(new Version(name, java, version.jars()), i, Tier.ENDINGS, mode));
          }
        }
      }
      next++;
    }
    return crosses;
  }

  private static List<Path> javas(Version version) throws Exception {
    if (version.java() == null) {
      return List.of();
    }
    Path newest = Extension.newestJava();
    // A client that is part of the Java has that one.
    return version.jars().isEmpty() || newest == null
        ? List.of(version.java())
        : List.of(version.java(), newest);
  }

  @Order(1)
  @TestFactory
  Stream<DynamicContainer> contract() throws Exception {
    return columns().stream().map(this::tests);
  }

  @Order(2)
  @TestFactory
  Stream<DynamicContainer> inOtherModesOfTheAgent() throws Exception {
    return crosses().stream().map(this::tests);
  }

  private DynamicContainer tests(Column column) {
    return dynamicContainer(
        client() + " " + column.title(),
        Arrays.stream(Point.values())
            .filter(point -> isIn(column, point))
            .map(point -> dynamicTest(point.title(), () -> check(column, point))));
  }

  private static boolean isIn(Column column, Point point) {
    return column.tier() == Tier.FULL || point.section() == Point.Section.SPAN;
  }

  private void check(Column column, Point point) throws Exception {
    if (column.version().java() == null) {
      abort("this machine does not have " + column.version().name());
    }
    Cell cell = evaluation(column).cell(point);
    switch (cell.result()) {
      case PASSED, NOT_RUN -> {}
      case NOT_APPLICABLE -> abort("n/a: " + cell.detail());
      case FAILED -> fail(cell.detail());
    }
  }

  @Order(3)
  @Test
  void theTableSaysSo() throws Exception {
    if (EVERYTHING) {
      abort("the table is about what every build runs");
    }
    for (Column column : columns()) {
      if (column.version().java() == null) {
        abort("this machine does not have " + column.version().name());
      }
    }
    Map<String, Map<Point, Cell>> columns = new LinkedHashMap<>();
    for (Column column : columns()) {
      Map<Point, Cell> cells = new EnumMap<>(Point.class);
      for (Point point : Point.values()) {
        cells.put(point, isIn(column, point) ? evaluation(column).cell(point) : Cell.notRun());
      }
      columns.put(column.title(), cells);
      ClientsTable.writeJson(client(), column.title(), cells);
    }
    ClientsTable.checkOrWrite(client(), columns);
  }

  private Evaluation evaluation(Column column) throws Exception {
    Evaluation known = evaluations.get(column);
    if (known != null) {
      return known;
    }
    Exception failure = broken.get(column);
    if (failure != null) {
      // Once is enough for all points.
      throw failure;
    }
    try {
      known = new Evaluation(column);
      evaluations.put(column, known);
      return known;
    } catch (Exception e) {
      broken.put(column, e);
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
    private final Column column;
    private final Baseline alone;
    private final Run observed;
    private final Map<String, List<Difference>> differences;
    private final Map<String, String> nesting = new LinkedHashMap<>();
    private final Map<String, String> endings = new LinkedHashMap<>();
    private final String count;
    private final Map<Point, Cell> cells = new EnumMap<>(Point.class);
    private @Nullable Run faulty;
    private @Nullable Map<String, List<Difference>> faultyDifferences;

    Evaluation(Column column) throws Exception {
      this.column = column;
      this.run =
          new ContractRun(
              driver(),
              Objects.requireNonNull(column.version().java()),
              column.version().jars(),
              SEED,
              column.tier() == Tier.FULL ? GENERATED : 0,
              column.tier(),
              // In one run each exchange meets one of the modes, with the next version another.
              column.index());
      alone = timed("agent alone", () -> run.alone(agent()));
      observed =
          timed(
              "with the extension",
              () ->
                  run.play(
                      Set.of(),
                      column.tier() == Tier.FULL ? STREAMS : 0,
                      false,
                      this::settings,
                      this::isComplete));
      differences = confirmed(differences(alone, observed, id -> true), this::observedAgain);
      for (String id : observed.played().keySet()) {
        Expected expected = scenario(id).expected();
        if (expected != null) {
          nesting.put(id, problem(() -> assertNesting(id)));
          endings.put(id, problem(() -> assertEnding(id, expected)));
        }
      }
      count = problem(this::assertOneCount);
    }

    private <T> T timed(String what, Callable<T> task) throws Exception {
      long start = System.nanoTime();
      T result = task.call();
      System.out.printf(
          "%s %s, %s: %d s%n",
          client(), column.title(), what, (System.nanoTime() - start) / 1_000_000_000);
      return result;
    }

    private void settings(AgentJvm.Builder jvm) {
      jvm.extension(Extension.jar())
          .mode(column.mode())
          .property("otel.instrumentation.genai.abandoned-after", "3s");
    }

    private Run observedAgain(Set<String> ids) throws Exception {
      return run.play(ids, 0, false, this::settings, spans -> true);
    }

    /**
     * Leaves those that a second pair of runs shows, too, of just these exchanges. Clients leave
     * some things to chance, such as which of two threads is first.
     */
    private Map<String, List<Difference>> confirmed(
        Map<String, List<Difference>> found, Replay again) throws Exception {
      Set<String> ids = new TreeSet<>(found.keySet());
      ids.removeIf(id -> found.getOrDefault(id, List.of()).isEmpty());
      if (ids.isEmpty()) {
        return found;
      }
      Baseline aloneAgain = timed("agent alone, again " + ids, () -> run.alone(agent(), ids));
      Run second = timed("again " + ids, () -> again.play(ids));
      Map<String, List<Difference>> again2 = differences(aloneAgain, second, ids::contains);
      Map<String, List<Difference>> confirmed = new LinkedHashMap<>(found);
      for (String id : ids) {
        if (again2.getOrDefault(id, List.of()).isEmpty()) {
          System.out.println(
              "by chance, not again: " + Objects.requireNonNull(found.get(id)).get(0).text());
          confirmed.put(id, List.of());
          // Whatever it was, the next build does not start from it.
          run.forgetAlone(agent());
        }
      }
      return confirmed;
    }

    /** With all modes in turn. */
    private Run faulty() {
      Run known = faulty;
      if (known == null) {
        try {
          known = timed("with faults", () -> playFaulty(Set.of()));
          faulty = known;
          faultyDifferences = confirmed(differences(alone, known, id -> true), this::playFaulty);
        } catch (Exception e) {
          throw new IllegalStateException(e);
        }
      }
      return known;
    }

    private Run playFaulty(Set<String> ids) throws Exception {
      Path extension = FaultyExtension.create(Extension.jar(), directory);
      return run.play(ids, 0, true, jvm -> jvm.extension(extension), spans -> true);
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
      assertThat(http).as("HTTP spans").hasSize(alone.spans(id, httpScope()));
      if (!genAi.isEmpty()) {
        assertThat(http).allMatch(span -> ids.contains(span.parentSpanId()));
      }
      for (ReceivedRequest request : requests(observed, id)) {
        String traceparent = request.header("traceparent");
        if (traceparent == null && request.header("upgrade") != null) {
          // The agent puts nothing into the request of a web socket.
          assertThat(genAi).isEmpty();
          continue;
        }
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
            .containsEntry("server.address", "127.0.0.1");
        // None where nothing was sent.
        assertThat(Objects.requireNonNullElse(attributes.get("spanglass.stream.end"), ""))
            .as("end")
            .isEqualTo(expected.end());
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
      List<SpanRecord> spans =
          observed.spans().stream().filter(span -> span.scopeName().equals(SCOPE)).toList();
      assertThat(spans)
          .isNotEmpty()
          .allSatisfy(
              span -> {
                assertThat(span.scopeVersion()).isNotEmpty();
                assertThat(span.schemaUrl()).isNotEmpty();
              });
      assertThat(count("gen_ai.client.operation.duration"))
          .as("calls counted")
          // Without an end nothing was sent: no model was called.
          .isEqualTo(
              spans.stream()
                  .filter(span -> span.attributes().containsKey("spanglass.stream.end"))
                  .count());
      assertThat(count("spanglass.client.time_to_first_token"))
          .as("times to first token")
          .isEqualTo(
              spans.stream()
                  .filter(span -> span.attributes().containsKey("spanglass.time_to_first_token"))
                  .count());
      for (String type : List.of("input", "output")) {
        assertThat(
                metrics("gen_ai.client.token.usage").stream()
                    .filter(point -> type.equals(point.attributes().get("gen_ai.token.type")))
                    .mapToDouble(point -> Objects.requireNonNull(point.sum()))
                    .sum())
            .as(type + " tokens")
            .isEqualTo(
                spans.stream()
                    .map(span -> span.attributes().get("gen_ai.usage." + type + "_tokens"))
                    .filter(Objects::nonNull)
                    .mapToDouble(tokens -> ((Long) tokens).doubleValue())
                    .sum());
      }
      Set<String> traces = new HashSet<>();
      spans.forEach(span -> traces.add(span.traceId()));
      assertThat(metrics("gen_ai.client.operation.duration"))
          .flatExtracting(MetricRecord::exemplars)
          .allSatisfy(exemplar -> assertThat(traces).contains(exemplar.traceId()));
      assertThat(metrics("spanglass.internal.errors")).as("failures inside").isEmpty();
    }

    private long count(String name) {
      return metrics(name).stream().mapToLong(point -> Objects.requireNonNull(point.count())).sum();
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
      ofMode.keySet().removeIf(id -> FaultMode.of(ids.indexOf(id), column.index()) != mode);
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
          .allSatisfy((type, more) -> assertThat(more).as(type).isLessThan(mayStay(type)));
    }

    /** Series are a table with a limit of 256: one for each address, model, end and error type. */
    private static long mayStay(String type) {
      return type.endsWith(".telemetry.Series") || type.endsWith(".telemetry.Series$Key")
          ? 256 + 1
          : STREAMS / 10;
    }

    // Two runs, compared.

    private Map<String, List<Difference>> differences(
        Baseline before, Run after, Predicate<String> ids) {
      Map<String, List<Difference>> all = new LinkedHashMap<>();
      before
          .played()
          .forEach(
              (id, expected) -> {
                if (!ids.test(id)) {
                  return;
                }
                Seen actual = Objects.requireNonNull(after.played().get(id), id).seen();
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
      StringBuilder text = new StringBuilder();
      for (int i = 0; i < Math.max(before.size(), after.size()); i++) {
        String expected = i < before.size() ? before.get(i) : "(nothing)";
        String actual = i < after.size() ? after.get(i) : "(nothing)";
        if (!Transcript.sameLine(expected, actual)) {
          text.append("\n    - ").append(expected).append("\n    + ").append(actual);
        }
      }
      if (text.length() > 0) {
        found.add(new Difference(aspect, name(id) + text));
      }
    }
  }

  /** Plays some exchanges once more. */
  @FunctionalInterface
  private interface Replay {
    Run play(Set<String> ids) throws Exception;
  }

  private static Path agent() {
    return Path.of(Objects.requireNonNull(System.getProperty("spanglass.test.agent")));
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
