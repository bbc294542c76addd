/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.gpu;

/**
 * Every asynchronous instrument of the probe. {@code hw.*} are the OpenTelemetry semantic
 * conventions' own (names, units and kinds from them); what they do not name is {@code
 * nvidia.gpu.*}.
 *
 * @see <a href="https://opentelemetry.io/docs/specs/semconv/hardware/gpu/">GPU conventions</a>
 */
enum Metric {
  UTILIZATION("hw.gpu.utilization", Kind.GAUGE, "1", "Fraction of time spent in a specific task"),
  MEMORY_LIMIT("hw.gpu.memory.limit", Kind.UPDOWN_LONG, "By", "Size of the GPU memory"),
  MEMORY_USAGE("hw.gpu.memory.usage", Kind.UPDOWN_LONG, "By", "GPU memory used"),
  MEMORY_UTILIZATION("hw.gpu.memory.utilization", Kind.GAUGE, "1", "Fraction of GPU memory used"),
  IO("hw.gpu.io", Kind.COUNTER_LONG, "By", "Received and transmitted bytes by the GPU (PCIe)"),
  TEMPERATURE("hw.temperature", Kind.GAUGE, "Cel", "Temperature"),
  TEMPERATURE_LIMIT("hw.temperature.limit", Kind.GAUGE, "Cel", "Temperature limit"),
  POWER("hw.power", Kind.GAUGE, "W", "Instantaneous power consumed"),
  ENERGY(
      "hw.energy", Kind.COUNTER_DOUBLE, "J", "Energy consumed since the probe saw the GPU first"),
  ERRORS("hw.errors", Kind.COUNTER_LONG, "{error}", "Errors since the probe saw the GPU first"),
  STATUS("hw.status", Kind.UPDOWN_LONG, "1", "1 for the state the GPU is in, 0 for the others"),
  FAN_SPEED_RATIO("hw.fan.speed_ratio", Kind.GAUGE, "1", "Fan speed as a fraction of its maximum"),
  FAN_SPEED("hw.fan.speed", Kind.GAUGE_LONG, "rpm", "Fan speed that the GPU asks for"),

  MEMORY_CONTROLLER(
      "nvidia.gpu.memory.controller.utilization",
      Kind.GAUGE,
      "1",
      "Fraction of time in which GPU memory was read or written"),
  MEMORY_RESERVED(
      "nvidia.gpu.memory.reserved",
      Kind.UPDOWN_LONG,
      "By",
      "GPU memory that the driver and the firmware keep for themselves"),
  POWER_LIMIT("nvidia.gpu.power.limit", Kind.GAUGE, "W", "Power limit"),
  CLOCK("nvidia.gpu.clock.frequency", Kind.GAUGE, "Hz", "Current clock frequency"),
  CLOCK_EVENT(
      "nvidia.gpu.clock.event",
      Kind.UPDOWN_LONG,
      "1",
      "1 while this reason keeps the clocks below their maximum"),
  CLOCK_EVENT_DURATION(
      "nvidia.gpu.clock.event.duration",
      Kind.COUNTER_DOUBLE,
      "s",
      "Time for which this reason kept the clocks down, since the probe saw the GPU first"),
  ROW_REMAP("nvidia.gpu.row_remap", Kind.UPDOWN_LONG, "{row}", "Memory rows remapped"),
  ROW_REMAP_STATE(
      "nvidia.gpu.row_remap.state", Kind.UPDOWN_LONG, "1", "1 while a row remap is in this state"),
  PAGE_RETIRED("nvidia.gpu.page_retired", Kind.UPDOWN_LONG, "{page}", "Memory pages retired"),
  PAGE_RETIRED_PENDING(
      "nvidia.gpu.page_retired.pending",
      Kind.UPDOWN_LONG,
      "1",
      "1 while pages wait for a reboot to be retired"),
  ECC_LIFETIME(
      "nvidia.gpu.ecc.lifetime",
      Kind.GAUGE_LONG,
      "{error}",
      "Memory errors over the whole life of the GPU"),
  RECOVERY_ACTION(
      "nvidia.gpu.recovery_action",
      Kind.UPDOWN_LONG,
      "1",
      "1 for the action that the driver asks for to recover the GPU"),
  TEMPERATURE_MARGIN(
      "nvidia.gpu.temperature.margin",
      Kind.GAUGE,
      "Cel",
      "Degrees left until the GPU slows itself down"),
  PCIE_GENERATION(
      "nvidia.gpu.pcie.link.generation", Kind.GAUGE_LONG, "{generation}", "PCIe link generation"),
  PCIE_WIDTH("nvidia.gpu.pcie.link.width", Kind.GAUGE_LONG, "{lane}", "PCIe link width"),
  FABRIC_HEALTH(
      "nvidia.gpu.fabric.health", Kind.UPDOWN_LONG, "1", "1 for the NVLink fabric's health"),
  PERFORMANCE_STATE(
      "nvidia.gpu.performance_state",
      Kind.GAUGE_LONG,
      "{state}",
      "Performance state, 0 (fastest) to 15 (slowest)"),

