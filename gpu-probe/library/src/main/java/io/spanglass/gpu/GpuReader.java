/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.gpu;

import io.spanglass.gpu.Options.Extra;
import java.util.Set;

/**
 * One cycle's readings of one device, section by section; stateless. Numbers are NVML's ids; what
 * each maps to, and its DCGM name, stands in docs/gpu.md.
 */
final class GpuReader {
  /** Of the newest header; older drivers refuse what is beyond theirs, once. */
  static final int MAX_LINKS = 36;

  private static final int[] FIELDS = {
    3, 4, 5, 6, 29, 30, 31, 74, 75, 76, 77, 78, 79, 82, 83, 94, 142, 143, 144, 145, 170, 173, 174,
    175, 176, 177, 178, 179, 180, 181, 182, 183, 186, 197, 198, 230, 231, 232, 233, 234
  };
  private static final int[] ALL_LINKS_FIELDS = {38, 45, 52, 59, 138, 139, 160};
  private static final int[] PER_LINK_FIELDS = {161, 162, 163, 202, 204};

  /** Asked per link only when a series per link is wanted. */
  private static final int[] PER_LINK_DATA_FIELDS = {138, 139};

  private static final int[] PER_C2C_LINK_FIELDS = {171, 172};
  static final int MAX_C2C_LINKS = 16;

  /** From 0 in the table of {@link #smoothingBase}: enabled … lifetime, and the active profile. */
  private static final int[] SMOOTHING_OFFSETS = {0, 1, 2, 3, 4, 5, 6, 7, 13};

  private static final int[] CLOCK_TYPES = {0, 1, 2, 3};
  private static final String[] CLOCK_VARIANTS = {
    "nvidia.gpu.clock.domain=graphics",
    "nvidia.gpu.clock.domain=sm",
    "nvidia.gpu.clock.domain=memory",
    "nvidia.gpu.clock.domain=video"
  };

  private static final String[] CLOCK_EVENT_VARIANTS = {
    "nvidia.gpu.clock.event.reason=gpu_idle",
    "nvidia.gpu.clock.event.reason=app_clocks",
    "nvidia.gpu.clock.event.reason=sw_power_cap",
    "nvidia.gpu.clock.event.reason=hw_slowdown",
    "nvidia.gpu.clock.event.reason=sync_boost",
    "nvidia.gpu.clock.event.reason=sw_thermal",
    "nvidia.gpu.clock.event.reason=hw_thermal",
    "nvidia.gpu.clock.event.reason=hw_power_brake",
    "nvidia.gpu.clock.event.reason=display"
  };

  /** 75 is all heat together; drivers since CUDA 12.9 tell its kinds apart besides. */
  private static final int[] EVENT_DURATION_FIELDS = {74, 75, 76, 77, 78, 79};

  private static final String[] EVENT_DURATION_VARIANTS = {
    "nvidia.gpu.clock.event.reason=sw_power_cap",
    "nvidia.gpu.clock.event.reason=thermal",
    "nvidia.gpu.clock.event.reason=sync_boost",
    "nvidia.gpu.clock.event.reason=board_limit",
    "nvidia.gpu.clock.event.reason=low_utilization",
    "nvidia.gpu.clock.event.reason=reliability"
  };

  /** Three fields in this order, from {@link #slowdownBase} on. */
  private static final String[] SLOWDOWN_VARIANTS = {
    "nvidia.gpu.clock.event.reason=sw_thermal",
    "nvidia.gpu.clock.event.reason=hw_thermal",
    "nvidia.gpu.clock.event.reason=hw_power_brake"
  };

  private static final int[] PCIE_ERROR_FIELDS = {
    173, 174, 175, 176, 177, 178, 179, 180, 181, 182, 183
  };
  private static final String[] PCIE_ERROR_VARIANTS = {
    "error.type=pcie_correctable",
    "error.type=pcie_nak_received",
    "error.type=pcie_receiver",
    "error.type=pcie_bad_tlp",
    "error.type=pcie_nak_sent",
    "error.type=pcie_bad_dllp",
    "error.type=pcie_non_fatal",
    "error.type=pcie_fatal",
    "error.type=pcie_unsupported_request",
    "error.type=pcie_lcrc",
    "error.type=pcie_lane"
  };

