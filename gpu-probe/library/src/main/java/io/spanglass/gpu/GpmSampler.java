/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.gpu;

import io.spanglass.gpu.NvmlReturn.Scope;

/**
 * The GPM activity ratios of one GPU or GPU instance (Hopper and newer): the difference between a
 * sample of this cycle and one of an earlier cycle.
 *
 * @see <a href="https://docs.nvidia.com/deploy/nvml-api/group__nvmlGpmFunctions.html">GPM</a>
 */
final class GpmSampler {
  private static final long MIN_WINDOW_NANOS = 100_000_000L;
  private static final long MAX_WINDOW_NANOS = 600_000_000_000L;

  private static final int PCIE_TX = 20;
  private static final int PCIE_RX = 21;
  private static final int DECODER_FIRST = 30;
  private static final int JPEG_FIRST = 40;
  private static final int OPTICAL_FLOW_FIRST = 50;

  private static final int[] IDS = {
    1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12, 13, PCIE_TX, PCIE_RX, //
    30, 31, 32, 33, 34, 35, 36, 37, 40, 41, 42, 43, 44, 45, 46, 47, 50, 51
  };

  private final NvmlApi api;
  private final long device;
  private final int gpuInstance;
  private final int[] codes = new int[IDS.length];
  private final double[] values = new double[IDS.length];
  private final long[] out = new long[1];
  private long earlier;
  private long spare;
  private long earlierNanos;
  private boolean seeded;
  private boolean off;

  GpmSampler(NvmlApi api, long device, int gpuInstance) {
    this.api = api;
    this.device = device;
    this.gpuInstance = gpuInstance;
  }

  /** Frees the samples; must come before the library is shut down. */
  void free() {
    off = true;
    if (earlier != 0) {
      api.gpmSampleFree(earlier);
    }
    if (spare != 0) {
      api.gpmSampleFree(spare);
    }
    earlier = 0;
    spare = 0;
  }

  /**
   * Takes a sample and emits what happened since the one before. The first call emits nothing.
   *
   * @param state whose series they are
   * @param pcie whether the device has no byte counters of its own, so that the rates are summed up
   * @param decoder whether the device does not tell its decoder's utilisation otherwise
   */
  void sample(Snapshot.Builder to, DeviceState state, boolean pcie, boolean decoder, long nowNanos)
      throws NvmlException {
    if (off || !allocate(state)) {
      return;
    }
    int code = api.gpmSampleGet(device, gpuInstance, spare);
    if (code != NvmlReturn.SUCCESS) {
      off = state.failedFor(code) == Scope.FIELD;
      return;
    }
    long window = nowNanos - earlierNanos;
    if (seeded && window < MIN_WINDOW_NANOS) {
      return; // compared with a later sample; the spare one is overwritten then
    }
    if (seeded && window <= MAX_WINDOW_NANOS) {
      code = api.gpmMetrics(earlier, spare, IDS, codes, values);
      if (code == NvmlReturn.SUCCESS) {
        emit(to, state, pcie, decoder, window / 1e9);
      } else if (state.failedFor(code) == Scope.FIELD) {
        off = true;
      }
    }
    long taken = spare;
    spare = earlier;
    earlier = taken;
    earlierNanos = nowNanos;
    seeded = true;
  }

  private boolean allocate(DeviceState state) throws NvmlException {
    if (earlier == 0) {
      earlier = allocateOne(state);
    }
    if (earlier != 0 && spare == 0) {
      spare = allocateOne(state);
    }
    return spare != 0;
  }

  private long allocateOne(DeviceState state) throws NvmlException {
    int code = api.gpmSampleAlloc(out);
    if (code == NvmlReturn.SUCCESS) {
      return out[0];
    }
    off = state.failedFor(code) == Scope.FIELD;
    return 0;
  }

  private void emit(
      Snapshot.Builder to, DeviceState state, boolean pcie, boolean decoder, double seconds) {
    ratio(to, state, 1, Metric.ACTIVITY, "nvidia.gpu.engine=graphics");
    ratio(to, state, 2, Metric.SM_UTILIZATION, "");
    ratio(to, state, 3, Metric.SM_OCCUPANCY, "");
    ratio(to, state, 4, Metric.PIPE_UTILIZATION, "nvidia.gpu.pipe=int");
    ratio(to, state, 5, Metric.PIPE_UTILIZATION, "nvidia.gpu.pipe=tensor");
    ratio(to, state, 6, Metric.PIPE_UTILIZATION, "nvidia.gpu.pipe=dfma");
    ratio(to, state, 7, Metric.PIPE_UTILIZATION, "nvidia.gpu.pipe=hmma");
    ratio(to, state, 9, Metric.PIPE_UTILIZATION, "nvidia.gpu.pipe=imma");
    ratio(to, state, 10, Metric.MEMORY_BANDWIDTH, "");
    ratio(to, state, 11, Metric.PIPE_UTILIZATION, "nvidia.gpu.pipe=fp64");
    ratio(to, state, 12, Metric.PIPE_UTILIZATION, "nvidia.gpu.pipe=fp32");
    ratio(to, state, 13, Metric.PIPE_UTILIZATION, "nvidia.gpu.pipe=fp16");
    if (decoder) {
      engines(to, state, DECODER_FIRST, DECODER_FIRST + 7, "hw.gpu.task=decoder");
    }
    engines(to, state, JPEG_FIRST, JPEG_FIRST + 7, "hw.gpu.task=jpeg");
    engines(to, state, OPTICAL_FLOW_FIRST, OPTICAL_FLOW_FIRST + 1, "hw.gpu.task=ofa");
    if (pcie) {
      rate(to, state, PCIE_TX, "network.io.direction=transmit", seconds);
      rate(to, state, PCIE_RX, "network.io.direction=receive", seconds);
    }
  }

  private void ratio(
      Snapshot.Builder to, DeviceState state, int id, Metric metric, String variant) {
    int i = index(id);
    if (i >= 0) {
      state.emit(to, metric, variant, values[i] / 100);
    }
  }

  /** The mean over the engines of one kind that the device has. */
  private void engines(Snapshot.Builder to, DeviceState state, int first, int last, String task) {
    double sum = 0;
    int count = 0;
    for (int id = first; id <= last; id++) {
      int i = index(id);
      if (i >= 0) {
        sum += values[i];
        count++;
      }
    }
    if (count > 0) {
      state.emit(to, Metric.UTILIZATION, task, sum / count / 100);
    }
  }

  private void rate(
      Snapshot.Builder to, DeviceState state, int id, String variant, double seconds) {
    int i = index(id);
    if (i >= 0) {
      state.integrate(to, Metric.IO, variant, values[i] * (1 << 20) * seconds); // MiB/s
    }
  }

  /** Where the metric's value is, or -1 when there is none. */
  private int index(int id) {
    for (int i = 0; i < IDS.length; i++) {
      if (IDS[i] == id) {
        boolean valid =
            codes[i] == NvmlReturn.SUCCESS && values[i] >= 0 && Double.isFinite(values[i]);
        return valid ? i : -1;
      }
    }
    return -1;
  }
}
