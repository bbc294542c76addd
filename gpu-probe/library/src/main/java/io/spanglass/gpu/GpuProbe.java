/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.gpu;

import io.opentelemetry.api.OpenTelemetry;
import org.jspecify.annotations.Nullable;

/**
 * Reads the NVIDIA GPUs of this host and reports them as OpenTelemetry metrics, until closed.
 *
 * <p>The metrics are listed with units and sources in docs/gpu.md. Nothing here blocks or throws
 * because of a GPU: the driver is loaded and called on a daemon thread, and without a driver there
 * is one log line and no metric until one appears.
 */
public final class GpuProbe implements AutoCloseable {
  private static final long CLOSE_MILLIS = 4000;

  private final Collector collector;
  private final Publisher publisher;
  private final @Nullable PodWatcher pods;

  GpuProbe(Collector collector, Publisher publisher, @Nullable PodWatcher pods) {
    this.collector = collector;
    this.publisher = publisher;
    this.pods = pods;
  }

  /**
   * Starts reading with the defaults: every 10 seconds, all metrics that are not opt-in.
   *
   * @param openTelemetry receives the metrics, and a log record per XID
   */
  public static GpuProbe install(OpenTelemetry openTelemetry) {
    return builder(openTelemetry).install();
  }

  /** A builder for a probe with other settings. */
  public static GpuProbeBuilder builder(OpenTelemetry openTelemetry) {
    return new GpuProbeBuilder(openTelemetry);
  }

  /**
   * How often all GPUs have been read, or were tried to be, since the probe was installed. Any
   * thread.
   */
  public int cycles() {
    return collector.cycles();
  }

  /**
   * Ends the metrics and gives the driver back. Waits a few seconds at most; a thread that hangs in
   * the driver is left behind, as a daemon.
   */
  @Override
  public void close() {
    publisher.close();
    if (pods != null) {
      pods.close();
    }
    collector.close(CLOSE_MILLIS);
  }
}