  private static final int[] NVLINK_ERROR_FIELDS = {38, 45, 52, 59, 160};
  private static final String[] NVLINK_ERROR_VARIANTS = {
    "error.type=nvlink_crc_flit",
    "error.type=nvlink_crc_data",
    "error.type=nvlink_replay",
    "error.type=nvlink_recovery",
    "error.type=nvlink_ecc"
  };

  private static final int[] NVLINK_DL_ERROR_FIELDS = {161, 162, 163};
  private static final String[] NVLINK_DL_ERROR_VARIANTS = {
    "error.type=nvlink_dl_replay", "error.type=nvlink_dl_recovery", "error.type=nvlink_dl_crc"
  };
  private static final String[] LINK_VARIANTS = new String[MAX_LINKS];

  static {
    for (int link = 0; link < MAX_LINKS; link++) {
      LINK_VARIANTS[link] = "nvidia.gpu.nvlink.link=" + link;
    }
  }

  private static final String[] C2C_POWER_STATES = {"full", "low"};

  private static final String[] VGPU_FEATURES = {"unknown", "vgpu", "rtx", "gaming", "compute"};

  private static final String[] RECOVERY_ACTIONS = {
    "none", "reset", "reboot", "drain_p2p", "drain_reset", "recover_imex_domain"
  };
  private static final String[] FABRIC_HEALTH = {"healthy", "unhealthy", "limited_capacity"};
  private static final int FABRIC_COMPLETED = 3;

  private static final String TRANSMIT = "network.io.direction=transmit";
  private static final String RECEIVE = "network.io.direction=receive";

  /**
   * The first of the three fields with the time of slowdowns. NVIDIA moved them: 251 in CUDA 12.9
   * and 13.0, 269 since 13.1; before 12.9 there were none. A number means something else in the
   * other versions, so it is not asked for when the version is not known.
   *
   * @param cudaVersion 1000 × major + 10 × minor, or 0
   * @return the field's id, or -1
   */
  static int slowdownBase(int cudaVersion) {
    return cudaVersion >= 13010 ? 269 : cudaVersion >= 12090 ? 251 : -1;
  }

  /** The first of the power smoothing fields, which moved too: see {@link #slowdownBase}. */
  static int smoothingBase(int cudaVersion) {
    return cudaVersion >= 13010
        ? 251
        : cudaVersion >= 12090 ? 256 : cudaVersion >= 12080 ? 251 : -1;
  }

  /** Asks anew for every field that any GPU may have. */
  static void prepareFields(DeviceState d, Set<Extra> extras) {
    for (int id : FIELDS) {
      d.fields.add(id, 0);
    }
    for (int id : ALL_LINKS_FIELDS) {
      d.fields.add(id, FieldBatch.ALL_LINKS);
    }
    for (int id : PER_LINK_FIELDS) {
      addPerLink(d, id, MAX_LINKS);
    }
    for (int id : PER_C2C_LINK_FIELDS) {
      addPerLink(d, id, MAX_C2C_LINKS);
    }
    if (extras.contains(Extra.NVLINK_LINKS)) {
      for (int id : PER_LINK_DATA_FIELDS) {
        addPerLink(d, id, MAX_LINKS);
      }
    }
    int slowdown = slowdownBase(d.cudaVersion);
    for (int i = 0; slowdown >= 0 && i < SLOWDOWN_VARIANTS.length; i++) {
      d.fields.add(slowdown + i, 0);
    }
    int smoothing = smoothingBase(d.cudaVersion);
    if (smoothing >= 0 && extras.contains(Extra.POWER_SMOOTHING)) {
      for (int offset : SMOOTHING_OFFSETS) {
        d.fields.add(smoothing + offset, 0);
      }
    }
  }

