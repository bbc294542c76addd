/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.gpu;

import static org.assertj.core.api.Assertions.assertThat;

import io.spanglass.gpu.FakeDriver.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The whole probe, in a JVM of its own per scenario, against the real binding and a fake driver.
 */
class FakeDriverTest {
  private static final Path GOLDEN = Path.of("src/test/resources/golden");
  private static final String GPU_0 = "GPU-00000000-0000-0000-0000-000000000000";
  private static final String GPU_1 = "GPU-00000000-0000-0000-0000-000000000001";

  /** Without these there is no GPU, or none that can be told from another. */
  private static final List<String> INDISPENSABLE =
      List.of(
          "nvmlInit_v2",
          "nvmlDeviceGetCount_v2",
          "nvmlDeviceGetHandleByIndex_v2",
          "nvmlDeviceGetUUID");

  @TempDir static Path folder;
  private static FakeDriver built;
  private FakeDriver driver;

  @BeforeAll
  static void build() throws Exception {
    built = FakeDriver.build(folder);
  }

  @BeforeEach
  void fresh() {
    driver = built.in(folder);
  }

  /**
   * Compares with the committed list; with {@code -Dgolden.update} the list is written instead, and
   * a change of telemetry is a diff to review.
   */
  private static void assertGolden(String name, String printed) throws IOException {
    // Bytes integrated from a rate depend on how long the test took.
    String actual = printed.replaceAll("(hw.gpu.io .*) = [1-9]\\d*", "$1 = N");
    Path file = GOLDEN.resolve(name + ".txt");
    if (System.getProperty("golden.update") != null) {
      Files.createDirectories(GOLDEN);
      Files.writeString(file, actual);
    }
    assertThat(actual).isEqualTo(Files.readString(file));
  }

  private static void assertDone(Result result) {
    assertThat(result.status()).as("%s%n%s", result.out(), result.err()).isZero();
    assertThat(result.out()).endsWith("done\n");
  }

  private static List<String> series(String printed, String name, String hwId) {
    return printed
        .lines()
        .filter(line -> line.startsWith(name + " ") && line.contains("hw.id=" + hwId + ","))
        .toList();
  }

  private static String state(String printed, String hwId) {
    List<String> ones =
        series(printed, "hw.status", hwId).stream().filter(line -> line.endsWith(" = 1")).toList();
    assertThat(ones).as(printed).hasSize(1);
    return ones.get(0).replaceAll(".*hw.state=([a-z_]+).*", "$1");
  }

  @Test
  void everything() throws Exception {
    Path script = driver.script("everything", "gpus=2", "c2c=3", "smoothing=1", "licensed=2");
    Result result =
        driver.run(
            script,
            "extras=serial,pci,pcie-throughput,process,bar1,confidential,fan-rpm,vgpu-license,"
                + "power-smoothing",
            "cycles=3",
            "print");
    assertDone(result);
    String printed = result.printed(0).replaceAll("process.pid=\\d+", "process.pid=PID");
    assertGolden("everything", printed);
  }

  @Test
  void aSeriesPerLinkOnRequest() throws Exception {
    Path script = driver.script("links", "gpus=1", "links=3");
    Result result = driver.run(script, "extras=nvlink-links", "cycles=2", "print");
    assertDone(result);
    String printed = result.printed(0);
    assertThat(series(printed, "nvidia.gpu.nvlink.io", GPU_0))
        .hasSize(8)
        .allMatch(line -> line.contains("nvidia.gpu.nvlink.link="));
    assertThat(series(printed, "nvidia.gpu.nvlink.active", GPU_0))
        .hasSize(4)
        .filteredOn(line -> line.endsWith(" = 1"))
        .hasSize(3);
    assertThat(series(printed, "hw.errors", GPU_0))
        .filteredOn(line -> line.contains("nvlink_dl_crc"))
        .hasSize(4);
  }

