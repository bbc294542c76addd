/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.javaagent;

import static io.spanglass.javaagent.Extension.SCOPE;
import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.common.ComponentLoader;
import io.opentelemetry.context.Context;
import io.spanglass.testing.AgentJvm;
import io.spanglass.testing.OtlpReceiver;
import io.spanglass.testing.SpanRecord;
import io.spanglass.testing.jdk.StreamsWorkload;
import io.spanglass.testing.server.Framing;
import io.spanglass.testing.server.RawHttpServer;
import io.spanglass.testing.server.ReceivedRequest;
import io.spanglass.testing.server.Script;
import io.spanglass.testing.server.ServerExchange;
import io.spanglass.testing.server.Signals;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Many streams: how exact the time to first token is. */
class StreamsIT {

  /** Less than the shortest pause of the server before the first token. */
  private static final long CLOCK_TOLERANCE_NANOS = 4_000_000;

  private static final Duration TIMEOUT = Duration.ofMinutes(2);

  @Test
  void timeToFirstTokenFollowsTheServersClock() throws Exception {
    int warmUp = 50;
    int count = 250;
    Random random = new Random(3);
    Script script =
        exchange -> {
          exchange.readBody();
          exchange.head(200, Framing.CHUNKED, "Content-Type", "text/event-stream");
          exchange.data(chunk("{\"role\":\"assistant\",\"content\":\"\"}"));
          int millis;
          synchronized (random) {
            millis = 5 + random.nextInt(30);
          }
          exchange.sleep(millis);
          exchange.stamp("first token");
          exchange.data(chunk("{\"content\":\"Hi\"}"));
          for (int i = 0; i < 5; i++) {
            exchange.sleep(1);
            exchange.data(chunk("{\"content\":\" there\"}"));
          }
          end(exchange);
        };
    try (Streams streams = new Streams(script, count)) {
      streams.finish();

      Map<String, ReceivedRequest> requests = new HashMap<>();
      for (ReceivedRequest request : streams.server.requests()) {
        requests.put(request.path().split("/", -1)[1], request);
      }
      Map<String, Double> ours = timesToFirstToken(streams.receiver);
      assertThat(ours).hasSize(count);
      double[] errors = new double[count - warmUp];
      for (int i = warmUp; i < count; i++) {
        ReceivedRequest request = Objects.requireNonNull(requests.get("t" + i));
        long issued =
            Long.parseLong(Objects.requireNonNull(request.header(StreamsWorkload.ISSUED)));
        long written = Objects.requireNonNull(request.stampOf("first token")).nanoTime();
        errors[i - warmUp] =
            Objects.requireNonNull(ours.get("t" + i)) * 1e6 - (written - issued) / 1e3;
      }
      Arrays.sort(errors);
      System.out.printf(
          "time to first token, ours - server's, %d streams: p50 %.0f us, p99 %.0f us,"
              + " least %.0f us, most %.0f us%n",
          errors.length,
          errors[errors.length / 2],
          errors[(int) (errors.length * 0.99)],
          errors[0],
          errors[errors.length - 1]);
      // On the wall clock, that of the span's start: a token cannot be seen before it is written.
      // Neither the application's stamp plays a part here, nor what delays it before its call.
      long tooEarly =
          arrivals(streams.receiver).entrySet().stream()
              .filter(
                  arrival -> {
                    ReceivedRequest request =
                        Objects.requireNonNull(requests.get(arrival.getKey()));
                    return arrival.getValue()
                        < Objects.requireNonNull(request.stampOf("first token")).epochNanos()
                            - CLOCK_TOLERANCE_NANOS;
                  })
              .count();
      // A thread can lose the processor between the two clocks that a span's start reads.
      assertThat(tooEarly).isLessThanOrEqualTo(count / 50);
      // Sanity only: the way from the server takes some time, and our clock starts a little after
      // the application's.
      assertThat(errors[errors.length / 2]).isBetween(-2_000.0, 20_000.0);
    }
  }

  private static Map<String, Double> timesToFirstToken(OtlpReceiver receiver) {
    Map<String, String> applicationSpans = new HashMap<>();
    for (SpanRecord span : receiver.spans("app")) {
      applicationSpans.put(span.spanId(), span.name());
    }
    Map<String, Double> times = new HashMap<>();
    for (SpanRecord span : receiver.spans(SCOPE)) {
      times.put(
          Objects.requireNonNull(applicationSpans.get(span.parentSpanId())),
          (Double) Objects.requireNonNull(span.attributes().get("spanglass.time_to_first_token")));
    }
    return times;
  }

  /** When the first token was there, nanoseconds since the epoch. */
  private static Map<String, Long> arrivals(OtlpReceiver receiver) {
    Map<String, String> applicationSpans = new HashMap<>();
    for (SpanRecord span : receiver.spans("app")) {
      applicationSpans.put(span.spanId(), span.name());
    }
    Map<String, Long> arrivals = new HashMap<>();
    for (SpanRecord span : receiver.spans(SCOPE)) {
      double seconds =
          (Double) Objects.requireNonNull(span.attributes().get("spanglass.time_to_first_token"));
      arrivals.put(
          Objects.requireNonNull(applicationSpans.get(span.parentSpanId())),
          span.startNanos() + (long) (seconds * 1e9));
    }
    return arrivals;
  }

  private static byte[] chunk(String delta) {
    return ("data: {\"id\":\"c\",\"model\":\"gpt-4o-mini\",\"choices\":[{\"index\":0,\"delta\":"
            + delta
            + ",\"finish_reason\":null}]}\n\n")
        .getBytes(StandardCharsets.UTF_8);
  }

  private static void end(ServerExchange exchange) throws Exception {
    exchange.data("data: [DONE]\n\n".getBytes(StandardCharsets.UTF_8));
    exchange.end();
  }

  /** The program after it made its calls. */
  private static final class Streams implements AutoCloseable {

    final RawHttpServer server;
    final OtlpReceiver receiver;
    private final Signals signals;
    private final AgentJvm jvm;

    Streams(Script script, int count) throws Exception {
      server = RawHttpServer.start(request -> script);
      receiver = OtlpReceiver.start();
      signals = Signals.start();
      jvm =
          AgentJvm.builder()
              .exportTo(receiver)
              .extension(Extension.jar())
              .classpathOf(
                  StreamsWorkload.class, OpenTelemetry.class, Context.class, ComponentLoader.class)
              .main(
                  StreamsWorkload.class.getName(),
                  server.url(),
                  Integer.toString(signals.port()),
                  Integer.toString(count))
              .start();
      jvm.awaitLine(line -> line.equals("called"), TIMEOUT);
    }

    void finish() throws Exception {
      signals.set(StreamsWorkload.FINISH);
      jvm.waitForSuccess(TIMEOUT);
    }

    @Override
    public void close() throws Exception {
      jvm.close();
      signals.close();
      receiver.close();
      server.close();
    }
  }
}
