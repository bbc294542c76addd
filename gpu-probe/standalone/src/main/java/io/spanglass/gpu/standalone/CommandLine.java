/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.gpu.standalone;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What the program was asked to do. */
record CommandLine(
    Mode mode,
    boolean all,
    @Nullable String demo,
    @Nullable Duration interval,
    List<String> extras,
    @Nullable String podResources,
    @Nullable String library) {

  enum Mode {
    EXPORT,
    ONCE,
    WATCH,
    HELP,
    VERSION
  }

  static final String HELP =
      """
      Usage: java -jar spanglass-gpu-probe.jar [options]

      Reads the NVIDIA GPUs of this host through the driver's NVML library and, unless told
      otherwise, sends their metrics over OTLP (http/protobuf) until stopped.

        --once           print the GPUs as a table, then end
        --watch          print the table again and again
        --all            with --once or --watch: list every metric too
        --demo[=FLEET]   simulated GPUs: h100, h200, b200, mig or mixed (the default)
        --interval=MS    milliseconds between readings (10000; 2000 with --watch)
        --extras=LIST    opt-in readings, separated by commas: serial, pci, pcie-throughput,
                         process, all-processes, bar1, confidential, fan-rpm, nvlink-links,
                         vgpu-license, power-smoothing
        --pod-resources[=SOCKET]
                         on a Kubernetes node: ask the kubelet which pod holds which GPU
                         (/var/lib/kubelet/pod-resources/kubelet.sock)
        --library=PATH   the libnvidia-ml.so.1 to use
        --help, --version

      Export is configured by the standard OpenTelemetry variables, for example
        OTEL_EXPORTER_OTLP_ENDPOINT=http://collector:4318
        OTEL_METRIC_EXPORT_INTERVAL=10000
        OTEL_RESOURCE_ATTRIBUTES=team=search,deployment.environment.name=prod
      K8S_NODE_NAME, if set, becomes the resource attribute k8s.node.name. The node or else the host is
      also service.instance.id, so that the probes of several nodes stay apart.

      Exit status: 0 done, 1 no GPU could be read (--once), 2 wrong usage.
      """;

  /**
   * Reads the arguments.
   *
   * @throws IllegalArgumentException with a sentence for the user
   */
  static CommandLine parse(String[] args) {
    Mode mode = Mode.EXPORT;
    boolean all = false;
    String demo = null;
    Duration interval = null;
    List<String> extras = new ArrayList<>();
    String podResources = null;
    String library = null;
    for (String arg : args) {
      int equals = arg.indexOf('=');
      String name = equals < 0 ? arg : arg.substring(0, equals);
      String value = equals < 0 ? null : arg.substring(equals + 1);
      switch (name) {
        case "--once" -> mode = Mode.ONCE;
        case "--watch" -> mode = Mode.WATCH;
        case "--all" -> all = true;
        case "--help", "-h" -> mode = Mode.HELP;
        case "--version" -> mode = Mode.VERSION;
        case "--demo" -> demo = value == null ? "mixed" : value;
        case "--interval" -> interval = millis(required(name, value));
        case "--extras" -> extras.addAll(List.of(required(name, value).split(",", -1)));
        case "--pod-resources" -> podResources = value == null ? "true" : required(name, value);
        case "--library" -> library = required(name, value);
        default -> throw new IllegalArgumentException("unknown option " + arg);
      }
    }
    return new CommandLine(mode, all, demo, interval, extras, podResources, library);
  }

  private static String required(String name, @Nullable String value) {
    if (value == null || value.isEmpty()) {
      throw new IllegalArgumentException(name + " needs a value: " + name + "=...");
    }
    return value;
  }

  private static Duration millis(String value) {
    try {
      return Duration.ofMillis(Long.parseLong(value));
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          "--interval must be a number of milliseconds, not \"" + value + "\"", e);
    }
  }
}
