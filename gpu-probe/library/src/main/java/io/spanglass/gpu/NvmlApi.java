/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.gpu;

import org.jspecify.annotations.Nullable;

/**
 * What the probe needs of NVML. Implementations: the driver's library ({@link NvmlNative}) and a
 * simulation ({@link DemoNvml}).
 *
 * <p>Every method returns an {@code nvmlReturn_t} and fills its last argument on success only; a
 * function that the driver lacks answers {@link NvmlReturn#FUNCTION_NOT_FOUND}. Values are in
 * NVML's own units. Handles are opaque and end with {@link #shutdown} (and, for MIG, with the
 * instance). One thread calls all methods except the event ones, which have a thread of their own.
 */
interface NvmlApi {

  /** A text that a device or the system tells about itself. */
  enum Text {
    UUID,
    NAME,
    VBIOS_VERSION,
    SERIAL,
    PCI_BUS_ID,
    /** The device is ignored. */
    DRIVER_VERSION
  }

  int init();

  int shutdown();

  int deviceCount(int[] out);

  int deviceByIndex(int index, long[] out);

  int migDeviceByIndex(long device, int index, long[] out);

  int text(long device, Text what, @Nullable String[] out);

  /** The version as 1000 × major + 10 × minor. */
  int cudaDriverVersion(int[] out);

  /** Reads {@code what} into {@code out}, whose length is {@link Reading#MAX_VALUES}. */
  int read(long device, Reading what, int argument, long[] out);

  int fieldValues(long device, FieldBatch batch);

  int gpmSampleAlloc(long[] out);

  int gpmSampleFree(long sample);

  /** Takes a sample of a device, or of one GPU instance of it when {@code gpuInstance} ≥ 0. */
  int gpmSampleGet(long device, int gpuInstance, long sample);

  /** Compares two samples; {@code codes} and {@code values} run parallel to {@code ids}. */
  int gpmMetrics(long first, long second, int[] ids, int[] codes, double[] values);

  /** Fills pid and bytes pairwise; {@code out[0]} is the number of processes (at most fits). */
  int computeProcesses(long device, long[] pids, long[] bytes, int[] out);

  /**
   * What processes used of a device since {@code since}, a time stamp of the driver: into {@code
   * pids} and {@code stamps} (µs), and four by four into {@code percents} (SM, memory, encoder,
   * decoder); {@code out[0]} is the number of samples.
   */
  int processUtilization(
      long device, long since, long[] pids, long[] stamps, int[] percents, int[] out);

  int eventSetCreate(long[] out);

  int eventRegister(long device, long types, long set);

  /** Waits for one event: {@code out} = handle, type, data, GPU instance (all-ones when none). */
  int eventWait(long set, int timeoutMillis, long[] out);

  int eventSetFree(long set);
}
