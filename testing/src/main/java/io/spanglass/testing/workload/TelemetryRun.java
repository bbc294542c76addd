/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.testing.workload;

import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.common.ComponentLoader;
import io.opentelemetry.context.Context;
import io.spanglass.testing.AgentJvm;
import io.spanglass.testing.OtlpReceiver;
import io.spanglass.testing.SpanRecord;
import io.spanglass.testing.server.Framing;
import io.spanglass.testing.server.Http2Server;
import io.spanglass.testing.server.RawHttpServer;
import io.spanglass.testing.server.ReceivedRequest;
import io.spanglass.testing.server.Script;
import io.spanglass.testing.server.Signals;
import io.spanglass.testing.smoke.SmokeWorkload;
import io.spanglass.testing.workload.Env.Addresses;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** Makes the calls of {@link TelemetryCase} in a forked JVM and receives what that exports. */
public final class TelemetryRun implements AutoCloseable {

  private static final Duration TIMEOUT = Duration.ofSeconds(90);

  private final Signals signals;
  private final OtlpReceiver receiver;
  private final RawHttpServer http1;
  private final Http2Server http2;
  private final int refusedPort;

  /** Starts the servers and the receiver. */
  public TelemetryRun() throws Exception {
    signals = Signals.start();
    receiver = OtlpReceiver.start();
    http1 = RawHttpServer.start(this::script);
    http2 = Http2Server.start(this::script);
    try (ServerSocket socket =
        new ServerSocket(0, 1, InetAddress.getByAddress(new byte[] {127, 0, 0, 1}))) {
      refusedPort = socket.getLocalPort();
    }
  }

  private Script script(ReceivedRequest request) {
    for (TelemetryCase telemetryCase : TelemetryCase.values()) {
      if (request.path().startsWith("/" + telemetryCase.id() + "/")) {
        return exchange -> telemetryCase.play(exchange, signals);
      }
    }
    return exchange -> {
      exchange.head(404, Framing.LENGTH, "Content-Length", "0");
      exchange.end();
    };
  }

  /**
   * Makes the calls and waits until the condition holds for what was received; then the JVM ends,
   * which exports what is left.
   *
   * @return what the JVM wrote to its outputs
   * @throws TimeoutException if the condition did not come to hold; the JVM is ended all the same
   */
  public String run(
      Collection<TelemetryCase> cases,
      Predicate<List<SpanRecord>> complete,
      Consumer<AgentJvm.Builder> settings)
      throws Exception {
    receiver.reset();
    http1.reset();
    http2.reset();
    signals.reset();
    List<String> arguments = new ArrayList<>();
    arguments.add(cases.stream().map(TelemetryCase::name).collect(Collectors.joining(",")));
    arguments.addAll(
        List.of(
            new Addresses(
                    http1.url(),
                    http2.url(),
                    http2.clearTextUrl(),
                    refusedPort,
                    signals.port(),
                    http2.keyStore())
                .toArguments()));
    AgentJvm.Builder builder =
        AgentJvm.builder()
            .exportTo(receiver)
            // What is asserted does not depend on it, and it starts faster.
            .jvmOption("-XX:TieredStopAtLevel=1")
            .jvmOption("-XX:+UseSerialGC")
            .classpathOf(
                TelemetryWorkload.class, OpenTelemetry.class, Context.class, ComponentLoader.class);
    settings.accept(builder);
    builder.main(TelemetryWorkload.class.getName(), arguments.toArray(String[]::new));
    try (AgentJvm jvm = builder.start()) {
      try {
        jvm.awaitLine(line -> line.equals("called"), TIMEOUT);
        receiver.awaitSpans(complete, Duration.ofSeconds(20));
      } finally {
        signals.set(TelemetryWorkload.FINISH);
        jvm.waitForSuccess(TIMEOUT);
      }
      String output = jvm.stdout() + "\n" + jvm.stderr();
      if (output.contains("failed: ")) {
        throw new IllegalStateException(output);
      }
      return output;
    }
  }

  /**
   * As {@link #run} with the {@link SmokeWorkload}, which also runs on Java 11 and knows only some
   * of the cases. What the application got is in its output, on lines that begin with {@link
   * SmokeWorkload#GOT}.
   */
  public String smoke(
      Collection<TelemetryCase> cases,
      Predicate<List<SpanRecord>> complete,
      Consumer<AgentJvm.Builder> settings)
      throws Exception {
    receiver.reset();
    http1.reset();
    signals.reset();
    List<String> arguments = new ArrayList<>();
    arguments.add(http1.url());
    cases.forEach(telemetryCase -> arguments.add(telemetryCase.id()));
    AgentJvm.Builder builder =
        AgentJvm.builder()
            .exportTo(receiver)
            .jvmOption("-XX:TieredStopAtLevel=1")
            .jvmOption("-XX:+UseSerialGC")
            .classpathOf(
                SmokeWorkload.class, OpenTelemetry.class, Context.class, ComponentLoader.class);
    settings.accept(builder);
    builder.main(SmokeWorkload.class.getName(), arguments.toArray(String[]::new));
    try (AgentJvm jvm = builder.start()) {
      jvm.awaitLine(line -> line.equals("called"), TIMEOUT);
      receiver.awaitSpans(complete, Duration.ofSeconds(20));
      jvm.writeLine("end");
      jvm.waitForSuccess(TIMEOUT);
      return jvm.stdout() + "\n" + jvm.stderr();
    }
  }

  public OtlpReceiver receiver() {
    return receiver;
  }

  /** What reached the servers for a case, in order of arrival. */
  public List<ReceivedRequest> requests(TelemetryCase telemetryCase) {
    List<ReceivedRequest> requests = new ArrayList<>(http1.requests());
    requests.addAll(http2.requests());
    return requests.stream()
        .filter(request -> request.path().startsWith("/" + telemetryCase.id() + "/"))
        .toList();
  }

  @Override
  public void close() throws Exception {
    receiver.close();
    http1.close();
    http2.close();
    signals.close();
  }
}
