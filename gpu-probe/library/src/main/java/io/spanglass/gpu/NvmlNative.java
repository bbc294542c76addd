/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.gpu;

import org.bytedeco.cuda.global.nvml;
import org.bytedeco.cuda.nvml.nvmlBAR1Memory_t;
import org.bytedeco.cuda.nvml.nvmlDevice_st;
import org.bytedeco.cuda.nvml.nvmlEventData_t;
import org.bytedeco.cuda.nvml.nvmlEventSet_st;
import org.bytedeco.cuda.nvml.nvmlFanSpeedInfo_v1_t;
import org.bytedeco.cuda.nvml.nvmlFieldValue_t;
import org.bytedeco.cuda.nvml.nvmlGpmMetric_t;
import org.bytedeco.cuda.nvml.nvmlGpmMetricsGet_t;
import org.bytedeco.cuda.nvml.nvmlGpmSample_st;
import org.bytedeco.cuda.nvml.nvmlGpmSupport_t;
import org.bytedeco.cuda.nvml.nvmlGpuFabricInfo_v3_t;
import org.bytedeco.cuda.nvml.nvmlGridLicensableFeature_t;
import org.bytedeco.cuda.nvml.nvmlGridLicensableFeatures_t;
import org.bytedeco.cuda.nvml.nvmlMarginTemperature_v1_t;
import org.bytedeco.cuda.nvml.nvmlMemory_t;
import org.bytedeco.cuda.nvml.nvmlMemory_v2_t;
import org.bytedeco.cuda.nvml.nvmlPciInfo_t;
import org.bytedeco.cuda.nvml.nvmlProcessInfo_v2_t;
import org.bytedeco.cuda.nvml.nvmlProcessUtilizationSample_t;
import org.bytedeco.cuda.nvml.nvmlTemperature_v1_t;
import org.bytedeco.cuda.nvml.nvmlUtilization_t;
import org.bytedeco.cuda.nvml.nvmlValue_t;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.Pointer;
import org.jspecify.annotations.Nullable;

/**
 * The driver's NVML. Every native call stands inside an {@code if (symbols.has("its name"))};
 * {@code NvmlNativeGuardTest} proves it over the byte code. Structs and arrays are reused:
 * allocating one costs forty times the call.
 */
final class NvmlNative implements NvmlApi {
  private static final long UINT = 0xFFFFFFFFL;
  private static final int TEXT_LENGTH = 96;
  private static final int MAX_GPM_METRICS = 64;
  private static final int MAX_PROCESSES = 128;
  private static final int MAX_LICENCES = 3; // NVML_GRID_LICENSE_FEATURE_MAX_COUNT

  /** {@code nvmlGpuFabricInfo_v2_t}: version 3 without its last byte and the padding. */
  private static final int FABRIC_V2_SIZE = 36;

  private final Symbols symbols = new Symbols(NativeLibraries::hasSymbol);

  private final Device device = new Device();
  private final int[] i1 = new int[1];
  private final int[] i2 = new int[1];
  private final int[] i3 = new int[1];
  private final int[] i4 = new int[1];
  private final long[] l1 = new long[1];
  private final byte[] text = new byte[TEXT_LENGTH];
  private final nvmlUtilization_t utilization =
      new nvmlUtilization_t(zeroed(nvmlUtilization_t.class, 1));
  private final nvmlMemory_t memory = new nvmlMemory_t(zeroed(nvmlMemory_t.class, 1));
  private final nvmlMemory_v2_t memory2 = new nvmlMemory_v2_t(zeroed(nvmlMemory_v2_t.class, 1));
  private final nvmlTemperature_v1_t temperature =
      new nvmlTemperature_v1_t(zeroed(nvmlTemperature_v1_t.class, 1));
  private final nvmlMarginTemperature_v1_t margin =
      new nvmlMarginTemperature_v1_t(zeroed(nvmlMarginTemperature_v1_t.class, 1));
  private final nvmlFanSpeedInfo_v1_t fanSpeed =
      new nvmlFanSpeedInfo_v1_t(zeroed(nvmlFanSpeedInfo_v1_t.class, 1));
  private final nvmlGpuFabricInfo_v3_t fabric =
      new nvmlGpuFabricInfo_v3_t(zeroed(nvmlGpuFabricInfo_v3_t.class, 1));
  private final nvmlBAR1Memory_t bar1 = new nvmlBAR1Memory_t(zeroed(nvmlBAR1Memory_t.class, 1));
  private final nvmlPciInfo_t pci = new nvmlPciInfo_t(zeroed(nvmlPciInfo_t.class, 1));
  private final nvmlGpmSupport_t gpmSupport =
      new nvmlGpmSupport_t(zeroed(nvmlGpmSupport_t.class, 1));
  private final nvmlGpmMetricsGet_t gpmMetrics =
      new nvmlGpmMetricsGet_t(zeroed(nvmlGpmMetricsGet_t.class, 1));
  private final nvmlGpmMetric_t gpmMetric;
  private final Sample sample = new Sample();
  private final Sample sample2 = new Sample();
  private final nvmlFieldValue_t fields =
      new nvmlFieldValue_t(zeroed(nvmlFieldValue_t.class, FieldBatch.CAPACITY));
  private final nvmlProcessInfo_v2_t processes =
      new nvmlProcessInfo_v2_t(zeroed(nvmlProcessInfo_v2_t.class, MAX_PROCESSES));
  private final nvmlProcessUtilizationSample_t processSamples =
      new nvmlProcessUtilizationSample_t(
          zeroed(nvmlProcessUtilizationSample_t.class, MAX_PROCESSES));
  private final nvmlGridLicensableFeatures_t licences =
      new nvmlGridLicensableFeatures_t(zeroed(nvmlGridLicensableFeatures_t.class, 1));
  private final nvmlGridLicensableFeature_t licence;

