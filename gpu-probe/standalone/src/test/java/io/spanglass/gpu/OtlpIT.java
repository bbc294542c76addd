/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.gpu;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.metrics.v1.AggregationTemporality;
import io.opentelemetry.proto.metrics.v1.Metric;
import io.opentelemetry.proto.metrics.v1.NumberDataPoint;
import io.opentelemetry.proto.metrics.v1.ResourceMetrics;
import io.opentelemetry.proto.metrics.v1.ScopeMetrics;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * What the program sends over OTLP in each scenario of the fake driver: every series with its kind,
 * unit, number type and value, as decoded by OpenTelemetry's own protobuf classes, against a
 * committed list and the conventions' table. With {@code -Dgolden.update} the lists are written.
 */
@Timeout(120)
class OtlpIT {
  private static final Path JAR = Path.of(System.getProperty("program.jar", ""));
  private static final Path GOLDEN = Path.of("src/test/resources/otlp");
  private static final String GPU = "GPU-00000000-0000-0000-0000-00000000000";
  private static final String MIG = "MIG-00000000-0000-0000-0000-";

  @TempDir static Path folder;
  private static FakeDriver driver;

  private final BlockingQueue<ExportMetricsServiceRequest> received = new LinkedBlockingQueue<>();
  private HttpServer server;

  @BeforeAll
  static void build() throws Exception {
    driver = FakeDriver.build(folder);
  }

