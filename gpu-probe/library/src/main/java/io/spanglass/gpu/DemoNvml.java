/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.gpu;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Simulated GPUs for building dashboards where there are none. Sizes, limits, clocks and which
 * fields exist follow the real products; the load is a wave, and energy and bytes are its integral.
 */
class DemoNvml implements NvmlApi {

  enum Model {
    H100("NVIDIA H100 80GB HBM3", "96.00.99.00.01", 81559, 551, 700, 2619, 1980, false),
    H200("NVIDIA H200", "96.00.CE.00.01", 143771, 551, 700, 3201, 1980, false),
    B200("NVIDIA B200", "97.00.82.00.26", 183359, 596, 1000, 3996, 1965, true);

    final String productName;
    final String vbios;
    final long memoryMib;
    final long reservedMib;
    final int powerLimitWatts;
    final int memoryClock;
    final int smClock;

    /** NVLink 5 has its byte counters per link; the older ones have one for all. */
    final boolean nvlink5;

    Model(
        String productName,
        String vbios,
        long memoryMib,
        long reservedMib,
        int powerLimitWatts,
        int memoryClock,
        int smClock,
        boolean nvlink5) {
      this.productName = productName;
      this.vbios = vbios;
      this.memoryMib = memoryMib;
      this.reservedMib = reservedMib;
      this.powerLimitWatts = powerLimitWatts;
      this.memoryClock = memoryClock;
      this.smClock = smClock;
      this.nvlink5 = nvlink5;
    }
  }

  static final class Mig {
    final String profile;
    final int gpuInstance;
    final long memoryMib;

    Mig(String profile, int gpuInstance, long memoryMib) {
      this.profile = profile;
      this.gpuInstance = gpuInstance;
      this.memoryMib = memoryMib;
    }
  }

  static final class Gpu {
    final Model model;
    final List<Mig> migs = new ArrayList<>();
    boolean migEnabled;

    Gpu(Model model) {
      this.model = model;
    }

    static Gpu parted(Model model) {
      Gpu gpu = new Gpu(model);
      gpu.migEnabled = true;
      gpu.migs.add(new Mig("3g.40gb", 1, 40448));
      gpu.migs.add(new Mig("2g.20gb", 3, 19968));
      gpu.migs.add(new Mig("1g.10gb", 9, 9856));
      return gpu;
    }
  }

  private static final class Sample {
    double seconds;
    int gpu;
  }

  private static final long FIRST_GPU = 0x1000;
  private static final long FIRST_MIG = 0x100000;
  private static final int LINKS = 18;
  private static final double PERIOD_SECONDS = 120;
  private static final double OMEGA = 2 * Math.PI / PERIOD_SECONDS;
  private static final double MEAN_LOAD = 0.55;
  private static final double SWING = 0.4;
  private static final double IDLE_WATTS = 70;

  final List<Gpu> gpus;
  private final LongSupplier nanoClock;
  private final long startNanos;
  private final Map<Long, Sample> samples = new HashMap<>();
  private long nextSample = 1;

  DemoNvml(List<Gpu> gpus, LongSupplier nanoClock) {
    this.gpus = gpus;
    this.nanoClock = nanoClock;
    this.startNanos = nanoClock.getAsLong();
  }

  /**
   * The GPUs of a named fleet.
   *
   * @throws IllegalArgumentException for a name that is not known
   */
  static List<Gpu> fleet(String name) {
    switch (name.trim().toLowerCase(Locale.ROOT)) {
      case "h100":
        return eight(Model.H100);
      case "h200":
        return eight(Model.H200);
      case "b200":
        return eight(Model.B200);
      case "mig":
        return new ArrayList<>(Collections.singletonList(Gpu.parted(Model.H100)));
      case "mixed":
        return new ArrayList<>(
            Arrays.asList(
                new Gpu(Model.H100),
                new Gpu(Model.H200),
                new Gpu(Model.B200),
                Gpu.parted(Model.H100)));
      default:
        throw new IllegalArgumentException(
            "unknown demo fleet \"" + name + "\"; known: h100, h200, b200, mig, mixed");
    }
  }

