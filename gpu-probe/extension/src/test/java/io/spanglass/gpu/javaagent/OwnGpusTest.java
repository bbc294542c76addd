/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.gpu.javaagent;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OwnGpusTest {
  private static final String GPU_0 = "GPU-5ba961a5-0000-4000-8000-000000000000";
  private static final String GPU_1 = "GPU-5ba961a5-0000-4000-8000-000000000001";
  private static final String MIG = "MIG-5ba961a5-0000-4000-8000-000000000002";

  @TempDir Path folder;
  private Path information;
  private Path devices;

  @BeforeEach
  void setUp() throws IOException {
    information = Files.createDirectories(folder.resolve("gpus"));
    devices = Files.createDirectories(folder.resolve("dev"));
  }

  private void gpu(int minor, String uuid) throws IOException {
    Path gpu = Files.createDirectories(information.resolve("0000:0" + minor + ":00.0"));
    Files.writeString(
        gpu.resolve("information"),
        "Model: \t\t NVIDIA H100 80GB HBM3\nIRQ:   \t\t 371\nGPU UUID: \t "
            + uuid
            + "\nVideo BIOS: \t 96.00.99.00.01\nBus Type: \t PCIe\nDevice Minor: \t "
            + minor
            + "\nGPU Excluded:\t No\n");
  }

  private List<String> find(String visible) {
    return OwnGpus.find(visible, information, devices);
  }

  @Test
  void theContainerRuntimesVariableNamesThem() {
    assertThat(find(GPU_1 + "," + MIG)).containsExactly(GPU_1, MIG);
  }

  @Test
  void onlyGpusWhoseDeviceFileIsHereAreTheContainersOwn() throws IOException {
    gpu(0, GPU_0);
    gpu(1, GPU_1);
    Files.createFile(devices.resolve("nvidia1"));
    for (String visible : List.of("all", "1", "void", "")) {
      assertThat(find(visible)).containsExactly(GPU_1);
    }
    assertThat(OwnGpus.find(null, information, devices)).containsExactly(GPU_1);
  }

  @Test
  void whatTheDriverDoesNotTellYetIsNotInvented() throws IOException {
    gpu(0, "GPU-????????-????-????-????-????????????");
    gpu(1, GPU_1);
    Files.createFile(devices.resolve("nvidia0"));
    Files.createFile(devices.resolve("nvidia1"));
    assertThat(find("all")).isEmpty();
  }

  @Test
  void withoutADriverThereAreNone() {
    assertThat(OwnGpus.find("all", folder.resolve("nowhere"), devices)).isEmpty();
    assertThat(OwnGpus.find(null, information, devices)).isEmpty();
  }
}
