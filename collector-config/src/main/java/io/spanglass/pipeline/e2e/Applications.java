/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.pipeline.e2e;

import io.spanglass.testing.AgentJvm;
import io.spanglass.testing.OtlpReceiver;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Applications under the agent with the extension. What they export goes through a receiver, which
 * knows then what the Collector was given and answers as the Collector does.
 */
final class Applications implements AutoCloseable {

  private final Path root;
  private final String version;
  private final OtlpReceiver receiver;
  private final AtomicInteger forwarded = new AtomicInteger();

  Applications(Path root, String version, String collector) throws IOException {
    this.root = root;
    this.version = version;
    this.receiver = OtlpReceiver.start();
    receiver.addListener(
        (path, body) -> {
          try {
            Http.Answer answer = Http.post(collector + path, "application/x-protobuf", body);
            if (answer.status() != 200) {
              throw new IOException("the Collector answers " + answer.status());
            }
            forwarded.incrementAndGet();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
          }
        });
  }

  OtlpReceiver receiver() {
    return receiver;
  }

  /** How many requests the Collector accepted. */
  int forwarded() {
    return forwarded.get();
  }

  /** An application under the agent that exports by way of the receiver. */
  AgentJvm.Builder observed(String service) {
    return plain()
        .agent(existing("testing/target/agent/opentelemetry-javaagent.jar"))
        .extension(
            existing(
                "javaagent-extension/target/spanglass-javaagent-extension-" + version + ".jar"))
        .serviceName(service)
        .exportTo(receiver);
  }

  /** One that nothing is attached to. */
  static AgentJvm.Builder plain() {
    // They live for a short time: on a small machine the optimizing compiler is only in the way.
    return AgentJvm.builder()
        .agent(null)
        .environment("OPENAI_API_KEY", "none")
        .jvmOption("-XX:TieredStopAtLevel=1")
        .jvmOption("-XX:+UseSerialGC");
  }

  /** The jar of an example application. */
  Path example(String name) {
    return existing(
        "examples/%1$s/target/spanglass-example-%1$s-%2$s.jar".formatted(name, version));
  }

  private Path existing(String path) {
    Path file = root.resolve(path);
    if (!Files.exists(file)) {
      throw new IllegalStateException(file + " is missing; collector-config/e2e builds it");
    }
    return file;
  }

  @Override
  public void close() {
    receiver.close();
  }
}