  private static void addPerLink(DeviceState d, int id, int links) {
    for (int link = 0; link < links; link++) {
      d.fields.add(id, link);
    }
  }

  /** Reads everything of a GPU, its status last. */
  static void readGpu(DeviceState d, Snapshot.Builder out, Set<Extra> extras, long nowNanos)
      throws NvmlException {
    d.health.clear();
    d.readFields();
    boolean decoderKnown = readUtilization(d, out);
    readMemory(d, out);
    readTemperature(d, out);
    readPower(d, out);
    readClocks(d, out);
    readErrors(d, out);
    boolean ioKnown = readPcie(d, out);
    readFans(d, out, extras.contains(Extra.FAN_RPM));
    readReliability(d, out);
    readInterconnect(d, out, extras.contains(Extra.NVLINK_LINKS));
    if (d.gpm != null) {
      d.gpm.sample(out, d, !ioKnown, !decoderKnown, nowNanos);
    }
    readExtras(d, out, extras, ioKnown);
    d.emit(out, Metric.INFO, "", 1L);
    d.health.offTheBus = d.offTheBus();
    d.emitStatus(out, d.health.state());
    d.emitXids(out);
  }

  /**
   * Reads what a MIG device has for itself.
   *
   * @return false when the handle no longer leads to the instance it was made for
   */
  static boolean readMig(DeviceState d, Snapshot.Builder out, long nowNanos) throws NvmlException {
    if (d.gpuInstance >= 0 && !(d.read(Reading.GPU_INSTANCE) && d.v[0] == d.gpuInstance)) {
      return false;
    }
    readMemory(d, out);
    if (d.gpm != null) {
      d.gpm.sample(out, d, true, true, nowNanos);
    }
    return true;
  }

  private static boolean readUtilization(DeviceState d, Snapshot.Builder out) throws NvmlException {
    // Under MIG the GPU's own ratios are "not available", which some drivers tell as 0.
    if (d.migEnabled) {
      return false;
    }
    if (d.read(Reading.UTILIZATION)) {
      d.health.utilization = d.v[0] / 100.0;
      d.emit(out, Metric.UTILIZATION, "hw.gpu.task=general", d.v[0] / 100.0);
      if (d.v[1] <= 100) {
        d.emit(out, Metric.MEMORY_CONTROLLER, "", d.v[1] / 100.0);
      }
    }
    if (d.read(Reading.ENCODER_UTILIZATION)) {
      d.emit(out, Metric.UTILIZATION, "hw.gpu.task=encoder", d.v[0] / 100.0);
    }
    if (d.read(Reading.DECODER_UTILIZATION)) {
      d.emit(out, Metric.UTILIZATION, "hw.gpu.task=decoder", d.v[0] / 100.0);
      return true;
    }
    return false;
  }

  private static void readMemory(DeviceState d, Snapshot.Builder out) throws NvmlException {
    // A total of 0 is a GPU without memory of its own (unified memory): nothing to report.
    if (d.read(Reading.MEMORY) && d.v[0] > 0) {
      long total = d.v[0];
      d.emit(out, Metric.MEMORY_LIMIT, "", total);
      if (d.v[1] >= 0) {
        d.emit(out, Metric.MEMORY_USAGE, "", d.v[1]);
        d.emit(out, Metric.MEMORY_UTILIZATION, "", (double) d.v[1] / total);
      }
      if (d.v[2] >= 0) {
        d.emit(out, Metric.MEMORY_RESERVED, "", d.v[2]);
      }
    }
  }