  // Of the event thread.
  private final Device eventDevice = new Device();
  private final EventSet eventSet = new EventSet();
  private final nvmlEventData_t eventData = new nvmlEventData_t(zeroed(nvmlEventData_t.class, 1));

  private NvmlNative() {
    gpmMetric = gpmMetrics.metrics();
    licence = licences.gridLicensableFeatures();
  }

  /** Loads what is needed; see {@link NativeLibraries#load}. */
  static NvmlNative load(@Nullable String library, @Nullable String unpackFolder)
      throws NativeLibraries.UnavailableException {
    NativeLibraries.load(library, unpackFolder);
    return new NvmlNative();
  }

  @Override
  public int init() {
    symbols.forget();
    if (symbols.has("nvmlInit_v2")) {
      return nvml.nvmlInit_v2();
    }
    return NvmlReturn.FUNCTION_NOT_FOUND;
  }

  @Override
  public int shutdown() {
    if (symbols.has("nvmlShutdown")) {
      return nvml.nvmlShutdown();
    }
    return NvmlReturn.FUNCTION_NOT_FOUND;
  }

  @Override
  public int deviceCount(int[] out) {
    if (symbols.has("nvmlDeviceGetCount_v2")) {
      return nvml.nvmlDeviceGetCount_v2(out);
    }
    return NvmlReturn.FUNCTION_NOT_FOUND;
  }

  @Override
  public int deviceByIndex(int index, long[] out) {
    if (symbols.has("nvmlDeviceGetHandleByIndex_v2")) {
      device.at(0);
      int code = nvml.nvmlDeviceGetHandleByIndex_v2(index, device);
      out[0] = device.address();
      return code;
    }
    return NvmlReturn.FUNCTION_NOT_FOUND;
  }

  @Override
  public int migDeviceByIndex(long parent, int index, long[] out) {
    if (symbols.has("nvmlDeviceGetMigDeviceHandleByIndex")) {
      Device mig = new Device();
      int code = nvml.nvmlDeviceGetMigDeviceHandleByIndex(device.at(parent), index, mig);
      out[0] = mig.address();
      return code;
    }
    return NvmlReturn.FUNCTION_NOT_FOUND;
  }

  @Override
  public int text(long handle, Text what, @Nullable String[] out) {
    Device d = device.at(handle);
    int code = NvmlReturn.FUNCTION_NOT_FOUND;
    switch (what) {
      case UUID:
        if (symbols.has("nvmlDeviceGetUUID")) {
          code = nvml.nvmlDeviceGetUUID(d, text, TEXT_LENGTH);
        }
        break;
      case NAME:
        if (symbols.has("nvmlDeviceGetName")) {
          code = nvml.nvmlDeviceGetName(d, text, TEXT_LENGTH);
        }
        break;
      case VBIOS_VERSION:
        if (symbols.has("nvmlDeviceGetVbiosVersion")) {
          code = nvml.nvmlDeviceGetVbiosVersion(d, text, TEXT_LENGTH);
        }
        break;
      case SERIAL:
        if (symbols.has("nvmlDeviceGetSerial")) {
          code = nvml.nvmlDeviceGetSerial(d, text, TEXT_LENGTH);
        }
        break;

      case DRIVER_VERSION:
        if (symbols.has("nvmlSystemGetDriverVersion")) {
          code = nvml.nvmlSystemGetDriverVersion(text, TEXT_LENGTH);
        }
        break;
      case PCI_BUS_ID:
        if (symbols.has("nvmlDeviceGetPciInfo_v3")) {
          code = nvml.nvmlDeviceGetPciInfo_v3(d, pci);
          if (code == NvmlReturn.SUCCESS) {
            out[0] = pci.busId().getString();
          }
        }
        return code;
    }
    if (code == NvmlReturn.SUCCESS) {
      int length = 0;
      while (length < text.length && text[length] != 0) {
        length++;
      }
      out[0] = new String(text, 0, length, java.nio.charset.StandardCharsets.UTF_8);
    }
    return code;
  }

