/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.testing.workload;

import io.spanglass.testing.server.Signals;
import io.spanglass.testing.workload.Env.Addresses;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The program: plays the application's part of all scenarios and writes the transcript. */
public final class DifferentialWorkload {

  private static final long STUCK_MILLIS = 10_000;
  private static final long SLOW_MILLIS = 1_000;

  static List<Scenario> scenarios(long seed, int generated, Signals signals) {
    List<Scenario> scenarios = new ArrayList<>(SpecialScenarios.all(signals));
    scenarios.addAll(GeneratedScenarios.all(seed, generated));
    return scenarios;
  }

  /** Arguments: the transcript's file, the seed, how many to generate, then the addresses. */
  public static void main(String[] args) throws Exception {
    Path file = Path.of(args[0]);
    long seed = Long.parseLong(args[1]);
    int generated = Integer.parseInt(args[2]);
    Env env = new Env(Addresses.fromArguments(Arrays.copyOfRange(args, 3, args.length)));

    List<String> lines = new ArrayList<>();
    // The scripts stay unused here, so that these signals need no other side.
    try (Signals unused = Signals.start()) {
      for (Scenario scenario : scenarios(seed, generated, unused)) {
        Transcript transcript = new Transcript();
        play(scenario, env, transcript);
        env.releaseClients();
        lines.add("=== " + scenario.id() + " " + scenario.name());
        lines.addAll(transcript.lines());
      }
    }
    Files.write(file, lines);
    System.exit(0);
  }

  /** On a thread of its own: with some faults the JDK's client never comes back. */
  private static void play(Scenario scenario, Env env, Transcript transcript)
      throws InterruptedException {
    long start = System.nanoTime();
    Thread thread =
        new Thread(
            () -> {
              try {
                scenario.action().run(env, transcript);
              } catch (Throwable e) {
                transcript.exception("scenario", e);
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

  private DifferentialWorkload() {}
}