  @Test
  void fieldsThatMovedBetweenDriversAreReadByTheirVersion() throws Exception {
    for (int cuda : List.of(12080, 12090, 13000, 13010)) {
      Path script = driver.script("cuda" + cuda, "gpus=1", "smoothing=1", "cuda=" + cuda);
      Result result = driver.run(script, "extras=power-smoothing", "cycles=2", "print");
      assertDone(result);
      String printed = result.printed(0);
      assertThat(series(printed, "nvidia.gpu.clock.event.duration", GPU_0))
          .as("CUDA %s", cuda)
          .filteredOn(line -> line.contains("_thermal") || line.contains("brake"))
          .hasSize(cuda == 12080 ? 0 : 3)
          .allMatch(line -> line.endsWith(" = 0.0"));
      assertThat(series(printed, "nvidia.gpu.power.smoothing.profile", GPU_0))
          .as("CUDA %s", cuda)
          .hasSize(1)
          .allMatch(line -> line.endsWith(" = 3"));
    }
  }

  @Test
  void thePodThatHoldsTheGpu() throws Exception {
    Path socket = folder.resolve("kubelet.sock");
    var allocated =
        FakeKubelet.pods(
            FakeKubelet.pod("search", "llm-0", "nvidia.com/gpu", GPU_1),
            FakeKubelet.pod(
                "batch",
                "embed",
                "nvidia.com/mig-1g.10gb",
                "MIG-00000000-0000-0000-0000-000000000007"));
    try (FakeKubelet kubelet = FakeKubelet.start(socket, allocated)) {
      driver.jvmOptions.add("-Dotel.instrumentation.spanglass.gpu.pod-resources=" + socket);
      Path script = driver.script("pods", "gpus=2", "mig=2");
      Result result = driver.run(script, "sleep=700", "cycles=3", "print", "threads");
      assertDone(result);
      assertThat(kubelet.calls.get()).as("every ten seconds").isBetween(1, 3);
      assertGolden("pods", result.printed(0));
      assertThat(result.out()).contains("thread spanglass-gpu-pods daemon=true");
    }
  }

  @Test
  void mig() throws Exception {
    Path script = driver.script("mig", "gpus=1", "mig=2");
    Path changed = driver.script("mig2", "gpus=1", "mig=1", "mig_first=11");
    Result result =
        driver.run(script, "cycles=3", "print", "script=" + changed, "cycles=9", "print");
    assertDone(result);
    assertGolden("mig", result.printed(0));
    assertThat(result.printed(1))
        .contains("MIG-00000000-0000-0000-0000-000000000011")
        .doesNotContain("MIG-00000000-0000-0000-0000-000000000007");
  }

  @Test
  void blankValuesAreAbsent() throws Exception {
    Result result = driver.run(driver.script("blank", "gpus=1", "blank=1"), "cycles=3", "print");
    assertDone(result);
    assertGolden("blank", result.printed(0));
  }

  @Test
  void virtualGpu() throws Exception {
    Result result = driver.run(driver.script("vgpu", "gpus=1", "vgpu=1"), "cycles=3", "print");
    assertDone(result);
    assertGolden("vgpu", result.printed(0));
  }

  @Test
  void unifiedMemory() throws Exception {
    Result result =
        driver.run(driver.script("unified", "gpus=1", "unified=1"), "cycles=3", "print");
    assertDone(result);
    assertThat(result.printed(0)).doesNotContain("hw.gpu.memory").contains("hw.power");
  }

