/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.testing.contract;

import io.opentelemetry.api.GlobalOpenTelemetry;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.Scope;
import io.spanglass.testing.contract.ClientCall.Body;
import io.spanglass.testing.contract.ClientCall.Protocol;
import io.spanglass.testing.contract.ContractScenario.Tier;
import io.spanglass.testing.server.Signals;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentLinkedQueue;
import javax.management.ObjectName;

/**
 * The program: plays the application's part of all exchanges that the client is able to, each below
 * a span of the application, and writes the transcript; then it may make many calls at once. Then
 * it collects garbage until it is told to end.
 */
public final class ContractWorkload {

  /** Set by the other side when it has seen all that it waits for. */
  static final String FINISH = "finish";

  /** Calls before all others, so that what is made once is there. */
  static final String FIRST = "first";

  /** Printed when the calls are made. */
  static final String CALLED = "called";

  /** How many objects of ours a hundred requests make that are no model calls. */
  static final String MADE = "made for other requests: ";

  /** A line of the histogram of what is reachable before many calls: tables that are made once. */
  static final String STANDS = "stands: ";

  /** A line of the histogram of what is reachable after many calls. */
  static final String STAYS = "stays: ";

  private static final long STUCK_MILLIS = 40_000;
  private static final long SLOW_MILLIS = 1_500;
  private static final int OTHER_REQUESTS = 100;
  private static final int UNCOLLECTED_ATTEMPTS = 5;
  private static final int FINISH_ATTEMPTS = 4;
  private static final int SETTLING_ATTEMPTS = 45;

  /** How many exchanges are played at the same time: nearly all of them only wait. */
  private static final int LANES = 6;

  private final ClientDriver driver;
  private final Endpoints endpoints;
  private final Signals.Remote signals;
  private final List<Way> ways = new ArrayList<>();
  private final Map<String, Long> standing = new HashMap<>();
  private final Tracer tracer = GlobalOpenTelemetry.getTracer("app");

  private ContractWorkload(ClientDriver driver, Endpoints endpoints) {
    this.driver = driver;
    this.endpoints = endpoints;
    this.signals = new Signals.Remote(endpoints.signals());
    for (Way way : Way.values()) {
      if (driver.lacks(way.call()) == null && driver.lacks(way.body()) == null) {
        ways.add(way);
      }
    }
  }

  /** Arguments: the driver's class, the transcript's file, the {@link Plan}, then the endpoints. */
  public static void main(String[] args) throws Exception {
    Plan plan = Plan.fromArguments(args, 2);
    Endpoints endpoints = Endpoints.fromArguments(args, 2 + Plan.ARGUMENTS);
    ContractWorkload workload = new ContractWorkload(ClientDriver.of(args[0]), endpoints);
    workload.driver.open(endpoints);
    if (plan.tier() == Tier.FULL && plan.only().isEmpty()) {
      workload.otherRequests();
    }
    if (plan.atOnce() > 0) {
      workload.firstCalls();
    }
    Files.write(Path.of(args[1]), workload.playAll(plan));
    if (plan.atOnce() > 0) {
      workload.atOnce(plan.atOnce());
    }
    workload.finish();
  }

  /** The transcript: what the client lacks, then each exchange in the order of the list. */
  private List<String> playAll(Plan plan) throws Exception {
    List<String> lines = new ArrayList<>();
    for (Feature feature : Feature.values()) {
      String reason = driver.lacks(feature);
      if (reason != null) {
        lines.add("lacks " + feature + " " + reason);
      }
    }
    Map<ContractScenario, Transcript> transcripts = new LinkedHashMap<>();
    // The scripts stay unused here, so that these signals need no other side.
    try (Signals unused = Signals.start()) {
      List<ContractScenario> all = Scenarios.all(plan.seed(), plan.generated(), unused, driver);
      List<ContractWorkload> lanes = new ArrayList<>();
      for (int i = 0; i < LANES; i++) {
        ContractWorkload lane =
            new ContractWorkload(ClientDriver.of(driver.getClass().getName()), endpoints);
        lane.driver.open(endpoints);
        lanes.add(lane);
      }
      // The modes of failure one after the other, since they are set for the whole JVM.
      for (int part = 0; part < FaultMode.values().length; part++) {
        FaultMode mode = FaultMode.of(part, 0);
        if (plan.faults()) {
          mode.set();
        }
        List<ContractScenario> selected = new ArrayList<>();
        for (int i = 0; i < all.size(); i++) {
          ContractScenario scenario = all.get(i);
          if (FaultMode.of(i, plan.rotation()) == mode
              && plan.plays(scenario)
              && scenario.needs().stream().allMatch(feature -> driver.lacks(feature) == null)) {
            selected.add(scenario);
            transcripts.put(scenario, new Transcript());
          }
        }
        play(selected, lanes, transcripts);
      }
      for (ContractScenario scenario : all) {
        Transcript transcript = transcripts.get(scenario);
        if (transcript != null) {
          lines.add("=== " + scenario.id());
          lines.addAll(transcript.lines());
        }
      }
    }
    return lines;
  }

