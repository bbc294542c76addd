/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.gpu;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.DynamicMessage;
import io.grpc.Status;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The kubelet's socket, with gRPC's own server at the other end. */
@Timeout(60)
class PodWatcherTest {
  private static final String GPU_0 = "GPU-00000000-0000-0000-0000-000000000000";
  private static final String MIG_7 = "MIG-00000000-0000-0000-0000-000000000007";
  private static final long MILLI = TimeUnit.MILLISECONDS.toNanos(1);
  private static final long FOREVER = TimeUnit.HOURS.toNanos(1);

  @TempDir Path folder;
  private Path socket;
  private PodWatcher watcher;

  private final List<String> log = Collections.synchronizedList(new ArrayList<>());
  private final Logger logger = Logger.getLogger(PodWatcher.class.getName());
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

  @BeforeEach
  void setUp() {
    socket = folder.resolve("kubelet.sock");
    watcher = new PodWatcher(socket.toString(), 20 * MILLI, 5000 * MILLI, FOREVER);
    logger.addHandler(handler);
    logger.setUseParentHandlers(false);
  }

  @AfterEach
  void tearDown() {
    watcher.close();
    logger.removeHandler(handler);
    logger.setUseParentHandlers(true);
  }

  private static void await(BooleanSupplier condition) throws InterruptedException {
    while (!condition.getAsBoolean()) {
      Thread.sleep(5); // the class has a time limit
    }
  }

  private List<String> holders(String... names) {
    return watcher.current().holders(List.of(names)).stream()
        .map(
            holder ->
                holder.attributes.get(PodAllocations.NAMESPACE)
                    + "/"
                    + holder.attributes.get(PodAllocations.POD)
                    + "/"
                    + holder.attributes.get(PodAllocations.CONTAINER)
                    + (holder.shared ? " shares " + holder.count : ""))
        .toList();
  }

  private static DynamicMessage onePod() {
    return FakeKubelet.pods(FakeKubelet.pod("search", "llm-0", "nvidia.com/gpu", GPU_0));
  }

  @Test
  void tellsWhichContainersHoldWhichDevices() throws Exception {
    DynamicMessage answer =
        FakeKubelet.pods(
            FakeKubelet.pod("search", "llm-0", "nvidia.com/gpu", GPU_0),
            FakeKubelet.pod(
                "batch",
                "two",
                List.of(
                    FakeKubelet.container("a", "nvidia.com/mig-1g.10gb", MIG_7),
                    FakeKubelet.container("nic", "intel.com/sriov", "0000:3b:02.0"))),
            FakeKubelet.pod("dev", "x", "nvidia.com/gpu.shared", "GPU-s::1", "GPU-s::4"),
            FakeKubelet.pod("dev", "y", "nvidia.com/gpu.shared", "GPU-s::2"));
    try (FakeKubelet kubelet = FakeKubelet.start(socket, answer)) {
      watcher.start();
      await(() -> kubelet.calls.get() > 1);
      assertThat(holders(GPU_0)).containsExactly("search/llm-0/main");
      assertThat(holders(MIG_7)).containsExactly("batch/two/a");
      assertThat(holders("GPU-s")).containsExactly("dev/x/main shares 2", "dev/y/main shares 1");
      assertThat(holders("0000:3b:02.0")).as("not a GPU").isEmpty();
      assertThat(log).isEmpty();
    }
  }

  @Test
  void aPodThatIsGoneIsForgotten() throws Exception {
    try (FakeKubelet kubelet = FakeKubelet.start(socket, onePod())) {
      watcher.start();
      await(() -> !holders(GPU_0).isEmpty());
      kubelet.answer = FakeKubelet.pods();
      await(() -> holders(GPU_0).isEmpty());
    }
  }

  @Test
  void survivesARestartOfTheKubelet() throws Exception {
    try (FakeKubelet kubelet = FakeKubelet.start(socket, onePod())) {
      watcher.start();
      await(() -> !holders(GPU_0).isEmpty());
    }
    await(() -> !log.isEmpty());
    assertThat(holders(GPU_0)).as("pods live on").containsExactly("search/llm-0/main");
    DynamicMessage other =
        FakeKubelet.pods(FakeKubelet.pod("search", "llm-1", "nvidia.com/gpu", GPU_0));
    try (FakeKubelet kubelet = FakeKubelet.start(socket, other)) {
      await(() -> holders(GPU_0).contains("search/llm-1/main"));
      await(() -> log.size() > 1);
    }
    assertThat(log.get(0)).startsWith("WARNING").contains(socket.toString());
    assertThat(log.get(1)).startsWith("INFO").contains("again");
  }