  @Test
  void aGpuIsLostAndComesBack() throws Exception {
    Path log = folder.resolve("lost.log");
    Path good = driver.script("good", "gpus=2", "log=" + log);
    Path lost = driver.script("lost", "gpus=2", "lost=1", "log=" + log);
    Result result =
        driver.run(
            good,
            "cycles=2",
            "script=" + lost,
            "cycles=4",
            "print",
            "script=" + good,
            "sleep=11000", // the second attempt comes 10 s after the first
            "cycles=2",
            "print",
            "close");
    assertDone(result);
    String whileLost = result.printed(0);
    assertThat(state(whileLost, GPU_1)).isEqualTo("failed");
    assertThat(state(whileLost, GPU_0)).isEqualTo("ok");
    assertThat(series(whileLost, "hw.gpu.memory.usage", GPU_1)).isEmpty();
    assertThat(series(whileLost, "hw.gpu.memory.usage", GPU_0)).hasSize(1);
    assertThat(whileLost).contains("nvidia.gpu.probe.errors");
    assertGolden("lost", whileLost.replaceAll("(probe.errors .*) = \\d+", "$1 = N"));

    assertThat(state(result.printed(1), GPU_1)).isEqualTo("ok");
    assertThat(series(result.printed(1), "hw.gpu.memory.usage", GPU_1)).hasSize(1);
    assertThat(Files.readAllLines(log).get(1)).as("released when lost").isEqualTo("shutdown");
    assertThat(result.err()).contains("has failed: gpu_is_lost").contains("answers again");
  }

  @Test
  void aCallThatNeverReturns() throws Exception {
    Path good = driver.script("good", "gpus=1");
    Path hang = driver.script("hang", "gpus=1", "hang.nvmlDeviceGetMemoryInfo_v2=1");
    Result result =
        driver.run(
            good,
            "cycles=2",
            "script=" + hang,
            "sleep=2500",
            "print",
            "threads",
            "script=" + good,
            "sleep=1000",
            "cycles=2",
            "print",
            "script=" + hang,
            "sleep=500",
            "close");
    assertDone(result);
    assertThat(result.printed(0))
        .contains("nvidia.gpu.probe.state=stalled} = 1")
        .doesNotContain("hw.gpu");
    assertThat(result.out()).contains("thread spanglass-gpu-collector daemon=true");
    assertThat(result.printed(1)).contains("nvidia.gpu.probe.state=ok} = 1").contains("hw.gpu");
    assertThat(result.err()).contains("does not return from a call").contains("answers again");
  }

  @Test
  void slowCallsOnlyMakeTheCycleLonger() throws Exception {
    Result result =
        driver.run(
            driver.script("slow", "gpus=2", "sleep.nvmlDeviceGetUtilizationRates=60"),
            "interval=500",
            "cycles=3",
            "print");
    assertDone(result);
    assertThat(series(result.printed(0), "hw.gpu.memory.usage", GPU_1)).hasSize(1);
  }

  @Test
  void countersBeginAtZeroAndSurviveAReloadAndAWrap() throws Exception {
    Path first = driver.script("c1", "gpus=1", "energy=5000000", "pcie=4294967290");
    Path second = driver.script("c2", "gpus=1", "energy=5002000", "pcie=10");
    Path reloaded = driver.script("c3", "gpus=1", "energy=3000", "pcie=30");
    Result result =
        driver.run(
            first,
            "cycles=2",
            "print",
            "script=" + second,
            "cycles=3",
            "print",
            "script=" + reloaded,
            "cycles=3",
            "print");
    assertDone(result);
    assertThat(series(result.printed(0), "hw.energy", GPU_0).get(0)).endsWith(" = 0.0");
    assertThat(series(result.printed(1), "hw.energy", GPU_0).get(0)).endsWith(" = 2.0");
    assertThat(series(result.printed(2), "hw.energy", GPU_0).get(0)).endsWith(" = 5.0");
    assertThat(series(result.printed(1), "hw.gpu.io", GPU_0).get(0)).endsWith(" = 16");
    assertThat(series(result.printed(2), "hw.gpu.io", GPU_0).get(0)).endsWith(" = 36");
  }

