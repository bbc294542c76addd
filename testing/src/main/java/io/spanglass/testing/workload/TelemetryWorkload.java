/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.testing.workload;

import io.opentelemetry.api.GlobalOpenTelemetry;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Scope;
import io.spanglass.testing.workload.Env.Addresses;
import java.util.Arrays;

/**
 * The program: makes one call for each case that is named, below a span of the application that is
 * named after the case. Then it collects garbage until it is told to end.
 */
public final class TelemetryWorkload {

  /** Set by the other side when it has seen all that it waits for. */
  static final String FINISH = "finish";

  /** Arguments: names of cases separated by commas, then the addresses. */
  public static void main(String[] args) throws Exception {
    Env env = new Env(Addresses.fromArguments(Arrays.copyOfRange(args, 1, args.length)));
    Tracer tracer = GlobalOpenTelemetry.getTracer("app");
    for (String name : args[0].split(",", -1)) {
      TelemetryCase telemetryCase = TelemetryCase.valueOf(name);
      Thread thread = new Thread(() -> run(env, tracer, telemetryCase), "app-" + name);
      thread.start();
      thread.join();
      env.releaseClients();
    }
    System.out.println("called");
    Thread collector =
        new Thread(
            () -> {
              while (true) {
                // What is abandoned is found by the collector only.
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
    env.signals.await(FINISH);
    System.exit(0);
  }

  private static void run(Env env, Tracer tracer, TelemetryCase telemetryCase) {
    Span span = tracer.spanBuilder(telemetryCase.id()).startSpan();
    try (Scope scope = span.makeCurrent()) {
      telemetryCase.call(env);
    } catch (Throwable e) {
      System.out.println("failed: " + telemetryCase + " " + e);
    } finally {
      span.end();
    }
  }

  private TelemetryWorkload() {}
}
