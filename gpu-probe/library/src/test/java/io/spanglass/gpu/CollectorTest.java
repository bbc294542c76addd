/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.gpu;

import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.spanglass.gpu.DemoNvml.Gpu;
import io.spanglass.gpu.DemoNvml.Mig;
import io.spanglass.gpu.DemoNvml.Model;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalDouble;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The rules of the probe, with a clock of the test's own and the demo's GPUs made to fail. */
class CollectorTest {
  private static final Duration INTERVAL = Duration.ofSeconds(10);
  private static final String UUID_0 = "GPU-5ba961a5-0000-4000-8000-000000000000";
  private static final String UUID_1 = "GPU-5ba961a5-0000-4000-8000-000000000001";

  private final AtomicLong clock = new AtomicLong(1);
  private final List<Gpu> gpus = new ArrayList<>(List.of(new Gpu(Model.H100), new Gpu(Model.H200)));
  private final ScriptedNvml nvml = new ScriptedNvml(gpus, clock::get);
  private final Map<String, Integer> errors = new HashMap<>();
  private final List<String> xids = new ArrayList<>();
  private final CountDownLatch xidSeen = new CountDownLatch(1);
  private final Listener listener =
      new Listener() {
        @Override
        public void onCycle(double seconds) {}

        @Override
        public void onError(int code) {
          errors.merge(NvmlReturn.nameOf(code), 1, Integer::sum);
        }

        @Override
        public void onXid(DeviceState device, int xid, int gpuInstance) {
          xids.add(device.name + " " + xid + " " + gpuInstance);
          xidSeen.countDown();
        }
      };

