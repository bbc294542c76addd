/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.gpu;

import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.logs.SdkLoggerProvider;
import io.opentelemetry.sdk.logs.data.LogRecordData;
import io.opentelemetry.sdk.logs.export.SimpleLogRecordProcessor;
import io.opentelemetry.sdk.metrics.SdkMeterProvider;
import io.opentelemetry.sdk.testing.exporter.InMemoryLogRecordExporter;
import io.opentelemetry.sdk.testing.exporter.InMemoryMetricReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.time.Duration;
import java.util.Arrays;

/**
 * The program that the scenario tests run in a JVM of its own, against the fake driver. Arguments
 * are steps: {@code cycles=N} waits for N more readings, {@code script=PATH} replaces the fake's
 * script, {@code sleep=MS}, {@code print} prints all metrics, {@code logs} prints the log records,
 * {@code close} closes the probe, {@code threads} prints the probe's threads, {@code interval=MS}
 * and {@code extras=a,b} come first. Prints {@code done} last.
 */
final class Child {
  private Child() {}

  public static void main(String[] steps) throws Exception {
    InMemoryMetricReader reader = InMemoryMetricReader.create();
    InMemoryLogRecordExporter logs = InMemoryLogRecordExporter.create();
    OpenTelemetrySdk sdk =
        OpenTelemetrySdk.builder()
            .setMeterProvider(SdkMeterProvider.builder().registerMetricReader(reader).build())
            .setLoggerProvider(
                SdkLoggerProvider.builder()
                    .addLogRecordProcessor(SimpleLogRecordProcessor.create(logs))
                    .build())
            .build();
    GpuProbeBuilder builder =
        GpuProbe.builder(sdk).setInterval(Duration.ofMillis(300)).configure(System::getProperty);
    int next = 0;
    while (next < steps.length
        && (steps[next].startsWith("interval=") || steps[next].startsWith("extras="))) {
      String value = steps[next].substring(steps[next].indexOf('=') + 1);
      if (steps[next].startsWith("interval=")) {
        builder.setInterval(Duration.ofMillis(Long.parseLong(value)));
      } else {
        builder.addExtras(Arrays.asList(value.split(",", -1)));
      }
      next++;
    }
    GpuProbe probe = builder.install();
    for (; next < steps.length; next++) {
      String step = steps[next];
      String value = step.substring(step.indexOf('=') + 1);
      System.out.println("> " + step.replaceAll("=/.*/", "="));
      if (step.startsWith("cycles=")) {
        int goal = probe.cycles() + Integer.parseInt(value);
        long deadline = System.nanoTime() + Duration.ofSeconds(30).toNanos();
        while (probe.cycles() < goal) {
          if (System.nanoTime() > deadline) {
            System.out.println("no progress");
            Runtime.getRuntime().halt(3);
          }
          Thread.sleep(10);
        }
      } else if (step.startsWith("script=")) {
        Path script = Paths.get(System.getenv("FAKE_NVML_SCRIPT"));
        Path whole = script.resolveSibling(script.getFileName() + ".new");
        Files.copy(Paths.get(value), whole, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
        Files.move(whole, script, java.nio.file.StandardCopyOption.ATOMIC_MOVE);
      } else if (step.startsWith("sleep=")) {
        Thread.sleep(Long.parseLong(value));
      } else if (step.equals("print")) {
        System.out.print(settled(reader, probe));
      } else if (step.equals("logs")) {
        for (LogRecordData log : logs.getFinishedLogRecordItems()) {
          System.out.println(
              "log " + log.getSeverity() + " " + log.getBodyValue() + " " + log.getAttributes());
        }
      } else if (step.equals("close")) {
        probe.close();
      } else if (step.equals("threads")) {
        Thread.getAllStackTraces().keySet().stream()
            .filter(thread -> thread.getName().startsWith("spanglass-gpu"))
            .map(thread -> "thread " + thread.getName() + " daemon=" + thread.isDaemon())
            .sorted()
            .forEach(System.out::println);
      } else {
        throw new IllegalArgumentException(step);
      }
    }
    System.out.println("done");
    System.exit(0);
  }

  /**
   * The metrics, read again while the snapshot is too old: on a busy machine the collector may not
   * get a turn for three intervals.
   */
  private static String settled(InMemoryMetricReader reader, GpuProbe probe)
      throws InterruptedException {
    String text = MetricText.of(reader.collectAllMetrics());
    for (int i = 0; i < 50 && text.contains("state=ok} = 1") && !text.contains("hw."); i++) {
      int seen = probe.cycles();
      for (int waited = 0; probe.cycles() == seen && waited < 100; waited++) {
        Thread.sleep(10);
      }
      text = MetricText.of(reader.collectAllMetrics());
    }
    return text;
  }
}