  @BeforeEach
  void listen() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/v1/metrics",
        exchange -> {
          try (InputStream body = exchange.getRequestBody()) {
            received.add(ExportMetricsServiceRequest.parseFrom(body));
          }
          exchange.sendResponseHeaders(200, -1);
          exchange.close();
        });
    server.start();
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  private Process program(Path script, Path library, String... options) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-jar", JAR.toString()));
    command.add("--interval=300");
    command.addAll(Arrays.asList(options));
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD);
    var environment = builder.environment();
    environment.keySet().removeIf(name -> name.startsWith("OTEL_"));
    environment.put("LD_LIBRARY_PATH", library.toString());
    environment.put("FAKE_NVML_SCRIPT", script.toString());
    environment.put(
        "OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:" + server.getAddress().getPort());
    environment.put("OTEL_METRIC_EXPORT_INTERVAL", "1500");
    environment.put("OTEL_RESOURCE_ATTRIBUTES", "team=search,deployment.environment.name=prod");
    environment.put("K8S_NODE_NAME", "node-7");
    return builder.start();
  }

  /**
   * The second request from now on: the first may have been under way. A later one while the
   * snapshot is too old, because the collector of a busy machine got no turn.
   */
  private List<String> next() throws InterruptedException {
    received.clear();
    received.take();
    while (true) {
      List<String> lines = lines(received.take());
      boolean ok = lines.stream().anyMatch(line -> line.endsWith("probe.state=ok} = 1"));
      if (!ok || lines.stream().anyMatch(line -> line.startsWith("hw."))) {
        return lines;
      }
    }
  }

  /** The first request from now on that has this text in a line. */
  private List<String> nextWith(String text) throws InterruptedException {
    received.clear();
    while (true) {
      List<String> lines = lines(received.take());
      if (lines.stream().anyMatch(line -> line.contains(text))) {
        return lines;
      }
    }
  }

  /** The series of GPU 0 that are there in every reading. */
  private static List<String> steady(List<String> lines) {
    return lines.stream()
        .filter(line -> line.contains("hw.id=" + GPU + "0"))
        .filter(line -> line.matches("(hw.errors|nvidia.gpu.(clock|power|recovery|pcie)).*"))
        .map(line -> line.substring(0, line.lastIndexOf(" = ")))
        .toList();
  }

  private void scenario(String name, String[] options, String... script) throws Exception {
    Path file = driver.script(name, script);
    Process process = program(file, folder, options);
    try {
      received.take();
      assertGolden(name, next());
    } finally {
      process.destroyForcibly().waitFor();
    }
  }

  /** Compares, and holds every line against the conventions. */
  private static void assertGolden(String name, List<String> lines) throws IOException {
    Path file = GOLDEN.resolve(name + ".txt");
    if (System.getProperty("golden.update") != null) {
      Files.createDirectories(GOLDEN);
      Files.writeString(file, String.join("\n", lines) + "\n");
    }
    assertThat(String.join("\n", lines) + "\n").isEqualTo(Files.readString(file));
    Conventions.check(
        lines.stream()
            .filter(line -> !line.startsWith("resource ") && !line.startsWith("scope "))
            .map(line -> line.replace(" cumulative", ""))
            .toList());
  }

  @Test
  void everything() throws Exception {
    String[] options = {
      "--extras=serial,pci,process,bar1,confidential,fan-rpm,vgpu-license,power-smoothing"
    };
    scenario("everything", options, "gpus=2", "c2c=3", "smoothing=1", "licensed=2");
  }

  @Test
  void mig() throws Exception {
    scenario("mig", new String[0], "gpus=1", "mig=2");
  }

  @Test
  void blankValues() throws Exception {
    scenario("blank", new String[0], "gpus=1", "blank=1");
  }

  @Test
  void virtualGpu() throws Exception {
    scenario("vgpu", new String[0], "gpus=1", "vgpu=1");
  }

  @Test
  void unifiedMemory() throws Exception {
    scenario("unified", new String[0], "gpus=1", "unified=1");
  }

  @Test
  void noDevices() throws Exception {
    scenario("no-devices", new String[0], "gpus=0");
  }

  @Test
  void noLibrary() throws Exception {
    Process process = program(driver.script("none", "gpus=1"), Path.of("/nonexistent"));
    try {
      received.take();
      assertGolden("no-library", next());
    } finally {
      process.destroyForcibly().waitFor();
    }
  }

  @Test
  void aGpuIsLost() throws Exception {
    Path script = driver.script("losing", "gpus=2");
    Path lost = driver.script("losing.new", "gpus=2", "lost=1");
    Process process = program(script, folder);
    try {
      List<String> before = nextWith(GPU + "1"); // seen before it is lost
      Files.move(lost, script, StandardCopyOption.ATOMIC_MOVE);
      List<String> after = nextWith("hw.state=failed, hw.type=gpu, hw.vendor=NVIDIA} = 1");
      assertThat(steady(after))
          .as("the other GPU's series in the very export in which some end")
          .isEqualTo(steady(before))
          .hasSizeGreaterThan(40);
      assertGolden("lost", next());
    } finally {
      process.destroyForcibly().waitFor();
    }
  }

  @Test
  void podsOnANode() throws Exception {
    Path socket = folder.resolve("kubelet.sock");
    var allocated =
        FakeKubelet.pods(
            FakeKubelet.pod("search", "llm-0", "nvidia.com/gpu", GPU + "1"),
            FakeKubelet.pod("batch", "embed", "nvidia.com/mig-1g.10gb", MIG + "000000000007"),
            FakeKubelet.pod("dev", "a", "nvidia.com/gpu.shared", GPU + "2::0", GPU + "2::1"),
            FakeKubelet.pod("dev", "b", "nvidia.com/gpu.shared", GPU + "2::2"));
    try (FakeKubelet kubelet = FakeKubelet.start(socket, allocated)) {
      String[] options = {"--pod-resources=" + socket};
      scenario("pods", options, "gpus=3", "mig=2");
      assertThat(kubelet.calls.get()).isPositive();
    }
  }

  // ---- OTLP as text

  private static List<String> lines(ExportMetricsServiceRequest request) {
    TreeSet<String> lines = new TreeSet<>();
    for (ResourceMetrics metrics : request.getResourceMetricsList()) {
      lines.add(
          "resource {" + attributes(metrics.getResource().getAttributesList(), "telemetry.") + "}");
      for (ScopeMetrics scope : metrics.getScopeMetricsList()) {
        if (scope.getScope().getName().startsWith("io.opentelemetry.")) {
          continue; // the SDK about itself
        }
        lines.add("scope " + scope.getScope().getName());
        scope.getMetricsList().forEach(metric -> lines.addAll(lines(metric)));
      }
    }
    return List.copyOf(lines);
  }

  private static List<String> lines(Metric metric) {
    String kind =
        switch (metric.getDataCase()) {
          case GAUGE -> "gauge";
          case SUM ->
              (metric.getSum().getIsMonotonic() ? "counter" : "updowncounter")
                  + temporality(metric.getSum().getAggregationTemporality());
          case HISTOGRAM ->
              "histogram" + temporality(metric.getHistogram().getAggregationTemporality());
          default -> metric.getDataCase().name();
        };
    String head = metric.getName() + " " + kind + " [" + metric.getUnit() + "]";
    if (metric.hasHistogram()) {
      return metric.getHistogram().getDataPointsList().stream()
          .map(point -> head + " {" + attributes(point.getAttributesList(), null) + "}")
          .toList();
    }
    Stream<NumberDataPoint> points =
        (metric.hasSum()
                ? metric.getSum().getDataPointsList()
                : metric.getGauge().getDataPointsList())
            .stream();
    return points
        .map(
            point -> {
              String attributes = attributes(point.getAttributesList(), null);
              String value =
                  point.hasAsInt()
                      ? String.valueOf(point.getAsInt())
                      : String.valueOf(point.getAsDouble());
              // Bytes integrated from a rate, and how often a lost GPU was asked, depend on time.
              boolean timed =
                  metric.getName().equals("nvidia.gpu.probe.errors")
                      || (metric.getName().equals("hw.gpu.io") && !value.equals("0"));
              return head
                  + (point.hasAsInt() ? " int {" : " double {")
                  + attributes.replaceAll("process.pid=\\d+", "process.pid=PID")
                  + "} = "
                  + (timed ? "N" : value);
            })
        .toList();
  }

  private static String temporality(AggregationTemporality temporality) {
    return temporality == AggregationTemporality.AGGREGATION_TEMPORALITY_CUMULATIVE
        ? " cumulative"
        : " " + temporality;
  }

  private static String attributes(List<KeyValue> attributes, @Nullable String without) {
    return attributes.stream()
        .filter(attribute -> without == null || !attribute.getKey().startsWith(without))
        .map(attribute -> attribute.getKey() + "=" + value(attribute.getValue()))
        .sorted()
        .collect(Collectors.joining(", "));
  }

  private static String value(AnyValue value) {
    return value.hasIntValue() ? String.valueOf(value.getIntValue()) : value.getStringValue();
  }
}