  private static void readTemperature(DeviceState d, Snapshot.Builder out) throws NvmlException {
    if (d.read(Reading.TEMPERATURE)) {
      d.emit(out, Metric.TEMPERATURE, "hw.sensor_location=gpu", (double) d.v[0]);
    }
    long memory = d.field(82);
    if (memory > 0) { // 0 = no sensor
      d.emit(out, Metric.TEMPERATURE, "hw.sensor_location=memory", (double) memory);
    }
    threshold(d, out, 0, "hw.limit_type=high.critical;hw.sensor_location=gpu");
    threshold(d, out, 1, "hw.limit_type=high.degraded;hw.sensor_location=gpu");
    threshold(d, out, 2, "hw.limit_type=high.degraded;hw.sensor_location=memory");
    threshold(d, out, 3, "hw.limit_type=throttled;hw.sensor_location=gpu");
    if (d.read(Reading.TEMPERATURE_MARGIN)) {
      d.emit(out, Metric.TEMPERATURE_MARGIN, "", (double) (int) d.v[0]);
    }
  }

  private static void threshold(DeviceState d, Snapshot.Builder out, int type, String variant)
      throws NvmlException {
    if (d.read(Reading.TEMPERATURE_THRESHOLD, type) && d.v[0] > 0) {
      d.emit(out, Metric.TEMPERATURE_LIMIT, variant, (double) d.v[0]);
    }
  }

  private static void readPower(DeviceState d, Snapshot.Builder out) throws NvmlException {
    long instant = d.field(186);
    if (instant >= 0) {
      d.emit(out, Metric.POWER, "", instant / 1000.0);
    } else if (d.read(Reading.POWER_USAGE)) {
      d.emit(out, Metric.POWER, "", d.v[0] / 1000.0);
    }
    long energy = d.field(83);
    if (energy >= 0) {
      d.count(out, Metric.ENERGY, "", energy, false, 1e-3);
    } else if (d.read(Reading.TOTAL_ENERGY)) {
      d.count(out, Metric.ENERGY, "", d.v[0], false, 1e-3);
    }
    if (d.read(Reading.POWER_LIMIT_ENFORCED)) {
      powerLimit(d, out, "nvidia.gpu.power.limit.type=enforced;hw.limit_type=throttled", d.v[0]);
    }
    if (d.read(Reading.POWER_LIMIT_REQUESTED)) {
      powerLimit(d, out, "nvidia.gpu.power.limit.type=requested", d.v[0]);
    }
    if (d.read(Reading.POWER_LIMIT_RANGE)) {
      powerLimit(d, out, "nvidia.gpu.power.limit.type=min", d.v[0]);
      powerLimit(d, out, "nvidia.gpu.power.limit.type=max", d.v[1]);
    }
    if (d.read(Reading.POWER_LIMIT_DEFAULT)) {
      powerLimit(d, out, "nvidia.gpu.power.limit.type=default", d.v[0]);
    }
  }

  private static void powerLimit(DeviceState d, Snapshot.Builder out, String variant, long mW) {
    d.emit(out, Metric.POWER_LIMIT, variant, mW / 1000.0);
  }

  private static void readClocks(DeviceState d, Snapshot.Builder out) throws NvmlException {
    for (int type : CLOCK_TYPES) {
      if (d.read(Reading.CLOCK, type)) {
        d.emit(out, Metric.CLOCK, CLOCK_VARIANTS[type], d.v[0] * 1e6);
      }
    }
    if (d.read(Reading.CLOCK_EVENT_REASONS)) {
      long mask = d.v[0];
      d.health.clockEventReasons = mask;
      for (int bit = 0; bit < CLOCK_EVENT_VARIANTS.length; bit++) {
        d.emit(out, Metric.CLOCK_EVENT, CLOCK_EVENT_VARIANTS[bit], (mask >> bit) & 1);
      }
    }
    for (int i = 0; i < EVENT_DURATION_FIELDS.length; i++) {
      long nanos = d.field(EVENT_DURATION_FIELDS[i]);
      if (nanos >= 0) {
        d.count(out, Metric.CLOCK_EVENT_DURATION, EVENT_DURATION_VARIANTS[i], nanos, false, 1e-9);
      }
    }
    int slowdown = slowdownBase(d.cudaVersion);
    for (int i = 0; slowdown >= 0 && i < SLOWDOWN_VARIANTS.length; i++) {
      long nanos = d.field(slowdown + i);
      if (nanos >= 0) {
        d.count(out, Metric.CLOCK_EVENT_DURATION, SLOWDOWN_VARIANTS[i], nanos, false, 1e-9);
      }
    }
    if (d.read(Reading.PERFORMANCE_STATE) && d.v[0] <= 15) {
      d.emit(out, Metric.PERFORMANCE_STATE, "", d.v[0]);
    }
  }