  @Test
  void anXidIsCountedAndLogged() throws Exception {
    Path quiet = driver.script("quiet", "gpus=1");
    Path xid = driver.script("xid", "gpus=1", "xid=48", "xid_serial=1");
    Result result =
        driver.run(
            quiet, "cycles=2", "script=" + xid, "sleep=1500", "cycles=2", "print", "logs", "close");
    assertDone(result);
    assertThat(result.printed(0)).contains("error.type=xid_48").containsPattern("xid_48.* = 1\n");
    assertThat(result.out())
        .contains("log ERROR")
        .contains("GPU 0 reported XID 48 (double bit ECC error)")
        .contains("nvidia.gpu.xid=48");
  }

  @Test
  void theDriverIsReleasedOnClose() throws Exception {
    Path log = folder.resolve("close.log");
    Result result =
        driver.run(driver.script("close", "gpus=1", "log=" + log), "cycles=3", "close", "threads");
    assertDone(result);
    assertThat(Files.readAllLines(log)).containsExactly("init", "shutdown");
    assertThat(result.out()).doesNotContain("thread spanglass-gpu");
  }

  @Test
  void theDriverIsUpgradedUnderUs() throws Exception {
    Path good = driver.script("good", "gpus=1");
    Path mismatch =
        driver.script("mismatch", "gpus=1", "code.nvmlDeviceGetUtilizationRates=18", "init=18");
    Result result = driver.run(good, "cycles=2", "script=" + mismatch, "sleep=1500", "print");
    assertDone(result);
    assertThat(result.err()).contains("Driver/library version mismatch");
    assertThat(result.printed(0))
        .contains("nvidia.gpu.probe.state=not_initialized} = 1")
        .contains("error.type=lib_rm_version_mismatch")
        .doesNotContain("hw.gpu");
  }

  @Test
  void noDevices() throws Exception {
    Result result = driver.run(driver.script("none", "gpus=0"), "cycles=1", "print");
    assertDone(result);
    assertGolden("no-devices", result.printed(0));
    assertThat(result.err()).contains("shows no GPU");
  }

  @Test
  void initialisationFails() throws Exception {
    List<Integer> codes = List.of(1, 4, 9, 12, 17, 18, 999);
    ExecutorService two = Executors.newFixedThreadPool(2);
    try {
      List<Future<Result>> results = new ArrayList<>();
      for (int code : codes) {
        FakeDriver own = built.in(Files.createDirectories(folder.resolve("init" + code)));
        own.environment.put("LD_LIBRARY_PATH", folder.toString());
        Path script = own.script("init", "init=" + code);
        results.add(two.submit(() -> own.run(script, "cycles=1", "print")));
      }
      for (int i = 0; i < codes.size(); i++) {
        Result result = results.get(i).get();
        assertDone(result);
        assertThat(result.err()).contains(NvmlReturn.explainInit(codes.get(i)));
        assertThat(result.printed(0))
            .contains("error.type=" + NvmlReturn.nameOf(codes.get(i)) + "} = ")
            .doesNotContain("hw.gpu");
      }
    } finally {
      two.shutdownNow();
    }
  }

  @Test
  void aStubLibraryIsCalledOne() throws Exception {
    Path stubs = Files.createDirectories(folder.resolve("cuda/lib64/stubs"));
    Files.copy(built.library(), stubs.resolve(FakeDriver.SONAME));
    driver.environment.put("LD_LIBRARY_PATH", stubs.toString());
    Result result = driver.run(driver.script("stub", "init=9"), "cycles=1", "print");
    assertDone(result);
    assertThat(result.err()).contains("is a stub").contains(stubs.toString());
  }

  @Test
  void withoutALibraryThereIsOneLineAndNoMetric() throws Exception {
    driver.environment.put("LD_LIBRARY_PATH", "/nonexistent");
    Result result = driver.run(driver.script("any", "gpus=1"), "cycles=1", "sleep=3500", "print");
    assertDone(result);
    assertGolden("no-library", result.printed(0));
    assertThat(result.err().lines().filter(line -> line.contains("no GPU metrics"))).hasSize(1);
  }

