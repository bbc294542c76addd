/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.testing;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.spanglass.testing.AgentJvm.Mode;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The receiver and the forked JVM together, with the agent alone. */
class AgentJvmTest {

  private static final Duration TIMEOUT = Duration.ofSeconds(60);

  /** The program in the forked JVM: one GET. */
  public static final class Program {
    public static void main(String[] args) throws Exception {
      var response =
          HttpClient.newHttpClient()
              .send(HttpRequest.newBuilder(URI.create(args[0])).build(), BodyHandlers.ofString());
      System.out.println("body " + response.body());
    }
  }

  @ParameterizedTest
  @EnumSource(Mode.class)
  void agentExportsToTheReceiver(Mode mode) throws Exception {
    List<String> traceparents = new CopyOnWriteArrayList<>();
    HttpServer server = startServer(traceparents);
    String url = "http://127.0.0.1:" + server.getAddress().getPort() + "/hello";
    List<String> raw = new CopyOnWriteArrayList<>();
    try (OtlpReceiver receiver = OtlpReceiver.start();
        AgentJvm jvm =
            AgentJvm.builder()
                .mode(mode)
                .exportTo(receiver)
                .jvmOption("-XX:TieredStopAtLevel=1")
                .serviceName("harness-" + mode)
                .main(Program.class.getName(), url)
                .start()) {
      receiver.addListener((path, body) -> raw.add(path));
      jvm.waitForSuccess(TIMEOUT);

      assertThat(jvm.stdout()).contains("body hi");
      List<SpanRecord> spans = receiver.awaitSpans(list -> !list.isEmpty(), TIMEOUT);
      assertThat(spans)
          .singleElement()
          .satisfies(
              span -> {
                assertThat(span.scopeName()).isEqualTo("io.opentelemetry.java-http-client");
                assertThat(span.scopeVersion()).isNotEmpty();
                assertThat(span.kind()).isEqualTo("CLIENT");
                assertThat(span.name()).isEqualTo("GET");
                assertThat(span.parentSpanId()).isEmpty();
                assertThat(span.endNanos()).isGreaterThan(span.startNanos());
                assertThat(span.attributes())
                    .containsEntry("url.full", url)
                    .containsEntry("http.response.status_code", 200L);
                assertThat(span.resourceAttributes())
                    .containsEntry("service.name", "harness-" + mode);
                assertThat(traceparents)
                    .singleElement()
                    .satisfies(
                        header ->
                            assertThat(header)
                                .startsWith("00-" + span.traceId() + "-" + span.spanId() + "-"));
              });
      assertThat(receiver.latestMetrics("http.client.request.duration"))
          .singleElement()
          .satisfies(
              point -> {
                assertThat(point.type()).isEqualTo("histogram");
                assertThat(point.unit()).isEqualTo("s");
                assertThat(point.temporality()).isEqualTo("CUMULATIVE");
                assertThat(point.count()).isEqualTo(1);
                assertThat(point.sum()).isPositive();
                assertThat(point.bucketCounts()).hasSize(point.bounds().size() + 1);
              });
      // An export has the exemplars since the one before it: those of all of them.
      assertThat(receiver.metrics())
          .filteredOn(point -> point.name().equals("http.client.request.duration"))
          .flatExtracting(point -> point.exemplars())
          .isNotEmpty()
          .allSatisfy(e -> assertThat(e.traceId()).isEqualTo(spans.get(0).traceId()));
      assertThat(raw).contains("/v1/traces", "/v1/metrics");
      receiver.reset();
      assertThat(receiver.spans()).isEmpty();
      assertThat(receiver.metrics()).isEmpty();
    } finally {
      server.stop(0);
    }
  }

  private static HttpServer startServer(List<String> traceparents) throws IOException {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/hello",
        exchange -> {
          traceparents.addAll(exchange.getRequestHeaders().getOrDefault("traceparent", List.of()));
          exchange.sendResponseHeaders(200, 2);
          try (OutputStream out = exchange.getResponseBody()) {
            out.write(new byte[] {'h', 'i'});
          }
        });
    server.start();
    return server;
  }
}