  @Test
  void whatWasTrueLongAgoIsNotToldAsThePresent() throws Exception {
    watcher = new PodWatcher(socket.toString(), 20 * MILLI, 5000 * MILLI, 300 * MILLI);
    try (FakeKubelet kubelet = FakeKubelet.start(socket, onePod())) {
      watcher.start();
      await(() -> !holders(GPU_0).isEmpty());
    }
    await(() -> holders(GPU_0).isEmpty());
  }

  @Test
  void aKubeletThatDoesNotAnswerIsLeftAtTheDeadlineAndAskedAgain() throws Exception {
    watcher = new PodWatcher(socket.toString(), 20 * MILLI, 100 * MILLI, FOREVER);
    try (FakeKubelet kubelet = FakeKubelet.start(socket, onePod())) {
      kubelet.silent = true;
      watcher.start();
      await(() -> kubelet.calls.get() > 2);
      assertThat(log).hasSize(1).first().asString().contains("no answer in time");
      kubelet.silent = false;
      await(() -> !holders(GPU_0).isEmpty());
    }
  }

  @Test
  void aListOfManyFramesIsReadWhole() throws Exception {
    DynamicMessage[] pods = new DynamicMessage[3000];
    for (int i = 0; i < pods.length; i++) {
      pods[i] =
          FakeKubelet.pod("namespace-" + i, "p".repeat(150) + i, "nvidia.com/gpu", "GPU-" + i);
    }
    DynamicMessage answer = FakeKubelet.pods(pods);
    assertThat(answer.getSerializedSize()).as("beyond HTTP/2's windows").isGreaterThan(500_000);
    try (FakeKubelet kubelet = FakeKubelet.start(socket, answer)) {
      watcher.start();
      await(() -> !holders("GPU-2999").isEmpty());
      for (int i = 0; i < pods.length; i++) {
        assertThat(holders("GPU-" + i)).hasSize(1);
      }
      assertThat(holders("GPU-0").get(0)).startsWith("namespace-0/ppp");
    }
  }

  @Test
  void aRefusalIsToldOnceWithItsStatus() throws Exception {
    try (FakeKubelet kubelet = FakeKubelet.start(socket, onePod())) {
      kubelet.failure = Status.UNIMPLEMENTED.withDescription("feature gate");
      watcher.start();
      await(() -> kubelet.calls.get() > 2);
      assertThat(log).hasSize(1).first().asString().contains("gRPC status 12");
      assertThat(holders(GPU_0)).isEmpty();
    }
  }

  @Test
  void withoutASocketThereIsOneWarning() throws Exception {
    watcher.start();
    await(() -> !log.isEmpty());
    Thread.sleep(100); // a few more questions
    assertThat(log).hasSize(1).first().asString().contains("No such file or directory");
    assertThat(holders(GPU_0)).isEmpty();
  }

  @Test
  void whatDoesNotSpeakGrpcIsNotBelieved() throws Exception {
    byte[] page = "HTTP/1.1 400 Bad Request\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
    try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      server.bind(UnixDomainSocketAddress.of(socket));
      watcher.start();
      for (int i = 0; i < 2; i++) {
        try (SocketChannel client = server.accept()) {
          assertThat(client.read(ByteBuffer.allocate(1024))).isPositive();
          client.write(ByteBuffer.wrap(page));
        }
      }
      await(() -> !log.isEmpty());
      assertThat(log).hasSize(1).first().asString().contains("not an HTTP/2 answer");
    }
    Files.deleteIfExists(socket);
  }

  @Test
  void closingEndsTheThread() throws Exception {
    try (FakeKubelet kubelet = FakeKubelet.start(socket, onePod())) {
      kubelet.silent = true;
      watcher.start();
      await(() -> kubelet.calls.get() > 0);
      watcher.close();
      await(
          () ->
              Thread.getAllStackTraces().keySet().stream()
                  .noneMatch(thread -> thread.getName().equals("spanglass-gpu-pods")));
      assertThat(log).isEmpty();
    }
  }
}
