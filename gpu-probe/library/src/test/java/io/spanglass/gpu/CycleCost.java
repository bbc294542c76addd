/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.gpu;

import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Locale;

/**
 * Measures one reading of eight GPUs, with the binding and a driver that answers at once: our own
 * work, not the driver's. Run by {@code figures/measure}. Argument: the folder of the fake driver.
 */
final class CycleCost {
  private static final int GPUS = 8;

  private CycleCost() {}

  public static void main(String[] arguments) throws Exception {
    String library = Path.of(arguments[0], FakeDriver.SONAME).toString();
    Listener nobody =
        new Listener() {
          @Override
          public void onCycle(double seconds) {}

          @Override
          public void onError(int code) {}

          @Override
          public void onXid(DeviceState device, int xid, int gpuInstance) {}
        };
    Collector collector =
        new Collector(
            () -> NvmlNative.load(library, null),
            new Options(Duration.ofMillis(100), EnumSet.noneOf(Options.Extra.class)),
            nobody,
            System::nanoTime);
    for (int i = 0; i < 5000; i++) {
      collector.cycle();
    }
    var thread = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
    int cycles = 5000;
    long allocated = thread.getCurrentThreadAllocatedBytes();
    long cpu = thread.getCurrentThreadCpuTime();
    for (int i = 0; i < cycles; i++) {
      collector.cycle();
    }
    cpu = thread.getCurrentThreadCpuTime() - cpu;
    allocated = thread.getCurrentThreadAllocatedBytes() - allocated;
    Snapshot snapshot = collector.freshSnapshot();
    System.out.printf(
        Locale.ROOT,
        "one reading of %d GPUs, %d points: %.1f µs CPU and %.1f KB allocated per GPU%n",
        GPUS,
        snapshot == null ? 0 : snapshot.size(),
        cpu / 1e3 / cycles / GPUS,
        allocated / 1024.0 / cycles / GPUS);
    System.exit(0);
  }
}
