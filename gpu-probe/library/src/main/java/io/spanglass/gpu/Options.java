/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.gpu;

import java.time.Duration;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;

/** What a probe was asked for. */
final class Options {
  static final Duration DEFAULT_INTERVAL = Duration.ofSeconds(10);
  static final Duration MIN_INTERVAL = Duration.ofMillis(100);

  /** What costs more, or tells more, than everyone wants. */
  enum Extra {
    /** Serial number as an attribute. */
    SERIAL,
    /** PCI bus id and index as attributes. */
    PCI,
    /** PCIe rates where the driver has no byte counters; 20 ms per direction and GPU. */
    PCIE_THROUGHPUT,
    /** GPU memory and utilisation of this process. */
    PROCESS,
    /** The same of every process that the driver shows. */
    ALL_PROCESSES,
    BAR1,
    CONFIDENTIAL,
    FAN_RPM,
    /** A series per NVLink instead of one for all. */
    NVLINK_LINKS,
    VGPU_LICENSE,
    POWER_SMOOTHING;

    /** All names, as a user writes them. */
    static final String NAMES =
        "serial, pci, pcie-throughput, process, all-processes, bar1, confidential, fan-rpm,"
            + " nvlink-links, vgpu-license, power-smoothing";

    static Extra parse(String name) {
      String constant = name.trim().toUpperCase(Locale.ROOT).replace('-', '_');
      for (Extra extra : values()) {
        if (extra.name().equals(constant)) {
          return extra;
        }
      }
      throw new IllegalArgumentException("unknown extra \"" + name + "\"; known: " + NAMES);
    }
  }

  final Duration interval;
  final Set<Extra> extras;

  Options(Duration interval, Set<Extra> extras) {
    this.interval = interval;
    this.extras = extras.isEmpty() ? EnumSet.noneOf(Extra.class) : EnumSet.copyOf(extras);
  }
}
