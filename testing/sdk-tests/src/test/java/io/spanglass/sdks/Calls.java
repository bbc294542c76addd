/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.sdks;

import io.opentelemetry.api.GlobalOpenTelemetry;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.context.Scope;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;

/** Runs a program's calls one after the other, each under a span of its name. */
final class Calls {
  private final String server;

  Calls(String server) {
    this.server = server;
  }

  interface Call {
    /** Returns what the application got. */
    String make(String url) throws Exception;
  }

  void run(String scenario, Call call) {
    Span span = GlobalOpenTelemetry.getTracer("app").spanBuilder(scenario).startSpan();
    String got;
    try (Scope scope = span.makeCurrent()) {
      got = call.make(server + "/" + scenario + "/v1");
    } catch (Throwable t) {
      got = "threw " + unwrap(t).getClass().getSimpleName();
    } finally {
      span.end();
    }
    System.out.println(scenario + " -> " + got);
  }

  private static Throwable unwrap(Throwable thrown) {
    Throwable cause = thrown;
    while ((cause instanceof ExecutionException || cause instanceof CompletionException)
        && cause.getCause() != null) {
      cause = cause.getCause();
    }
    return cause;
  }

  /** The agent flushes when the JVM shuts down; the SDKs' threads must not keep it. */
  void finish() {
    System.out.println("done");
    System.exit(0);
  }
}
