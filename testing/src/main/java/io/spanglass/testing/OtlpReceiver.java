/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.testing;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import java.util.zip.GZIPInputStream;

/**
 * An OTLP/HTTP receiver on the loopback interface: protobuf, compressed with gzip or not, as
 * defined in <a
 * href="https://opentelemetry.io/docs/specs/otlp/#otlphttp">https://opentelemetry.io/docs/specs/otlp/#otlphttp</a>.
 * It keeps everything that arrives in the order of arrival. Safe for use by several threads.
 */
public final class OtlpReceiver implements AutoCloseable {

  /** Sees every request as it arrived, before its content can be read from the receiver. */
  @FunctionalInterface
  public interface Listener {

    /**
     * Called on a thread of the receiver. What it throws is answered to the sender: an {@link
     * IOException} with status 503, so that it sends the request again.
     *
     * @param path {@code /v1/traces}, {@code /v1/metrics} or {@code /v1/logs}
     * @param body the protobuf message, decompressed; owned by the receiver
     */
    void onRequest(String path, byte[] body) throws IOException;
  }

  private final HttpServer server;
  private final ExecutorService executor;
  private final List<Listener> listeners = new CopyOnWriteArrayList<>();

  private final Object lock = new Object();
  private final List<SpanRecord> spans = new ArrayList<>();
  private final List<MetricRecord> metrics = new ArrayList<>();
  private final List<LogRecord> logs = new ArrayList<>();

  private OtlpReceiver(HttpServer server) {
    this.server = server;
    this.executor =
        Executors.newCachedThreadPool(
            task -> {
              Thread thread = new Thread(task, "otlp-receiver");
              thread.setDaemon(true);
              return thread;
            });
  }

  /** Starts a receiver on a free port of the loopback interface. */
  public static OtlpReceiver start() throws IOException {
    return start(0);
  }

  /** Starts a receiver on the given port of the loopback interface, 0 for any that is free. */
  public static OtlpReceiver start(int port) throws IOException {
    InetAddress loopback = InetAddress.getByAddress(new byte[] {127, 0, 0, 1});
    HttpServer server = HttpServer.create(new InetSocketAddress(loopback, port), 0);
    OtlpReceiver receiver = new OtlpReceiver(server);
    server.createContext("/", receiver::handle);
    server.setExecutor(receiver.executor);
    server.start();
    return receiver;
  }

  /** The base address, for {@code otel.exporter.otlp.endpoint}: {@code http://127.0.0.1:port}. */
  public String endpoint() {
    return "http://127.0.0.1:" + server.getAddress().getPort();
  }

  /** Adds a listener for the requests that arrive from now on. */
  public void addListener(Listener listener) {
    listeners.add(listener);
  }

  /** All spans since the start or the last {@link #reset()}, in order of arrival. */
  public List<SpanRecord> spans() {
    synchronized (lock) {
      return List.copyOf(spans);
    }
  }

  /** The spans of one instrumentation scope. */
  public List<SpanRecord> spans(String scopeName) {
    return spans().stream().filter(span -> span.scopeName().equals(scopeName)).toList();
  }

  /**
   * All data points since the start or the last {@link #reset()}, in order of arrival. A cumulative
   * metric is here once per export; {@link #latestMetrics()} has the last of each series.
   */
  public List<MetricRecord> metrics() {
    synchronized (lock) {
      return List.copyOf(metrics);
    }
  }

  /** The last data point of each series: same resource, scope, name and attributes. */
  public Collection<MetricRecord> latestMetrics() {
    Map<List<Object>, MetricRecord> latest = new LinkedHashMap<>();
    for (MetricRecord point : metrics()) {
      latest.put(
          List.of(point.resourceAttributes(), point.scopeName(), point.name(), point.attributes()),
          point);
    }
    return List.copyOf(latest.values());
  }

