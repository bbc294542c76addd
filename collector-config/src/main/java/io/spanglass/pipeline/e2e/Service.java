/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.pipeline.e2e;

import io.spanglass.testing.AgentJvm;
import java.io.IOException;
import java.time.Duration;
import java.util.List;

/** A {@link Traffic} under the agent. For use by one thread at a time. */
final class Service implements AutoCloseable {

  private static final Duration TIMEOUT = Duration.ofMinutes(3);

  private final AgentJvm jvm;

  Service(Applications applications, String name) throws IOException {
    jvm =
        applications
            .observed(name)
            .property("otel.metric.export.interval", "5000")
            .main(Traffic.class.getName())
            .start();
  }

  /**
   * Makes calls and waits for their ends.
   *
   * @param kind {@code chat}, {@code stream}, {@code cancel} or {@code error}
   * @return their traces
   */
  List<String> call(String kind, String baseUrl, String model, int count, int parallel)
      throws IOException, InterruptedException {
    int done = lines("done").size();
    int calls = lines("call " + kind + " ").size();
    jvm.writeLine("%s %s %s %d %d".formatted(kind, baseUrl, model, count, parallel));
    long deadline = System.nanoTime() + TIMEOUT.toNanos();
    while (lines("done").size() == done) {
      if (!jvm.isAlive() || System.nanoTime() > deadline) {
        throw new IOException("no answer from the service: " + jvm.stderr());
      }
      Thread.sleep(100);
    }
    List<String> all = lines("call " + kind + " ");
    return all.subList(calls, all.size()).stream()
        .map(line -> line.substring(line.lastIndexOf(' ') + 1))
        .toList();
  }

  private List<String> lines(String prefix) {
    return jvm.stdout().lines().filter(line -> line.startsWith(prefix)).toList();
  }

  @Override
  public void close() {
    jvm.close();
  }
}