  @Override
  public int cudaDriverVersion(int[] out) {
    // Not the _v2 form: that one goes to libcuda, which a utility-only container lacks.
    if (symbols.has("nvmlSystemGetCudaDriverVersion")) {
      return nvml.nvmlSystemGetCudaDriverVersion(out);
    }
    return NvmlReturn.FUNCTION_NOT_FOUND;
  }

  @Override
  @SuppressWarnings("deprecation") // the replacements are missing in older drivers
  public int read(long handle, Reading what, int argument, long[] out) {
    Device d = device.at(handle);
    switch (what) {
      case UTILIZATION:
        if (symbols.has("nvmlDeviceGetUtilizationRates")) {
          int code = nvml.nvmlDeviceGetUtilizationRates(d, utilization);
          out[0] = utilization.gpu() & UINT;
          out[1] = utilization.memory() & UINT;
          return code;
        }
        return NvmlReturn.FUNCTION_NOT_FOUND;
      case ENCODER_UTILIZATION:
        if (symbols.has("nvmlDeviceGetEncoderUtilization")) {
          int code = nvml.nvmlDeviceGetEncoderUtilization(d, i1, i2);
          out[0] = i1[0] & UINT;
          out[1] = i2[0] & UINT;
          return code;
        }
        return NvmlReturn.FUNCTION_NOT_FOUND;
      case DECODER_UTILIZATION:
        if (symbols.has("nvmlDeviceGetDecoderUtilization")) {
          int code = nvml.nvmlDeviceGetDecoderUtilization(d, i1, i2);
          out[0] = i1[0] & UINT;
          out[1] = i2[0] & UINT;
          return code;
        }
        return NvmlReturn.FUNCTION_NOT_FOUND;
      case MEMORY:
        if (symbols.has("nvmlDeviceGetMemoryInfo_v2")) {
          memory2.version(version(memory2.sizeof(), 2));
          int code = nvml.nvmlDeviceGetMemoryInfo_v2(d, memory2);
          if (code != NvmlReturn.ARGUMENT_VERSION_MISMATCH) {
            out[0] = memory2.total();
            out[1] = memory2.used();
            out[2] = memory2.reserved();
            return code;
          }
        }
        if (symbols.has("nvmlDeviceGetMemoryInfo")) {
          int code = nvml.nvmlDeviceGetMemoryInfo(d, memory);
          out[0] = memory.total();
          out[1] = memory.used();
          out[2] = -1;
          return code;
        }
        return NvmlReturn.FUNCTION_NOT_FOUND;
      case TEMPERATURE:
        if (symbols.has("nvmlDeviceGetTemperatureV")) {
          temperature.version(version(temperature.sizeof(), 1));
          temperature.sensorType(0);
          int code = nvml.nvmlDeviceGetTemperatureV(d, temperature);
          if (code == NvmlReturn.SUCCESS) {
            out[0] = temperature.temperature();
            return code;
          }
          if (NvmlReturn.scopeOf(code) != NvmlReturn.Scope.FIELD) {
            return code;
          }
        }
        if (symbols.has("nvmlDeviceGetTemperature")) {
          int code = nvml.nvmlDeviceGetTemperature(d, 0, i1);
          out[0] = i1[0] & UINT;
          return code;
        }
        return NvmlReturn.FUNCTION_NOT_FOUND;
      case POWER_USAGE:
        if (symbols.has("nvmlDeviceGetPowerUsage")) {
          int code = nvml.nvmlDeviceGetPowerUsage(d, i1);
          out[0] = i1[0] & UINT;
          return code;
        }
        return NvmlReturn.FUNCTION_NOT_FOUND;
      case TOTAL_ENERGY:
        if (symbols.has("nvmlDeviceGetTotalEnergyConsumption")) {
          int code = nvml.nvmlDeviceGetTotalEnergyConsumption(d, l1);
          out[0] = l1[0];
          return code;
        }
        return NvmlReturn.FUNCTION_NOT_FOUND;
      case POWER_LIMIT_ENFORCED:
        if (symbols.has("nvmlDeviceGetEnforcedPowerLimit")) {
          int code = nvml.nvmlDeviceGetEnforcedPowerLimit(d, i1);
          out[0] = i1[0] & UINT;
          return code;
        }
        return NvmlReturn.FUNCTION_NOT_FOUND;
      case POWER_LIMIT_REQUESTED:
        if (symbols.has("nvmlDeviceGetPowerManagementLimit")) {
          int code = nvml.nvmlDeviceGetPowerManagementLimit(d, i1);
          out[0] = i1[0] & UINT;
          return code;
        }
        return NvmlReturn.FUNCTION_NOT_FOUND;
      case POWER_LIMIT_RANGE:
        if (symbols.has("nvmlDeviceGetPowerManagementLimitConstraints")) {
          int code = nvml.nvmlDeviceGetPowerManagementLimitConstraints(d, i1, i2);
          out[0] = i1[0] & UINT;
          out[1] = i2[0] & UINT;
          return code;
        }
        return NvmlReturn.FUNCTION_NOT_FOUND;
      case POWER_LIMIT_DEFAULT:
        if (symbols.has("nvmlDeviceGetPowerManagementDefaultLimit")) {
          int code = nvml.nvmlDeviceGetPowerManagementDefaultLimit(d, i1);
          out[0] = i1[0] & UINT;
          return code;
        }
        return NvmlReturn.FUNCTION_NOT_FOUND;
      case CLOCK:
        if (symbols.has("nvmlDeviceGetClockInfo")) {
          int code = nvml.nvmlDeviceGetClockInfo(d, argument, i1);
          out[0] = i1[0] & UINT;
          return code;
        }
        return NvmlReturn.FUNCTION_NOT_FOUND;
      case CLOCK_EVENT_REASONS:
        if (symbols.has("nvmlDeviceGetCurrentClocksEventReasons")) {
          int code = nvml.nvmlDeviceGetCurrentClocksEventReasons(d, l1);
          out[0] = l1[0];
          return code;
        }
        if (symbols.has("nvmlDeviceGetCurrentClocksThrottleReasons")) {
          int code = nvml.nvmlDeviceGetCurrentClocksThrottleReasons(d, l1);
          out[0] = l1[0];
          return code;
        }
        return NvmlReturn.FUNCTION_NOT_FOUND;
      case ECC_ERRORS:
        if (symbols.has("nvmlDeviceGetTotalEccErrors")) {
          int code = nvml.nvmlDeviceGetTotalEccErrors(d, argument & 1, argument >> 1, l1);
          out[0] = l1[0];
          return code;
        }
        return NvmlReturn.FUNCTION_NOT_FOUND;
      case PCIE_REPLAY:
        if (symbols.has("nvmlDeviceGetPcieReplayCounter")) {
          int code = nvml.nvmlDeviceGetPcieReplayCounter(d, i1);
          out[0] = i1[0] & UINT;
          return code;
        }
        return NvmlReturn.FUNCTION_NOT_FOUND;
      case FAN_COUNT:
        if (symbols.has("nvmlDeviceGetNumFans")) {
          int code = nvml.nvmlDeviceGetNumFans(d, i1);
          out[0] = i1[0] & UINT;
          return code;
        }
        return NvmlReturn.FUNCTION_NOT_FOUND;
      case FAN_SPEED:
        if (symbols.has("nvmlDeviceGetFanSpeed_v2")) {
          int code = nvml.nvmlDeviceGetFanSpeed_v2(d, argument, i1);
          out[0] = i1[0] & UINT;
          return code;
        }
        return NvmlReturn.FUNCTION_NOT_FOUND;
      case FAN_SPEED_RPM:
        if (symbols.has("nvmlDeviceGetFanSpeedRPM")) {
          fanSpeed.version(version(fanSpeed.sizeof(), 1));
          fanSpeed.fan(argument);
          int code = nvml.nvmlDeviceGetFanSpeedRPM(d, fanSpeed);
          out[0] = fanSpeed.speed() & UINT;
          return code;
        }
        return NvmlReturn.FUNCTION_NOT_FOUND;
      case TEMPERATURE_THRESHOLD:
        if (symbols.has("nvmlDeviceGetTemperatureThreshold")) {
          int code = nvml.nvmlDeviceGetTemperatureThreshold(d, argument, i1);
          out[0] = i1[0] & UINT;
          return code;
        }
        return NvmlReturn.FUNCTION_NOT_FOUND;
      case TEMPERATURE_MARGIN:
        if (symbols.has("nvmlDeviceGetMarginTemperature")) {
          margin.version(version(margin.sizeof(), 1));
          int code = nvml.nvmlDeviceGetMarginTemperature(d, margin);
          out[0] = margin.marginTemperature();
          return code;
        }
        return NvmlReturn.FUNCTION_NOT_FOUND;
      case REMAPPED_ROWS:
        if (symbols.has("nvmlDeviceGetRemappedRows")) {
          int code = nvml.nvmlDeviceGetRemappedRows(d, i1, i2, i3, i4);
          out[0] = i1[0] & UINT;
          out[1] = i2[0] & UINT;
          out[2] = i3[0] & UINT;
          out[3] = i4[0] & UINT;
          return code;
        }
        return NvmlReturn.FUNCTION_NOT_FOUND;
      case PCIE_GENERATION:
        if (symbols.has("nvmlDeviceGetCurrPcieLinkGeneration")) {
          int code = nvml.nvmlDeviceGetCurrPcieLinkGeneration(d, i1);
          out[0] = i1[0] & UINT;
          return code;
        }
        return NvmlReturn.FUNCTION_NOT_FOUND;
      case PCIE_WIDTH:
        if (symbols.has("nvmlDeviceGetCurrPcieLinkWidth")) {
          int code = nvml.nvmlDeviceGetCurrPcieLinkWidth(d, i1);
          out[0] = i1[0] & UINT;
          return code;
        }
        return NvmlReturn.FUNCTION_NOT_FOUND;
      case PCIE_GENERATION_MAX:
        if (symbols.has("nvmlDeviceGetMaxPcieLinkGeneration")) {
          int code = nvml.nvmlDeviceGetMaxPcieLinkGeneration(d, i1);
          out[0] = i1[0] & UINT;
          return code;
        }
        return NvmlReturn.FUNCTION_NOT_FOUND;
      case PCIE_WIDTH_MAX:
        if (symbols.has("nvmlDeviceGetMaxPcieLinkWidth")) {
          int code = nvml.nvmlDeviceGetMaxPcieLinkWidth(d, i1);
          out[0] = i1[0] & UINT;
          return code;
        }
        return NvmlReturn.FUNCTION_NOT_FOUND;
      case FABRIC:
        if (symbols.has("nvmlDeviceGetGpuFabricInfoV")) {
          fabric.version(version(fabric.sizeof(), 3));
          int code = nvml.nvmlDeviceGetGpuFabricInfoV(d, fabric);
          out[1] = fabric.healthSummary() & 0xFF;
          if (code == NvmlReturn.ARGUMENT_VERSION_MISMATCH) {
            // An older driver: the same layout without the last field.
            fabric.version(version(FABRIC_V2_SIZE, 2));
            code = nvml.nvmlDeviceGetGpuFabricInfoV(d, fabric);
            out[1] = 0;
          }
          // The status is that of the fabric's own set-up.
          out[0] = fabric.status() == NvmlReturn.SUCCESS ? fabric.state() & 0xFF : 0;
          return code;
        }
        return NvmlReturn.FUNCTION_NOT_FOUND;
      case PERFORMANCE_STATE:
        if (symbols.has("nvmlDeviceGetPerformanceState")) {
          int code = nvml.nvmlDeviceGetPerformanceState(d, i1);
          out[0] = i1[0] & UINT;
          return code;
        }
        return NvmlReturn.FUNCTION_NOT_FOUND;
      case NVLINK_STATE:
        if (symbols.has("nvmlDeviceGetNvLinkState")) {
          int code = nvml.nvmlDeviceGetNvLinkState(d, argument, i1);
          out[0] = i1[0] & UINT;
          return code;
        }
        return NvmlReturn.FUNCTION_NOT_FOUND;
      case GPM_SUPPORT:
        if (symbols.has("nvmlGpmQueryDeviceSupport")) {
          gpmSupport.version(1);
          int code = nvml.nvmlGpmQueryDeviceSupport(d, gpmSupport);
          out[0] = gpmSupport.isSupportedDevice() & UINT;
          return code;
        }
        return NvmlReturn.FUNCTION_NOT_FOUND;
      case MIG_MODE:
        if (symbols.has("nvmlDeviceGetMigMode")) {
          int code = nvml.nvmlDeviceGetMigMode(d, i1, i2);
          out[0] = i1[0] & UINT;
          out[1] = i2[0] & UINT;
          return code;
        }
        return NvmlReturn.FUNCTION_NOT_FOUND;
      case MIG_DEVICES_MAX:
        if (symbols.has("nvmlDeviceGetMaxMigDeviceCount")) {
          int code = nvml.nvmlDeviceGetMaxMigDeviceCount(d, i1);
          out[0] = i1[0] & UINT;
          return code;
        }
        return NvmlReturn.FUNCTION_NOT_FOUND;
      case GPU_INSTANCE:
        if (symbols.has("nvmlDeviceGetGpuInstanceId")) {
          int code = nvml.nvmlDeviceGetGpuInstanceId(d, i1);
          out[0] = i1[0] & UINT;
          return code;
        }
        return NvmlReturn.FUNCTION_NOT_FOUND;
      case COMPUTE_INSTANCE:
        if (symbols.has("nvmlDeviceGetComputeInstanceId")) {
          int code = nvml.nvmlDeviceGetComputeInstanceId(d, i1);
          out[0] = i1[0] & UINT;
          return code;
        }
        return NvmlReturn.FUNCTION_NOT_FOUND;
      case PERSISTENCE_MODE:
        if (symbols.has("nvmlDeviceGetPersistenceMode")) {
          int code = nvml.nvmlDeviceGetPersistenceMode(d, i1);
          out[0] = i1[0] & UINT;
          return code;
        }
        return NvmlReturn.FUNCTION_NOT_FOUND;
      case ECC_MODE:
        if (symbols.has("nvmlDeviceGetEccMode")) {
          int code = nvml.nvmlDeviceGetEccMode(d, i1, i2);
          out[0] = i1[0] & UINT;
          out[1] = i2[0] & UINT;
          return code;
        }
        return NvmlReturn.FUNCTION_NOT_FOUND;
      case COMPUTE_MODE:
        if (symbols.has("nvmlDeviceGetComputeMode")) {
          int code = nvml.nvmlDeviceGetComputeMode(d, i1);
          out[0] = i1[0] & UINT;
          return code;
        }
        return NvmlReturn.FUNCTION_NOT_FOUND;
      case PCIE_THROUGHPUT:
        if (symbols.has("nvmlDeviceGetPcieThroughput")) {
          int code = nvml.nvmlDeviceGetPcieThroughput(d, argument, i1);
          out[0] = i1[0] & UINT;
          return code;
        }
        return NvmlReturn.FUNCTION_NOT_FOUND;
      case BAR1:
        if (symbols.has("nvmlDeviceGetBAR1MemoryInfo")) {
          int code = nvml.nvmlDeviceGetBAR1MemoryInfo(d, bar1);
          out[0] = bar1.bar1Total();
          out[1] = bar1.bar1Used();
          return code;
        }
        return NvmlReturn.FUNCTION_NOT_FOUND;
      case PROTECTED_MEMORY:
        if (symbols.has("nvmlDeviceGetConfComputeProtectedMemoryUsage")) {
          int code = nvml.nvmlDeviceGetConfComputeProtectedMemoryUsage(d, memory);
          out[0] = memory.total();
          out[1] = memory.used();
          return code;
        }
        return NvmlReturn.FUNCTION_NOT_FOUND;
      case MINOR_NUMBER:
        if (symbols.has("nvmlDeviceGetMinorNumber")) {
          int code = nvml.nvmlDeviceGetMinorNumber(d, i1);
          out[0] = i1[0] & UINT;
          return code;
        }
        return NvmlReturn.FUNCTION_NOT_FOUND;
      case VGPU_LICENSE:
        if (symbols.has("nvmlDeviceGetGridLicensableFeatures_v4")) {
          int code = nvml.nvmlDeviceGetGridLicensableFeatures_v4(d, licences);
          out[0] = 0;
          out[1] = 0;
          if (code == NvmlReturn.SUCCESS && licences.isGridLicenseSupported() != 0) {
            readLicences(out);
          }
          return code;
        }
        return NvmlReturn.FUNCTION_NOT_FOUND;
      case EVENT_TYPES:
        if (symbols.has("nvmlDeviceGetSupportedEventTypes")) {
          int code = nvml.nvmlDeviceGetSupportedEventTypes(d, l1);
          out[0] = l1[0];
          return code;
        }
        return NvmlReturn.FUNCTION_NOT_FOUND;
    }
    return NvmlReturn.FUNCTION_NOT_FOUND;
  }

