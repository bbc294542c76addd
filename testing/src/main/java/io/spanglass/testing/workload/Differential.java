/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.testing.workload;

import io.spanglass.testing.AgentJvm;
import io.spanglass.testing.server.Framing;
import io.spanglass.testing.server.Http2Server;
import io.spanglass.testing.server.RawHttpServer;
import io.spanglass.testing.server.ReceivedRequest;
import io.spanglass.testing.server.Script;
import io.spanglass.testing.server.Signals;
import io.spanglass.testing.workload.Env.Addresses;
import io.spanglass.testing.workload.Scenario.View;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.BinaryOperator;
import java.util.function.Consumer;

/**
 * Runs the differential workload in forked JVMs against the same servers and compares what the
 * application and the servers saw.
 */
public final class Differential implements AutoCloseable {

  /** Lines about the tasks given to an executor of the application: compared as a sum only. */
  static final String TASKS = "executor tasks";

  private static final String NEW_CONNECTION = " on a new connection";
  private static final String RANDOM_KEY = "Sec-WebSocket-Key:";

  private static final Duration TIMEOUT = Duration.ofMinutes(4);

  /**
   * What was seen of one scenario.
   *
   * @param application the transcript
   * @param server the requests as they arrived: request line, headers without trace context, body
   */
  public record Observation(String name, List<String> application, List<String> server) {}

  private final long seed;
  private final int generated;
  private final Signals signals;
  private final Map<String, Scenario> scenarios = new LinkedHashMap<>();
  private final RawHttpServer http1;
  private final Http2Server http2;
  private final ServerSocket refusing;
  private String output = "";

  /**
   * Starts the servers.
   *
   * @param seed of the generated exchanges
   * @param generated how many there are, besides the ones that are written down
   */
  public Differential(long seed, int generated) throws Exception {
    this.seed = seed;
    this.generated = generated;
    this.signals = Signals.start();
    for (Scenario scenario : DifferentialWorkload.scenarios(seed, generated, signals)) {
      scenarios.put(scenario.id(), scenario);
    }
    this.http1 = RawHttpServer.start(this::script);
    this.http2 = Http2Server.start(this::script);
    // Bound so that nobody else gets the port, and closed at once: connections are refused.
    this.refusing = new ServerSocket(0, 1, InetAddress.getByAddress(new byte[] {127, 0, 0, 1}));
    refusing.close();
  }

  /** How many scenarios are played by each run. */
  public int size() {
    return scenarios.size();
  }

  private Script script(ReceivedRequest request) {
    Scenario scenario = scenarios.get(scenarioOf(request));
    if (scenario != null) {
      return scenario.script();
    }
    return exchange -> {
      exchange.head(200, Framing.LENGTH, "Content-Length", "0");
      exchange.end();
    };
  }

  private static String scenarioOf(ReceivedRequest request) {
    return request.path().split("[/?]", -1)[1];
  }

  /**
   * Plays all scenarios in a JVM.
   *
   * @param settings the agent and the extension, or none
   * @return by scenario
   */
  public Map<String, Observation> run(Consumer<AgentJvm.Builder> settings) throws Exception {
    http1.reset();
    http2.reset();
    signals.reset();
    Path transcript = Files.createTempFile("spanglass-transcript", ".txt");
    try {
      List<String> arguments =
          new ArrayList<>(
              List.of(transcript.toString(), Long.toString(seed), Integer.toString(generated)));
      arguments.addAll(
          List.of(
              new Addresses(
                      http1.url(),
                      http2.url(),
                      http2.clearTextUrl(),
                      refusing.getLocalPort(),
                      signals.port(),
                      http2.keyStore())
                  .toArguments()));
      AgentJvm.Builder builder =
          AgentJvm.builder()
              .classpathOf(DifferentialWorkload.class)
              // What is compared does not depend on it, and it starts faster.
              .jvmOption("-XX:TieredStopAtLevel=1");
      settings.accept(builder);
      builder.main(DifferentialWorkload.class.getName(), arguments.toArray(String[]::new));
      try (AgentJvm jvm = builder.start()) {
        jvm.waitForSuccess(TIMEOUT);
        output = jvm.stdout() + "\n" + jvm.stderr();
        if (!jvm.stdout().isEmpty()) {
          System.out.println(jvm.stdout());
        }
      }
      return observations(Files.readAllLines(transcript));
    } finally {
      Files.deleteIfExists(transcript);
    }
  }

  /** What the JVM of the last run wrote to its outputs. */
  public String output() {
    return output;
  }

