/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.gpu;

import io.opentelemetry.api.OpenTelemetry;
import io.spanglass.gpu.Options.Extra;
import java.time.Duration;
import java.util.Collection;
import java.util.EnumSet;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Settings of a {@link GpuProbe}. Not thread-safe. */
public final class GpuProbeBuilder {
  /** What every setting's name begins with; see {@link #configure}. */
  public static final String SETTINGS = "otel.instrumentation.spanglass.gpu.";

  private final OpenTelemetry openTelemetry;
  private Duration interval = Options.DEFAULT_INTERVAL;
  private final Set<Extra> extras = EnumSet.noneOf(Extra.class);
  private @Nullable String library;
  private @Nullable String unpackFolder;
  private @Nullable String demo;
  private @Nullable String podResourcesSocket;

  GpuProbeBuilder(OpenTelemetry openTelemetry) {
    this.openTelemetry = openTelemetry;
  }

  /**
   * How often the GPUs are read, at least 100 ms; 10 s unless set. Independent of how often the
   * metrics are exported.
   */
  public GpuProbeBuilder setInterval(Duration interval) {
    if (interval.compareTo(Options.MIN_INTERVAL) < 0) {
      throw new IllegalArgumentException(
          "the interval must be at least 100 ms, not " + interval.toMillis() + " ms");
    }
    this.interval = interval;
    return this;
  }

  /**
   * Turns opt-in readings on, by name: {@code serial}, {@code pci}, {@code pcie-throughput}, {@code
   * process}, {@code all-processes}, {@code bar1}, {@code confidential}, {@code fan-rpm}, {@code
   * nvlink-links}, {@code vgpu-license}, {@code power-smoothing}.
   *
   * @throws IllegalArgumentException for a name that is not known
   */
  public GpuProbeBuilder addExtras(Collection<String> names) {
    for (String name : names) {
      if (!name.trim().isEmpty()) {
        extras.add(Extra.parse(name));
      }
    }
    return this;
  }

  /** The path of {@code libnvidia-ml.so.1}; searched for unless set. */
  public GpuProbeBuilder setLibrary(String path) {
    this.library = path;
    return this;
  }

  /**
   * The folder for the binding's two native files, which are deleted again once loaded. It must be
   * writable and allow execution. The temporary folder, {@code /var/tmp}, {@code /dev/shm} and the
   * home are tried in turn unless set.
   */
  public GpuProbeBuilder setUnpackFolder(String path) {
    this.unpackFolder = path;
    return this;
  }

  /**
   * Asks the kubelet of this node which container holds which GPU, over its PodResources socket,
   * and adds the pod's attributes to the GPU's series. Needs Java 16 or newer.
   *
   * @param socket the socket's path, or {@code true} for the usual one, {@code
   *     /var/lib/kubelet/pod-resources/kubelet.sock}; {@code false} turns it off
   */
  public GpuProbeBuilder setPodResources(String socket) {
    String value = socket.trim();
    this.podResourcesSocket =
        value.isEmpty() || value.equals("false")
            ? null
            : value.equals("true") ? PodWatcher.DEFAULT_SOCKET : value;
    return this;
  }

  /**
   * Reports simulated GPUs instead of real ones: {@code h100}, {@code h200}, {@code b200} (eight
   * each), {@code mig} (one H100 parted in three) or {@code mixed} (one of each).
   */
  public GpuProbeBuilder setDemo(String fleet) {
    DemoNvml.fleet(fleet); // fails here rather than on the collector thread
    this.demo = fleet;
    return this;
  }

  /**
   * Applies settings by name, {@link #SETTINGS} followed by {@code interval} (milliseconds), {@code
   * extras} (comma-separated), {@code library}, {@code unpack-folder}, {@code pod-resources},
   * {@code demo}.
   *
   * @param setting returns the value of a setting by its full name, or null
   * @throws IllegalArgumentException for a value that cannot be used
   */
  public GpuProbeBuilder configure(Function<String, @Nullable String> setting) {
    String millis = setting.apply(SETTINGS + "interval");
    if (millis != null) {
      try {
        setInterval(Duration.ofMillis(Long.parseLong(millis.trim())));
      } catch (NumberFormatException e) {
        throw new IllegalArgumentException(
            SETTINGS + "interval must be a number of milliseconds, not \"" + millis + "\"", e);
      }
    }
    String names = setting.apply(SETTINGS + "extras");
    if (names != null) {
      addExtras(java.util.Arrays.asList(names.split(",", -1)));
    }
    String path = setting.apply(SETTINGS + "library");
    if (path != null) {
      setLibrary(path);
    }
    String folder = setting.apply(SETTINGS + "unpack-folder");
    if (folder != null) {
      setUnpackFolder(folder);
    }
    String socket = setting.apply(SETTINGS + "pod-resources");
    if (socket != null) {
      setPodResources(socket);
    }
    String fleet = setting.apply(SETTINGS + "demo");
    if (fleet != null) {
      setDemo(fleet);
    }
    return this;
  }

  /** Starts the probe. Returns at once; the driver is loaded on the probe's own thread. */
  public GpuProbe install() {
    String fleet = demo;
    String path = library;
    String folder = unpackFolder;
    return install(
        fleet != null
            ? () -> new DemoNvml(DemoNvml.fleet(fleet), System::nanoTime)
            : () -> NvmlNative.load(path, folder));
  }

  /** For tests: a probe over any driver. */
  GpuProbe install(Driver driver) {
    String socket = podResourcesSocket;
    PodWatcher pods = socket == null ? null : new PodWatcher(socket);
    Publisher publisher = new Publisher(openTelemetry);
    Collector collector =
        new Collector(
            driver,
            new Options(interval, extras),
            publisher,
            pods == null ? () -> PodAllocations.NONE : pods,
            System::nanoTime);
    publisher.publish(collector);
    if (pods != null) {
      pods.start();
    }
    collector.start();
    return new GpuProbe(collector, publisher, pods);
  }
}
