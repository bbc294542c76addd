/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.gpu.standalone;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.common.AttributesBuilder;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.autoconfigure.AutoConfiguredOpenTelemetrySdk;
import io.opentelemetry.sdk.metrics.SdkMeterProvider;
import io.opentelemetry.sdk.resources.Resource;
import io.spanglass.gpu.GpuProbe;
import io.spanglass.gpu.GpuProbeBuilder;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The entry point; {@code --help} tells the options. */
public final class Main {
  private static final AttributeKey<String> INSTANCE =
      AttributeKey.stringKey("service.instance.id");
  private static final Duration ONCE_INTERVAL = Duration.ofMillis(250);
  private static final Duration WATCH_INTERVAL = Duration.ofSeconds(2);
  private static final long ONCE_LIMIT_NANOS = TimeUnit.SECONDS.toNanos(15);

  /** The activity ratios compare two readings. */
  private static final int ONCE_READINGS = 2;

  private Main() {}

  public static void main(String[] args) throws Exception {
    if (System.getProperty("java.util.logging.SimpleFormatter.format") == null) {
      System.setProperty("java.util.logging.SimpleFormatter.format", "%1$tFT%1$tT %4$s %5$s%6$s%n");
    }
    CommandLine line;
    try {
      line = CommandLine.parse(args);
    } catch (IllegalArgumentException e) {
      usage(e);
      return;
    }
    switch (line.mode()) {
      case HELP -> System.out.print(CommandLine.HELP);
      case VERSION -> {
        String version = Main.class.getPackage().getImplementationVersion();
        System.out.println("spanglass-gpu-probe " + (version == null ? "unknown" : version));
      }
      case ONCE, WATCH -> {
        try {
          System.exit(show(line, System.out));
        } catch (IllegalArgumentException e) {
          usage(e);
        }
      }
      case EXPORT -> {
        try {
          export(line);
        } catch (IllegalArgumentException e) {
          usage(e);
        }
      }
    }
  }

  private static void usage(IllegalArgumentException e) {
    System.err.println("spanglass-gpu-probe: " + e.getMessage() + " (try --help)");
    System.exit(2);
  }

  private static int show(CommandLine line, PrintStream out) throws InterruptedException {
    PullReader reader = new PullReader();
    SdkMeterProvider meters = SdkMeterProvider.builder().registerMetricReader(reader).build();
    OpenTelemetrySdk sdk = OpenTelemetrySdk.builder().setMeterProvider(meters).build();
    boolean once = line.mode() == CommandLine.Mode.ONCE;
    Duration interval = line.interval();
    if (interval == null) {
      interval = once ? ONCE_INTERVAL : WATCH_INTERVAL;
    }
    GpuProbe probe = configure(line, GpuProbe.builder(sdk), interval).install();
    long deadline = System.nanoTime() + ONCE_LIMIT_NANOS;
    Table table = new Table(reader.collect());
    while (!(probe.cycles() >= ONCE_READINGS && table.settled()) && System.nanoTime() < deadline) {
      TimeUnit.MILLISECONDS.sleep(20);
      if (probe.cycles() > 0) {
        table = new Table(reader.collect());
        if (once && table.nothingToRead()) {
          break;
        }
      }
    }
    table = new Table(reader.collect());
    boolean terminal = isTerminal();
    if (!once && terminal) {
      out.print("\033[2J"); // what was there before is not mixed with the table
    }
    while (!once) {
      out.print(frame(table.render(line.all()), interval, terminal));
      out.flush();
      TimeUnit.MILLISECONDS.sleep(interval.toMillis());
      table = new Table(reader.collect());
    }
    out.print(table.render(line.all()));
    // Not closed: the process ends now, and the kernel gives the driver back without a wait.
    return table.isEmpty() ? 1 : 0;
  }

  /** Whether a person looks on; {@code System.console()} no longer tells since Java 22. */
  private static boolean isTerminal() {
    try {
      String file = Files.readSymbolicLink(Path.of("/proc/self/fd/1")).toString();
      return file.startsWith("/dev/pts/") || file.startsWith("/dev/tty");
    } catch (IOException | UnsupportedOperationException e) {
      return false;
    }
  }

