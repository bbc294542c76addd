/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.gpu;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.common.AttributesBuilder;
import io.spanglass.gpu.NvmlReturn.Scope;
import io.spanglass.gpu.Options.Extra;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Paths;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The only caller of the driver (beside {@link EventWatcher}): one daemon thread that reads all
 * devices each interval and publishes an immutable {@link Snapshot}. A driver call may hang for
 * ever; then the snapshot ages, and everything else in the process goes on.
 */
final class Collector {
  /** What the probe is doing, as {@code nvidia.gpu.probe.state}. */
  enum State {
    STARTING("starting"),
    OK("ok"),
    LIBRARY_MISSING("library_missing"),
    NOT_INITIALIZED("not_initialized"),
    NO_DEVICES("no_devices"),
    STALLED("stalled"),
    UNAVAILABLE("unavailable");

    final String value;

    State(String value) {
      this.value = value;
    }
  }

  private static final Logger logger = Logger.getLogger(Collector.class.getName());

  private static final long FIRST_BACK_OFF_NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final long MAX_BACK_OFF_NANOS = TimeUnit.SECONDS.toNanos(60);
  private static final long FIRST_LOST_BACK_OFF_NANOS = TimeUnit.SECONDS.toNanos(10);
  private static final long MAX_LOST_BACK_OFF_NANOS = TimeUnit.MINUTES.toNanos(10);
  private static final int CYCLES_PER_ENUMERATION = 6;
  private static final int STALE_INTERVALS = 3;
  private static final int MAX_GPUS = 64;
  private static final int MAX_PROCESSES = 128;

  private static final AttributeKey<Long> INDEX = AttributeKey.longKey("nvidia.gpu.index");
  private static final AttributeKey<String> ENGINE = AttributeKey.stringKey("nvidia.gpu.engine");
  private static final String[] ENGINES = {"sm", "memory", "encoder", "decoder"};
  private static final AttributeKey<Long> MIG_INSTANCE = AttributeKey.longKey("nvidia.gpu.mig.gi");

  private final Driver driver;
  private final Options options;
  private final Listener listener;
  private final PodSource pods;
  private final LongSupplier nanoClock;
  private final Thread thread;

  private volatile boolean closed;
  private volatile Snapshot snapshot;
  private volatile State state = State.STARTING;
  private volatile int devices;
  private volatile boolean busy;
  private volatile long busySinceNanos;
  private volatile boolean enumerationDue;
  private final AtomicInteger cycles = new AtomicInteger();

  // Of the collector thread.
  private @Nullable NvmlApi api;
  private boolean initialized;
  private final Map<String, DeviceState> known = new LinkedHashMap<>();
  private List<DeviceState> gpus = new ArrayList<>();
  private List<DeviceState> migDevices = new ArrayList<>();
  private final Map<Integer, String> uuidByIndex = new HashMap<>();
  private final Set<String> toldOnce = new HashSet<>();
  private @Nullable EventWatcher events;
  private long nextInitNanos;
  private long backOffNanos = FIRST_BACK_OFF_NANOS;
  private int generation;
  private boolean someLost;
  private long lostBackOffNanos = FIRST_LOST_BACK_OFF_NANOS;
  private long nextLostInitNanos;
  private int cyclesSinceEnumeration;
  private final long[] handle = new long[1];
  private final int[] number = new int[1];
  private final @Nullable String[] text = new String[1];
  private final long[] pids = new long[MAX_PROCESSES];
  private final long[] bytes = new long[MAX_PROCESSES];
  private final int[] percents = new int[4 * MAX_PROCESSES];
  private final Set<Long> ownPids = new HashSet<>();

  Collector(Driver driver, Options options, Listener listener, LongSupplier nanoClock) {
    this(driver, options, listener, () -> PodAllocations.NONE, nanoClock);
  }

  Collector(
      Driver driver, Options options, Listener listener, PodSource pods, LongSupplier nanoClock) {
    this.driver = driver;
    this.options = options;
    this.listener = listener;
    this.pods = pods;
    this.nanoClock = nanoClock;
    this.nextInitNanos = nanoClock.getAsLong();
    this.snapshot = new Snapshot.Builder().build(nextInitNanos);
    this.thread = new Thread(this::run, "spanglass-gpu-collector");
    thread.setDaemon(true);
  }