  @Test
  void aLibraryThatAppearsLaterIsFound() throws Exception {
    Path later = Files.createDirectories(folder.resolve("later"));
    FakeDriver own = built.in(later);
    own.environment.put("LD_LIBRARY_PATH", later.toString());
    Path script = own.script("later", "gpus=1");
    ExecutorService one = Executors.newSingleThreadExecutor();
    try {
      Future<Result> result =
          one.submit(() -> own.run(script, "cycles=1", "print", "sleep=5000", "cycles=1", "print"));
      Thread.sleep(1500);
      Files.copy(built.library(), later.resolve("half"));
      Files.move(later.resolve("half"), later.resolve(FakeDriver.SONAME));
      assertDone(result.get());
      assertThat(result.get().printed(0)).contains("state=library_missing} = 1");
      assertThat(result.get().printed(1)).contains("state=ok} = 1").contains("hw.gpu");
    } finally {
      one.shutdownNow();
    }
  }

  @Test
  void theLibraryMayBeNamed() throws Exception {
    driver.environment.put("LD_LIBRARY_PATH", "/nonexistent");
    driver.jvmOptions.add("-Dotel.instrumentation.spanglass.gpu.library=" + built.library());
    Result result = driver.run(driver.script("named", "gpus=1"), "cycles=1", "print");
    assertDone(result);
    assertThat(result.printed(0)).contains("hw.gpu.utilization");
  }

  @Test
  void aMissingFunctionCostsItsOwnMetricsOnly() throws Exception {
    List<String> functions = FakeDriver.functions();
    assertThat(functions).hasSizeGreaterThan(60).contains("nvmlInit_v2", "nvmlGpmMetricsGet");
    Path script = driver.script("missing", "gpus=1", "mig=1");
    ExecutorService two = Executors.newFixedThreadPool(2);
    List<String> died = Collections.synchronizedList(new ArrayList<>());
    try {
      List<Future<?>> all = new ArrayList<>();
      for (String function : functions) {
        all.add(
            two.submit(
                () -> {
                  Path without = folder.resolve("no-" + function);
                  FakeDriver less = built.without(function, without);
                  less.environment.put("LD_LIBRARY_PATH", without.toString());
                  less.environment.put("FAKE_NVML_SCRIPT", script.toString());
                  Result result = less.java(BareProbe.class);
                  if (result.status() != 0) {
                    died.add(
                        function
                            + ": "
                            + (result.status() == FakeDriver.SYMBOL_LOOKUP_ERROR
                                ? "an unguarded call ended the JVM"
                                : "status " + result.status())
                            + " "
                            + result.err());
                  } else {
                    int points = Integer.parseInt(result.out().trim());
                    if (INDISPENSABLE.contains(function) ? points != 0 : points < 40) {
                      died.add(function + ": " + points + " points are left");
                    }
                  }
                  return null;
                }));
      }
      for (Future<?> one : all) {
        one.get();
      }
    } finally {
      two.shutdownNow();
    }
    assertThat(died).isEmpty();
  }

  @Test
  void anUnguardedCallDoesEndTheJvm() throws Exception {
    FakeDriver less = built.without("nvmlShutdown", folder.resolve("proof"));
    less.environment.put("LD_LIBRARY_PATH", folder.resolve("proof").toString());
    Result result = less.java(Unguarded.class);
    assertThat(result.status()).isEqualTo(FakeDriver.SYMBOL_LOOKUP_ERROR);
    assertThat(result.out()).isEqualTo("calling\n");
  }

  @Test
  void twoClassLoadersInOneJvm() throws Exception {
    driver.environment.put("LD_LIBRARY_PATH", folder.toString());
    Result result = driver.java(TwoClassLoaders.class);
    assertThat(result.status()).as(result.err()).isZero();
    assertThat(result.out()).isEqualTo("loader 0: init 0\nloader 1: init 0\n");
  }

