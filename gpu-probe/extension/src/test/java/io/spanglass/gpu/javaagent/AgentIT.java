/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.gpu.javaagent;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The extension jar in the real agent. */
@Timeout(120)
class AgentIT {
  private static final String OWN_GPU = "GPU-5ba961a5-0000-4000-8000-000000000007";

  private static String run(int millis, String... options)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-javaagent:" + System.getProperty("agent.jar"));
    command.add("-Dotel.javaagent.extensions=" + System.getProperty("extension.jar"));
    command.add("-Dotel.traces.exporter=none");
    command.add("-Dotel.logs.exporter=none");
    command.add("-Dotel.metrics.exporter=logging");
    command.add("-Dotel.metric.export.interval=1000");
    command.add("-Dotel.instrumentation.spanglass.gpu.interval=1000");
    command.addAll(List.of(options));
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.addAll(List.of(Application.class.getName(), String.valueOf(millis)));
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().put("LD_LIBRARY_PATH", "/nonexistent");
    builder.environment().put("NVIDIA_VISIBLE_DEVICES", OWN_GPU);
    Process process = builder.start();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(out).isZero();
    assertThat(out).contains("application started").contains("application ends");
    return out;
  }

  @Test
  void reportsTheGpusBesideTheService() throws Exception {
    String out = run(5000, "-Dotel.instrumentation.spanglass.gpu.demo=h200");
    assertThat(out)
        .contains("name=hw.gpu.utilization")
        .contains("NVIDIA H200")
        .contains("nvidia.gpu.ids=[" + OWN_GPU + "]")
        .doesNotContain("WARN");
  }

  @Test
  void loadsTheBindingOffTheStartPathAndSaysThatThereIsNoDriver() throws Exception {
    String out = run(5000, "-Dotel.instrumentation.spanglass.gpu.enabled=true");
    assertThat(out)
        .contains("libnvidia-ml.so.1 is not on this machine")
        .contains("library_missing")
        .doesNotContain("name=hw.gpu");
    assertThat(out.lines().filter(line -> line.contains("no GPU metrics"))).hasSize(1);
  }

  @Test
  void isOffWhereThereIsNoGpuUnlessAskedFor() throws Exception {
    Assumptions.assumeFalse(Files.exists(Path.of("/dev/nvidiactl")), "SKIPPED: a GPU is here");
    assertThat(run(2500)).doesNotContain("nvidia.gpu").doesNotContain("libnvidia-ml");
  }

  @Test
  void theKillSwitchOfSpanglassStopsItToo() throws Exception {
    assertThat(
            run(
                2500,
                "-Dotel.instrumentation.spanglass.gpu.demo=h200",
                "-Dotel.instrumentation.spanglass.enabled=false"))
        .doesNotContain("nvidia.gpu");
  }

  @Test
  void aWrongSettingIsSaidAndTheServiceRuns() throws Exception {
    assertThat(run(2500, "-Dotel.instrumentation.spanglass.gpu.demo=gtx"))
        .contains("unknown demo fleet \"gtx\"")
        .doesNotContain("name=nvidia.gpu");
  }
}