  private Map<String, Observation> observations(List<String> transcript) {
    Map<String, List<String>> application = new HashMap<>();
    List<String> current = new ArrayList<>();
    for (String line : transcript) {
      if (line.startsWith("=== ")) {
        current = new ArrayList<>();
        application.put(line.split(" ", 3)[1], current);
      } else {
        current.add(line);
      }
    }
    Map<String, List<String>> server = new HashMap<>();
    List<ReceivedRequest> requests = new ArrayList<>(http1.requests());
    requests.addAll(http2.requests());
    for (ReceivedRequest request : requests) {
      List<String> lines = server.computeIfAbsent(scenarioOf(request), key -> new ArrayList<>());
      byte[] body = request.body();
      lines.add(
          request.protocol()
              + " "
              + request.method()
              + " "
              + request.path()
              + (request.indexOnConnection() == 0 ? NEW_CONNECTION : ""));
      for (String header : request.applicationHeaders()) {
        lines.add(header.startsWith(RANDOM_KEY) ? RANDOM_KEY : header);
      }
      lines.add(body == null ? "body not read" : "body " + Transcript.describe(body));
    }
    Map<String, Observation> observations = new LinkedHashMap<>();
    scenarios.forEach(
        (id, scenario) ->
            observations.put(
                id,
                new Observation(
                    scenario.name(),
                    application.getOrDefault(id, List.of("not played")),
                    view(scenario.view(), server.getOrDefault(id, List.of())))));
    return observations;
  }

  private static List<String> view(View view, List<String> lines) {
    return switch (view) {
      case EXACT -> lines;
      case UNORDERED ->
          lines.stream().map(line -> line.replace(NEW_CONNECTION, "")).sorted().toList();
      case RACY -> List.of();
    };
  }

  /**
   * How many tasks the clients gave to the executors that the application gave them. The number
   * varies a little from run to run; a hop that is added to every call or callback does not hide.
   */
  public static int executorTasks(Map<String, Observation> run) {
    int sum = 0;
    for (Observation observation : run.values()) {
      for (String line : observation.application()) {
        if (line.startsWith(TASKS)) {
          sum += Integer.parseInt(line.substring(TASKS.length() + 2));
        }
      }
    }
    return sum;
  }

  /** Nothing is known to differ. */
  public static String same(String scenario, String line) {
    return line;
  }

  /**
   * What the official agent itself changes for the application, with nothing of ours in it: its
   * future in place of the client's, and that this future hands the cancellation of a dependent on
   * to the exchange. (It also adds its headers to the request that a response names; the transcript
   * leaves these out.)
   */
  public static String officialAgent(String scenario, String line) {
    if (scenario.contains("future.cancel of a dependent") && line.startsWith("body: ")) {
      return "scenario: java.util.concurrent.ExecutionException("
          + "java.util.concurrent.CancellationException)"
          + " <- java.util.concurrent.CancellationException(null)";
    }
    if (line.startsWith("future class: ") || line.startsWith("dependent class: ")) {
      return line.replace(
          "jdk.internal.net.http.common.MinimalFuture",
          "io.opentelemetry.javaagent.shaded.instrumentation.javahttpclient.internal"
              + ".CompletableFutureWrapper");
    }
    return line;
  }

  /**
   * Compares two runs.
   *
   * @param known turns the name of a scenario and a line of the expected run into what is known to
   *     be there instead
   * @return a description of every scenario that differs
   */
  public static List<String> differences(
      Map<String, Observation> expected,
      Map<String, Observation> actual,
      BinaryOperator<String> known) {
    List<String> differences = new ArrayList<>();
    expected.forEach(
        (id, before) -> {
          Observation after = Objects.requireNonNull(actual.get(id));
          List<String> difference = new ArrayList<>();
          lines(
              before.name(),
              "application",
              before.application(),
              after.application(),
              known,
              difference);
          lines(before.name(), "server", before.server(), after.server(), known, difference);
          if (!difference.isEmpty()) {
            differences.add(
                id + " " + before.name() + "\n    " + String.join("\n    ", difference));
          }
        });
    return differences;
  }

  private static void lines(
      String name,
      String side,
      List<String> before,
      List<String> after,
      BinaryOperator<String> known,
      List<String> difference) {
    for (int i = 0; i < Math.max(before.size(), after.size()); i++) {
      String expected = i < before.size() ? known.apply(name, before.get(i)) : "(nothing)";
      String actual = i < after.size() ? after.get(i) : "(nothing)";
      if (expected.startsWith(TASKS) && actual.startsWith(TASKS)) {
        continue;
      }
      if (!expected.equals(actual)) {
        difference.add(side + " - " + expected);
        difference.add(side + " + " + actual);
      }
    }
  }

  @Override
  public void close() throws Exception {
    http1.close();
    http2.close();
    signals.close();
  }
}