  private static void readErrors(DeviceState d, Snapshot.Builder out) throws NvmlException {
    ecc(d, out, 3, 0, "error.type=corrected");
    long uncorrected = ecc(d, out, 4, 1, "error.type=uncorrected");
    d.health.doubleBitErrors = uncorrected > 0;
    eccLifetime(d, out, 5, 2, "error.type=corrected");
    eccLifetime(d, out, 6, 3, "error.type=uncorrected");
    long replay = d.field(94);
    if (replay < 0 && d.read(Reading.PCIE_REPLAY)) {
      replay = d.v[0];
    }
    if (replay >= 0) {
      d.count(out, Metric.ERRORS, "error.type=pcie_replay", replay, false, 1);
    }
    for (int i = 0; i < PCIE_ERROR_FIELDS.length; i++) {
      long count = d.field(PCIE_ERROR_FIELDS[i]);
      if (count >= 0) {
        d.count(out, Metric.ERRORS, PCIE_ERROR_VARIANTS[i], count, false, 1);
      }
    }
  }

  /** The driver's own count, or -1. */
  private static long ecc(DeviceState d, Snapshot.Builder out, int id, int argument, String variant)
      throws NvmlException {
    long raw = eccCount(d, id, argument);
    if (raw >= 0) {
      d.count(out, Metric.ERRORS, variant, raw, false, 1);
    }
    return raw;
  }

  private static void eccLifetime(
      DeviceState d, Snapshot.Builder out, int id, int argument, String variant)
      throws NvmlException {
    long raw = eccCount(d, id, argument);
    if (raw >= 0) {
      d.emit(out, Metric.ECC_LIFETIME, variant, raw);
    }
  }

  private static long eccCount(DeviceState d, int id, int argument) throws NvmlException {
    long raw = d.field(id);
    if (raw < 0 && d.read(Reading.ECC_ERRORS, argument)) {
      raw = d.v[0];
    }
    return raw;
  }

  private static boolean readPcie(DeviceState d, Snapshot.Builder out) throws NvmlException {
    long transmitted = d.field(197);
    long received = d.field(198);
    if (transmitted >= 0) {
      d.count(out, Metric.IO, TRANSMIT, transmitted, true, 1);
    }
    if (received >= 0) {
      d.count(out, Metric.IO, RECEIVE, received, true, 1);
    }
    if (d.read(Reading.PCIE_GENERATION)) {
      d.emit(out, Metric.PCIE_GENERATION, "", d.v[0]);
    }
    if (d.read(Reading.PCIE_GENERATION_MAX)) {
      d.emit(out, Metric.PCIE_GENERATION, "hw.limit_type=max", d.v[0]);
    }
    if (d.read(Reading.PCIE_WIDTH)) {
      d.health.pcieWidth = (int) d.v[0];
      d.emit(out, Metric.PCIE_WIDTH, "", d.v[0]);
    }
    if (d.read(Reading.PCIE_WIDTH_MAX)) {
      d.health.pcieWidthMax = (int) d.v[0];
      d.emit(out, Metric.PCIE_WIDTH, "hw.limit_type=max", d.v[0]);
    }
    return transmitted >= 0 || received >= 0;
  }

