/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.testing.contract;

import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.common.ComponentLoader;
import io.opentelemetry.context.Context;
import io.spanglass.testing.AgentJvm;
import io.spanglass.testing.MetricRecord;
import io.spanglass.testing.OtlpReceiver;
import io.spanglass.testing.SpanRecord;
import io.spanglass.testing.contract.Baseline.Seen;
import io.spanglass.testing.contract.ContractScenario.Tier;
import io.spanglass.testing.contract.ContractScenario.View;
import io.spanglass.testing.server.Framing;
import io.spanglass.testing.server.Http2Server;
import io.spanglass.testing.server.RawHttpServer;
import io.spanglass.testing.server.ReceivedRequest;
import io.spanglass.testing.server.Script;
import io.spanglass.testing.server.ServerExchange;
import io.spanglass.testing.server.Signals;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Plays the contract in forked JVMs, always against the same servers. */
public final class ContractRun implements AutoCloseable {

  private static final Duration TIMEOUT = Duration.ofMinutes(10);
  private static final String NEW_CONNECTION = " on a new connection";

  /**
   * What was seen of one exchange.
   *
   * @param requests those of {@link Seen#server} as they are
   */
  public record Observation(Seen seen, List<ReceivedRequest> requests) {

    /** Whether the server could not write all that it had, since nobody read it. */
    public boolean heldBack() {
      return requests.stream().anyMatch(request -> request.stampOf(Scenarios.HELD_BACK) != null);
    }
  }

  /**
   * What one JVM did.
   *
   * @param played by the scenario's id; those that the client is not able to are missing
   * @param lacks the driver's reasons
   * @param spans what was exported
   * @param metrics the last data point of each series
   */
  public record Run(
      Map<String, Observation> played,
      Map<Feature, String> lacks,
      List<SpanRecord> spans,
      List<MetricRecord> metrics,
      String output) {

    /** The same as is kept between builds. */
    Baseline baseline() {
      Map<String, Seen> all = new LinkedHashMap<>();
      played.forEach((id, observation) -> all.put(id, observation.seen()));
      Map<String, Set<String>> traces = new HashMap<>();
      for (SpanRecord span : spans) {
        if (span.scopeName().equals("app")) {
          traces.computeIfAbsent(span.name(), id -> new HashSet<>()).add(span.traceId());
        }
      }
      Map<String, Map<String, Integer>> counts = new LinkedHashMap<>();
      for (String id : all.keySet()) {
        Map<String, Integer> count = new TreeMap<>();
        for (SpanRecord span : spans) {
          if (traces.getOrDefault(id, Set.of()).contains(span.traceId())) {
            count.merge(span.scopeName(), 1, Integer::sum);
          }
        }
        counts.put(id, count);
      }
      return new Baseline(all, lacks, counts);
    }

    /** How many objects of ours a hundred requests made that were no model calls. */
    public long madeForOtherRequests() {
      String line =
          output.lines().filter(l -> l.startsWith(ContractWorkload.MADE)).findFirst().orElseThrow();
      return Long.parseLong(line.substring(ContractWorkload.MADE.length()));
    }

    /** Before many at once: classes, and how many instances of them are reachable. */
    public Map<String, Long> stands() {
      return histogram(ContractWorkload.STANDS);
    }

    /** After many at once: classes, and how many instances of them are reachable. */
    public Map<String, Long> stays() {
      return histogram(ContractWorkload.STAYS);
    }

    private Map<String, Long> histogram(String prefix) {
      Map<String, Long> histogram = new LinkedHashMap<>();
      output
          .lines()
          .filter(line -> line.startsWith(prefix))
          .forEach(
              line -> {
                // num: instances bytes class
                String[] parts = line.substring(prefix.length()).trim().split("\\s+", -1);
                histogram.put(parts[3], Long.parseLong(parts[1]));
              });
      return histogram;
    }
  }

  private final Class<? extends ClientDriver> driver;
  private final Path java;
  private final List<Path> classpath;
  private final Plan plan;
  private final boolean sharesConnections;
  private final Signals signals;
  private final OtlpReceiver receiver;
  private final Map<String, ContractScenario> scenarios = new LinkedHashMap<>();
  private final RawHttpServer http1;
  private final Http2Server http2;
  private final ServerSocket refusing;
  private CountDownLatch allThere = new CountDownLatch(0);