  private void readLicences(long[] out) {
    int count = Math.min(licences.licensableFeaturesCount(), MAX_LICENCES);
    for (int i = 0; i < count; i++) {
      licence.position(i);
      long bit = 1L << (licence.featureCode() & 63);
      out[0] |= licence.featureEnabled() != 0 ? bit : 0;
      out[1] |= licence.featureState() != 0 ? bit : 0;
    }
    licence.position(0);
  }

  @Override
  public int fieldValues(long handle, FieldBatch batch) {
    if (!symbols.has("nvmlDeviceGetFieldValues")) {
      return NvmlReturn.FUNCTION_NOT_FOUND;
    }
    int size = batch.size();
    for (int i = 0; i < size; i++) {
      fields.position(i);
      fields.fieldId(batch.id(i));
      fields.scopeId(batch.scope(i));
      fields.nvmlReturn(NvmlReturn.NOT_READY);
    }
    fields.position(0);
    int code = nvml.nvmlDeviceGetFieldValues(device.at(handle), size, fields);
    if (code != NvmlReturn.SUCCESS) {
      return code;
    }
    for (int i = 0; i < size; i++) {
      fields.position(i);
      int answer = fields.nvmlReturn();
      batch.answer(i, answer, answer == NvmlReturn.SUCCESS ? fieldValue() : 0);
    }
    fields.position(0);
    return code;
  }

