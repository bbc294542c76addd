/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.gpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.DynamicMessage;
import io.opentelemetry.api.common.Attributes;
import java.io.IOException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PodAllocationsTest {

  private static PodAllocations of(String... idsAndPods) {
    PodAllocations.Builder builder = new PodAllocations.Builder();
    for (int i = 0; i < idsAndPods.length; i += 2) {
      String[] podAndContainer = idsAndPods[i + 1].split("/", -1);
      builder.add("nvidia.com/gpu", idsAndPods[i], "ns", podAndContainer[0], podAndContainer[1]);
    }
    return builder.build();
  }

  private static String whole(PodAllocations allocations, String... names) {
    Attributes attributes = PodAllocations.ofWholeDevice(allocations.holders(List.of(names)));
    return attributes.get(PodAllocations.POD) + "/" + attributes.get(PodAllocations.CONTAINER);
  }

  @ParameterizedTest
  @CsvSource({
    "GPU-1, GPU-1",
    "GPU-1::7, GPU-1",
    "MIG-2, MIG-2",
    "MIG-2::0, MIG-2",
    "nvidia3, nvidia3",
    "nvidia3/gi5, nvidia3/gi5",
    "nvidia3/vgpu2, nvidia3",
    "nvidia3/gi5/vgpu2, nvidia3/gi5",
    "MIG-GPU-1/5/0, MIG-GPU-1/5/0"
  })
  void namesOfDevices(String id, String device) {
    assertThat(of(id, "p/c").holders(List.of(device))).hasSize(1);
  }

  @Test
  void otherDevicesArePassedOver() {
    PodAllocations.Builder builder = new PodAllocations.Builder();
    builder.add("example.com/fpga", "nvidia0", "ns", "p", "c");
    builder.add("nvidia.com/hostdev", "mlx5_0", "ns", "p", "c");
    PodAllocations allocations = builder.build();
    assertThat(allocations.holders(List.of("nvidia0", "mlx5_0"))).isEmpty();
  }

  @Test
  void aDeviceOfOneContainerIsThatContainers() {
    assertThat(whole(of("GPU-1", "a/main"), "GPU-1")).isEqualTo("a/main");
    assertThat(whole(of("nvidia0", "a/main"), "GPU-1", "nvidia0")).isEqualTo("a/main");
    assertThat(whole(of("GPU-1", "a/main"), "GPU-2")).isEqualTo("null/null");
  }

  @Test
  void aDeviceOfTwoContainersOfAPodIsThatPods() {
    assertThat(whole(of("GPU-1", "a/main", "GPU-1", "a/sidecar"), "GPU-1")).isEqualTo("a/null");
  }

  @Test
  void aDeviceOfTwoPodsIsNobodys() {
    assertThat(whole(of("GPU-1", "a/main", "GPU-1", "b/main"), "GPU-1")).isEqualTo("null/null");
    assertThat(whole(of("MIG-1", "a/main", "MIG-2", "b/main"), "MIG-1", "MIG-2"))
        .as("two compute instances of a GPU instance")
        .isEqualTo("null/null");
  }

  @Test
  void aDeviceThatIsSharedOutIsNobodysEvenWithOneHolder() {
    PodAllocations shared = of("GPU-1::0", "a/main", "GPU-1::1", "a/main");
    assertThat(whole(shared, "GPU-1")).isEqualTo("null/null");
    assertThat(shared.holders(List.of("GPU-1"))).hasSize(1);
    assertThat(shared.holders(List.of("GPU-1")).get(0).count).isEqualTo(2);
  }

  @Test
  void thereIsABoundOnTheContainersOfADevice() {
    PodAllocations.Builder builder = new PodAllocations.Builder();
    for (int i = 0; i < 1000; i++) {
      builder.add("nvidia.com/gpu", "GPU-1::" + i, "ns", "pod" + i, "c");
    }
    assertThat(builder.build().holders(List.of("GPU-1"))).hasSize(PodAllocations.MAX_CONTAINERS);
  }

  @Test
  void anAnswerThatIsCutOffIsRefusedWhereverItEnds() throws IOException {
    DynamicMessage answer =
        FakeKubelet.pods(FakeKubelet.pod("search", "llm-0", "nvidia.com/gpu", "GPU-1"));
    byte[] bytes = answer.toByteArray();
    assertThat(PodResourcesDecoder.decode(bytes).holders(List.of("GPU-1"))).hasSize(1);
    for (int length = 1; length < bytes.length; length++) {
      byte[] part = Arrays.copyOf(bytes, length);
      assertThatThrownBy(() -> PodResourcesDecoder.decode(part))
          .isInstanceOf(IOException.class)
          .hasMessage("not a list of pod resources");
    }
  }

  /** Header blocks as gRPC's servers in C, Go and Java send them. */
  @ParameterizedTest
  @CsvSource({
    // :status 200, content-type, then grpc-status as plain text
    "88 5f 10 6170706c69636174696f6e2f67727063, -1",
    "00 0b 677270632d737461747573 01 30, 0",
    "40 0b 677270632d737461747573 02 3132, 12",
    // Huffman: Go
    "40 88 9acac8b21234da8f 01 30, 0",
    "40 88 9acac8b21234da8f 02 3132, 12",
    "00 88 9acac8b21234da8f 81 07, 0",
    "00 88 9acac8b21234da8f 82 08bf, 12",
    "00 88 9acac8b21234da8f 81 7b, 8",
    "20 88 40 88 9acac8b21234da8f 01 35 00 0c 677270632d6d657373616765 02 6f6b, 5",
    "'', -1",
    "40 88 9acac8, -1"
  })
  void statusInHeaders(String hex, int status) {
    byte[] block = HexFormat.of().parseHex(hex.replace(" ", ""));
    assertThat(UnaryGrpcCall.grpcStatus(block)).isEqualTo(status);
  }
}