  private static List<Gpu> eight(Model model) {
    List<Gpu> gpus = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      gpus.add(new Gpu(model));
    }
    return gpus;
  }

  // ---- the wave

  private double seconds() {
    return (nanoClock.getAsLong() - startNanos) / 1e9;
  }

  private static double load(int gpu, double seconds) {
    return MEAN_LOAD + SWING * Math.sin(OMEGA * seconds + gpu);
  }

  /** ∫ load from 0 to {@code seconds}. */
  private static double work(int gpu, double seconds) {
    return MEAN_LOAD * seconds + SWING / OMEGA * (Math.cos(gpu) - Math.cos(OMEGA * seconds + gpu));
  }

  private static double watts(Gpu gpu, double load) {
    return IDLE_WATTS + (gpu.model.powerLimitWatts * 0.97 - IDLE_WATTS) * load;
  }

  private static double joules(Gpu gpu, int index, double seconds) {
    return IDLE_WATTS * seconds
        + (gpu.model.powerLimitWatts * 0.97 - IDLE_WATTS) * work(index, seconds);
  }

  // ---- NVML

  @Override
  public int init() {
    return NvmlReturn.SUCCESS;
  }

  @Override
  public int shutdown() {
    samples.clear();
    return NvmlReturn.SUCCESS;
  }

  @Override
  public int deviceCount(int[] out) {
    out[0] = gpus.size();
    return NvmlReturn.SUCCESS;
  }

  @Override
  public int deviceByIndex(int index, long[] out) {
    out[0] = FIRST_GPU + index;
    return index < gpus.size() ? NvmlReturn.SUCCESS : NvmlReturn.INVALID_ARGUMENT;
  }

  @Override
  public int migDeviceByIndex(long device, int index, long[] out) {
    int gpu = gpuIndex(device);
    if (index >= gpus.get(gpu).migs.size()) {
      return NvmlReturn.NOT_FOUND;
    }
    out[0] = FIRST_MIG + gpu * 64L + gpus.get(gpu).migs.get(index).gpuInstance;
    return NvmlReturn.SUCCESS;
  }

  private static int gpuIndex(long handle) {
    return (int) (handle >= FIRST_MIG ? (handle - FIRST_MIG) / 64 : handle - FIRST_GPU);
  }

  private @Nullable Mig mig(long handle) {
    if (handle >= FIRST_MIG) {
      for (Mig mig : gpus.get(gpuIndex(handle)).migs) {
        if (mig.gpuInstance == (handle - FIRST_MIG) % 64) {
          return mig;
        }
      }
    }
    return null;
  }

  @Override
  public int text(long device, Text what, @Nullable String[] out) {
    if (what == Text.DRIVER_VERSION) {
      out[0] = "580.95.05";
      return NvmlReturn.SUCCESS;
    }
    int index = gpuIndex(device);
    Model model = gpus.get(index).model;
    Mig mig = mig(device);
    switch (what) {
      case UUID:
        out[0] =
            mig == null
                ? String.format(Locale.ROOT, "GPU-5ba961a5-0000-4000-8000-%012d", index)
                : String.format(
                    Locale.ROOT, "MIG-5ba961a5-0000-4000-8000-%08d%04d", index, mig.gpuInstance);
        return NvmlReturn.SUCCESS;
      case NAME:
        out[0] = mig == null ? model.productName : model.productName + " MIG " + mig.profile;
        return NvmlReturn.SUCCESS;
      case VBIOS_VERSION:
        out[0] = model.vbios;
        return NvmlReturn.SUCCESS;
      case SERIAL:
        out[0] = String.format(Locale.ROOT, "165002%07d", index);
        return NvmlReturn.SUCCESS;
      case PCI_BUS_ID:
        out[0] = String.format(Locale.ROOT, "00000000:%02X:00.0", 0x0A + index * 0x10);
        return NvmlReturn.SUCCESS;
      default:
        return NvmlReturn.NOT_SUPPORTED;
    }
  }

  @Override
  public int cudaDriverVersion(int[] out) {
    out[0] = 13000;
    return NvmlReturn.SUCCESS;
  }

  @Override
  public int read(long device, Reading what, int argument, long[] out) {
    int index = gpuIndex(device);
    Gpu gpu = gpus.get(index);
    double t = seconds();
    double load = load(index, t);
    Mig mig = mig(device);
    if (device >= FIRST_MIG) {
      return mig == null ? NvmlReturn.NOT_FOUND : readMig(mig, load, what, out);
    }
    switch (what) {
      case UTILIZATION:
        out[0] = Math.round(load * 100);
        out[1] = Math.round(load * 60);
        return gpu.migEnabled ? NvmlReturn.NOT_SUPPORTED : NvmlReturn.SUCCESS;
      case ENCODER_UTILIZATION:
      case DECODER_UTILIZATION:
        return answer(out, 0);
      case MEMORY:
        out[0] = gpu.model.memoryMib << 20;
        out[1] = (long) (gpu.model.memoryMib * (0.35 + 0.5 * load)) << 20;
        out[2] = gpu.model.reservedMib << 20;
        return NvmlReturn.SUCCESS;
      case TEMPERATURE:
        return answer(out, Math.round(34 + 36 * load));
      case POWER_USAGE:
        return answer(out, Math.round(watts(gpu, load) * 1000));
      case TOTAL_ENERGY:
        return answer(out, energy(gpu, index, t));
      case POWER_LIMIT_ENFORCED:
      case POWER_LIMIT_REQUESTED:
      case POWER_LIMIT_DEFAULT:
        return answer(out, gpu.model.powerLimitWatts * 1000L);
      case POWER_LIMIT_RANGE:
        out[1] = gpu.model.powerLimitWatts * 1000L;
        return answer(out, 200_000);
      case CLOCK:
        long sm = Math.round(gpu.model.smClock * (load > 0.9 ? 0.93 : 1));
        return answer(out, argument == 2 ? gpu.model.memoryClock : argument == 3 ? 1545 : sm);
      case CLOCK_EVENT_REASONS:
        return answer(out, load > 0.9 ? 0x4 : load < 0.2 ? 0x1 : 0);
      case ECC_ERRORS:
      case PCIE_REPLAY:
        return answer(out, 0);
      case TEMPERATURE_THRESHOLD:
        long[] thresholds = {92, 89, 95, 87};
        return argument < thresholds.length
            ? answer(out, thresholds[argument])
            : NvmlReturn.INVALID_ARGUMENT;
      case TEMPERATURE_MARGIN:
        return answer(out, Math.round(87 - (34 + 36 * load)));
      case REMAPPED_ROWS:
        Arrays.fill(out, 0);
        return NvmlReturn.SUCCESS;
      case PCIE_GENERATION:
      case PCIE_GENERATION_MAX:
        return answer(out, 5);
      case PCIE_WIDTH:
      case PCIE_WIDTH_MAX:
        return answer(out, 16);
      case FABRIC:
        out[0] = 3;
        out[1] = 1;
        return NvmlReturn.SUCCESS;
      case PERFORMANCE_STATE:
        return answer(out, 0);
      case NVLINK_STATE:
        return argument < LINKS ? answer(out, 1) : NvmlReturn.INVALID_ARGUMENT;
      case GPM_SUPPORT:
      case PERSISTENCE_MODE:
      case ECC_MODE:
        return answer(out, 1);
      case MIG_MODE:
        return answer(out, gpu.migEnabled ? 1 : 0);
      case MIG_DEVICES_MAX:
        return answer(out, 7);
      case COMPUTE_MODE:
        return answer(out, 0);
      case BAR1:
        out[1] = 4L << 20;
        return answer(out, gpu.model == Model.H100 ? 128L << 30 : 256L << 30);
      case MINOR_NUMBER:
        return answer(out, index);
      case EVENT_TYPES:
        return answer(out, EventWatcher.XID | EventWatcher.MIG_CONFIG_CHANGE);
      default: // these have no fans, and byte counters instead of rates
        return NvmlReturn.NOT_SUPPORTED;
    }
  }

  private static int readMig(Mig mig, double load, Reading what, long[] out) {
    switch (what) {
      case MEMORY:
        out[0] = mig.memoryMib << 20;
        out[1] = (long) (mig.memoryMib * (0.3 + 0.5 * load)) << 20;
        out[2] = 19L << 20;
        return NvmlReturn.SUCCESS;
      case GPU_INSTANCE:
        return answer(out, mig.gpuInstance);
      case COMPUTE_INSTANCE:
        return answer(out, 0);
      default:
        return NvmlReturn.NOT_SUPPORTED;
    }
  }

  private static int answer(long[] out, long value) {
    out[0] = value;
    return NvmlReturn.SUCCESS;
  }

  private static long energy(Gpu gpu, int index, double seconds) {
    return 4_000_000_000_000L
        + index * 1_000_000_000L
        + (long) (joules(gpu, index, seconds) * 1000);
  }

  @Override
  public int fieldValues(long device, FieldBatch batch) {
    int index = gpuIndex(device);
    Gpu gpu = gpus.get(index);
    double t = seconds();
    for (int i = 0; i < batch.size(); i++) {
      long value = field(gpu, index, batch.id(i), batch.scope(i), t);
      batch.answer(i, value < 0 ? NvmlReturn.NOT_SUPPORTED : NvmlReturn.SUCCESS, value);
    }
    return NvmlReturn.SUCCESS;
  }

  /** The value of a field, or -1 when the model lacks it. */
  private static long field(Gpu gpu, int index, int id, int scope, double t) {
    double work = work(index, t);
    switch (id) {
      case 3: // a corrected memory error now and then
        return (long) (t / 900);
      case 5:
        return 12 + (long) (t / 900);
      case 82:
        return Math.round(40 + 38 * load(index, t));
      case 83:
        return energy(gpu, index, t);
      case 186:
        return Math.round(watts(gpu, load(index, t)) * 1000);
      case 197:
        return 7_000_000_000L + (long) (work * 9e9);
      case 198:
        return 9_000_000_000L + (long) (work * 14e9);
      case 74:
        return (long) (work * 0.05 * 1e9);
      case 138:
      case 139:
        return gpu.model.nvlink5 || scope != FieldBatch.ALL_LINKS
            ? -1
            : 1_000_000L + (long) (work * 120e9 / 1024);
      case 202:
      case 204:
        return gpu.model.nvlink5 ? 1_000_000L + (long) (work * 220e9 / LINKS) : -1;
      case 4:
      case 6:
      case 76:
      case 77:
      case 78:
      case 79:
      case 94:
      case 142:
      case 143:
      case 144:
      case 145:
      case 173:
      case 179:
      case 180:
      case 230:
      case 251: // CUDA 13.0's numbers
      case 252:
      case 253:
        return 0;
      case 38:
      case 45:
      case 52:
      case 59:
        return scope == FieldBatch.ALL_LINKS ? 0 : -1;
      case 161:
      case 162:
      case 163:
        return gpu.model.nvlink5 ? -1 : 0;
      default: // no retired pages since Ampere remaps rows; no C2C without Grace
        return -1;
    }
  }

  @Override
  public int gpmSampleAlloc(long[] out) {
    out[0] = nextSample++;
    samples.put(out[0], new Sample());
    return NvmlReturn.SUCCESS;
  }

  @Override
  public int gpmSampleFree(long sample) {
    samples.remove(sample);
    return NvmlReturn.SUCCESS;
  }

  @Override
  public int gpmSampleGet(long device, int gpuInstance, long sample) {
    Sample taken = samples.get(sample);
    int index = gpuIndex(device);
    if (taken == null || (gpus.get(index).migEnabled && gpuInstance < 0)) {
      return NvmlReturn.NOT_SUPPORTED;
    }
    taken.seconds = seconds();
    taken.gpu = index;
    return NvmlReturn.SUCCESS;
  }

  @Override
  public int gpmMetrics(long first, long second, int[] ids, int[] codes, double[] values) {
    Sample from = samples.get(first);
    Sample to = samples.get(second);
    if (from == null || to == null) {
      return NvmlReturn.INVALID_ARGUMENT;
    }
    double window = Math.max(to.seconds - from.seconds, 1e-9);
    double load = (work(to.gpu, to.seconds) - work(to.gpu, from.seconds)) / window;
    for (int i = 0; i < ids.length; i++) {
      double share = share(ids[i]);
      codes[i] = share < 0 ? NvmlReturn.NOT_SUPPORTED : NvmlReturn.SUCCESS;
      values[i] = share * load * (ids[i] == 20 || ids[i] == 21 ? 1 : 100);
    }
    return NvmlReturn.SUCCESS;
  }

  /** How much of the load a metric shows: as a fraction, or in MiB/s for 20 and 21. */
  private static double share(int id) {
    switch (id) {
      case 1:
        return 0.98;
      case 2:
        return 0.84;
      case 3:
        return 0.31;
      case 4:
        return 0.09;
      case 5:
      case 7:
        return 0.42;
      case 6:
      case 9:
      case 11:
        return 0;
      case 10:
        return 0.66;
      case 12:
        return 0.12;
      case 13:
        return 0.03;
      case 20:
        return 3000;
      case 21:
        return 4500;
      default:
        return (id >= 40 && id <= 46) || id == 50 ? 0 : -1;
    }
  }

  @Override
  public int computeProcesses(long device, long[] pids, long[] bytes, int[] out) {
    pids[0] = ProcessHandle.current().pid();
    bytes[0] = gpus.get(gpuIndex(device)).model.memoryMib << 19;
    out[0] = 1;
    return NvmlReturn.SUCCESS;
  }

  @Override
  public int processUtilization(
      long device, long since, long[] pids, long[] stamps, int[] percents, int[] out) {
    double t = seconds();
    pids[0] = ProcessHandle.current().pid();
    stamps[0] = 1_000_000 + (long) (t * 1e6);
    percents[0] = (int) Math.round(load(gpuIndex(device), t) * 100);
    percents[1] = (int) Math.round(load(gpuIndex(device), t) * 60);
    percents[2] = 0;
    percents[3] = 0;
    out[0] = stamps[0] > since ? 1 : 0;
    return out[0] == 1 ? NvmlReturn.SUCCESS : NvmlReturn.NOT_FOUND;
  }

  @Override
  public int eventSetCreate(long[] out) {
    out[0] = 1;
    return NvmlReturn.SUCCESS;
  }

  @Override
  public int eventRegister(long device, long types, long set) {
    return NvmlReturn.SUCCESS;
  }

  @Override
  public int eventWait(long set, int timeoutMillis, long[] out) {
    try {
      Thread.sleep(timeoutMillis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // the watcher is being stopped
    }
    return NvmlReturn.TIMEOUT;
  }

  @Override
  public int eventSetFree(long set) {
    return NvmlReturn.SUCCESS;
  }
}
