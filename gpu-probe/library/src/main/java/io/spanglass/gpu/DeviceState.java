/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.gpu;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.common.AttributesBuilder;
import io.spanglass.gpu.NvmlReturn.Scope;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
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

  /** Of how many holders the counts are remembered, should one come back. */
  private static final int MAX_HOLDERS = 8;

  final String uuid;
  String name = "";
  long handle;
  int index;
  @Nullable DeviceState parent;

  /** Of a MIG device: its GPU instance; -1 of a GPU. */
  int gpuInstance = -1;

  /** Of a MIG device: its compute instance, or -1. */
  int computeInstance = -1;

  /** The N of /dev/nvidiaN, or -1. */
  int minor = -1;

  /** What device plugins may call it, besides its UUID; set when it is found. */
  final List<String> names = new ArrayList<>();

  /** The CUDA version that the driver was made for, ×1000, or 0: it decides on some field ids. */
  int cudaVersion;

  /** Up to which moment the utilisation of processes was read, in the driver's µs. */
  long processesSeen;

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

  /** The driver's counters, whoever held the device. */
  private final Map<Metric, Map<String, Counter>> counters = new EnumMap<>(Metric.class);

  private final Map<Integer, Monotonic[]> linkCounters = new HashMap<>();

  /** The series of each holder (no attributes: of none), the latest last. */
  private final Map<Attributes, Holding> holdings = new LinkedHashMap<>(16, 0.75f, true);

  /** Changed by the collector thread; the event thread reads whose device it is. */
  private volatile Holding holding = new Holding(Attributes.empty());

  private final ConcurrentMap<Integer, LongAdder> xids = new ConcurrentHashMap<>();
  private @Nullable Listener listener;
  private @Nullable NvmlApi api;
  private volatile boolean offTheBus;

  DeviceState(String uuid) {
    this.uuid = uuid;
    holdings.put(holding.holder, holding);
  }

  private static final class Series {
    @Nullable Attributes attributes;

    /** What was counted while the holder had the device. */
    long sum;

    double integral;
  }

  private static final class Counter {
    final Monotonic driver = new Monotonic();
    long told;
  }

  /** While one holder, or none, has the device. */
  private static final class Holding {
    final Attributes holder;
    final Map<Metric, Map<String, Series>> series = new EnumMap<>(Metric.class);

    Holding(Attributes holder) {
      this.holder = holder;
    }

    /** Keeps the counts only. */
    void rest() {
      series.keySet().removeIf(metric -> !metric.isCounter());
      for (Map<String, Series> ofMetric : series.values()) {
        for (Series one : ofMetric.values()) {
          one.attributes = null;
        }
      }
    }
  }

  /**
   * Says who has the device from now on. Its series carry the holder's attributes; counters begin
   * at 0 for each holder, and go on where they were when one comes back.
   *
   * @param holder the pod's attributes; empty when nobody, or more than one, has it
   */
  void heldBy(Attributes holder) {
    if (holding.holder.equals(holder)) {
      return;
    }
    holding.rest();
    Holding next = holdings.get(holder);
    if (next == null) {
      next = new Holding(holder);
      holdings.put(holder, next);
      if (holdings.size() > MAX_HOLDERS) {
        holdings.remove(holdings.keySet().iterator().next());
      }
    }
    holding = next;
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
    processesSeen = 0;
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
    for (Map<String, Series> ofMetric : holding.series.values()) {
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

  /** Identity only: {@code hw.id}, {@code hw.name}, {@code hw.parent}. */
  Attributes commonAttributes() {
    return common;
  }

  Attributes holder() {
    return holding.holder;
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
    Counter counter = counter(metric, variant);
    add(out, metric, variant, counter, counter.driver.update(raw, mayWrap), scale);
  }

  /** Emits a count that began at 0 with the probe. */
  private void countOwn(Snapshot.Builder out, Metric metric, String variant, long total) {
    add(out, metric, variant, counter(metric, variant), total, 1);
  }

  /** Gives what is new since the last reading to the present holder. */
  private void add(
      Snapshot.Builder out,
      Metric metric,
      String variant,
      Counter counter,
      long total,
      double scale) {
    Series one = series(metric, variant);
    one.sum += total - counter.told;
    counter.told = total;
    if (metric.isLong()) {
      out.add(metric, attributes(metric, variant), one.sum * (long) scale);
    } else {
      out.add(metric, attributes(metric, variant), one.sum * scale);
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
      countOwn(out, metric, variant, sum);
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

  private Counter counter(Metric metric, String variant) {
    return counters
        .computeIfAbsent(metric, m -> new HashMap<>())
        .computeIfAbsent(variant, x -> new Counter());
  }

  private Series series(Metric metric, String variant) {
    return holding
        .series
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
        builder.putAll(info); // no pod: the others are joined with it
      } else {
        builder.putAll(holding.holder);
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
            countOwn(
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