  /** The value at the current position as a long; all-ones of its width mean "not available". */
  private long fieldValue() {
    nvmlValue_t value = fields.value();
    switch (fields.valueType()) {
      case 0:
        return (long) value.dVal();
      case 1:
        return value.uiVal() == -1 ? -1 : value.uiVal() & UINT;
      case 5:
        return value.siVal();
      case 6:
        return value.usVal() & 0xFFFF;
      default: // unsigned long, unsigned long long, signed long long: 64 bits on Linux
        return value.ullVal();
    }
  }

  @Override
  public int gpmSampleAlloc(long[] out) {
    if (symbols.has("nvmlGpmSampleAlloc")) {
      sample.at(0);
      int code = nvml.nvmlGpmSampleAlloc(sample);
      out[0] = sample.address();
      return code;
    }
    return NvmlReturn.FUNCTION_NOT_FOUND;
  }

  @Override
  public int gpmSampleFree(long handle) {
    if (symbols.has("nvmlGpmSampleFree")) {
      return nvml.nvmlGpmSampleFree(sample.at(handle));
    }
    return NvmlReturn.FUNCTION_NOT_FOUND;
  }

  @Override
  public int gpmSampleGet(long handle, int gpuInstance, long sampleHandle) {
    Device d = device.at(handle);
    if (gpuInstance >= 0) {
      if (symbols.has("nvmlGpmMigSampleGet")) {
        return nvml.nvmlGpmMigSampleGet(d, gpuInstance, sample.at(sampleHandle));
      }
    } else if (symbols.has("nvmlGpmSampleGet")) {
      return nvml.nvmlGpmSampleGet(d, sample.at(sampleHandle));
    }
    return NvmlReturn.FUNCTION_NOT_FOUND;
  }

