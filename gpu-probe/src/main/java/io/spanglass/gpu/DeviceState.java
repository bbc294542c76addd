/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.gpu;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.common.AttributesBuilder;
import io.spanglass.gpu.NvmlReturn.Scope;
import java.util.BitSet;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * What the probe remembers of one GPU or MIG device, by UUID: it outlives handles and
 * re-initialisations, so that counters go on. Used by the collector thread; the event thread only
 * counts XIDs.
 */
final class DeviceState {
  static final AttributeKey<String> HW_ID = AttributeKey.stringKey("hw.id");
  static final AttributeKey<String> HW_NAME = AttributeKey.stringKey("hw.name");
  static final AttributeKey<String> HW_PARENT = AttributeKey.stringKey("hw.parent");
  static final AttributeKey<String> HW_TYPE = AttributeKey.stringKey("hw.type");

  /** No series for more codes than this; NVIDIA lists fewer than 200. */
  private static final int MAX_XIDS = 64;

  final String uuid;
  String name = "";
  long handle;
  int index;
  @Nullable DeviceState parent;

  /** Of a MIG device: its GPU instance; -1 of a GPU. */
  int gpuInstance = -1;

  boolean migEnabled;
  boolean failed;
  boolean failureTold;

  /** Which initialisation of the library the handle belongs to. */
  int generation;

  final Health health = new Health();
  FieldBatch fields = new FieldBatch();
  @Nullable GpmSampler gpm;
  long eventTypes;
  int activeLinksSeen;

  /** The result of the last successful {@link #read}. */
  final long[] v = new long[Reading.MAX_VALUES];

  private Attributes common = Attributes.empty();
  private Attributes full = Attributes.empty();
  private Attributes info = Attributes.empty();

  /** The readings, with their arguments, that the device lacks. */
  private final Map<Reading, BitSet> off = new EnumMap<>(Reading.class);

  private final Map<Metric, Map<String, Series>> series = new EnumMap<>(Metric.class);
  private final Map<Integer, Monotonic[]> linkCounters = new HashMap<>();
  private final ConcurrentMap<Integer, LongAdder> xids = new ConcurrentHashMap<>();
  private @Nullable Listener listener;
  private @Nullable NvmlApi api;
  private volatile boolean offTheBus;

  DeviceState(String uuid) {
    this.uuid = uuid;
  }

  private static final class Series {
    @Nullable Attributes attributes;
    final Monotonic counter = new Monotonic();
    double integral;
  }

  /** Points the state at a device that was just enumerated; what was unsupported is tried anew. */
  void attach(NvmlApi api, Listener listener, long handle, int generation) {
    this.generation = generation;
    this.failed = false;
    this.api = api;
    this.listener = listener;
    this.handle = handle;
    off.clear();
    fields = new FieldBatch();
    gpm = null;
    offTheBus = false;
    activeLinksSeen = 0;
  }

  /**
   * Sets the attributes of all series.
   *
   * @param common identity: {@code hw.id}, {@code hw.name}, {@code hw.parent}
   * @param full identity and description
   */
  void describe(Attributes common, Attributes full) {
    if (this.common.equals(common) && this.full.equals(full)) {
      return;
    }
    this.common = common;
    this.full = full;
    for (Map<String, Series> ofMetric : series.values()) {
      for (Series one : ofMetric.values()) {
        one.attributes = null;
      }
    }
  }

  /** Sets what only {@code nvidia.gpu.info} tells. */
  void describeInfo(Attributes info) {
    if (!this.info.equals(info)) {
      this.info = info;
      series(Metric.INFO, "").attributes = null;
    }
  }

  Attributes fullAttributes() {
    return full;
  }

  /**
   * Reads into {@link #v}.
   *
   * @return whether there is a value
   * @throws NvmlException when the device or the library is at fault, not the field
   */
  boolean read(Reading what, int argument) throws NvmlException {
    if (api == null || isOff(what, argument)) {
      return false;
    }
    int code = api.read(handle, what, argument, v);
    if (code == NvmlReturn.SUCCESS) {
      return !blank(what, v[0]);
    }
    if (failedFor(code) == Scope.FIELD) {
      off.computeIfAbsent(what, w -> new BitSet()).set(argument);
    }
    return false;
  }

  boolean read(Reading what) throws NvmlException {
    return read(what, 0);
  }

  boolean isOff(Reading what, int argument) {
    BitSet arguments = off.get(what);
    return arguments != null && arguments.get(argument);
  }

  /** Judges a code other than success: counts it, and throws when there is no point in going on. */
  Scope failedFor(int code) throws NvmlException {
    Scope scope = NvmlReturn.scopeOf(code);
    if (scope != Scope.FIELD && listener != null) {
      listener.onError(code);
    }
    if (scope == Scope.DEVICE || scope == Scope.LIBRARY) {
      throw new NvmlException(code);
    }
    return scope;
  }

  /** All-ones, 32 or 64 bits wide, is NVML's "not available". */
  private static boolean blank(Reading what, long value) {
    return value == 0xFFFFFFFFL || (value == -1 && what != Reading.TEMPERATURE_MARGIN);
  }

