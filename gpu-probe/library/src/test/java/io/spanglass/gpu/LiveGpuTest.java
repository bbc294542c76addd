/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.gpu;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The same against a real driver and GPU, where there is one. */
class LiveGpuTest {

  @TempDir Path folder;

  @Test
  void readsTheGpusOfThisHost() throws Exception {
    Assumptions.assumeTrue(
        Files.exists(Path.of("/dev/nvidiactl")),
        "SKIPPED: no NVIDIA GPU on this machine (no /dev/nvidiactl)");
    FakeDriver.Result result =
        FakeDriver.noDriver(folder)
            .java(Child.class, "interval=1000", "cycles=4", "print", "threads", "close", "threads");
    assertThat(result.status()).as("%s%n%s", result.out(), result.err()).isZero();
    assertThat(result.printed(0))
        .contains("nvidia.gpu.probe.state=ok} = 1")
        .contains("hw.id=GPU-")
        .contains("hw.gpu.memory.limit")
        .contains("hw.status");
    System.out.println(result.out());
  }
}