  /** The last data point of each series of the metric with this name. */
  public List<MetricRecord> latestMetrics(String name) {
    return latestMetrics().stream().filter(point -> point.name().equals(name)).toList();
  }

  /** All log records since the start or the last {@link #reset()}, in order of arrival. */
  public List<LogRecord> logs() {
    synchronized (lock) {
      return List.copyOf(logs);
    }
  }

  /**
   * Waits until the spans received so far satisfy the condition.
   *
   * @return the spans that satisfied it
   * @throws TimeoutException if they did not in time; the message lists what had arrived
   */
  public List<SpanRecord> awaitSpans(Predicate<List<SpanRecord>> condition, Duration timeout)
      throws InterruptedException, TimeoutException {
    awaitAny(timeout, () -> condition.test(spans()));
    return spans();
  }

  /**
   * Waits until the last data points of all series satisfy the condition.
   *
   * @throws TimeoutException if they did not in time
   */
  public Collection<MetricRecord> awaitMetrics(
      Predicate<Collection<MetricRecord>> condition, Duration timeout)
      throws InterruptedException, TimeoutException {
    awaitAny(timeout, () -> condition.test(latestMetrics()));
    return latestMetrics();
  }

  private void awaitAny(Duration timeout, BooleanSupplier condition)
      throws InterruptedException, TimeoutException {
    long deadline = System.nanoTime() + timeout.toNanos();
    synchronized (lock) {
      while (!condition.getAsBoolean()) {
        long left = deadline - System.nanoTime();
        if (left <= 0) {
          throw new TimeoutException(
              "not received within "
                  + timeout
                  + "; spans so far: "
                  + spans.stream().map(span -> span.scopeName() + " " + span.name()).toList()
                  + ", metrics: "
                  + latestMetrics().stream().map(MetricRecord::name).distinct().toList());
        }
        lock.wait(left / 1_000_000, (int) (left % 1_000_000));
      }
    }
  }

  /** Forgets what was received. */
  public void reset() {
    synchronized (lock) {
      spans.clear();
      metrics.clear();
      logs.clear();
    }
  }

  /** Stops listening; what was received can still be read. */
  @Override
  public void close() {
    server.stop(0);
    executor.shutdownNow();
  }

  private void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      String path = exchange.getRequestURI().getPath();
      byte[] body = body(exchange);
      int status;
      try {
        status = accept(path, body);
      } catch (IOException | RuntimeException e) {
        e.printStackTrace();
        status = 500;
      }
      exchange.getResponseHeaders().set("Content-Type", "application/x-protobuf");
      // An empty message of every response type is zero bytes long.
      exchange.sendResponseHeaders(status, -1);
    }
  }

  private static byte[] body(HttpExchange exchange) throws IOException {
    InputStream in = exchange.getRequestBody();
    if ("gzip".equalsIgnoreCase(exchange.getRequestHeaders().getFirst("Content-Encoding"))) {
      in = new GZIPInputStream(in);
    }
    return in.readAllBytes();
  }

  private int accept(String path, byte[] body) throws IOException {
    List<SpanRecord> newSpans = List.of();
    List<MetricRecord> newMetrics = List.of();
    List<LogRecord> newLogs = List.of();
    switch (path) {
      case "/v1/traces" -> newSpans = OtlpDecoder.spans(ExportTraceServiceRequest.parseFrom(body));
      case "/v1/metrics" ->
          newMetrics = OtlpDecoder.metrics(ExportMetricsServiceRequest.parseFrom(body));
      case "/v1/logs" -> newLogs = OtlpDecoder.logs(ExportLogsServiceRequest.parseFrom(body));
      default -> {
        return 404;
      }
    }
    try {
      for (Listener listener : listeners) {
        listener.onRequest(path, body);
      }
    } catch (IOException e) {
      return 503;
    }
    synchronized (lock) {
      spans.addAll(newSpans);
      metrics.addAll(newMetrics);
      logs.addAll(newLogs);
      lock.notifyAll();
    }
    return 200;
  }
}