  private static void readFans(DeviceState d, Snapshot.Builder out, boolean rpm)
      throws NvmlException {
    if (!d.read(Reading.FAN_COUNT)) {
      return;
    }
    int fans = (int) Math.min(d.v[0], 16);
    for (int fan = 0; fan < fans; fan++) {
      // A fan is a component of its own: its id and name replace the GPU's, which is its parent.
      if (d.read(Reading.FAN_SPEED, fan)) {
        d.emit(out, Metric.FAN_SPEED_RATIO, fanVariant(d, fan), d.v[0] / 100.0);
      }
      if (rpm && d.read(Reading.FAN_SPEED_RPM, fan)) {
        d.emit(out, Metric.FAN_SPEED, fanVariant(d, fan), d.v[0]);
      }
    }
  }

  private static String fanVariant(DeviceState d, int fan) {
    return "hw.id="
        + d.uuid
        + "-fan"
        + fan
        + ";hw.name="
        + d.name
        + " fan "
        + fan
        + ";hw.parent="
        + d.uuid;
  }

  private static void readReliability(DeviceState d, Snapshot.Builder out) throws NvmlException {
    long corrected = d.field(142);
    long uncorrected = d.field(143);
    long pending = d.field(144);
    long remapFailed = d.field(145);
    if (corrected < 0 && uncorrected < 0 && d.read(Reading.REMAPPED_ROWS)) {
      corrected = d.v[0];
      uncorrected = d.v[1];
      pending = d.v[2];
      remapFailed = d.v[3];
    }
    emitIfThere(d, out, Metric.ROW_REMAP, "nvidia.gpu.row_remap.cause=corrected", corrected);
    emitIfThere(d, out, Metric.ROW_REMAP, "nvidia.gpu.row_remap.cause=uncorrected", uncorrected);
    emitIfThere(d, out, Metric.ROW_REMAP_STATE, "nvidia.gpu.row_remap.state=pending", pending);
    emitIfThere(d, out, Metric.ROW_REMAP_STATE, "nvidia.gpu.row_remap.state=failed", remapFailed);
    d.health.rowRemapPending = pending > 0;
    d.health.rowRemapFailed = remapFailed > 0;

    long pagesPending = d.field(31);
    emitIfThere(
        d, out, Metric.PAGE_RETIRED, "nvidia.gpu.page_retired.cause=corrected", d.field(29));
    emitIfThere(
        d, out, Metric.PAGE_RETIRED, "nvidia.gpu.page_retired.cause=uncorrected", d.field(30));
    emitIfThere(d, out, Metric.PAGE_RETIRED_PENDING, "", pagesPending);
    d.health.pagesPending = pagesPending > 0;

    long action = d.field(230);
    if (action >= 0) {
      d.health.recoveryAction = (int) action;
      if (action < RECOVERY_ACTIONS.length) {
        d.oneOf(
            out,
            Metric.RECOVERY_ACTION,
            "nvidia.gpu.recovery_action",
            RECOVERY_ACTIONS,
            (int) action);
      }
    }
    if (d.read(Reading.FABRIC)
        && d.v[0] == FABRIC_COMPLETED
        && d.v[1] >= 1
        && d.v[1] <= FABRIC_HEALTH.length) {
      d.oneOf(
          out, Metric.FABRIC_HEALTH, "nvidia.gpu.fabric.health", FABRIC_HEALTH, (int) d.v[1] - 1);
    }
  }

  private static void emitIfThere(
      DeviceState d, Snapshot.Builder out, Metric metric, String variant, long value) {
    if (value >= 0) {
      d.emit(out, metric, variant, value);
    }
  }