  void start() {
    thread.start();
  }

  /** Asks the thread to release the driver and waits for it, at most {@code millis}. */
  void close(long millis) {
    closed = true;
    LockSupport.unpark(thread);
    try {
      thread.join(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** The latest snapshot, or null when it is too old to be the present. Any thread. */
  @Nullable Snapshot freshSnapshot() {
    Snapshot latest = snapshot;
    return isStale(latest.takenAtNanos) ? null : latest;
  }

  /** Any thread. */
  State state() {
    if (busy && isStale(busySinceNanos)) {
      return State.STALLED;
    }
    return state;
  }

  /** How many GPUs the driver shows, or -1 when that is not known. Any thread. */
  int devices() {
    State now = state();
    return now == State.OK ? devices : now == State.NO_DEVICES ? 0 : -1;
  }

  int cycles() {
    return cycles.get();
  }

  private boolean isStale(long nanos) {
    return nanoClock.getAsLong() - nanos > STALE_INTERVALS * options.interval.toNanos();
  }

  private void run() {
    long next = nanoClock.getAsLong();
    while (!closed) {
      cycle();
      next += options.interval.toNanos();
      long now = nanoClock.getAsLong();
      if (next < now) {
        next = now; // a slow driver: no cycles to catch up with
      }
      if (!initialized && state != State.UNAVAILABLE) {
        next = Math.max(now, nextInitNanos);
      }
      while (!closed && (now = nanoClock.getAsLong()) < next) {
        LockSupport.parkNanos(this, next - now);
      }
      if (state == State.UNAVAILABLE) {
        return;
      }
    }
    release();
  }

  /** One reading of everything. Never throws. */
  void cycle() {
    long start = nanoClock.getAsLong();
    busySinceNanos = start;
    busy = true;
    try {
      if (initialized && someLost && start - nextLostInitNanos >= 0) {
        restartForLostDevices(start);
      }
      if (!initialized && !initialize(start)) {
        snapshot = new Snapshot.Builder().build(start);
        return;
      }
      read(nanoClock.getAsLong()); // loading the driver for the first time may take a while
    } catch (NvmlException e) {
      fail(e.code, start);
    } catch (RuntimeException | LinkageError e) {
      tellOnce(Level.WARNING, "reading the GPUs failed: " + e);
      fail(NvmlReturn.UNKNOWN, start);
    } finally {
      long end = nanoClock.getAsLong();
      busySinceNanos = end;
      busy = false;
      listener.onCycle((end - start) / 1e9);
      cycles.incrementAndGet();
    }
  }

  // ---- life of the library

  private boolean initialize(long now) {
    if (now - nextInitNanos < 0) {
      return false;
    }
    NvmlApi nvml = api;
    if (nvml == null) {
      try {
        nvml = driver.load();
        api = nvml;
      } catch (NativeLibraries.UnavailableException e) {
        state = e.mayComeLater ? State.LIBRARY_MISSING : State.UNAVAILABLE;
        tellOnce(
            e.mayComeLater ? Level.INFO : Level.WARNING,
            "no GPU metrics: " + e.getMessage() + (e.mayComeLater ? " (will look again)" : ""));
        backOff(now);
        return false;
      }
    }
    int code = nvml.init();
    if (code != NvmlReturn.SUCCESS) {
      listener.onError(code);
      state = State.NOT_INITIALIZED;
      String mapped = NativeLibraries.mappedLibrary();
      boolean stub = mapped != null && mapped.contains("/stubs/");
      tellOnce(
          Level.WARNING,
          "no GPU metrics: NVML does not initialise: "
              + NvmlReturn.explainInit(stub ? NvmlReturn.LIBRARY_NOT_FOUND : code)
              + (mapped == null ? "" : " [" + mapped + "]")
              + " (will try again)");
      backOff(now);
      return false;
    }
    initialized = true;
    generation++;
    enumerationDue = true;
    return true;
  }

  private void backOff(long now) {
    nextInitNanos = now + backOffNanos;
    backOffNanos = Math.min(backOffNanos * 2, MAX_BACK_OFF_NANOS);
  }

  /** Something is wrong with the whole library: give the driver back and begin anew later. */
  private void fail(int code, long now) {
    release();
    state = State.NOT_INITIALIZED;
    snapshot = new Snapshot.Builder().build(now);
    tellOnce(Level.WARNING, "GPU metrics stopped: " + NvmlReturn.explainInit(code));
    backOff(now);
  }

  /**
   * A lost GPU comes back, if at all, only to a library that was shut down; and a library that
   * holds its device files keeps it from being reset.
   */
  private void restartForLostDevices(long now) {
    release();
    nextInitNanos = now;
    nextLostInitNanos = now + lostBackOffNanos;
    lostBackOffNanos = Math.min(lostBackOffNanos * 2, MAX_LOST_BACK_OFF_NANOS);
  }

  private void release() {
    NvmlApi nvml = api;
    if (nvml == null || !initialized) {
      return;
    }
    initialized = false;
    boolean eventsLeft = events == null || events.stop();
    events = null;
    for (DeviceState device : known.values()) {
      if (device.gpm != null) {
        device.gpm.free();
        device.gpm = null;
      }
    }
    if (eventsLeft) {
      nvml.shutdown();
    } else {
      tellOnce(Level.WARNING, "the driver does not return from waiting for events; not shut down");
    }
  }

  // ---- devices

  private void enumerate(NvmlApi nvml, long now) throws NvmlException {
    int code = nvml.deviceCount(number);
    if (code != NvmlReturn.SUCCESS) {
      listener.onError(code);
      throw new NvmlException(code);
    }
    int count = Math.min(number[0], MAX_GPUS);
    List<DeviceState> found = new ArrayList<>();
    for (int index = 0; index < count; index++) {
      DeviceState device;
      try {
        device = identify(nvml, index);
      } catch (NvmlException e) {
        if (NvmlReturn.scopeOf(e.code) == Scope.LIBRARY) {
          throw e;
        }
        device = formerly(index);
        if (device != null) {
          markFailed(device, e.code);
        } else {
          tellOnce(
              Level.WARNING, "GPU " + index + " does not answer: " + NvmlReturn.nameOf(e.code));
        }
      }
      if (device != null) {
        found.add(device);
      }
    }
    for (DeviceState gone : gpus) {
      if (!found.contains(gone)) {
        if (gone.failed) {
          found.add(gone); // fallen off the bus: still reported, as failed
        } else {
          logger.log(Level.INFO, gone.name + " (" + gone.uuid + ") was removed");
        }
      }
    }
    List<DeviceState> foundMig = new ArrayList<>();
    for (DeviceState gpu : found) {
      if (!gpu.failed && gpu.migEnabled) {
        try {
          enumerateMig(nvml, gpu, foundMig);
        } catch (NvmlException e) {
          if (NvmlReturn.scopeOf(e.code) == Scope.LIBRARY) {
            throw e;
          }
          markFailed(gpu, e.code);
        }
      }
    }
    for (DeviceState gone : migDevices) {
      if (!foundMig.contains(gone)) {
        if (gone.gpm != null) {
          gone.gpm.free();
          gone.gpm = null;
        }
        known.remove(gone.uuid);
        logger.log(Level.INFO, gone.name + " (" + gone.uuid + ") was removed");
      }
    }
    boolean sameGpus = found.equals(gpus) && events != null;
    gpus = found;
    migDevices = foundMig;
    if (!sameGpus) {
      watchEvents(nvml);
    }
    cyclesSinceEnumeration = 0;
    enumerationDue = false;
    if (found.isEmpty()) {
      state = State.NO_DEVICES;
      tellOnce(
          Level.INFO,
          count == 0
              ? "NVML works but shows no GPU (in a container: NVIDIA_VISIBLE_DEVICES)"
              : "NVML shows " + count + " GPUs but none can be identified");
      release(); // NVML looks for devices only when it initialises
      snapshot = new Snapshot.Builder().build(now);
      backOff(now);
    }
  }

  private @Nullable DeviceState identify(NvmlApi nvml, int index) throws NvmlException {
    int code = nvml.deviceByIndex(index, handle);
    if (code == NvmlReturn.SUCCESS) {
      code = nvml.text(handle[0], NvmlApi.Text.UUID, text);
    }
    String uuid = text[0];
    if (code != NvmlReturn.SUCCESS || uuid == null || uuid.isEmpty()) {
      // Without its UUID a GPU's series would be mixed up with another's.
      listener.onError(code);
      Scope scope = NvmlReturn.scopeOf(code);
      if (scope == Scope.LIBRARY || scope == Scope.DEVICE) {
        throw new NvmlException(code);
      }
      tellOnce(
          Level.INFO,
          "GPU " + index + " is left out, it cannot be read: " + NvmlReturn.nameOf(code));
      return null;
    }
    uuidByIndex.put(index, uuid);
    long found = handle[0];
    DeviceState device = known.get(uuid);
    if (device == null) {
      device = new DeviceState(uuid);
      known.put(uuid, device);
      attachGpu(nvml, device, found, index);
      logger.log(Level.CONFIG, "reading " + device.name + " (" + uuid + ")");
    } else if (device.generation != generation || device.handle != found || device.failed) {
      attachGpu(nvml, device, found, index);
    }
    device.migEnabled = device.read(Reading.MIG_MODE) && device.v[0] == 1;
    boolean gpm = device.read(Reading.GPM_SUPPORT) && device.v[0] == 1;
    if (!gpm) {
      tellOnce(
          Level.INFO,
          "no activity ratios of tensor cores and memory bandwidth on GPUs before Hopper, which"
              + " lack NVML's GPM");
    }
    if (device.gpm != null && device.migEnabled) {
      device.gpm.free(); // a sample of the whole GPU is not available under MIG
      device.gpm = null;
    } else if (device.gpm == null && gpm && !device.migEnabled) {
      device.gpm = new GpmSampler(nvml, found, -1);
    }
    describeGpu(nvml, device);
    return device;
  }

  private @Nullable DeviceState formerly(int index) {
    String uuid = uuidByIndex.get(index);
    return uuid == null ? null : known.get(uuid);
  }

  private void attachGpu(NvmlApi nvml, DeviceState device, long found, int index)
      throws NvmlException {
    if (device.gpm != null) {
      device.gpm.free();
    }
    device.attach(nvml, listener, found, generation);
    device.index = index;
    device.name = "GPU " + index;
    boolean versionKnown = nvml.cudaDriverVersion(number) == NvmlReturn.SUCCESS;
    device.cudaVersion = versionKnown ? number[0] : 0;
    GpuReader.prepareFields(device, options.extras);
    device.names.clear();
    device.names.add(device.uuid);
    if (device.read(Reading.MINOR_NUMBER)) {
      device.minor = (int) device.v[0];
      device.names.add("nvidia" + device.minor);
    }
    device.eventTypes = device.read(Reading.EVENT_TYPES) ? device.v[0] : 0;
  }

  private void describeGpu(NvmlApi nvml, DeviceState device) throws NvmlException {
    Attributes common =
        Attributes.of(DeviceState.HW_ID, device.uuid, DeviceState.HW_NAME, device.name);
    AttributesBuilder full = common.toBuilder().put("hw.vendor", "NVIDIA");
    put(full, nvml, device, NvmlApi.Text.NAME, "hw.model");
    put(full, nvml, device, NvmlApi.Text.DRIVER_VERSION, "hw.driver_version");
    put(full, nvml, device, NvmlApi.Text.VBIOS_VERSION, "hw.firmware_version");
    if (options.extras.contains(Extra.SERIAL)) {
      put(full, nvml, device, NvmlApi.Text.SERIAL, "hw.serial_number");
    }
    if (options.extras.contains(Extra.PCI)) {
      full.put(INDEX, (long) device.index);
      put(full, nvml, device, NvmlApi.Text.PCI_BUS_ID, "nvidia.gpu.pci.bus_id");
    }
    device.describe(common, full.build());
    device.describeInfo(info(nvml, device));
  }

  /** The modes, as attributes of {@code nvidia.gpu.info} only: they would double other series. */
  private Attributes info(NvmlApi nvml, DeviceState device) throws NvmlException {
    AttributesBuilder info = Attributes.builder();
    onOff(info, device, Reading.MIG_MODE, "nvidia.gpu.mig.mode");
    onOff(info, device, Reading.PERSISTENCE_MODE, "nvidia.gpu.persistence_mode");
    onOff(info, device, Reading.ECC_MODE, "nvidia.gpu.ecc.mode");
    if (device.read(Reading.COMPUTE_MODE)) {
      String[] modes = {"default", "exclusive_thread", "prohibited", "exclusive_process"};
      if (device.v[0] < modes.length) {
        info.put("nvidia.gpu.compute_mode", modes[(int) device.v[0]]);
      }
    }
    if (nvml.cudaDriverVersion(number) == NvmlReturn.SUCCESS && number[0] > 0) {
      info.put("nvidia.gpu.cuda.driver_version", number[0] / 1000 + "." + (number[0] % 1000) / 10);
    }
    return info.build();
  }

  private static void onOff(AttributesBuilder to, DeviceState device, Reading what, String key)
      throws NvmlException {
    if (device.read(what)) {
      to.put(key, device.v[0] == 1 ? "enabled" : "disabled");
    }
  }

  private void put(
      AttributesBuilder to, NvmlApi nvml, DeviceState device, NvmlApi.Text what, String key) {
    String value = text(nvml, device.handle, what);
    if (value != null) {
      to.put(key, value);
    }
  }

  private @Nullable String text(NvmlApi nvml, long device, NvmlApi.Text what) {
    if (nvml.text(device, what, text) != NvmlReturn.SUCCESS) {
      return null;
    }
    String value = text[0];
    return value == null || value.isEmpty() ? null : value;
  }

  private void enumerateMig(NvmlApi nvml, DeviceState gpu, List<DeviceState> found)
      throws NvmlException {
    if (!gpu.read(Reading.MIG_DEVICES_MAX)) {
      return;
    }
    int max = (int) Math.min(gpu.v[0], 64);
    Map<Integer, DeviceState> firsts = new HashMap<>();
    for (int index = 0; index < max; index++) {
      if (nvml.migDeviceByIndex(gpu.handle, index, handle) != NvmlReturn.SUCCESS) {
        continue; // the indexes have gaps
      }
      long mig = handle[0];
      String uuid = text(nvml, mig, NvmlApi.Text.UUID);
      if (uuid == null) {
        continue;
      }
      DeviceState device = known.get(uuid);
      if (device == null) {
        device = new DeviceState(uuid);
        known.put(uuid, device);
      }
      if (device.generation != generation || device.handle != mig) {
        if (device.gpm != null) {
          device.gpm.free();
        }
        device.attach(nvml, listener, mig, generation);
        device.parent = gpu;
        device.name = gpu.name + " MIG " + index;
        device.gpuInstance = device.read(Reading.GPU_INSTANCE) ? (int) device.v[0] : -1;
        device.computeInstance = device.read(Reading.COMPUTE_INSTANCE) ? (int) device.v[0] : -1;
        if (device.gpuInstance >= 0 && gpu.read(Reading.GPM_SUPPORT) && gpu.v[0] == 1) {
          device.gpm = new GpmSampler(nvml, gpu.handle, device.gpuInstance);
        }
        describeMig(nvml, gpu, device);
      }
      // Compute instances share the memory and the samples of their GPU instance: the first has
      // them, so that a sum over the series is right. Whoever holds another has a part in them.
      DeviceState first =
          device.gpuInstance < 0 ? null : firsts.putIfAbsent(device.gpuInstance, device);
      if (first == null) {
        device.names.clear();
        found.add(device);
        first = device;
      } else {
        known.remove(uuid);
      }
      nameMig(gpu, device, first.names);
    }
  }

  /** What device plugins may call a MIG device. */
  private static void nameMig(DeviceState gpu, DeviceState mig, List<String> names) {
    names.add(mig.uuid);
    if (mig.gpuInstance >= 0) {
      String instance = "nvidia" + gpu.minor + "/gi" + mig.gpuInstance;
      if (gpu.minor >= 0 && !names.contains(instance)) {
        names.add(instance);
      }
      if (mig.computeInstance >= 0) {
        names.add("MIG-" + gpu.uuid + "/" + mig.gpuInstance + "/" + mig.computeInstance);
      }
    }
  }

  private void describeMig(NvmlApi nvml, DeviceState gpu, DeviceState mig) {
    Attributes common =
        Attributes.of(
            DeviceState.HW_ID,
            mig.uuid,
            DeviceState.HW_NAME,
            mig.name,
            DeviceState.HW_PARENT,
            gpu.uuid);
    AttributesBuilder full = gpu.fullAttributes().toBuilder().putAll(common);
    String model = text(nvml, mig.handle, NvmlApi.Text.NAME);
    int at = model == null ? -1 : model.indexOf(" MIG ");
    if (model != null && at >= 0) {
      full.put("nvidia.gpu.mig.profile", model.substring(at + 5));
    }
    if (mig.gpuInstance >= 0) {
      full.put(MIG_INSTANCE, (long) mig.gpuInstance);
    }
    mig.describe(common, full.build());
  }

  private void watchEvents(NvmlApi nvml) {
    if (events != null) {
      events.stop();
      events = null;
    }
    List<DeviceState> alive = new ArrayList<>();
    for (DeviceState gpu : gpus) {
      if (!gpu.failed) {
        alive.add(gpu);
      }
    }
    if (!alive.isEmpty()) {
      events = new EventWatcher(nvml, alive, listener, () -> enumerationDue = true);
      events.start();
    }
  }

  // ---- reading

  private void read(long now) throws NvmlException {
    NvmlApi nvml = api;
    if (nvml == null) {
      return;
    }
    if (enumerationDue || ++cyclesSinceEnumeration >= CYCLES_PER_ENUMERATION) {
      enumerate(nvml, now);
      if (gpus.isEmpty()) {
        return;
      }
    }
    PodAllocations allocations = pods.current();
    Snapshot.Builder out = new Snapshot.Builder();
    boolean lostBefore = someLost;
    someLost = false;
    boolean anyFailed = false;
    for (DeviceState gpu : gpus) {
      tellHolders(gpu, allocations, out);
      readGpu(nvml, gpu, out, now);
      anyFailed |= gpu.failed;
      someLost |= gpu.failed || gpu.offTheBus();
    }
    for (DeviceState mig : migDevices) {
      tellHolders(mig, allocations, out);
      readMig(mig, out, now);
    }
    if (!someLost) {
      lostBackOffNanos = FIRST_LOST_BACK_OFF_NANOS;
    } else if (!lostBefore) {
      // One that still answers in spite of its XID stays reported as failed for a while.
      nextLostInitNanos = anyFailed ? now : now + MAX_BACK_OFF_NANOS;
    }
    backOffNanos = FIRST_BACK_OFF_NANOS;
    devices = gpus.size();
    snapshot = out.build(now);
    state = State.OK;
  }

  /** Who holds the device: a series for each, and on the device's own when it is only one. */
  private static void tellHolders(
      DeviceState device, PodAllocations allocations, Snapshot.Builder out) {
    List<PodAllocations.Holder> holders = allocations.holders(device.names);
    device.heldBy(PodAllocations.ofWholeDevice(holders));
    for (PodAllocations.Holder holder : holders) {
      Attributes attributes =
          device.commonAttributes().toBuilder().putAll(holder.attributes).build();
      out.add(Metric.ALLOCATION, attributes, (long) holder.count);
    }
  }

  private void readGpu(NvmlApi nvml, DeviceState gpu, Snapshot.Builder out, long now)
      throws NvmlException {
    Snapshot.Builder own = new Snapshot.Builder();
    try {
      if (gpu.handle != 0 && !gpu.failed) {
        GpuReader.readGpu(gpu, own, options.extras, now);
        readProcesses(nvml, gpu, own);
        out.addAll(own);
        if (gpu.failureTold) {
          gpu.failureTold = false;
          logger.log(Level.INFO, gpu.name + " (" + gpu.uuid + ") answers again");
        }
        return;
      }
    } catch (NvmlException e) {
      if (NvmlReturn.scopeOf(e.code) == Scope.LIBRARY) {
        throw e;
      }
      markFailed(gpu, e.code);
    }
    gpu.emitFailed(out); // half a reading is none
  }

  private void readMig(DeviceState mig, Snapshot.Builder out, long now) throws NvmlException {
    Snapshot.Builder own = new Snapshot.Builder();
    try {
      if (GpuReader.readMig(mig, own, now)) {
        out.addAll(own);
        return;
      }
    } catch (NvmlException e) {
      if (NvmlReturn.scopeOf(e.code) == Scope.LIBRARY) {
        throw e;
      }
    }
    enumerationDue = true; // its handle died with the instance
  }

  private void markFailed(DeviceState device, int code) {
    device.failed = true;
    if (!device.failureTold) {
      device.failureTold = true;
      logger.log(
          Level.WARNING,
          device.name + " (" + device.uuid + ") has failed: " + NvmlReturn.nameOf(code));
    }
  }

  private void readProcesses(NvmlApi nvml, DeviceState gpu, Snapshot.Builder out)
      throws NvmlException {
    boolean all = options.extras.contains(Extra.ALL_PROCESSES);
    if (!all && !options.extras.contains(Extra.PROCESS)) {
      return;
    }
    if (ownPids.isEmpty()) {
      ownPids.addAll(ownPids());
    }
    int code = nvml.computeProcesses(gpu.handle, pids, bytes, number);
    if (code != NvmlReturn.SUCCESS) {
      gpu.failedFor(code);
    } else {
      for (int i = 0; i < number[0]; i++) {
        if (bytes[i] >= 0 && (all || ownPids.contains(pids[i]))) { // all-ones = not available
          out.add(Metric.PROCESS_MEMORY, ofProcess(gpu, pids[i]), bytes[i]);
        }
      }
    }
    if (!gpu.migEnabled) {
      readProcessUtilization(nvml, gpu, all, out);
    }
  }

  /** The latest sample of each process since the reading before. */
  private void readProcessUtilization(
      NvmlApi nvml, DeviceState gpu, boolean all, Snapshot.Builder out) throws NvmlException {
    int code =
        nvml.processUtilization(gpu.handle, gpu.processesSeen, pids, bytes, percents, number);
    if (code != NvmlReturn.SUCCESS) {
      if (code != NvmlReturn.NOT_FOUND) { // no process did anything since
        gpu.failedFor(code);
      }
      return;
    }
    int count = number[0];
    for (int i = 0; i < count; i++) {
      gpu.processesSeen = Math.max(gpu.processesSeen, bytes[i]);
      if (!all && !ownPids.contains(pids[i])) {
        continue;
      }
      boolean latest = true;
      for (int other = 0; other < count && latest; other++) {
        latest = pids[other] != pids[i] || !isLater(other, i);
      }
      for (int engine = 0; latest && engine < ENGINES.length; engine++) {
        int percent = percents[4 * i + engine];
        if (percent >= 0 && percent <= 100) {
          Attributes attributes =
              ofProcess(gpu, pids[i]).toBuilder().put(ENGINE, ENGINES[engine]).build();
          out.add(Metric.PROCESS_UTILIZATION, attributes, percent / 100.0);
        }
      }
    }
  }

  /** Whether one sample (its time stamp is in {@link #bytes}) comes after another. */
  private boolean isLater(int one, int other) {
    return bytes[one] != bytes[other] ? bytes[one] > bytes[other] : one > other;
  }

  private static Attributes ofProcess(DeviceState gpu, long pid) {
    return gpu.fullAttributes().toBuilder().putAll(gpu.holder()).put("process.pid", pid).build();
  }

  /** This process's id in every PID namespace that it can see itself in. */
  private static Set<Long> ownPids() {
    Set<Long> own = new HashSet<>();
    own.add(ProcessHandle.current().pid());
    try {
      for (String line : Files.readAllLines(Paths.get("/proc/self/status"))) {
        if (line.startsWith("NSpid:")) {
          for (String pid : line.substring(6).trim().split("\\s+", -1)) {
            own.add(Long.parseLong(pid));
          }
        }
      }
    } catch (IOException | RuntimeException e) {
      // no such file: the one PID stands
    }
    return own;
  }

  private void tellOnce(Level level, String message) {
    if (toldOnce.size() < 100 && toldOnce.add(message)) {
      logger.log(level, message);
    }
  }
}