  /**
   * Starts the servers.
   *
   * @param driver the class; what belongs to it stands in its package
   * @param java that runs it
   * @param classpath of its client
   * @param seed of the generated exchanges
   * @param generated how many there are, besides the ones that are written down
   * @param tier which of all are played
   * @param rotation which {@link FaultMode} the first exchange has
   */
  public ContractRun(
      Class<? extends ClientDriver> driver,
      Path java,
      List<Path> classpath,
      long seed,
      int generated,
      Tier tier,
      int rotation)
      throws Exception {
    this.driver = driver;
    this.java = java;
    this.classpath = List.copyOf(classpath);
    this.plan = new Plan(seed, generated, tier, Set.of(), 0, rotation, false);
    this.signals = Signals.start();
    this.receiver = OtlpReceiver.start();
    ClientDriver ofScenarios = ClientDriver.of(driver.getName());
    this.sharesConnections = ofScenarios.sharesConnections();
    for (ContractScenario scenario : Scenarios.all(seed, generated, signals, ofScenarios)) {
      scenarios.put(scenario.id(), scenario);
    }
    this.http1 = RawHttpServer.start(this::script);
    this.http2 = Http2Server.start(this::script);
    // Bound so that nobody else gets the port, and closed at once: connections are refused.
    this.refusing = new ServerSocket(0, 1, InetAddress.getByAddress(new byte[] {127, 0, 0, 1}));
    refusing.close();
  }

  /** By id. */
  public Map<String, ContractScenario> scenarios() {
    return scenarios;
  }

  /**
   * What the agent alone does, from a build before if nothing that decides it has changed.
   *
   * @param agent its jar
   */
  public Baseline alone(Path agent) throws Exception {
    BaselineCache cache = BaselineCache.ofThisUser();
    String key = key(agent);
    Baseline known = cache.read(key);
    if (known == null) {
      known = alone(agent, Set.of());
      cache.write(key, known);
    }
    return known;
  }

  /** What the agent alone does with these exchanges, now. */
  public Baseline alone(Path agent, Set<String> only) throws Exception {
    return play(only, 0, false, jvm -> jvm.agent(agent), spans -> true).baseline();
  }

  /** Forgets what {@link #alone(Path)} gave: it was not what the agent alone does each time. */
  public void forgetAlone(Path agent) throws Exception {
    BaselineCache.ofThisUser().forget(key(agent));
  }

  private String key(Path agent) throws Exception {
    List<String> words = new ArrayList<>(plan.toArguments());
    words.add(driver.getName());
    words.add(Files.readString(java.resolve("release")));
    words.add(Integer.toString(Runtime.getRuntime().availableProcessors()));
    List<Path> files = new ArrayList<>();
    files.add(agent);
    files.addAll(classpath);
    files.add(AgentJvm.locationOf(ContractRun.class));
    Path drivers = AgentJvm.locationOf(driver);
    if (Files.isDirectory(drivers)) {
      files.add(drivers.resolve(driver.getPackageName().replace('.', '/')));
    }
    return BaselineCache.key(words, files);
  }

  private Script script(ReceivedRequest request) {
    String id = scenarioOf(request);
    ContractScenario scenario = scenarios.get(id);
    if (scenario != null) {
      return scenario.script();
    }
    if (id.equals(ContractWorkload.FIRST)) {
      return this::first;
    }
    if (id.startsWith("t")) {
      return this::waitForAll;
    }
    return exchange -> {
      exchange.readBody();
      exchange.head(200, Framing.LENGTH, "Content-Length", "0");
      exchange.end();
    };
  }

  private void first(ServerExchange exchange) throws Exception {
    exchange.readBody();
    exchange.head(200, Framing.CHUNKED, "Content-Type", "text/event-stream");
    exchange.data(Answers.first());
    exchange.data(Answers.last());
    exchange.data(Answers.DONE);
    exchange.end();
  }

  /** Streams that are all open at the same time. */
  private void waitForAll(ServerExchange exchange) throws Exception {
    exchange.readBody();
    exchange.head(200, Framing.CHUNKED, "Content-Type", "text/event-stream");
    exchange.data(Answers.first());
    allThere.countDown();
    if (!allThere.await(60, TimeUnit.SECONDS)) {
      throw new IllegalStateException("not all streams came");
    }
    exchange.data(Answers.last());
    exchange.data(Answers.DONE);
    exchange.end();
  }

  private static String scenarioOf(ReceivedRequest request) {
    return request.path().split("[/?]", -1)[1];
  }

  /**
   * Plays exchanges that the client is able to.
   *
   * @param only these ids, all of the tier if it is empty
   * @param atOnce how many streams to have open at the same time after that
   * @param faults whether {@link FaultMode}s are set
   * @param settings the extension, or none
   * @param complete to be waited for before the JVM ends; it is ended all the same if that does not
   *     come to hold
   */
  public Run play(
      Set<String> only,
      int atOnce,
      boolean faults,
      Consumer<AgentJvm.Builder> settings,
      Predicate<List<SpanRecord>> complete)
      throws Exception {
    allThere = new CountDownLatch(atOnce);
    Plan of =
        new Plan(plan.seed(), plan.generated(), plan.tier(), only, atOnce, plan.rotation(), faults);
    Path transcript = Files.createTempFile("spanglass-transcript", ".txt");
    try {
      String output = fork(settings, transcript, of, complete);
      return run(Files.readAllLines(transcript), output);
    } finally {
      Files.deleteIfExists(transcript);
    }
  }

