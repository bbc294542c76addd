/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.examples.demo;

import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import io.opentelemetry.proto.trace.v1.ScopeSpans;
import io.opentelemetry.proto.trace.v1.Span;
import io.spanglass.testing.OtlpReceiver;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OtlpListenersTest {

  private static final byte[] TRACES =
      ExportTraceServiceRequest.newBuilder()
          .addResourceSpans(
              ResourceSpans.newBuilder()
                  .addScopeSpans(
                      ScopeSpans.newBuilder().addSpans(Span.newBuilder().setName("one"))))
          .build()
          .toByteArray();

  @TempDir Path directory;

  @Test
  void dumpHasOneFileForEachRequestAndNothingOfAnEarlierDump() throws Exception {
    Files.writeString(directory.resolve("0009-traces.pb"), "old");
    Files.writeString(directory.resolve("notes.txt"), "not ours");

    OtlpDump dump = new OtlpDump(directory);
    dump.onRequest("/v1/traces", TRACES);
    dump.onRequest("/v1/metrics", new byte[0]);

    try (Stream<Path> files = Files.list(directory)) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrder("0001-traces.pb", "0002-metrics.pb", "notes.txt");
    }
    assertThat(directory.resolve("0001-traces.pb")).hasBinaryContent(TRACES);
    assertThat(dump.count()).isEqualTo(2);
  }

  @Test
  void forwarderPassesRequestsOn() throws Exception {
    try (OtlpReceiver other = OtlpReceiver.start()) {
      OtlpForwarder forwarder = new OtlpForwarder(URI.create(other.endpoint() + "/"));
      forwarder.onRequest("/v1/traces", TRACES);

      assertThat(forwarder.finish()).isEmpty();
      assertThat(forwarder.forwarded()).isEqualTo(1);
      assertThat(other.spans()).extracting(span -> span.name()).containsExactly("one");
    }
  }

  @Test
  void forwarderTellsWhatFailed() throws Exception {
    int closedPort;
    try (ServerSocket socket = new ServerSocket(0)) {
      closedPort = socket.getLocalPort();
    }
    OtlpForwarder forwarder = new OtlpForwarder(URI.create("http://127.0.0.1:" + closedPort));
    forwarder.onRequest("/v1/traces", TRACES);
    forwarder.onRequest("/v1/traces", TRACES);

    List<String> failures = forwarder.finish();

    assertThat(failures).hasSize(1);
    assertThat(failures.get(0)).startsWith("2 to http://127.0.0.1:" + closedPort + "/v1/traces: ");
    assertThat(forwarder.forwarded()).isZero();
  }
}
