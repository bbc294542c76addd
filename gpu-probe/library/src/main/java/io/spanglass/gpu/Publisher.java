/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.gpu;

import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.logs.LogRecordBuilder;
import io.opentelemetry.api.logs.Logger;
import io.opentelemetry.api.logs.Severity;
import io.opentelemetry.api.metrics.BatchCallback;
import io.opentelemetry.api.metrics.DoubleHistogram;
import io.opentelemetry.api.metrics.LongCounter;
import io.opentelemetry.api.metrics.Meter;
import io.opentelemetry.api.metrics.ObservableDoubleMeasurement;
import io.opentelemetry.api.metrics.ObservableLongMeasurement;
import io.opentelemetry.api.metrics.ObservableMeasurement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.logging.Level;
import org.jspecify.annotations.Nullable;

/**
 * The instruments. Their callbacks run on the exporter's thread and only copy the collector's
 * latest snapshot; they never call the driver.
 */
final class Publisher implements Listener, AutoCloseable {
  static final String SCOPE = "io.spanglass.gpu";

  private static final java.util.logging.Logger log =
      java.util.logging.Logger.getLogger(Publisher.class.getName());

  private static final AttributeKey<String> ERROR_TYPE = AttributeKey.stringKey("error.type");
  private static final AttributeKey<Long> XID = AttributeKey.longKey("nvidia.gpu.xid");
  private static final AttributeKey<Long> MIG_INSTANCE = AttributeKey.longKey("nvidia.gpu.mig.gi");
  private static final AttributeKey<String> STATE =
      AttributeKey.stringKey("nvidia.gpu.probe.state");

  private final Map<Collector.State, Attributes> states = new EnumMap<>(Collector.State.class);

  private final Map<Metric, ObservableLongMeasurement> longs = new EnumMap<>(Metric.class);
  private final Map<Metric, ObservableDoubleMeasurement> doubles = new EnumMap<>(Metric.class);
  private final DoubleHistogram cycleDuration;
  private final LongCounter errors;
  private final Logger logger;
  private final Meter meter;
  private @Nullable BatchCallback callback;
  private boolean stallTold;

  Publisher(OpenTelemetry openTelemetry) {
    for (Collector.State state : Collector.State.values()) {
      states.put(state, Attributes.of(STATE, state.value));
    }
    String version = Publisher.class.getPackage().getImplementationVersion();
    meter =
        openTelemetry
            .meterBuilder(SCOPE)
            .setInstrumentationVersion(version == null ? "" : version)
            .build();
    logger = openTelemetry.getLogsBridge().loggerBuilder(SCOPE).build();
    cycleDuration =
        meter
            .histogramBuilder("nvidia.gpu.probe.cycle.duration")
            .setUnit("s")
            .setDescription("Time to read all GPUs once")
            .setExplicitBucketBoundariesAdvice(
                Arrays.asList(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0))
            .build();
    errors =
        meter
            .counterBuilder("nvidia.gpu.probe.errors")
            .setUnit("{error}")
            .setDescription("NVML calls that failed, by return code")
            .build();
  }

  /** Registers the instruments. */
  void publish(Collector collector) {
    List<ObservableMeasurement> all = new ArrayList<>();
    for (Metric metric : Metric.values()) {
      ObservableMeasurement built = build(metric);
      all.add(built);
      if (metric.isLong()) {
        longs.put(metric, (ObservableLongMeasurement) built);
      } else {
        doubles.put(metric, (ObservableDoubleMeasurement) built);
      }
    }
    callback =
        meter.batchCallback(
            () -> observe(collector),
            all.get(0),
            all.subList(1, all.size()).toArray(new ObservableMeasurement[0]));
  }

  private ObservableMeasurement build(Metric m) {
    switch (m.kind) {
      case GAUGE:
        return meter
            .gaugeBuilder(m.otelName)
            .setUnit(m.unit)
            .setDescription(m.description)
            .buildObserver();
      case GAUGE_LONG:
        return meter
            .gaugeBuilder(m.otelName)
            .ofLongs()
            .setUnit(m.unit)
            .setDescription(m.description)
            .buildObserver();
      case COUNTER_LONG:
        return meter
            .counterBuilder(m.otelName)
            .setUnit(m.unit)
            .setDescription(m.description)
            .buildObserver();
      case COUNTER_DOUBLE:
        return meter
            .counterBuilder(m.otelName)
            .ofDoubles()
            .setUnit(m.unit)
            .setDescription(m.description)
            .buildObserver();
      case UPDOWN_LONG:
        return meter
            .upDownCounterBuilder(m.otelName)
            .setUnit(m.unit)
            .setDescription(m.description)
            .buildObserver();
    }
    throw new AssertionError(m);
  }

  private void observe(Collector collector) {
    Collector.State now = collector.state();
    ObservableLongMeasurement state = longs.get(Metric.PROBE_STATE);
    if (state != null) {
      for (Collector.State each : Collector.State.values()) {
        state.record(each == now ? 1 : 0, states.getOrDefault(each, Attributes.empty()));
      }
    }
    ObservableLongMeasurement devices = longs.get(Metric.PROBE_DEVICES);
    int count = collector.devices();
    if (devices != null && count >= 0) {
      devices.record(count);
    }
    tellStall(now);
    Snapshot snapshot = collector.freshSnapshot();
    if (snapshot == null) {
      return;
    }
    longs.forEach(
        (metric, instrument) -> {
          for (Snapshot.Point point : snapshot.points(metric)) {
            instrument.record(point.longValue, point.attributes);
          }
        });
    doubles.forEach(
        (metric, instrument) -> {
          for (Snapshot.Point point : snapshot.points(metric)) {
            instrument.record(point.doubleValue, point.attributes);
          }
        });
  }

  private synchronized void tellStall(Collector.State now) {
    boolean stalled = now == Collector.State.STALLED;
    if (stalled != stallTold) {
      stallTold = stalled;
      log.log(
          stalled ? Level.WARNING : Level.INFO,
          stalled
              ? "the NVIDIA driver does not return from a call: GPU metrics are paused"
              : "the NVIDIA driver answers again: GPU metrics go on");
    }
  }

  @Override
  public void onCycle(double seconds) {
    cycleDuration.record(seconds);
  }

  @Override
  public void onError(int code) {
    errors.add(1, Attributes.of(ERROR_TYPE, NvmlReturn.nameOf(code)));
  }

  @Override
  public void onXid(DeviceState device, int xid, int gpuInstance) {
    LogRecordBuilder record =
        logger
            .logRecordBuilder()
            .setEventName("nvidia.gpu.xid")
            .setSeverity(Xid.isApplicationError(xid) ? Severity.WARN : Severity.ERROR)
            .setBody(device.name + " reported XID " + xid + Xid.explain(xid))
            .setAttribute(DeviceState.HW_ID, device.uuid)
            .setAttribute(DeviceState.HW_NAME, device.name)
            .setAttribute(DeviceState.HW_TYPE, "gpu")
            .setAttribute(ERROR_TYPE, "xid_" + xid)
            .setAttribute(XID, (long) xid)
            .setAllAttributes(device.holder());
    if (gpuInstance >= 0) {
      record.setAttribute(MIG_INSTANCE, (long) gpuInstance);
    }
    record.emit();
  }

  @Override
  public void close() {
    if (callback != null) {
      callback.close();
    }
  }
}
