/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.testing;

import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.common.ComponentLoader;
import io.opentelemetry.context.Context;
import io.spanglass.testing.server.Framing;
import io.spanglass.testing.server.RawHttpServer;
import io.spanglass.testing.server.ReceivedRequest;
import io.spanglass.testing.server.Script;
import io.spanglass.testing.smoke.SmokeWorkload;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Predicate;

/** Makes the calls of {@link SmokeCase} in a forked JVM and receives what that exports. */
public final class SmokeRun implements AutoCloseable {

  private static final Duration TIMEOUT = Duration.ofSeconds(90);

  private final OtlpReceiver receiver;
  private final RawHttpServer http1;

  /** Starts the server and the receiver. */
  public SmokeRun() throws Exception {
    receiver = OtlpReceiver.start();
    http1 = RawHttpServer.start(this::script);
  }

  private Script script(ReceivedRequest request) {
    for (SmokeCase smokeCase : SmokeCase.values()) {
      if (request.path().startsWith("/" + smokeCase.id() + "/")) {
        return smokeCase::play;
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
   * @return what the JVM wrote to its outputs; what the application got is on lines that begin with
   *     {@link SmokeWorkload#GOT}
   * @throws TimeoutException if the condition did not come to hold
   */
  public String run(
      Collection<SmokeCase> cases,
      Predicate<List<SpanRecord>> complete,
      Consumer<AgentJvm.Builder> settings)
      throws Exception {
    receiver.reset();
    http1.reset();
    List<String> arguments = new ArrayList<>();
    arguments.add(http1.url());
    cases.forEach(smokeCase -> arguments.add(smokeCase.id()));
    AgentJvm.Builder builder =
        AgentJvm.builder()
            .exportTo(receiver)
            // What is asserted does not depend on these, and it starts faster.
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

  /** What reached the server for a case, in order of arrival. */
  public List<ReceivedRequest> requests(SmokeCase smokeCase) {
    return http1.requests().stream()
        .filter(request -> request.path().startsWith("/" + smokeCase.id() + "/"))
        .toList();
  }

  @Override
  public void close() throws Exception {
    receiver.close();
    http1.close();
  }
}