  @Override
  public int gpmMetrics(long first, long second, int[] ids, int[] codes, double[] values) {
    if (!symbols.has("nvmlGpmMetricsGet")) {
      return NvmlReturn.FUNCTION_NOT_FOUND;
    }
    int size = Math.min(ids.length, MAX_GPM_METRICS);
    gpmMetrics.version(1);
    gpmMetrics.numMetrics(size);
    gpmMetrics.sample1(sample.at(first));
    gpmMetrics.sample2(sample2.at(second));
    for (int i = 0; i < size; i++) {
      gpmMetric.position(i).metricId(ids[i]);
    }
    int code = nvml.nvmlGpmMetricsGet(gpmMetrics);
    for (int i = 0; i < size; i++) {
      gpmMetric.position(i);
      codes[i] = gpmMetric.nvmlReturn();
      values[i] = gpmMetric.value();
    }
    gpmMetric.position(0);
    return code;
  }

  @Override
  public int computeProcesses(long handle, long[] pids, long[] bytes, int[] out) {
    // Older drivers have _v2 with the same struct, and an unversioned one with a smaller struct.
    if (symbols.has("nvmlDeviceGetComputeRunningProcesses_v3")) {
      int fits = Math.min(MAX_PROCESSES, pids.length);
      i1[0] = fits;
      int code =
          nvml.nvmlDeviceGetComputeRunningProcesses_v3(
              device.at(handle), i1, processes.position(0));
      if (code == NvmlReturn.SUCCESS) {
        int count = Math.min(i1[0], fits);
        for (int i = 0; i < count; i++) {
          processes.position(i);
          pids[i] = processes.pid() & UINT;
          bytes[i] = processes.usedGpuMemory();
        }
        processes.position(0);
        out[0] = count;
      }
      return code;
    }
    return NvmlReturn.FUNCTION_NOT_FOUND;
  }