  private final List<String> log = new ArrayList<>();
  private final Handler handler =
      new Handler() {
        @Override
        public void publish(LogRecord record) {
          log.add(record.getLevel() + " " + record.getMessage());
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
      };
  private final Logger logger = Logger.getLogger(Collector.class.getName());

  private Collector collector = collector(() -> nvml);

  private PodAllocations allocations = PodAllocations.NONE;

  private Collector collector(Driver driver, Options.Extra... extras) {
    EnumSet<Options.Extra> wanted = EnumSet.noneOf(Options.Extra.class);
    wanted.addAll(List.of(extras));
    return new Collector(
        driver, new Options(INTERVAL, wanted), listener, () -> allocations, clock::get);
  }

  @BeforeEach
  void captureLog() {
    logger.addHandler(handler);
    logger.setUseParentHandlers(false);
  }

  @AfterEach
  void releaseLog() {
    logger.removeHandler(handler);
    logger.setUseParentHandlers(true);
  }

  private void cycles(int count) {
    for (int i = 0; i < count; i++) {
      collector.cycle();
      clock.addAndGet(INTERVAL.toNanos());
    }
    // Read at the time of the last cycle.
    clock.addAndGet(-INTERVAL.toNanos());
  }

  private void nextCycle() {
    clock.addAndGet(INTERVAL.toNanos());
    collector.cycle();
  }

  private OptionalDouble value(Metric metric, String uuid, @Nullable String attribute) {
    Snapshot snapshot = collector.freshSnapshot();
    if (snapshot == null) {
      return OptionalDouble.empty();
    }
    return snapshot.points(metric).stream()
        .filter(p -> uuid.equals(p.attributes.get(DeviceState.HW_ID)))
        .filter(p -> attribute == null || p.attributes.asMap().containsValue(attribute))
        .mapToDouble(p -> p.doubleValue)
        .findFirst();
  }

  private Snapshot fresh() {
    return Objects.requireNonNull(collector.freshSnapshot(), "no fresh snapshot");
  }

  private boolean absent(Metric metric, String uuid) {
    return value(metric, uuid, null).isEmpty();
  }

  private String status(String uuid) {
    Snapshot snapshot = fresh();
    List<String> ones = new ArrayList<>();
    List<String> zeros = new ArrayList<>();
    for (Snapshot.Point point : snapshot.points(Metric.STATUS)) {
      if (uuid.equals(point.attributes.get(DeviceState.HW_ID))) {
        (point.longValue == 1 ? ones : zeros)
            .add(String.valueOf(point.attributes.get(AttributeKey.stringKey("hw.state"))));
      }
    }
    assertThat(ones).as("exactly one state is 1").hasSize(1);
    assertThat(zeros).hasSize(3);
    return ones.get(0);
  }

  // ---- absent is never zero

  @Test
  void whatIsNotSupportedOrNotAllowedIsAbsentAndNotAskedForAgain() {
    nvml.readCodes.put(Reading.UTILIZATION, NvmlReturn.NOT_SUPPORTED);
    nvml.readCodes.put(Reading.MEMORY, NvmlReturn.NO_PERMISSION);
    nvml.fieldCodes.put(82, NvmlReturn.NOT_SUPPORTED);

    cycles(4);

    assertThat(absent(Metric.MEMORY_LIMIT, UUID_0)).isTrue();
    assertThat(absent(Metric.MEMORY_USAGE, UUID_0)).isTrue();
    assertThat(value(Metric.UTILIZATION, UUID_0, "general")).isEmpty();
    assertThat(value(Metric.TEMPERATURE, UUID_0, "memory")).isEmpty();
    assertThat(value(Metric.TEMPERATURE, UUID_0, "gpu")).isPresent();
    assertThat(nvml.asked.get(Reading.UTILIZATION)).as("once per GPU").isEqualTo(2);
    assertThat(nvml.askedFields.get(82)).as("once per GPU").isEqualTo(2);
    assertThat(errors).as("a missing field is no error").isEmpty();
  }

  @Test
  void blankValuesAreAbsent() {
    nvml.readValues.put(Reading.UTILIZATION, new long[] {0xFFFFFFFFL, 0xFFFFFFFFL});
    nvml.readValues.put(Reading.MEMORY, new long[] {-1, -1, -1});
    nvml.fieldValues.put(83, -1L);
    nvml.fieldValues.put(3, -1L);
    nvml.readValues.put(Reading.TOTAL_ENERGY, new long[] {-1});
    nvml.readValues.put(Reading.ECC_ERRORS, new long[] {-1});

    cycles(2);

    assertThat(value(Metric.UTILIZATION, UUID_0, "general")).isEmpty();
    assertThat(absent(Metric.MEMORY_CONTROLLER, UUID_0)).isTrue();
    assertThat(absent(Metric.MEMORY_LIMIT, UUID_0)).isTrue();
    assertThat(absent(Metric.ENERGY, UUID_0)).isTrue();
    assertThat(value(Metric.ERRORS, UUID_0, "corrected")).isEmpty();
  }

  @Test
  void unifiedMemoryIsAbsentAndTheDeviceGoesOn() {
    nvml.readCodes.put(Reading.MEMORY, NvmlReturn.NOT_SUPPORTED);

    cycles(1);

    assertThat(absent(Metric.MEMORY_UTILIZATION, UUID_0)).isTrue();
    assertThat(absent(Metric.MEMORY_RESERVED, UUID_0)).isTrue();
    assertThat(absent(Metric.POWER, UUID_0)).isFalse();
    assertThat(status(UUID_0)).isEqualTo("ok");
  }

  @Test
  void aVirtualGpuThatKnowsLittleTellsThatLittle() {
    for (Reading reading : Reading.values()) {
      if (reading != Reading.UTILIZATION && reading != Reading.MEMORY) {
        nvml.readCodes.put(reading, NvmlReturn.NOT_SUPPORTED);
      }
    }
    for (int id = 0; id < 300; id++) {
      nvml.fieldCodes.put(id, NvmlReturn.NOT_SUPPORTED);
    }

    cycles(4);

    assertThat(value(Metric.UTILIZATION, UUID_0, "general")).isPresent();
    assertThat(absent(Metric.MEMORY_USAGE, UUID_0)).isFalse();
    assertThat(absent(Metric.POWER, UUID_0)).isTrue();
    assertThat(nvml.askedFields.get(142)).as("row remaps asked for once per GPU").isEqualTo(2);
    assertThat(status(UUID_0)).isEqualTo("ok");
  }

  @Test
  void theGpusOwnUtilisationUnderMigIsAbsentEvenWhenTheDriverSaysZero() {
    gpus.set(0, Gpu.parted(Model.H100));
    nvml.readValues.put(Reading.UTILIZATION, new long[] {0, 0});

    cycles(1);

    assertThat(value(Metric.UTILIZATION, UUID_0, "general")).isEmpty();
    assertThat(value(Metric.UTILIZATION, UUID_1, "general")).hasValue(0);
  }

  // ---- errors by scope

  @Test
  void aTransientErrorLeavesOneCycleOut() {
    nvml.readCodes.put(Reading.MEMORY, NvmlReturn.IN_USE);
    cycles(1);
    assertThat(absent(Metric.MEMORY_USAGE, UUID_0)).isTrue();
    assertThat(errors).containsEntry("in_use", 2);

    nvml.readCodes.clear();
    nextCycle();
    assertThat(absent(Metric.MEMORY_USAGE, UUID_0)).isFalse();
    assertThat(nvml.inits).isEqualTo(1);
  }

  @Test
  void aLostGpuIsFailedAndTheOthersGoOnAndTheDriverIsReleased() {
    cycles(2);
    nvml.deviceCodes.put(ScriptedNvml.GPU_1, NvmlReturn.GPU_IS_LOST);

    nextCycle();
    assertThat(status(UUID_1)).isEqualTo("failed");
    assertThat(absent(Metric.MEMORY_USAGE, UUID_1)).as("half a reading is none").isTrue();
    assertThat(status(UUID_0)).isEqualTo("ok");
    assertThat(absent(Metric.MEMORY_USAGE, UUID_0)).isFalse();
    assertThat(nvml.shutdowns).isZero();

    nextCycle();
    assertThat(nvml.shutdowns).as("released, so that the GPU can be reset").isEqualTo(1);
    assertThat(nvml.inits).isEqualTo(2);
    assertThat(status(UUID_1)).isEqualTo("failed");
    assertThat(absent(Metric.MEMORY_USAGE, UUID_0)).isFalse();
    assertThat(log).filteredOn(line -> line.contains("has failed: gpu_is_lost")).hasSize(1);
  }

  @Test
  void aLostGpuThatComesBackIsReadAgainAndItsCountersGoOn() {
    nvml.fieldValues.put(83, 1_000_000L);
    cycles(1);
    nvml.fieldValues.put(83, 1_005_000L);
    nextCycle();
    assertThat(value(Metric.ENERGY, UUID_1, null)).hasValue(5);
    nvml.deviceCodes.put(ScriptedNvml.GPU_1, NvmlReturn.RESET_REQUIRED);
    nextCycle();
    assertThat(status(UUID_1)).isEqualTo("failed");

    nvml.deviceCodes.clear();
    nvml.fieldValues.put(83, 2_000L); // the reset GPU counts from 0
    nextCycle();

    assertThat(status(UUID_1)).isEqualTo("ok");
    assertThat(value(Metric.ENERGY, UUID_1, null)).hasValue(7);
    assertThat(log).filteredOn(line -> line.contains("answers again")).hasSize(1);
  }

  @Test
  void theDriverIsNotReinitialisedEveryCycleForALostGpu() {
    cycles(1);
    nvml.deviceCodes.put(ScriptedNvml.GPU_1, NvmlReturn.GPU_IS_LOST);
    for (int i = 0; i < 60; i++) {
      nextCycle();
    }
    // 10 minutes; after 0, 10, 30, 70, 150, 310, 630 s.
    assertThat(nvml.inits).isBetween(5, 8);
  }

  @Test
  void anErrorOfTheLibraryShutsItDownAndTriesAgainWithBackOff() {
    cycles(1);
    nvml.readCodes.put(Reading.UTILIZATION, NvmlReturn.DRIVER_NOT_LOADED);
    nextCycle();
    assertThat(nvml.shutdowns).isEqualTo(1);
    assertThat(collector.state()).isEqualTo(Collector.State.NOT_INITIALIZED);
    assertThat(absent(Metric.MEMORY_USAGE, UUID_0)).isTrue();
    assertThat(nvml.openSamples).as("freed before the shutdown").isZero();

    nvml.readCodes.clear();
    nextCycle();
    assertThat(nvml.inits).isEqualTo(2);
    assertThat(collector.state()).isEqualTo(Collector.State.OK);
    assertThat(absent(Metric.MEMORY_USAGE, UUID_0)).isFalse();
  }

  @Test
  void initialisationIsRetriedAfterOneTwoFourUpToSixtySeconds() {
    nvml.initCode = NvmlReturn.DRIVER_NOT_LOADED;
    List<Long> tries = new ArrayList<>();
    int before = 0;
    for (long second = 0; second < 300; second++) {
      clock.set(1 + TimeUnit.SECONDS.toNanos(second));
      collector.cycle();
      if (nvml.inits > before) {
        before = nvml.inits;
        tries.add(second);
      }
    }
    assertThat(tries).containsExactly(0L, 1L, 3L, 7L, 15L, 31L, 63L, 123L, 183L, 243L);
    assertThat(log).filteredOn(line -> line.contains("kernel driver is not loaded")).hasSize(1);
  }

  @Test
  void aDriverUpgradedUnderUsIsSaidInWords() {
    cycles(1);
    nvml.readCodes.put(Reading.UTILIZATION, NvmlReturn.LIB_RM_VERSION_MISMATCH);
    nextCycle();

    assertThat(log)
        .anyMatch(
            line ->
                line.contains("Driver/library version mismatch")
                    && line.contains("restart this process"));
    assertThat(errors).containsEntry("lib_rm_version_mismatch", 1);
  }

  @Test
  void anUnexpectedExceptionEndsOneCycleNotTheProbe() {
    int[] calls = new int[1];
    collector =
        collector(
            () -> {
              if (calls[0]++ == 0) {
                throw new IllegalStateException("boom");
              }
              return nvml;
            });
    collector.cycle();
    assertThat(log).anyMatch(line -> line.contains("boom"));

    nextCycle();
    assertThat(status(UUID_0)).isEqualTo("ok");
  }

  // ---- no library, no devices

  @Test
  void aMissingLibraryIsOneInfoLineAndIsLookedForAgain() {
    int[] tries = new int[1];
    collector =
        collector(
            () -> {
              tries[0]++;
              if (tries[0] < 4) {
                throw new NativeLibraries.UnavailableException("no libnvidia-ml.so.1", true, null);
              }
              return nvml;
            });
    for (int i = 0; i < 3; i++) {
      nextCycle();
    }
    assertThat(collector.state()).isEqualTo(Collector.State.LIBRARY_MISSING);
    assertThat(log).hasSize(1).first().asString().startsWith("INFO no GPU metrics");

    nextCycle();
    assertThat(collector.state()).isEqualTo(Collector.State.OK);
    assertThat(status(UUID_0)).isEqualTo("ok");
  }

  @Test
  void zeroDevicesIsAStateOfItsOwnAndDevicesThatAppearAreFound() {
    gpus.clear();
    cycles(1);
    assertThat(collector.state()).isEqualTo(Collector.State.NO_DEVICES);
    assertThat(collector.devices()).isZero();
    assertThat(nvml.shutdowns).as("NVML looks for devices when it initialises").isEqualTo(1);

    gpus.add(new Gpu(Model.H100));
    nextCycle();
    assertThat(collector.state()).isEqualTo(Collector.State.OK);
    assertThat(status(UUID_0)).isEqualTo("ok");
  }

  @Test
  void aGpuWithoutUuidIsLeftOut() {
    nvml.noText.add(NvmlApi.Text.UUID);
    cycles(1);
    assertThat(collector.state()).isEqualTo(Collector.State.NO_DEVICES);
    assertThat(log).anyMatch(line -> line.contains("none can be identified"));
  }

  @Test
  void noPermissionForOneGpuLeavesItOut() {
    nvml.deviceCodes.put(ScriptedNvml.GPU_1, NvmlReturn.NO_PERMISSION);
    cycles(1);
    assertThat(status(UUID_0)).isEqualTo("ok");
    assertThat(absent(Metric.STATUS, UUID_1)).isTrue();
    assertThat(log).anyMatch(line -> line.startsWith("INFO GPU 1 is left out"));
  }

  // ---- MIG

  @Test
  void migInstancesHaveTheirOwnSeries() {
    gpus.set(0, Gpu.parted(Model.H100));
    cycles(2);

    Snapshot snapshot = fresh();
    assertThat(migIds(snapshot)).hasSize(3);
    Snapshot.Point memory =
        snapshot.points(Metric.MEMORY_LIMIT).stream()
            .filter(p -> p.attributes.get(DeviceState.HW_PARENT) != null)
            .findFirst()
            .orElseThrow();
    assertThat(memory.attributes.get(DeviceState.HW_PARENT)).isEqualTo(UUID_0);
    assertThat(memory.attributes.get(AttributeKey.stringKey("nvidia.gpu.mig.profile")))
        .isEqualTo("3g.40gb");
    assertThat(memory.attributes.get(AttributeKey.longKey("nvidia.gpu.mig.gi"))).isEqualTo(1);
    assertThat(snapshot.points(Metric.SM_UTILIZATION))
        .as("of the three instances and the other GPU, not of the parted one")
        .hasSize(4);
  }

  @Test
  void migInstancesComeAndGoAndTheirIdsAreReused() throws InterruptedException {
    gpus.set(0, Gpu.parted(Model.H100));
    cycles(2);

    gpus.get(0).migs.removeIf(mig -> mig.gpuInstance == 3);
    nextCycle(); // the handle died: noticed by reading
    nextCycle();
    Snapshot two = fresh();
    assertThat(migIds(two)).hasSize(2);
    assertThat(log).anyMatch(line -> line.contains("was removed"));

    gpus.get(0).migs.add(new Mig("1g.20gb", 3, 19968));
    nvml.events.add(new long[] {ScriptedNvml.GPU_0, EventWatcher.MIG_CONFIG_CHANGE, 0, 0});
    for (int i = 0; i < 100 && !nvml.events.isEmpty(); i++) {
      Thread.sleep(10);
    }
    for (int i = 0; i < 7; i++) {
      nextCycle();
    }
    Snapshot three = fresh();
    assertThat(migIds(three)).hasSize(3);
  }

  private static List<String> migIds(Snapshot snapshot) {
    return snapshot.points(Metric.MEMORY_LIMIT).stream()
        .map(point -> String.valueOf(point.attributes.get(DeviceState.HW_ID)))
        .filter(id -> id.startsWith("MIG-"))
        .toList();
  }

  // ---- counters and time

  @Test
  void countersThatPredateTheProbePublishTheDifference() {
    nvml.fieldValues.put(83, 987_654_321L);
    nvml.fieldValues.put(4, 0L);
    nvml.fieldValues.put(3, 4000L);
    cycles(1);
    assertThat(value(Metric.ENERGY, UUID_0, null)).hasValue(0);
    assertThat(value(Metric.ERRORS, UUID_0, "corrected")).hasValue(0);

    nvml.fieldValues.put(83, 987_656_321L);
    nvml.fieldValues.put(3, 4002L);
    nextCycle();
    assertThat(value(Metric.ENERGY, UUID_0, null)).hasValue(2);
    assertThat(value(Metric.ERRORS, UUID_0, "corrected")).hasValue(2);
    assertThat(value(Metric.ECC_LIFETIME, UUID_0, "corrected")).isPresent();
  }

  @Test
  void pcieBytesSurviveA32BitWrap() {
    nvml.fieldValues.put(197, 0xFFFF_FFF0L);
    cycles(1);
    nvml.fieldValues.put(197, 0x10L);
    nextCycle();
    assertThat(value(Metric.IO, UUID_0, "transmit")).hasValue(0x20);
  }

  @Test
  void aStaleSnapshotIsNotPublished() {
    cycles(1);
    assertThat(collector.freshSnapshot()).isNotNull();
    clock.addAndGet(3 * INTERVAL.toNanos());
    assertThat(collector.freshSnapshot()).isNotNull();
    clock.addAndGet(1);
    assertThat(collector.freshSnapshot()).isNull();
  }

  @Test
  void activityRatiosNeedTwoSamples() {
    cycles(1);
    assertThat(absent(Metric.SM_UTILIZATION, UUID_0)).isTrue();
    nextCycle();
    assertThat(absent(Metric.SM_UTILIZATION, UUID_0)).isFalse();
    assertThat(value(Metric.PIPE_UTILIZATION, UUID_0, "tensor").orElseThrow()).isBetween(0.0, 1.0);
  }

  @Test
  void gpusWithoutGpmAreToldOnce() {
    nvml.readCodes.put(Reading.GPM_SUPPORT, NvmlReturn.NOT_SUPPORTED);
    cycles(8);
    assertThat(absent(Metric.SM_UTILIZATION, UUID_0)).isTrue();
    assertThat(log).filteredOn(line -> line.contains("Hopper")).hasSize(1);
  }

  // ---- status and events

  @Test
  void statusFollowsWhatWasRead() {
    nvml.fieldValues.put(144, 1L);
    cycles(1);
    assertThat(status(UUID_0)).isEqualTo("degraded");

    nvml.fieldValues.put(145, 1L);
    nextCycle();
    assertThat(status(UUID_0)).isEqualTo("predicted_failure");

    nvml.fieldValues.put(230, 2L);
    nextCycle();
    assertThat(status(UUID_0)).isEqualTo("failed");
    assertThat(value(Metric.RECOVERY_ACTION, UUID_0, "reboot")).hasValue(1);

    nvml.fieldValues.clear();
    nextCycle();
    assertThat(status(UUID_0)).isEqualTo("ok");
  }

  @Test
  void xidsAreCountedByCodeAndReported() throws InterruptedException {
    cycles(1);
    nvml.events.add(new long[] {ScriptedNvml.GPU_1, EventWatcher.XID, 79, 0xFFFFFFFFL});
    assertThat(xidSeen.await(10, TimeUnit.SECONDS)).isTrue();
    assertThat(xids).containsExactly("GPU 1 79 -1");

    nextCycle();
    assertThat(value(Metric.ERRORS, UUID_1, "xid_79")).hasValue(1);
    assertThat(value(Metric.ERRORS, UUID_0, "xid_79")).isEmpty();
    assertThat(status(UUID_1)).as("fallen off the bus").isEqualTo("failed");
  }

  @Test
  void closingReleasesTheDriver() {
    collector =
        new Collector(
            () -> nvml,
            new Options(Duration.ofMillis(100), EnumSet.noneOf(Options.Extra.class)),
            listener,
            System::nanoTime);
    collector.start();
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
    while (collector.cycles() < 2 && System.nanoTime() < deadline) {
      Thread.onSpinWait();
    }
    collector.close(5000);

    assertThat(nvml.inits).isEqualTo(1);
    assertThat(nvml.shutdowns).isEqualTo(1);
    assertThat(nvml.openSamples).isZero();
    assertThat(Thread.getAllStackTraces().keySet())
        .noneMatch(thread -> thread.getName().equals("spanglass-gpu-collector"));
  }

  @Test
  void aHangingDriverIsSeenAsStalled() {
    CountDownLatch release = new CountDownLatch(1);
    CountDownLatch hanging = new CountDownLatch(1);
    nvml.readCodes.clear();
    collector =
        collector(
            () -> {
              hanging.countDown();
              try {
                release.await();
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
              return nvml;
            });
    collector.start();
    try {
      assertThat(hanging.await(10, TimeUnit.SECONDS)).isTrue();
      assertThat(collector.state()).isEqualTo(Collector.State.STARTING);
      clock.addAndGet(3 * INTERVAL.toNanos() + 1);
      assertThat(collector.state()).isEqualTo(Collector.State.STALLED);
      assertThat(collector.freshSnapshot()).isNull();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    } finally {
      release.countDown();
      collector.close(5000);
    }
  }

  // ---- pods

  private static PodAllocations held(String... idsAndPods) {
    PodAllocations.Builder builder = new PodAllocations.Builder();
    for (int i = 0; i < idsAndPods.length; i += 2) {
      builder.add("nvidia.com/gpu", idsAndPods[i], "search", idsAndPods[i + 1], "main");
    }
    return builder.build();
  }

  private List<Snapshot.Point> points(Metric metric, String uuid) {
    return fresh().points(metric).stream()
        .filter(point -> uuid.equals(point.attributes.get(DeviceState.HW_ID)))
        .toList();
  }

  private @Nullable String podOf(Metric metric, String uuid) {
    List<Snapshot.Point> points = points(metric, uuid);
    assertThat(points).isNotEmpty();
    String pod = points.get(0).attributes.get(PodAllocations.POD);
    assertThat(points).allMatch(p -> Objects.equals(p.attributes.get(PodAllocations.POD), pod));
    return pod;
  }

  @Test
  void theSeriesOfAGpuCarryThePodThatHoldsItUntilItIsGone() {
    cycles(1);
    assertThat(podOf(Metric.POWER, UUID_0)).isNull();
    assertThat(fresh().points(Metric.ALLOCATION)).isEmpty();

    allocations = held(UUID_0, "llm-0");
    nextCycle();
    for (Metric metric : List.of(Metric.POWER, Metric.UTILIZATION, Metric.STATUS, Metric.ENERGY)) {
      assertThat(podOf(metric, UUID_0)).isEqualTo("llm-0");
      assertThat(podOf(metric, UUID_1)).isNull();
    }
    Attributes attributes = points(Metric.POWER, UUID_0).get(0).attributes;
    assertThat(attributes.get(PodAllocations.NAMESPACE)).isEqualTo("search");
    assertThat(attributes.get(PodAllocations.CONTAINER)).isEqualTo("main");
    assertThat(podOf(Metric.INFO, UUID_0)).as("the others are joined with it").isNull();
    assertThat(podOf(Metric.ALLOCATION, UUID_0)).isEqualTo("llm-0");
    assertThat(fresh().points(Metric.ALLOCATION)).hasSize(1);

    allocations = held();
    nextCycle();
    assertThat(podOf(Metric.POWER, UUID_0)).isNull();
    assertThat(fresh().points(Metric.ALLOCATION)).isEmpty();
  }

  @Test
  void aPodCountsOnlyWhatHappensWhileItHoldsTheGpu() {
    nvml.fieldValues.put(83, 1_000_000L); // mJ
    cycles(1);
    nvml.fieldValues.put(83, 1_005_000L);
    nextCycle();
    assertThat(value(Metric.ENERGY, UUID_0, null)).hasValue(5);

    allocations = held(UUID_0, "a");
    nvml.fieldValues.put(83, 1_007_000L);
    nextCycle();
    assertThat(value(Metric.ENERGY, UUID_0, "a")).hasValue(2);

    allocations = held(UUID_0, "b");
    nvml.fieldValues.put(83, 1_010_000L);
    nextCycle();
    assertThat(value(Metric.ENERGY, UUID_0, "b")).hasValue(3);
    assertThat(value(Metric.ENERGY, UUID_0, "a")).as("ended").isEmpty();

    allocations = held(UUID_0, "a");
    nvml.fieldValues.put(83, 1_011_000L);
    nextCycle();
    assertThat(value(Metric.ENERGY, UUID_0, "a")).as("never falls").hasValue(3);

    allocations = PodAllocations.NONE;
    nvml.fieldValues.put(83, 1_012_000L);
    nextCycle();
    assertThat(points(Metric.ENERGY, UUID_0)).hasSize(1);
    assertThat(value(Metric.ENERGY, UUID_0, null)).hasValue(6);
  }

  @Test
  void anXidBelongsToThePodThatHeldTheGpu() throws InterruptedException {
    allocations = held(UUID_1, "a");
    cycles(1);
    nvml.events.add(new long[] {ScriptedNvml.GPU_1, EventWatcher.XID, 13, 0xFFFFFFFFL});
    assertThat(xidSeen.await(10, TimeUnit.SECONDS)).isTrue();
    nextCycle();
    assertThat(value(Metric.ERRORS, UUID_1, "xid_13")).hasValue(1);
    allocations = held(UUID_1, "b");
    nextCycle();
    assertThat(value(Metric.ERRORS, UUID_1, "xid_13")).hasValue(0);
  }

  @Test
  void aGpuThatPodsShareCarriesNoPodButListsThem() {
    allocations = held(UUID_0 + "::0", "a", UUID_0 + "::1", "b", UUID_0 + "::2", "b");
    cycles(1);
    assertThat(podOf(Metric.UTILIZATION, UUID_0)).isNull();
    assertThat(value(Metric.ALLOCATION, UUID_0, "a")).hasValue(1);
    assertThat(value(Metric.ALLOCATION, UUID_0, "b")).hasValue(2);
  }

  @Test
  void namesOfDevicePluginsLeadToTheGpu() {
    allocations = held("nvidia1", "gke", "nvidia0/vgpu3", "timeshared");
    cycles(1);
    assertThat(podOf(Metric.POWER, UUID_1)).isEqualTo("gke");
    assertThat(podOf(Metric.POWER, UUID_0)).isNull();
    assertThat(value(Metric.ALLOCATION, UUID_0, "timeshared")).hasValue(1);
  }

  @Test
  void aMigDeviceCarriesItsPodAndTheGpuDoesNot() {
    gpus.set(0, Gpu.parted(Model.H100));
    String first = "MIG-5ba961a5-0000-4000-8000-000000000001";
    String second = "MIG-5ba961a5-0000-4000-8000-000000000003";
    allocations = held(first, "a", "nvidia0/gi3", "b");
    cycles(1);
    assertThat(podOf(Metric.MEMORY_USAGE, first)).isEqualTo("a");
    assertThat(podOf(Metric.MEMORY_USAGE, second)).isEqualTo("b");
    assertThat(podOf(Metric.POWER, UUID_0)).isNull();
    assertThat(points(Metric.ALLOCATION, first).get(0).attributes.get(DeviceState.HW_PARENT))
        .isEqualTo(UUID_0);
  }

  @Test
  void countsOfHoldersThatAreLongGoneAreNotKept() {
    nvml.fieldValues.put(83, 0L);
    for (int i = 0; i < 50; i++) {
      allocations = held(UUID_0, "pod-" + i);
      nvml.fieldValues.put(83, 1000L * i);
      nextCycle();
    }
    allocations = held(UUID_0, "pod-1");
    nvml.fieldValues.put(83, 50_000L);
    nextCycle();
    assertThat(value(Metric.ENERGY, UUID_0, "pod-1")).as("counted anew").hasValue(1);
  }

  // ---- fields whose numbers NVIDIA moved

  @Test
  void fieldsThatMovedAreAskedForByTheDriversVersion() {
    assertThat(GpuReader.slowdownBase(0)).isEqualTo(-1);
    assertThat(GpuReader.slowdownBase(12080)).isEqualTo(-1);
    assertThat(GpuReader.slowdownBase(12090)).isEqualTo(251);
    assertThat(GpuReader.slowdownBase(13000)).isEqualTo(251);
    assertThat(GpuReader.slowdownBase(13010)).isEqualTo(269);
    assertThat(GpuReader.smoothingBase(0)).isEqualTo(-1);
    assertThat(GpuReader.smoothingBase(12070)).isEqualTo(-1);
    assertThat(GpuReader.smoothingBase(12080)).isEqualTo(251);
    assertThat(GpuReader.smoothingBase(13000)).isEqualTo(256);
    assertThat(GpuReader.smoothingBase(13010)).isEqualTo(251);
  }

  @Test
  void aFieldThatMeansSomethingElseInThisDriverIsNotReported() {
    // The demo's driver is CUDA 13.0: 251 is a slowdown there, 269 a power smoothing profile.
    nvml.fieldValues.put(251, 0L);
    nvml.fieldValues.put(269, 3L);
    cycles(1);
    nvml.fieldValues.put(251, 2_000_000_000L);
    nextCycle();
    assertThat(value(Metric.CLOCK_EVENT_DURATION, UUID_0, "sw_thermal")).hasValue(2);
    assertThat(nvml.askedFields).doesNotContainKey(269);
    assertThat(fresh().points(Metric.POWER_SMOOTHING)).isEmpty();
  }

  @Test
  void processUtilisationIsOfTheTimeSinceTheReadingBefore() {
    collector = collector(() -> nvml, Options.Extra.PROCESS);
    cycles(1);
    assertThat(points(Metric.PROCESS_UTILIZATION, UUID_0)).hasSize(4);
    assertThat(value(Metric.PROCESS_UTILIZATION, UUID_0, "sm").orElseThrow()).isBetween(0.0, 1.0);
    collector.cycle(); // the demo's clock stands still: nothing since
    assertThat(points(Metric.PROCESS_UTILIZATION, UUID_0)).isEmpty();
    nextCycle();
    assertThat(points(Metric.PROCESS_UTILIZATION, UUID_0)).hasSize(4);
  }
}