  @Test
  void aHostProcessMayBeAnySize() throws Exception {
    // What JavaCPP would answer with System.gc() and OutOfMemoryError.
    driver.jvmOptions.add("-Dorg.bytedeco.javacpp.maxPhysicalBytes=1");
    Path script = driver.script("size", "gpus=1");
    assertThat(driver.run(script, "cycles=1", "print").printed(0)).contains("hw.gpu.utilization");
  }

  @Test
  void aHomeThatCannotBeWrittenIsNotNeeded() throws Exception {
    driver.jvmOptions.add("-Duser.home=/proc/nowhere");
    Path script = driver.script("home", "gpus=1");
    assertThat(driver.run(script, "cycles=1", "print").printed(0)).contains("hw.gpu.utilization");
  }

  @Test
  void nothingIsLeftInTheUnpackFolder() throws Exception {
    Path unpack = Files.createDirectories(folder.resolve("unpack"));
    driver.jvmOptions.add("-Dotel.instrumentation.spanglass.gpu.unpack-folder=" + unpack);
    Path script = driver.script("unpacked", "gpus=1");
    assertThat(driver.run(script, "cycles=1", "print").printed(0)).contains("hw.gpu.utilization");
    assertThat(unpack).isEmptyDirectory();
  }

  @Test
  void aFolderThatCannotBeWrittenIsNamedInTheDiagnosis() throws Exception {
    driver.jvmOptions.add("-Dotel.instrumentation.spanglass.gpu.unpack-folder=/proc/nowhere");
    Result result = driver.run(driver.script("ro", "gpus=1"), "cycles=1", "print");
    assertDone(result);
    assertThat(result.err()).contains("no folder to unpack").contains("/proc/nowhere");
    assertThat(result.printed(0)).contains("state=unavailable} = 1").doesNotContain("hw.gpu");
  }

  @Test
  void aNoexecFolderIsPassedOver() throws Exception {
    Path noexec = mountNoexec("noexec");
    driver.jvmOptions.add("-Djava.io.tmpdir=" + noexec);
    Result result = driver.run(driver.script("noexec1", "gpus=1"), "cycles=1", "print");
    assertDone(result);
    assertThat(result.printed(0)).contains("hw.gpu.utilization");
  }

  @Test
  void aNoexecFolderIsNamedInTheDiagnosisWhenThereIsNoOther() throws Exception {
    Path noexec = mountNoexec("noexec-only");
    driver.jvmOptions.add("-Dotel.instrumentation.spanglass.gpu.unpack-folder=" + noexec);
    Result result = driver.run(driver.script("noexec2", "gpus=1"), "cycles=1", "print");
    assertDone(result);
    assertThat(result.err()).contains("forbids execution (noexec").contains(noexec.toString());
    assertThat(result.printed(0)).contains("state=unavailable} = 1");
  }

  /** Lets the child see a folder mounted noexec, in a mount namespace of its own. */
  private Path mountNoexec(String name) throws IOException, InterruptedException {
    Path noexec = Files.createDirectories(folder.resolve(name));
    List<String> wrapper =
        List.of(
            "unshare", "-rm", "sh", "-c", "mount -t tmpfs -o noexec tmpfs \"$0\" && exec \"$@\"");
    List<String> trial = new ArrayList<>(wrapper);
    trial.addAll(List.of(noexec.toString(), "true"));
    int status;
    try {
      status = new ProcessBuilder(trial).redirectErrorStream(true).start().waitFor();
    } catch (IOException e) {
      status = -1;
    }
    Assumptions.assumeTrue(
        status == 0, "SKIPPED: mounting a noexec folder needs unshare and user namespaces");
    driver.wrapper.addAll(wrapper);
    driver.wrapper.add(noexec.toString());
    return noexec;
  }
}
