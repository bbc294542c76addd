/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.pipeline.e2e;

import io.spanglass.examples.modelserver.ModelServer;
import io.spanglass.examples.modelserver.ServerOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * The whole way, from applications under the agent through a real Collector into real back ends,
 * asserted through what the back ends answer. Started by the script {@code collector-config/e2e}.
 */
public final class EndToEnd implements AutoCloseable {

  /** Beyond the objective of 2.56 s. */
  public static final long LATE_MILLIS = 3000;

  private final Webhook webhook;
  private final Stack stack;
  private final Applications applications;
  private final ModelServer fast;
  private final ModelServer slow;
  private final Stages stages;
  private final long slowMillis;

  /**
   * Starts the stack and what calls and answers.
   *
   * @param root the repository, built
   * @param extended whether Loki and a trace store have to be there
   * @param serverTtftMillis the time to the first token of the server that breaks the objective
   */
  public EndToEnd(Path root, String version, boolean extended, long serverTtftMillis)
      throws IOException, InterruptedException {
    slowMillis = serverTtftMillis;
    webhook = new Webhook();
    stack = new Stack(root.resolve("collector-config"), extended, webhook.url());
    applications = new Applications(root, version, stack.collector());
    fast = ModelServer.start(ServerOptions.DEFAULTS.withTtftMs(40).withChunkMs(5));
    slow = ModelServer.start(ServerOptions.DEFAULTS.withTtftMs(serverTtftMillis).withChunkMs(5));
    stages = new Stages(root, extended, stack, webhook, applications, fast, slow);
  }

  /** Arguments: see the script. */
  public static void main(String[] args) throws Exception {
    boolean extended = "1".equals(System.getenv("EXTENDED"));
    long ttft = LATE_MILLIS;
    List<String> only = new ArrayList<>();
    for (int i = 0; i < args.length; i++) {
      switch (args[i]) {
        case "--extended" -> extended = true;
        case "--server-ttft-ms" -> ttft = Long.parseLong(args[++i]);
        default -> only.add(args[i]);
      }
    }
    boolean ok;
    try (EndToEnd test =
        new EndToEnd(
            Path.of(System.getProperty("spanglass.root")),
            System.getProperty("spanglass.version"),
            extended,
            ttft)) {
      ok = test.run(Set.copyOf(only));
    }
    // Not before the stack is stopped: an exit does not close anything.
    System.exit(ok ? 0 : 1);
  }

  /**
   * Runs the stages, one after the other but for the alert, which takes minutes and needs little.
   *
   * @param only their names, none for all
   * @return whether all of them held
   */
  public boolean run(Set<String> only) throws IOException, InterruptedException {
    System.out.println("server time to first token for the alert: " + slowMillis + " ms");
    List<Runner> runners = new ArrayList<>();
    Thread alert = new Thread(runner(stages.alert(), only, runners), "alert");
    alert.start();
    for (Stage stage : stages.undisturbed()) {
      runner(stage, only, runners).run();
    }
    alert.join();
    for (Stage stage : stages.disturbing()) {
      runner(stage, only, runners).run();
    }
    boolean ok = !runners.isEmpty() && runners.stream().allMatch(runner -> runner.ok);
    if (!ok) {
      System.out.println(stack.status());
      System.out.println("logs and data of the back ends: " + stack.keep());
    }
    return ok;
  }

  private Runnable runner(Stage stage, Set<String> only, List<Runner> runners) {
    if (!only.isEmpty() && !only.contains(stage.name())) {
      return () -> {};
    }
    Runner runner = new Runner(stage, only.contains(stage.name()));
    runners.add(runner);
    return runner;
  }

  /** Runs one stage and prints its line. */
  private final class Runner implements Runnable {
    private final Stage stage;
    private final boolean named;
    private volatile boolean ok;

    Runner(Stage stage, boolean named) {
      this.stage = stage;
      this.named = named;
    }

    @Override
    public void run() {
      Checks checks = new Checks();
      String line;
      try {
        if (!stages.has(stage.needs()) && !(named && stage.needs().equals(Stages.EXTENDED))) {
          ok = true;
          print("stage %s: skipped, %s".formatted(stage.name(), stages.missing(stage.needs())));
          return;
        }
        stage.body().run(checks);
        ok = checks.count() > 0;
        line = "stage %s: %d assertions".formatted(stage.name(), checks.count());
        if (!ok) {
          line += ", which is none: FAILED";
        }
      } catch (Exception | AssertionError e) {
        line =
            "stage %s: %d assertions, then FAILED: %s"
                .formatted(
                    stage.name(), checks.count(), e.getMessage() == null ? e : e.getMessage());
        e.printStackTrace();
      }
      print(line);
    }

    private void print(String line) {
      synchronized (System.out) {
        System.out.println(line);
      }
    }
  }

  @Override
  public void close() throws IOException, InterruptedException {
    stages.close();
    fast.close();
    slow.close();
    applications.close();
    stack.close();
    webhook.close();
  }
}