  /** Asks for all fields in one call and drops those that the device lacks. */
  void readFields() throws NvmlException {
    fields.forgetAnswers();
    if (api == null || fields.size() == 0) {
      return;
    }
    int code = api.fieldValues(handle, fields);
    if (code != NvmlReturn.SUCCESS) {
      if (failedFor(code) == Scope.FIELD) {
        fields = new FieldBatch();
      }
      return;
    }
    for (int i = fields.size() - 1; i >= 0; i--) {
      int answer = fields.code(i);
      if (answer != NvmlReturn.SUCCESS && failedFor(answer) == Scope.FIELD) {
        fields.drop(i);
      }
    }
  }

  /** The value of a field in this cycle as unsigned, or -1. */
  long field(int id, int scope) {
    int i = fields.find(id, scope);
    return i < 0 ? -1 : blankField(fields.value(i));
  }

  long field(int id) {
    return field(id, 0);
  }

  private static long blankField(long value) {
    return value == 0xFFFFFFFFL ? -1 : value;
  }

  void emit(Snapshot.Builder out, Metric metric, String variant, long value) {
    out.add(metric, attributes(metric, variant), value);
  }

  void emit(Snapshot.Builder out, Metric metric, String variant, double value) {
    out.add(metric, attributes(metric, variant), value);
  }

  /** Emits a driver's counter from the moment it was first seen, times {@code scale}. */
  void count(
      Snapshot.Builder out,
      Metric metric,
      String variant,
      long raw,
      boolean mayWrap,
      double scale) {
    Series one = series(metric, variant);
    long sum = one.counter.update(raw, mayWrap);
    if (metric.isLong()) {
      out.add(metric, attributes(metric, variant), sum * (long) scale);
    } else {
      out.add(metric, attributes(metric, variant), sum * scale);
    }
  }

  /** Emits the sum of a counter that every link has for itself. */
  void countLinks(Snapshot.Builder out, Metric metric, String variant, int fieldId) {
    long sum = 0;
    boolean any = false;
    Monotonic[] links =
        linkCounters.computeIfAbsent(fieldId, id -> new Monotonic[GpuReader.MAX_LINKS]);
    for (int link = 0; link < links.length; link++) {
      long raw = field(fieldId, link);
      if (raw >= 0) {
        if (links[link] == null) {
          links[link] = new Monotonic();
        }
        links[link].update(raw, false);
      }
      if (links[link] != null) {
        any = true;
        sum += links[link].sum();
      }
    }
    if (any) {
      out.add(metric, attributes(metric, variant), sum);
    }
  }

  /** Adds to a counter that the probe integrates itself from a rate. */
  void integrate(Snapshot.Builder out, Metric metric, String variant, double amount) {
    Series one = series(metric, variant);
    one.integral += amount;
    out.add(metric, attributes(metric, variant), (long) one.integral);
  }

  /** Emits 1 for {@code current} and 0 for the other states. */
  void oneOf(Snapshot.Builder out, Metric metric, String key, String[] states, int current) {
    for (int i = 0; i < states.length; i++) {
      emit(out, metric, key + "=" + states[i], i == current ? 1L : 0L);
    }
  }

  private Series series(Metric metric, String variant) {
    return series
        .computeIfAbsent(metric, m -> new HashMap<>())
        .computeIfAbsent(variant, x -> new Series());
  }

  /** The attributes of a series; {@code variant} is {@code key=value} pairs parted by {@code ;}. */
  private Attributes attributes(Metric metric, String variant) {
    Series one = series(metric, variant);
    Attributes attributes = one.attributes;
    if (attributes == null) {
      AttributesBuilder builder = (metric.hasGpuAttributes() ? full : common).toBuilder();
      if (metric.hasType()) {
        builder.put(HW_TYPE, "gpu");
      }
      if (metric == Metric.INFO) {
        builder.putAll(info);
      }
      int start = 0;
      while (start < variant.length()) {
        int end = variant.indexOf(';', start);
        end = end < 0 ? variant.length() : end;
        int equals = variant.indexOf('=', start);
        builder.put(variant.substring(start, equals), variant.substring(equals + 1, end));
        start = end + 1;
      }
      attributes = builder.build();
      one.attributes = attributes;
    }
    return attributes;
  }

  /** Called by the event thread. */
  void countXid(int xid) {
    if (xid == Health.XID_OFF_THE_BUS) {
      offTheBus = true;
    }
    int code = xids.containsKey(xid) || xids.size() < MAX_XIDS ? xid : -1;
    xids.computeIfAbsent(code, c -> new LongAdder()).increment();
  }

  void emitXids(Snapshot.Builder out) {
    xids.forEach(
        (xid, count) ->
            emit(
                out,
                Metric.ERRORS,
                xid < 0 ? "error.type=xid_other" : "error.type=xid_" + xid,
                count.sum()));
  }

  boolean offTheBus() {
    return offTheBus;
  }

  /** What can be said of a GPU that does not answer. */
  void emitFailed(Snapshot.Builder out) {
    health.clear();
    health.unreadable = true;
    emitStatus(out, health.state());
    emitXids(out);
  }

  void emitStatus(Snapshot.Builder out, Health.State state) {
    for (Health.State each : Health.State.values()) {
      emit(out, Metric.STATUS, each.variant, each == state ? 1L : 0L);
    }
  }
}