  private static void readInterconnect(DeviceState d, Snapshot.Builder out, boolean perLink)
      throws NvmlException {
    int links = 0;
    int active = 0;
    for (int link = 0; link < MAX_LINKS; link++) {
      if (d.read(Reading.NVLINK_STATE, link)) {
        links++;
        active += d.v[0] == 1 ? 1 : 0;
        if (perLink) {
          d.emit(out, Metric.NVLINK_ACTIVE, LINK_VARIANTS[link], d.v[0] == 1 ? 1L : 0L);
        }
      } else if (d.isOff(Reading.NVLINK_STATE, link)) {
        break; // the links are numbered without gaps
      }
    }
    if (links > 0) {
      if (!perLink) {
        d.emit(out, Metric.NVLINK_ACTIVE, "", (long) active);
      }
      d.health.nvlinkDown = active < d.activeLinksSeen;
      d.activeLinksSeen = Math.max(d.activeLinksSeen, active);
    }
    nvlinkIo(d, out, TRANSMIT, 138, 202, perLink);
    nvlinkIo(d, out, RECEIVE, 139, 204, perLink);
    for (int i = 0; i < NVLINK_ERROR_FIELDS.length; i++) {
      long count = d.field(NVLINK_ERROR_FIELDS[i], FieldBatch.ALL_LINKS);
      if (count >= 0) {
        d.count(out, Metric.ERRORS, NVLINK_ERROR_VARIANTS[i], count, false, 1);
      }
    }
    for (int i = 0; i < NVLINK_DL_ERROR_FIELDS.length; i++) {
      String variant = NVLINK_DL_ERROR_VARIANTS[i];
      if (perLink) {
        countEachLink(d, out, Metric.ERRORS, variant, NVLINK_DL_ERROR_FIELDS[i], 1);
      } else {
        d.countLinks(out, Metric.ERRORS, variant, NVLINK_DL_ERROR_FIELDS[i]);
      }
    }
    readC2c(d, out);
  }

  /** A series per link; returns whether there is any. */
  private static boolean countEachLink(
      DeviceState d, Snapshot.Builder out, Metric metric, String variant, int id, int scale) {
    boolean any = false;
    for (int link = 0; link < MAX_LINKS; link++) {
      long raw = d.field(id, link);
      if (raw >= 0) {
        any = true;
        d.count(out, metric, variant + ";" + LINK_VARIANTS[link], raw, false, scale);
      }
    }
    return any;
  }

  private static void nvlinkIo(
      DeviceState d,
      Snapshot.Builder out,
      String variant,
      int kibibytes,
      int bytesPerLink,
      boolean perLink) {
    if (perLink) {
      if (!countEachLink(d, out, Metric.NVLINK_IO, variant, kibibytes, 1024)) {
        countEachLink(d, out, Metric.NVLINK_IO, variant, bytesPerLink, 1);
      }
      return;
    }
    long all = d.field(kibibytes, FieldBatch.ALL_LINKS);
    if (all >= 0) {
      d.count(out, Metric.NVLINK_IO, variant, all, false, 1024);
    } else {
      d.countLinks(out, Metric.NVLINK_IO, variant, bytesPerLink);
    }
  }

  private static void readC2c(DeviceState d, Snapshot.Builder out) {
    long links = d.field(170);
    if (links <= 0) {
      return;
    }
    d.emit(out, Metric.C2C_LINKS, "", links);
    long active = 0;
    long megabytes = 0;
    boolean statusKnown = false;
    boolean speedKnown = false;
    for (int link = 0; link < Math.min(links, MAX_C2C_LINKS); link++) {
      long status = d.field(171, link);
      statusKnown |= status >= 0;
      active += status == 1 ? 1 : 0;
      long speed = status == 1 ? d.field(172, link) : -1;
      speedKnown |= speed >= 0;
      megabytes += Math.max(speed, 0);
    }
    if (statusKnown) {
      d.emit(out, Metric.C2C_ACTIVE, "", active);
    }
    if (speedKnown) {
      d.emit(out, Metric.C2C_BANDWIDTH, "", megabytes * 1e6);
    }
    long power = d.field(234);
    if (power >= 0 && power < C2C_POWER_STATES.length) {
      d.oneOf(
          out, Metric.C2C_POWER_STATE, "nvidia.gpu.c2c.power_state", C2C_POWER_STATES, (int) power);
    }
    c2cErrors(d, out, 231, "error.type=c2c_crc");
    c2cErrors(d, out, 232, "error.type=c2c_replay");
    c2cErrors(d, out, 233, "error.type=c2c_replay_b2b");
  }

