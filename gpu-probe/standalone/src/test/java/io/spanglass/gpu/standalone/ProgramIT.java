/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.gpu.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.metrics.v1.Metric;
import io.opentelemetry.proto.metrics.v1.NumberDataPoint;
import io.opentelemetry.proto.metrics.v1.ResourceMetrics;
import io.opentelemetry.proto.metrics.v1.Sum;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The runnable jar as a user runs it. */
@Timeout(60)
class ProgramIT {
  private static final Path JAR = Path.of(System.getProperty("program.jar", ""));
  private static final Path GOLDEN = Path.of("src/test/resources/otlp-demo.txt");

  private record Result(int status, String out, String err) {}

  private static ProcessBuilder program(String... args) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-jar", JAR.toString()));
    command.addAll(List.of(args));
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().put("LD_LIBRARY_PATH", "/nonexistent");
    return builder;
  }

  private static Result run(String... args) throws IOException, InterruptedException {
    Path err = Files.createTempFile("gpu", ".err");
    Process process = program(args).redirectError(err.toFile()).start();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    int status = process.waitFor();
    String errors = Files.readString(err);
    Files.delete(err);
    return new Result(status, out, errors);
  }

  @Test
  void printsATableOfTheDemo() throws Exception {
    Result result = run("--once", "--demo");
    assertThat(result.status()).as(result.err()).isZero();
    assertThat(result.err()).isEmpty();
    assertThat(result.out().lines().toList())
        .hasSize(9)
        .satisfies(lines -> assertThat(lines.get(0)).startsWith("GPU ").endsWith("MEM BW"))
        .satisfies(
            lines ->
                assertThat(lines.get(1))
                    .matches(
                        "GPU 0 +H100 80GB HBM3 +ok +\\d+ % +[\\d.]+/79.6 +\\d+ °C"
                            + " +\\d+/700 +\\d+ +\\d+ % +\\d+ %"))
        .satisfies(lines -> assertThat(lines.get(5)).matches("GPU 3 MIG 0 +3g.40gb .*"));
  }

  @Test
  void listsEveryMetricOnRequest() throws Exception {
    Result result = run("--once", "--all", "--demo=b200");
    assertThat(result.status()).isZero();
    assertThat(result.out())
        .contains("\nhw.gpu.utilization [1]\n")
        .contains("\nnvidia.gpu.nvlink.io [By]\n")
        .containsPattern("GPU 7  hw.state=ok  1\n");
  }

  @Test
  void saysWhenThereIsNoGpu() throws Exception {
    Result result = run("--once");
    assertThat(result.status()).isEqualTo(1);
    assertThat(result.out()).isEqualTo("No GPU can be read (library_missing).\n");
    assertThat(result.err()).contains("libnvidia-ml.so.1 is not on this machine");
    assertThat(result.err().lines()).hasSize(1);
  }

  @Test
  void saysWhatIsWrongWithTheUsage() throws Exception {
    Result result = run("--demo=gtx");
    assertThat(result.status()).isEqualTo(2);
    assertThat(result.err()).contains("unknown demo fleet \"gtx\"; known: h100").hasLineCount(1);
  }

  @Test
  void sendsTheMetricsOverOtlp() throws Exception {
    BlockingQueue<ExportMetricsServiceRequest> received = new LinkedBlockingQueue<>();
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          try (InputStream body = exchange.getRequestBody()) {
            if (exchange.getRequestURI().getPath().equals("/v1/metrics")) {
              received.add(ExportMetricsServiceRequest.parseFrom(body));
            }
          }
          exchange.sendResponseHeaders(200, -1);
          exchange.close();
        });
    server.start();
    ProcessBuilder builder = program("--demo", "--interval=200");
    Map<String, String> environment = builder.environment();
    environment.put(
        "OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:" + server.getAddress().getPort());
    environment.put("OTEL_METRIC_EXPORT_INTERVAL", "1000");
    environment.put("OTEL_RESOURCE_ATTRIBUTES", "team=search,deployment.environment.name=prod");
    environment.put("K8S_NODE_NAME", "node-7");
    Process process = builder.redirectErrorStream(true).start();
    try {
      received.take(); // the first may come before the second reading
      ExportMetricsServiceRequest request = received.take();
      assertThat(request.getResourceMetricsCount()).isEqualTo(1);
      ResourceMetrics metrics = request.getResourceMetrics(0);
      assertThat(attributes(metrics.getResource().getAttributesList()))
          .containsEntry("service.name", "spanglass-gpu-probe")
          .containsEntry("team", "search")
          .containsEntry("deployment.environment.name", "prod")
          .containsEntry("service.instance.id", "node-7")
          .containsEntry("k8s.node.name", "node-7");

      TreeSet<String> lines = new TreeSet<>();
      Map<String, List<NumberDataPoint>> points = new HashMap<>();
      metrics
          .getScopeMetricsList()
          .forEach(
              scope -> {
                if (scope.getScope().getName().equals("io.spanglass.gpu")) {
                  for (Metric metric : scope.getMetricsList()) {
                    lines.add(
                        metric.getName() + " " + kind(metric) + " [" + metric.getUnit() + "]");
                    points.put(metric.getName(), numbers(metric));
                  }
                }
              });
      String list = String.join("\n", lines) + "\n";
      if (System.getProperty("golden.update") != null) {
        Files.writeString(GOLDEN, list);
      }
      assertThat(list).isEqualTo(Files.readString(GOLDEN));

      List<NumberDataPoint> busy = points.get("hw.gpu.utilization");
      assertThat(busy)
          .as("the first GPU's")
          .anySatisfy(
              point -> {
                assertThat(attributes(point.getAttributesList()))
                    .containsEntry("hw.gpu.task", "general")
                    .containsEntry("hw.model", "NVIDIA H100 80GB HBM3");
                assertThat(point.getAsDouble()).isBetween(0.1, 1.0);
              });
      assertThat(points.get("hw.energy"))
          .allSatisfy(point -> assertThat(point.getAsDouble()).isBetween(0.0, 10_000.0));

      received.clear();
      process.destroy(); // SIGTERM
      assertThat(process.waitFor(15, TimeUnit.SECONDS)).isTrue();
      assertThat(process.exitValue()).isEqualTo(128 + 15);
      assertThat(received).as("the last readings are sent on the way out").isNotEmpty();
    } finally {
      process.destroyForcibly();
      server.stop(0);
    }
  }

  private static String kind(Metric metric) {
    return switch (metric.getDataCase()) {
      case GAUGE -> "gauge";
      case SUM -> kind(metric.getSum());
      case HISTOGRAM -> "histogram";
      default -> metric.getDataCase().name();
    };
  }

  private static String kind(Sum sum) {
    return sum.getIsMonotonic() ? "counter" : "updowncounter";
  }

  private static List<NumberDataPoint> numbers(Metric metric) {
    return metric.hasGauge()
        ? metric.getGauge().getDataPointsList()
        : metric.getSum().getDataPointsList();
  }

  private static Map<String, String> attributes(List<KeyValue> list) {
    return list.stream()
        .collect(
            Collectors.toMap(
                KeyValue::getKey, attribute -> attribute.getValue().getStringValue(), (a, b) -> b));
  }
}