  NVLINK_IO("nvidia.gpu.nvlink.io", Kind.COUNTER_LONG, "By", "Bytes of data over NVLink"),
  NVLINK_ACTIVE("nvidia.gpu.nvlink.active", Kind.UPDOWN_LONG, "{link}", "NVLinks that are up"),
  C2C_LINKS("nvidia.gpu.c2c.links", Kind.UPDOWN_LONG, "{link}", "Chip-to-chip links to the CPU"),
  C2C_ACTIVE("nvidia.gpu.c2c.active", Kind.UPDOWN_LONG, "{link}", "Chip-to-chip links that are up"),
  C2C_BANDWIDTH(
      "nvidia.gpu.c2c.bandwidth.limit",
      Kind.GAUGE,
      "By/s",
      "Bandwidth of the chip-to-chip links that are up"),
  C2C_POWER_STATE(
      "nvidia.gpu.c2c.power_state",
      Kind.UPDOWN_LONG,
      "1",
      "1 for the power state that the chip-to-chip links are in"),

  ACTIVITY("nvidia.gpu.activity", Kind.GAUGE, "1", "Fraction of time an engine was active"),
  SM_UTILIZATION(
      "nvidia.gpu.sm.utilization",
      Kind.GAUGE,
      "1",
      "Fraction of time a multiprocessor had a warp, averaged over the multiprocessors"),
  SM_OCCUPANCY(
      "nvidia.gpu.sm.occupancy", Kind.GAUGE, "1", "Resident warps as a fraction of the maximum"),
  PIPE_UTILIZATION(
      "nvidia.gpu.pipe.utilization", Kind.GAUGE, "1", "Fraction of cycles a pipe was active"),
  MEMORY_BANDWIDTH(
      "nvidia.gpu.memory.bandwidth.utilization",
      Kind.GAUGE,
      "1",
      "Fraction of the GPU memory's bandwidth that was used"),

