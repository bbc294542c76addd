/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.gpu;

/**
 * The return codes of NVML ({@code nvmlReturn_t}) and what each means for the probe.
 *
 * @see <a
 *     href="https://docs.nvidia.com/deploy/nvml-api/group__nvmlDeviceEnumvs.html">nvmlReturn_t</a>
 */
final class NvmlReturn {
  static final int SUCCESS = 0;
  static final int UNINITIALIZED = 1;
  static final int INVALID_ARGUMENT = 2;
  static final int NOT_SUPPORTED = 3;
  static final int NO_PERMISSION = 4;
  static final int NOT_FOUND = 6;
  static final int DRIVER_NOT_LOADED = 9;
  static final int TIMEOUT = 10;
  static final int IRQ_ISSUE = 11;
  static final int LIBRARY_NOT_FOUND = 12;
  static final int FUNCTION_NOT_FOUND = 13;
  static final int CORRUPTED_INFOROM = 14;
  static final int GPU_IS_LOST = 15;
  static final int RESET_REQUIRED = 16;
  static final int OPERATING_SYSTEM = 17;
  static final int LIB_RM_VERSION_MISMATCH = 18;
  static final int IN_USE = 19;
  static final int NO_DATA = 21;
  static final int ARGUMENT_VERSION_MISMATCH = 25;
  static final int DEPRECATED = 26;
  static final int NOT_READY = 27;
  static final int UNKNOWN = 999;

  /** What an error says about, which decides how long it is believed. */
  enum Scope {
    /** This field of this device: not asked for again until the library is re-initialised. */
    FIELD,
    /** This device: it has failed, the others go on. */
    DEVICE,
    /** The library: shut down, wait, initialise again. */
    LIBRARY,
    /** Only this call: left out of this cycle. */
    TRANSIENT
  }

  /** The scope of a code other than success, returned by a call that reads one value. */
  static Scope scopeOf(int code) {
    switch (code) {
      case GPU_IS_LOST:
      case RESET_REQUIRED:
      case CORRUPTED_INFOROM:
      case IRQ_ISSUE:
      case 28: // GPU_NOT_FOUND
        return Scope.DEVICE;
      case UNINITIALIZED:
      case DRIVER_NOT_LOADED:
      case LIB_RM_VERSION_MISMATCH:
      case OPERATING_SYSTEM:
        return Scope.LIBRARY;
      case INVALID_ARGUMENT:
      case NOT_SUPPORTED:
      case NO_PERMISSION:
      case NOT_FOUND:
      case FUNCTION_NOT_FOUND:
      case NO_DATA:
      case 22: // VGPU_ECC_NOT_SUPPORTED
      case 24: // FREQ_NOT_SUPPORTED
      case ARGUMENT_VERSION_MISMATCH:
      case DEPRECATED:
        return Scope.FIELD;
      default:
        return Scope.TRANSIENT;
    }
  }

  /** The name in the header without its prefix, in lower case: {@code gpu_is_lost}. */
  static String nameOf(int code) {
    switch (code) {
      case SUCCESS:
        return "success";
      case UNINITIALIZED:
        return "uninitialized";
      case INVALID_ARGUMENT:
        return "invalid_argument";
      case NOT_SUPPORTED:
        return "not_supported";
      case NO_PERMISSION:
        return "no_permission";
      case 5:
        return "already_initialized";
      case NOT_FOUND:
        return "not_found";
      case 7:
        return "insufficient_size";
      case 8:
        return "insufficient_power";
      case DRIVER_NOT_LOADED:
        return "driver_not_loaded";
      case TIMEOUT:
        return "timeout";
      case IRQ_ISSUE:
        return "irq_issue";
      case LIBRARY_NOT_FOUND:
        return "library_not_found";
      case FUNCTION_NOT_FOUND:
        return "function_not_found";
      case CORRUPTED_INFOROM:
        return "corrupted_inforom";
      case GPU_IS_LOST:
        return "gpu_is_lost";
      case RESET_REQUIRED:
        return "reset_required";
      case OPERATING_SYSTEM:
        return "operating_system";
      case LIB_RM_VERSION_MISMATCH:
        return "lib_rm_version_mismatch";
      case IN_USE:
        return "in_use";
      case 20:
        return "memory";
      case NO_DATA:
        return "no_data";
      case 22:
        return "vgpu_ecc_not_supported";
      case 23:
        return "insufficient_resources";
      case 24:
        return "freq_not_supported";
      case ARGUMENT_VERSION_MISMATCH:
        return "argument_version_mismatch";
      case DEPRECATED:
        return "deprecated";
      case NOT_READY:
        return "not_ready";
      case 28:
        return "gpu_not_found";
      case 29:
        return "invalid_state";
      default:
        return "unknown";
    }
  }

  /** One plain sentence for the log about an initialisation that failed. */
  static String explainInit(int code) {
    switch (code) {
      case DRIVER_NOT_LOADED:
        return "the NVIDIA kernel driver is not loaded";
      case NO_PERMISSION:
        return "this process may not open the NVIDIA device files (/dev/nvidiactl, /dev/nvidia*)";
      case LIBRARY_NOT_FOUND:
        return "the NVML library is a stub or incomplete (a stub comes with the CUDA toolkit to link"
            + " against; the real one comes with the driver)";
      case OPERATING_SYSTEM:
        return "the operating system blocks access to the GPU, often the container's device rules";
      case LIB_RM_VERSION_MISMATCH:
        return "Driver/library version mismatch: the driver was upgraded while this process had the"
            + " old library loaded; restart this process (and, if it persists, the host)";
      case UNKNOWN:
        return "unknown error; in a container this happens when systemd was reloaded and the device"
            + " rules were lost: restart the container";
      case FUNCTION_NOT_FOUND:
        return "the library has no nvmlInit_v2: too old, or not NVML";
      default:
        return "NVML error " + code + " (" + nameOf(code) + ")";
    }
  }

  private NvmlReturn() {}
}