  @Override
  public int processUtilization(
      long handle, long since, long[] pids, long[] stamps, int[] percents, int[] out) {
    if (symbols.has("nvmlDeviceGetProcessUtilization")) {
      int fits = Math.min(MAX_PROCESSES, pids.length);
      i1[0] = fits;
      int code =
          nvml.nvmlDeviceGetProcessUtilization(
              device.at(handle), processSamples.position(0), i1, since);
      if (code == NvmlReturn.SUCCESS) {
        int count = Math.min(i1[0], fits);
        for (int i = 0; i < count; i++) {
          processSamples.position(i);
          pids[i] = processSamples.pid() & UINT;
          stamps[i] = processSamples.timeStamp();
          percents[4 * i] = processSamples.smUtil();
          percents[4 * i + 1] = processSamples.memUtil();
          percents[4 * i + 2] = processSamples.encUtil();
          percents[4 * i + 3] = processSamples.decUtil();
        }
        processSamples.position(0);
        out[0] = count;
      }
      return code;
    }
    return NvmlReturn.FUNCTION_NOT_FOUND;
  }

  @Override
  public int eventSetCreate(long[] out) {
    if (symbols.has("nvmlEventSetCreate")) {
      eventSet.at(0);
      int code = nvml.nvmlEventSetCreate(eventSet);
      out[0] = eventSet.address();
      return code;
    }
    return NvmlReturn.FUNCTION_NOT_FOUND;
  }