  private static void c2cErrors(DeviceState d, Snapshot.Builder out, int id, String variant) {
    long count = d.field(id);
    if (count >= 0) {
      d.count(out, Metric.ERRORS, variant, count, false, 1);
    }
  }

  private static void readExtras(
      DeviceState d, Snapshot.Builder out, Set<Extra> extras, boolean ioKnown)
      throws NvmlException {
    if (extras.contains(Extra.PCIE_THROUGHPUT) && !ioKnown) {
      if (d.read(Reading.PCIE_THROUGHPUT, 0)) {
        d.emit(out, Metric.PCIE_THROUGHPUT, TRANSMIT, d.v[0] * 1024.0);
      }
      if (d.read(Reading.PCIE_THROUGHPUT, 1)) {
        d.emit(out, Metric.PCIE_THROUGHPUT, RECEIVE, d.v[0] * 1024.0);
      }
    }
    if (extras.contains(Extra.BAR1) && d.read(Reading.BAR1)) {
      d.emit(out, Metric.BAR1_LIMIT, "", d.v[0]);
      d.emit(out, Metric.BAR1_USAGE, "", d.v[1]);
    }
    // The bit of a feature is its code; a feature that is not enabled needs no licence.
    if (extras.contains(Extra.VGPU_LICENSE) && d.read(Reading.VGPU_LICENSE)) {
      for (int code = 0; code < VGPU_FEATURES.length; code++) {
        if ((d.v[0] >> code & 1) == 1) {
          d.emit(
              out,
              Metric.VGPU_LICENSED,
              "nvidia.gpu.vgpu.feature=" + VGPU_FEATURES[code],
              d.v[1] >> code & 1);
        }
      }
    }
    if (extras.contains(Extra.POWER_SMOOTHING)) {
      readPowerSmoothing(d, out);
    }
    if (extras.contains(Extra.CONFIDENTIAL) && d.read(Reading.PROTECTED_MEMORY) && d.v[0] > 0) {
      d.emit(out, Metric.PROTECTED_USAGE, "", d.v[1]);
    }
  }

  private static void readPowerSmoothing(DeviceState d, Snapshot.Builder out) {
    int base = smoothingBase(d.cudaVersion);
    if (base < 0) {
      return;
    }
    emitIfThere(d, out, Metric.POWER_SMOOTHING, "", d.field(base));
    emitIfThere(d, out, Metric.POWER_SMOOTHING_PRIVILEGE, "", d.field(base + 1));
    emitIfThere(d, out, Metric.POWER_SMOOTHING_RAMP_DOWN, "", d.field(base + 2));
    String type = "nvidia.gpu.power.smoothing.limit.type=";
    ratio(d, out, Metric.POWER_SMOOTHING_LIMIT, type + "ceiling", d.field(base + 3), 1);
    ratio(d, out, Metric.POWER_SMOOTHING_LIMIT, type + "floor", d.field(base + 4), 1);
    ratio(d, out, Metric.POWER_SMOOTHING_FLOOR, "hw.limit_type=max", d.field(base + 5), 100);
    ratio(d, out, Metric.POWER_SMOOTHING_FLOOR, "hw.limit_type=min", d.field(base + 6), 100);
    ratio(d, out, Metric.POWER_SMOOTHING_LIFETIME, "", d.field(base + 7), 100);
    emitIfThere(d, out, Metric.POWER_SMOOTHING_PROFILE, "", d.field(base + 13));
  }

  private static void ratio(
      DeviceState d,
      Snapshot.Builder out,
      Metric metric,
      String variant,
      long value,
      double divisor) {
    if (value >= 0) {
      d.emit(out, metric, variant, value / divisor);
    }
  }

  private GpuReader() {}
}