  /**
   * Plays them in lanes, and after that one by one what wants to be alone. A lane has a client of
   * its own, and always the same exchanges in the same order: which connection an exchange gets
   * does not depend on the other lanes.
   */
  private void play(
      List<ContractScenario> selected,
      List<ContractWorkload> lanes,
      Map<ContractScenario, Transcript> transcripts)
      throws InterruptedException {
    List<List<ContractScenario>> shares = new ArrayList<>();
    for (int i = 0; i < lanes.size(); i++) {
      shares.add(new ArrayList<>());
    }
    List<ContractScenario> alone = new ArrayList<>();
    int next = 0;
    for (ContractScenario scenario : selected) {
      if (scenario.alone()) {
        alone.add(scenario);
      } else {
        shares.get(next++ % lanes.size()).add(scenario);
      }
    }
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < lanes.size(); i++) {
      ContractWorkload lane = lanes.get(i);
      List<ContractScenario> share = shares.get(i);
      Thread thread = new Thread(() -> lane.play(share, transcripts), "lane");
      thread.start();
      threads.add(thread);
    }
    for (Thread thread : threads) {
      thread.join();
    }
    play(alone, transcripts);
  }

  private void play(List<ContractScenario> share, Map<ContractScenario, Transcript> transcripts) {
    for (ContractScenario scenario : share) {
      try {
        play(scenario, Objects.requireNonNull(transcripts.get(scenario)));
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
      driver.release();
    }
  }

  private Stage stage(String id, Transcript transcript) {
    return new Stage(id, driver, ways, endpoints, signals, transcript);
  }

  /** On a thread of its own: with some faults a client never comes back. */
  private void play(ContractScenario scenario, Transcript transcript) throws InterruptedException {
    long start = System.nanoTime();
    Thread thread =
        new Thread(
            () -> {
              Span span = tracer.spanBuilder(scenario.id()).startSpan();
              try (Scope scope = span.makeCurrent()) {
                scenario.application().run(stage(scenario.id(), transcript));
              } catch (Throwable e) {
                transcript.exception("scenario", e);
              } finally {
                span.end();
              }
            },
            "app-main");
    thread.setDaemon(true);
    thread.start();
    thread.join(STUCK_MILLIS);
    if (thread.isAlive()) {
      System.out.println("stuck: " + scenario.id() + " " + scenario.name());
      for (StackTraceElement frame : thread.getStackTrace()) {
        System.out.println("  at " + frame);
      }
      transcript.add("scenario", "never ends");
    }
    long millis = (System.nanoTime() - start) / 1_000_000;
    if (millis > SLOW_MILLIS) {
      System.out.println("slow: " + millis + " ms " + scenario.id() + " " + scenario.name());
    }
  }

  /** Before any model call: nothing of ours is to be made for these. */
  private void otherRequests() throws Exception {
    otherRequests(OTHER_REQUESTS);
    for (int i = 0; i < UNCOLLECTED_ATTEMPTS; i++) {
      // Without this, a collection among the requests hides what they made.
      System.gc();
      long collections = collections();
      long before = objectsOfOurs();
      otherRequests(OTHER_REQUESTS);
      long made = objectsOfOurs() - before;
      if (collections() == collections) {
        System.out.println(MADE + made);
        return;
      }
    }
    System.out.println("a collection each time");
  }

  private void otherRequests(int count) throws Exception {
    Stage stage = stage("other", new Transcript());
    for (int i = 0; i < count; i++) {
      Way way = ways.get(i % ways.size());
      ClientCall call = stage.call(way, Protocol.HTTP_1, "/orders").shared();
      stage.perform(call.body(Body.IN_MEMORY, "{\"order\":1}"));
    }
  }

  private static long collections() {
    return ManagementFactory.getGarbageCollectorMXBeans().stream()
        .mapToLong(GarbageCollectorMXBean::getCollectionCount)
        .sum();
  }

  private long objectsOfOurs() throws Exception {
    long count = 0;
    // The unreachable ones, too: what was made since the last collection.
    for (String line : histogram("-all")) {
      if (isOurs(line)) {
        count += instances(line);
      }
    }
    return count;
  }

  private boolean isOurs(String line) {
    return line.contains(".bootstrap.spanglass.")
        || (line.contains(" io.spanglass.javaagent.")
            // A driver may stand beside the tests.
            && !line.contains(" " + driver.getClass().getPackageName() + "."));
  }

  private static long instances(String line) {
    return Long.parseLong(line.trim().split("\\s+", -1)[1]);
  }

  private static String className(String line) {
    return line.trim().split("\\s+", -1)[3];
  }

  private static List<String> histogram(String... options) throws Exception {
    String text =
        (String)
            ManagementFactory.getPlatformMBeanServer()
                .invoke(
                    new ObjectName("com.sun.management:type=DiagnosticCommand"),
                    "gcClassHistogram",
                    new Object[] {options},
                    new String[] {String[].class.getName()});
    return text.lines().toList();
  }

  private void atOnce(int count) throws Exception {
    Transcript transcript = new Transcript();
    ConcurrentLinkedQueue<Thread> threads = new ConcurrentLinkedQueue<>();
    for (int i = 0; i < count; i++) {
      Span span = tracer.spanBuilder("t" + i).startSpan();
      try (Scope scope = span.makeCurrent()) {
        ClientCall call =
            stage("t" + i, transcript)
                .call(ways.get(i % ways.size()), Protocol.HTTP_1, "/v1/chat/completions")
                .shared()
                .body(Body.IN_MEMORY, "{\"model\":\"gpt-4o-mini\",\"stream\":true}");
        Stage stage = stage("t" + i, transcript);
        Thread thread =
            new Thread(
                null, Context.current().wrap(() -> stage.perform(call)), "app-main", 256 * 1024);
        thread.start();
        threads.add(thread);
      } finally {
        span.end();
      }
    }
    for (Thread thread : threads) {
      thread.join();
    }
    threads.clear();
    for (String line : transcript.lines()) {
      if (line.startsWith(Aspect.THROWN.key())) {
        System.out.println("failed: " + line);
      }
    }
    printSettled(count / 10);
  }

  /** One in each way, so that what is made once is there before it is counted. */
  private void firstCalls() throws Exception {
    for (Way way : ways) {
      Span span = tracer.spanBuilder(FIRST).startSpan();
      try (Scope scope = span.makeCurrent()) {
        Stage stage = stage(FIRST, new Transcript());
        stage.perform(
            stage
                .call(way, Protocol.HTTP_1, "/v1/chat/completions")
                // Not shared: how a client cuts pieces may depend on all that a connection brought.
                .body(Body.IN_MEMORY, "{\"model\":\"gpt-4o-mini\",\"stream\":true}"));
      } finally {
        span.end();
      }
    }
    driver.release();
    for (String line : histogram()) {
      if (isOurs(line)) {
        standing.put(className(line), instances(line));
        System.out.println(STANDS + line);
      }
    }
  }

  /** What a client keeps of an exchange it may keep as long as it keeps its idle connections. */
  private void printSettled(int limit) throws Exception {
    List<String> histogram = histogram();
    for (int i = 0; i < SETTLING_ATTEMPTS; i++) {
      if (histogram.stream().noneMatch(line -> isOurs(line) && more(line) >= limit)) {
        break;
      }
      Thread.sleep(1_000);
      histogram = histogram();
    }
    for (String line : histogram) {
      if (isOurs(line) || (line + " ").contains(" java.lang.String ")) {
        System.out.println(STAYS + line);
      }
    }
  }

  private long more(String line) {
    return instances(line) - standing.getOrDefault(className(line), 0L);
  }

  private void finish() {
    System.out.println(CALLED);
    Thread collector =
        new Thread(
            () -> {
              while (true) {
                // What is abandoned may be found by the collector only.
                System.gc();
                try {
                  Thread.sleep(500);
                } catch (InterruptedException e) {
                  return;
                }
              }
            });
    collector.setDaemon(true);
    collector.start();
    // The other side may wait for spans longer than one signal is waited for.
    for (int i = 0; i < FINISH_ATTEMPTS; i++) {
      try {
        signals.await(FINISH);
        System.exit(0);
      } catch (IllegalStateException e) {
        System.out.println("waits for the end");
      }
    }
    System.exit(1);
  }
}
