/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.benchmarks.overhead;

import io.spanglass.benchmarks.Sample;
import io.spanglass.testing.AgentJvm;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeoutException;
import kotlin.Unit;
import okhttp3.OkHttp;
import okhttp3.OkHttpClient;
import okio.Buffer;

/**
 * Measures calls without an agent, under it, and under it with the extension, in turns, and prints
 * a table in Markdown. Each of the three is a JVM of its own that lives as long as its rounds do;
 * while one works the others wait. Ratios are taken within a round.
 */
public final class Overhead {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final int THREADS = 2 * Runtime.getRuntime().availableProcessors();

  private final Plan plan;
  private final Path agent = Path.of(System.getProperty("spanglass.benchmarks.agent"));
  private final Path extension = Path.of(System.getProperty("spanglass.benchmarks.extension"));
  private final Sample sample;
  private int commands;

  private Overhead(Plan plan, Sample sample) {
    this.plan = plan;
    this.sample = sample;
  }

  /** What an application runs under. */
  enum Variant {
    NONE,
    AGENT,
    EXTENSION
  }

  /** How long it takes. */
  private enum Plan {
    SHORT(1, 4, 1000, 100_000),
    FULL(2, 5, 2500, 200_000);

    /** How often the JVMs are started anew: each compiles the code in its own way. */
    final int forks;

    final int rounds;
    final int slotMillis;

    /** Calls, and a tenth of it streams, until the compilers have done their work. */
    final int warmUpCalls;

    Plan(int forks, int rounds, int slotMillis, int warmUpCalls) {
      this.forks = forks;
      this.rounds = rounds;
      this.slotMillis = slotMillis;
      this.warmUpCalls = warmUpCalls;
    }
  }

  /**
   * Prints the table.
   *
   * @param arguments {@code --short}, or nothing for the whole; then {@code jdk}, {@code okhttp} or
   *     both, or nothing for both
   */
  public static void main(String[] arguments) throws Exception {
    Plan plan = Plan.FULL;
    List<String> clients = new ArrayList<>();
    for (String argument : arguments) {
      switch (argument) {
        case "--short" -> plan = Plan.SHORT;
        case "jdk", "okhttp" -> clients.add(argument);
        default -> throw new IllegalArgumentException(argument);
      }
    }
    if (clients.isEmpty()) {
      clients = List.of("jdk", "okhttp");
    }
    System.out.printf(
        "JDK %s, %d processors, OkHttp %s, %d fork(s) of %d rounds, %d ms each; saturation: %d"
            + " threads%n%n",
        Runtime.version(),
        Runtime.getRuntime().availableProcessors(),
        OkHttp.VERSION,
        plan.forks,
        plan.rounds,
        plan.slotMillis,
        THREADS);
    System.out.println(Table.HEAD);
    // What a call costs depends on the client; what an API's reader costs is ChunkBenchmark's.
    new Overhead(plan, Sample.CHAT_COMPLETIONS).run(clients);
  }

  private void run(List<String> clients) throws Exception {
    try (AgentJvm server =
        AgentJvm.builder()
            .agent(null)
            .jvmOption("-Xmx64m")
            .jvmOption("-XX:+UseSerialGC")
            .classpathOf(LoopbackServer.class)
            .main(LoopbackServer.class.getName(), sample.name())
            .start()) {
      String port = server.awaitLine(line -> line.startsWith("port "), PATIENCE).substring(5);
      for (String client : clients) {
        Table calls = new Table(client + ", whole call, " + sample.path());
        Table streams =
            new Table(
                client + ", stream of " + LoopbackServer.CHUNKS + " chunks, " + sample.path());
        for (int fork = 0; fork < plan.forks; fork++) {
          run(client, port, calls, streams);
        }
        System.out.print(calls);
        System.out.print(streams);
      }
    }
  }

  private void run(String client, String port, Table calls, Table streams) throws Exception {
    Map<Variant, AgentJvm> jvms = new EnumMap<>(Variant.class);
    try {
      for (Variant variant : Variant.values()) {
        jvms.put(variant, start(variant, client, port));
      }
      for (boolean stream : new boolean[] {false, true}) {
        Table table = stream ? streams : calls;
        for (AgentJvm jvm : jvms.values()) {
          warmUp(jvm, stream);
        }
        for (int round = 0; round < plan.rounds; round++) {
          Map<Variant, Measured> alone = new EnumMap<>(Variant.class);
          Map<Variant, Measured> saturated = new EnumMap<>(Variant.class);
          for (Map.Entry<Variant, AgentJvm> jvm : jvms.entrySet()) {
            alone.put(jvm.getKey(), measure(jvm.getValue(), stream, 1, plan.slotMillis));
          }
          for (Map.Entry<Variant, AgentJvm> jvm : jvms.entrySet()) {
            saturated.put(jvm.getKey(), measure(jvm.getValue(), stream, THREADS, plan.slotMillis));
          }
          table.add(alone, saturated);
        }
      }
    } finally {
      jvms.values().forEach(AgentJvm::close);
    }
  }

  private AgentJvm start(Variant variant, String client, String port) throws IOException {
    AgentJvm.Builder builder =
        AgentJvm.builder()
            .agent(variant == Variant.NONE ? null : agent)
            .extension(variant == Variant.EXTENSION ? extension : null)
            .jvmOption("-Xms256m")
            .jvmOption("-Xmx256m")
            .jvmOption("-XX:+UseSerialGC")
            // Spans are recorded and not exported: an exporter's work is not what is asked for.
            // Metrics have to have an exporter, else the SDK would not record them.
            .property("otel.metrics.exporter", "otlp")
            .property("otel.exporter.otlp.endpoint", "http://127.0.0.1:" + port)
            .classpathOf(Load.class, OkHttpClient.class, Buffer.class, Unit.class)
            .main(Load.class.getName(), client, port, sample.name());
    return builder.start();
  }

  /**
   * By calls and not by time, so that a machine under load does not measure the interpreter; with
   * one thread, so that a core is left to the compilers.
   */
  private void warmUp(AgentJvm jvm, boolean stream)
      throws IOException, InterruptedException, TimeoutException {
    double calls = 0;
    while (calls < (stream ? plan.warmUpCalls / 10 : plan.warmUpCalls)) {
      calls += measure(jvm, stream, 1, 1000).throughput();
    }
  }

  private Measured measure(AgentJvm jvm, boolean stream, int threads, int millis)
      throws IOException, InterruptedException, TimeoutException {
    String number = ++commands + " ";
    jvm.writeLine(number + (stream ? "stream " : "call ") + threads + " " + millis);
    String line =
        jvm.awaitLine(each -> each.startsWith(number), PATIENCE.plusMillis(millis))
            .substring(number.length());
    return Measured.parse(line);
  }
}
