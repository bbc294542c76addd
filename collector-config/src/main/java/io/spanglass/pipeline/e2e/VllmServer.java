/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.pipeline.e2e;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A real vLLM, where one is installed; see {@code examples/vllm}. */
record VllmServer(Path scripts, Path runDirectory, String baseUrl) implements AutoCloseable {

  static final String MODEL = "tiny-chat";

  static boolean isInstalled(Path root) {
    try {
      return new ProcessBuilder(root.resolve("examples/vllm/start").toString(), "--installed")
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start()
              .waitFor()
          == 0;
    } catch (IOException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /**
   * Starts a server on a free port and waits until it answers.
   *
   * @param collector where it sends its spans, the base address of OTLP over HTTP
   */
  static VllmServer start(Path root, String collector) throws IOException, InterruptedException {
    Path scripts = root.resolve("examples/vllm");
    Path run = Files.createTempDirectory("spanglass-vllm");
    int port;
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    Process process =
        new ProcessBuilder(
                List.of(
                    scripts.resolve("start").toString(),
                    "--no-embeddings",
                    "--port",
                    Integer.toString(port),
                    "--otlp-traces-endpoint",
                    collector + "/v1/traces",
                    "--run-dir",
                    run.toString()))
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    process.getOutputStream().close();
    List<String> lines = new ArrayList<>();
    new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
        .lines()
        .forEach(lines::add);
    if (process.waitFor() != 0) {
      throw new IOException("examples/vllm/start failed; logs in " + run);
    }
    for (String line : lines) {
      if (line.startsWith(MODEL + "\t")) {
        return new VllmServer(scripts, run, line.substring(MODEL.length() + 1));
      }
    }
    throw new IOException("examples/vllm/start tells no address of " + MODEL + ": " + lines);
  }

  /** Its host and port. */
  String address() {
    return URI.create(baseUrl).getAuthority();
  }

  @Override
  public void close() throws IOException, InterruptedException {
    new ProcessBuilder(scripts.resolve("stop").toString(), "--run-dir", runDirectory.toString())
        .inheritIO()
        .start()
        .waitFor();
  }
}