  @Override
  public int eventRegister(long handle, long types, long set) {
    if (symbols.has("nvmlDeviceRegisterEvents")) {
      return nvml.nvmlDeviceRegisterEvents(eventDevice.at(handle), types, eventSet.at(set));
    }
    return NvmlReturn.FUNCTION_NOT_FOUND;
  }

  @Override
  public int eventWait(long set, int timeoutMillis, long[] out) {
    if (symbols.has("nvmlEventSetWait_v2")) {
      int code = nvml.nvmlEventSetWait_v2(eventSet.at(set), eventData, timeoutMillis);
      if (code == NvmlReturn.SUCCESS) {
        nvmlDevice_st source = eventData.device();
        out[0] = source == null ? 0 : source.address();
        out[1] = eventData.eventType();
        out[2] = eventData.eventData();
        out[3] = eventData.gpuInstanceId() & UINT;
      }
      return code;
    }
    return NvmlReturn.FUNCTION_NOT_FOUND;
  }

  @Override
  public int eventSetFree(long set) {
    if (symbols.has("nvmlEventSetFree")) {
      return nvml.nvmlEventSetFree(eventSet.at(set));
    }
    return NvmlReturn.FUNCTION_NOT_FOUND;
  }

  /**
   * Zeroed memory for the life of the process. Not by the structs' own constructors: those register
   * with JavaCPP's collector, which calls {@code System.gc()} and throws OutOfMemoryError when the
   * whole process has grown beyond a multiple of the heap's limit.
   */
  private static Pointer zeroed(Class<? extends Pointer> type, int count) {
    return Pointer.calloc(count, Loader.sizeof(type));
  }

  private static int version(int size, int version) {
    return size | (version << 24);
  }

  /** A handle that can be pointed anywhere, so that calls allocate nothing. */
  private static final class Device extends nvmlDevice_st {
    Device() {
      super((Pointer) null);
    }

    Device at(long handle) {
      address = handle;
      return this;
    }
  }

  private static final class Sample extends nvmlGpmSample_st {
    Sample() {
      super((Pointer) null);
    }

    Sample at(long handle) {
      address = handle;
      return this;
    }
  }

  private static final class EventSet extends nvmlEventSet_st {
    EventSet() {
      super((Pointer) null);
    }

    EventSet at(long handle) {
      address = handle;
      return this;
    }
  }
}
