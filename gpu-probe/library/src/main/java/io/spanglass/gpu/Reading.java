/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.gpu;

/** A value, or a small group of values, that one call reads from a device. */
enum Reading {
  /** [0] = busy %, [1] = memory controller busy %. */
  UTILIZATION,
  /** [0] = %. */
  ENCODER_UTILIZATION,
  /** [0] = %. */
  DECODER_UTILIZATION,
  /** Bytes: [0] = total, [1] = used, [2] = reserved or -1. */
  MEMORY,
  /** [0] = °C. */
  TEMPERATURE,
  /** [0] = mW. */
  POWER_USAGE,
  /** [0] = mJ since the driver was loaded. */
  TOTAL_ENERGY,
  /** [0] = mW. */
  POWER_LIMIT_ENFORCED,
  /** [0] = mW. */
  POWER_LIMIT_REQUESTED,
  /** mW: [0] = minimum, [1] = maximum. */
  POWER_LIMIT_RANGE,
  /** [0] = mW. */
  POWER_LIMIT_DEFAULT,
  /** [0] = MHz; the argument is the {@code nvmlClockType_t}. */
  CLOCK,
  /** [0] = bit mask. */
  CLOCK_EVENT_REASONS,
  /** [0] = count; the argument is error type (0 corrected, 1 uncorrected) + 2 × (0 volatile, 1). */
  ECC_ERRORS,
  /** [0] = count. */
  PCIE_REPLAY,
  /** [0] = number of fans. */
  FAN_COUNT,
  /** [0] = % of the maximum; the argument is the fan. */
  FAN_SPEED,
  /** [0] = intended rpm; the argument is the fan. */
  FAN_SPEED_RPM,
  /** [0] = °C; the argument is the {@code nvmlTemperatureThresholds_t}. */
  TEMPERATURE_THRESHOLD,
  /** [0] = °C to the nearest slowdown, signed. */
  TEMPERATURE_MARGIN,
  /** Rows: [0] = corrected, [1] = uncorrected; flags: [2] = pending, [3] = failed. */
  REMAPPED_ROWS,
  /** [0] = generation. */
  PCIE_GENERATION,
  /** [0] = lanes. */
  PCIE_WIDTH,
  /** [0] = generation. */
  PCIE_GENERATION_MAX,
  /** [0] = lanes. */
  PCIE_WIDTH_MAX,
  /** [0] = {@code nvmlGpuFabricState_t}, [1] = health summary (0 when the driver tells none). */
  FABRIC,
  /** [0] = 0 (fastest) to 15, 32 = unknown. */
  PERFORMANCE_STATE,
  /** [0] = 1 when active; the argument is the link. */
  NVLINK_STATE,
  /** [0] = 1 when GPM works on the device. */
  GPM_SUPPORT,
  /** [0] = 1 when MIG is on now. */
  MIG_MODE,
  /** [0] = number of indexes to try. */
  MIG_DEVICES_MAX,
  /** [0] = id. */
  GPU_INSTANCE,
  /** [0] = id. */
  COMPUTE_INSTANCE,
  /** [0] = 1 when on. */
  PERSISTENCE_MODE,
  /** [0] = 1 when on now. */
  ECC_MODE,
  /** [0] = {@code nvmlComputeMode_t}. */
  COMPUTE_MODE,
  /** [0] = KiB/s over the last 20 ms; the argument is 0 for transmit, 1 for receive. Slow. */
  PCIE_THROUGHPUT,
  /** Bytes: [0] = total, [1] = used. */
  BAR1,
  /** Bytes: [0] = total, [1] = used. */
  PROTECTED_MEMORY,
  /** [0] = N of /dev/nvidiaN. */
  MINOR_NUMBER,
  /** Bit masks over the feature codes: [0] = enabled, [1] = licensed. */
  VGPU_LICENSE,
  /** [0] = bit mask of supported event types. */
  EVENT_TYPES;

  /** How many longs the largest reading fills. */
  static final int MAX_VALUES = 4;
}
