/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.gpu;

import java.time.Duration;
import java.util.EnumSet;

/**
 * Three readings with every extra, events and a release, without an OpenTelemetry SDK: what {@link
 * FakeDriverTest} runs once per function of the driver, so it has to be quick. Prints the points of
 * the last reading.
 */
final class BareProbe {
  private BareProbe() {}

  public static void main(String[] arguments) throws Exception {
    Listener nobody =
        new Listener() {
          @Override
          public void onCycle(double seconds) {}

          @Override
          public void onError(int code) {}

          @Override
          public void onXid(DeviceState device, int xid, int gpuInstance) {}
        };
    Options options = new Options(Duration.ofSeconds(20), EnumSet.allOf(Options.Extra.class));
    Collector collector =
        new Collector(() -> NvmlNative.load(null, null), options, nobody, System::nanoTime);
    for (int i = 0; i < 3; i++) {
      collector.cycle();
      Thread.sleep(i == 2 ? 0 : 110); // GPM compares samples 100 ms apart
    }
    Snapshot snapshot = collector.freshSnapshot();
    System.out.println(snapshot == null ? 0 : snapshot.size());
    collector.start();
    collector.close(5000);
    System.exit(0);
  }
}