  PCIE_THROUGHPUT(
      "nvidia.gpu.pcie.throughput", Kind.GAUGE, "By/s", "PCIe bytes per second over 20 ms"),
  PROCESS_MEMORY(
      "nvidia.gpu.process.memory.usage",
      Kind.UPDOWN_LONG,
      "By",
      "GPU memory used by a compute process"),
  PROCESS_UTILIZATION(
      "nvidia.gpu.process.utilization",
      Kind.GAUGE,
      "1",
      "Fraction of time in which a process used an engine of the GPU"),
  BAR1_USAGE("nvidia.gpu.memory.bar1.usage", Kind.UPDOWN_LONG, "By", "BAR1 memory used"),
  BAR1_LIMIT("nvidia.gpu.memory.bar1.limit", Kind.UPDOWN_LONG, "By", "BAR1 memory size"),
  PROTECTED_USAGE(
      "nvidia.gpu.memory.protected.usage",
      Kind.UPDOWN_LONG,
      "By",
      "Confidential-computing protected memory used"),
  VGPU_LICENSED(
      "nvidia.gpu.vgpu.licensed",
      Kind.UPDOWN_LONG,
      "1",
      "1 when a vGPU feature that is enabled is licensed, else 0"),
  POWER_SMOOTHING(
      "nvidia.gpu.power.smoothing.enabled", Kind.UPDOWN_LONG, "1", "1 when power smoothing is on"),
  POWER_SMOOTHING_RAMP_DOWN(
      "nvidia.gpu.power.smoothing.immediate_ramp_down",
      Kind.UPDOWN_LONG,
      "1",
      "1 when power may fall at once instead of along a ramp"),
  POWER_SMOOTHING_PRIVILEGE(
      "nvidia.gpu.power.smoothing.privilege_level",
      Kind.GAUGE_LONG,
      "{level}",
      "Privilege level of the power smoothing settings"),
  POWER_SMOOTHING_PROFILE(
      "nvidia.gpu.power.smoothing.profile",
      Kind.GAUGE_LONG,
      "{profile}",
      "Number of the power smoothing profile in force"),
  POWER_SMOOTHING_LIMIT(
      "nvidia.gpu.power.smoothing.limit",
      Kind.GAUGE,
      "W",
      "Power between which the GPU is kept while power smoothing is on"),
  POWER_SMOOTHING_FLOOR(
      "nvidia.gpu.power.smoothing.floor.ratio",
      Kind.GAUGE,
      "1",
      "Range of the power floor's setting, as a fraction of the maximal power"),
  POWER_SMOOTHING_LIFETIME(
      "nvidia.gpu.power.smoothing.lifetime",
      Kind.GAUGE,
      "1",
      "Fraction of the power smoothing circuit's lifetime that is left"),

  ALLOCATION(
      "nvidia.gpu.allocation",
      Kind.UPDOWN_LONG,
      "{device}",
      "How many of the GPU's device ids, shares included, a container holds"),
  INFO("nvidia.gpu.info", Kind.GAUGE_LONG, "{gpu}", "Always 1; its attributes describe the GPU"),
  PROBE_DEVICES("nvidia.gpu.probe.devices", Kind.UPDOWN_LONG, "{gpu}", "GPUs the probe sees"),
  PROBE_STATE(
      "nvidia.gpu.probe.state", Kind.UPDOWN_LONG, "1", "1 for the state the probe is in, else 0");

  enum Kind {
    GAUGE,
    GAUGE_LONG,
    COUNTER_LONG,
    COUNTER_DOUBLE,
    UPDOWN_LONG
  }

  final String otelName;
  final Kind kind;
  final String unit;
  final String description;

  Metric(String otelName, Kind kind, String unit, String description) {
    this.otelName = otelName;
    this.kind = kind;
    this.unit = unit;
    this.description = description;
  }

  boolean isLong() {
    return kind != Kind.GAUGE && kind != Kind.COUNTER_DOUBLE;
  }

  boolean isCounter() {
    return kind == Kind.COUNTER_LONG || kind == Kind.COUNTER_DOUBLE;
  }

  /** Whether the conventions give the metric the attributes of the {@code hw.gpu} group. */
  boolean hasGpuAttributes() {
    switch (this) {
      case TEMPERATURE:
      case TEMPERATURE_LIMIT:
      case POWER:
      case ENERGY:
      case FAN_SPEED:
      case FAN_SPEED_RATIO:
        return false;
      default:
        return true;
    }
  }

  /** Whether the conventions require {@code hw.type}. */
  boolean hasType() {
    return this == POWER || this == ENERGY || this == ERRORS || this == STATUS;
  }
}