  /**
   * One picture of {@code --watch}. In a terminal it is drawn over the one before, line by line, so
   * that nothing flickers; in a file or pipe it follows it.
   */
  static String frame(String table, Duration interval, boolean terminal) {
    String title =
        "spanglass-gpu-probe  "
            + LocalTime.now(ZoneId.systemDefault()).truncatedTo(ChronoUnit.SECONDS)
            + "  every "
            + interval.toMillis() / 1000.0
            + " s, Ctrl-C ends\n\n";
    String text = title + table;
    return terminal ? "\033[H" + text.replace("\n", "\033[K\n") + "\033[J" : text + "\n";
  }

  private static void export(CommandLine line) throws InterruptedException {
    AutoConfiguredOpenTelemetrySdk configured =
        AutoConfiguredOpenTelemetrySdk.builder()
            .addPropertiesSupplier(
                () ->
                    Map.of(
                        "otel.service.name", "spanglass-gpu-probe",
                        "otel.exporter.otlp.protocol", "http/protobuf",
                        "otel.traces.exporter", "none",
                        // The other mode loses series for an export when some end (SDK 1.62).
                        "otel.java.exporter.memory_mode", "immutable_data",
                        "otel.metric.export.interval", "10000"))
            .addResourceCustomizer((resource, config) -> describeHost(resource, System.getenv()))
            .disableShutdownHook()
            .build();
    OpenTelemetrySdk sdk = configured.getOpenTelemetrySdk();
    Duration interval = line.interval() == null ? Duration.ofSeconds(10) : line.interval();
    GpuProbe probe = configure(line, GpuProbe.builder(sdk), interval).install();
    CountDownLatch stop = new CountDownLatch(1);
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  // The last readings leave first; then the driver is given back. Both are bounded.
                  var flushed = sdk.getSdkMeterProvider().forceFlush().join(5, TimeUnit.SECONDS);
                  if (!flushed.isSuccess()) {
                    System.err.println("the last metrics could not be sent");
                  }
                  probe.close();
                  sdk.shutdown().join(5, TimeUnit.SECONDS);
                  stop.countDown();
                },
                "spanglass-gpu-shutdown"));
    System.err.println("spanglass-gpu-probe: running; stop with Ctrl-C");
    stop.await();
  }

  private static GpuProbeBuilder configure(
      CommandLine line, GpuProbeBuilder builder, Duration interval) {
    builder.configure(Main::setting).setInterval(interval).addExtras(line.extras());
    if (line.demo() != null) {
      builder.setDemo(line.demo());
    }
    if (line.podResources() != null) {
      builder.setPodResources(line.podResources());
    }
    if (line.library() != null) {
      builder.setLibrary(line.library());
    }
    return builder;
  }

  /** A setting from the system properties or, in capitals with underscores, the environment. */
  private static @Nullable String setting(String name) {
    String value = System.getProperty(name);
    return value != null
        ? value
        : System.getenv(name.toUpperCase(Locale.ROOT).replace('.', '_').replace('-', '_'));
  }

  /**
   * Adds the Kubernetes node, or else the host's name, and an instance by it, without which the
   * probes of all nodes are one in a back end. What {@code OTEL_RESOURCE_ATTRIBUTES} says stands.
   */
  static Resource describeHost(Resource resource, Map<String, String> environment) {
    AttributeKey<String> nodeName = AttributeKey.stringKey("k8s.node.name");
    AttributeKey<String> hostName = AttributeKey.stringKey("host.name");
    AttributesBuilder added = Attributes.builder();
    String node = resource.getAttribute(nodeName);
    if (node == null) {
      node = environment.get("K8S_NODE_NAME");
      if (node != null && !node.isEmpty()) {
        added.put(nodeName, node);
      } else {
        node = null;
      }
    }
    String host = resource.getAttribute(hostName);
    // In a pod the host name is the pod's.
    if (node == null && host == null && !environment.containsKey("KUBERNETES_SERVICE_HOST")) {
      try {
        host = Files.readString(Path.of("/proc/sys/kernel/hostname")).trim();
        added.put(hostName, host);
      } catch (IOException e) {
        host = null; // not Linux
      }
    }
    if (resource.getAttribute(INSTANCE) == null) {
      String name = node != null ? node : host;
      String cluster = resource.getAttribute(AttributeKey.stringKey("k8s.cluster.name"));
      added.put(
          INSTANCE,
          name == null
              ? UUID.randomUUID().toString()
              : cluster == null ? name : cluster + "/" + name);
    }
    return resource.merge(Resource.create(added.build()));
  }
}