  private String fork(
      Consumer<AgentJvm.Builder> settings,
      Path transcript,
      Plan of,
      Predicate<List<SpanRecord>> complete)
      throws Exception {
    receiver.reset();
    http1.reset();
    http2.reset();
    signals.reset();
    List<String> arguments = new ArrayList<>(List.of(driver.getName(), transcript.toString()));
    arguments.addAll(of.toArguments());
    arguments.addAll(
        new Endpoints(
                http1.url(),
                http2.url(),
                http2.clearTextUrl(),
                "http://127.0.0.1:" + refusing.getLocalPort(),
                signals.port(),
                http2.keyStore())
            .toArguments());
    AgentJvm.Builder builder =
        AgentJvm.builder()
            .javaHome(java)
            .exportTo(receiver)
            // What is compared does not depend on these, and it starts faster.
            .jvmOption("-XX:TieredStopAtLevel=1")
            .jvmOption("-XX:+UseSerialGC")
            .classpathOf(
                ContractWorkload.class,
                driver,
                OpenTelemetry.class,
                Context.class,
                ComponentLoader.class)
            .addToClasspath(classpath);
    settings.accept(builder);
    builder.main(ContractWorkload.class.getName(), arguments.toArray(String[]::new));
    try (AgentJvm jvm = builder.start()) {
      String incomplete = "";
      jvm.awaitLine(line -> line.equals(ContractWorkload.CALLED), TIMEOUT);
      try {
        receiver.awaitSpans(complete, Duration.ofSeconds(15));
      } catch (TimeoutException e) {
        incomplete = "\nspans are missing: " + e.getMessage();
      }
      signals.set(ContractWorkload.FINISH);
      jvm.waitForSuccess(TIMEOUT);
      return jvm.stdout() + "\n" + jvm.stderr() + incomplete;
    }
  }

  private Run run(List<String> transcript, String output) {
    Map<String, List<String>> application = new LinkedHashMap<>();
    Map<Feature, String> lacks = new EnumMap<>(Feature.class);
    List<String> current = new ArrayList<>();
    for (String line : transcript) {
      if (line.startsWith("=== ")) {
        current = new ArrayList<>();
        application.put(line.substring("=== ".length()), current);
      } else if (application.isEmpty()) {
        String[] parts = line.split(" ", 3);
        lacks.put(Feature.valueOf(parts[1]), parts[2]);
      } else {
        current.add(withoutPorts(line));
      }
    }
    Map<String, List<ReceivedRequest>> server = new HashMap<>();
    List<ReceivedRequest> all = new ArrayList<>(http1.requests());
    all.addAll(http2.requests());
    for (ReceivedRequest request : all) {
      server.computeIfAbsent(scenarioOf(request), key -> new ArrayList<>()).add(request);
    }
    Map<String, Observation> played = new LinkedHashMap<>();
    application.forEach(
        (id, lines) -> {
          ContractScenario scenario = scenarios.get(id);
          if (scenario != null) {
            List<ReceivedRequest> requests = server.getOrDefault(id, List.of());
            boolean ordered = scenario.view() != View.UNORDERED;
            played.put(
                id,
                new Observation(
                    new Seen(
                        ordered ? lines : lines.stream().sorted().toList(),
                        view(scenario, requests)),
                    requests));
          }
        });
    return new Run(played, lacks, receiver.spans(), List.copyOf(receiver.latestMetrics()), output);
  }

  /** Two builds compare what they saw, and have other ports. */
  private String withoutPorts(String line) {
    return line.replace(":" + http1.port(), ":http1")
        .replace(URI.create(http2.url()).getAuthority(), "http2")
        .replace(URI.create(http2.clearTextUrl()).getAuthority(), "http2-clear-text")
        .replace(":" + refusing.getLocalPort(), ":refusing");
  }

  private List<String> view(ContractScenario scenario, List<ReceivedRequest> requests) {
    List<String> lines = new ArrayList<>();
    for (ReceivedRequest request : requests) {
      byte @Nullable [] body = request.body();
      String line = request.protocol() + " " + request.method() + " " + request.path();
      lines.add(line + (request.indexOnConnection() == 0 ? NEW_CONNECTION : ""));
      for (String header : request.applicationHeaders()) {
        // A random one.
        boolean key = header.toLowerCase(Locale.ROOT).startsWith("sec-websocket-key:");
        lines.add(key ? "Sec-WebSocket-Key" : withoutPorts(header));
      }
      lines.add(body == null ? "body not read" : "body " + Transcript.describe(body));
    }
    View view =
        sharesConnections && scenario.view() == View.EXACT ? View.ANY_CONNECTION : scenario.view();
    return switch (view) {
      case EXACT -> lines;
      case ANY_CONNECTION -> lines.stream().map(line -> line.replace(NEW_CONNECTION, "")).toList();
      case UNORDERED ->
          lines.stream().map(line -> line.replace(NEW_CONNECTION, "")).sorted().toList();
      case RACY -> List.of();
    };
  }

  @Override
  public void close() throws Exception {
    http1.close();
    http2.close();
    receiver.close();
    signals.close();
  }
}
