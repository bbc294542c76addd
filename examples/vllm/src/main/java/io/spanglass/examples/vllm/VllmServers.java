/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.examples.vllm;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A chat model's and an embeddings model's server, started and stopped by the scripts. */
final class VllmServers implements AutoCloseable {

  static final String CHAT_MODEL = "tiny-chat";
  static final String EMBEDDINGS_MODEL = "tiny-embeddings";

  private final String chatUrl;
  private final String embeddingsUrl;
  private final @Nullable Path scripts;
  private final @Nullable Path runDirectory;
  private final Thread stopper = new Thread(this::stop, "stop-vllm");

  private VllmServers(
      String chatUrl, String embeddingsUrl, @Nullable Path scripts, @Nullable Path runDirectory) {
    this.chatUrl = chatUrl;
    this.embeddingsUrl = embeddingsUrl;
    this.scripts = scripts;
    this.runDirectory = runDirectory;
  }

  /** Whether the environment is installed; asks the script. */
  static boolean isInstalled(Path scripts) throws InterruptedException {
    try {
      return run(List.of(scripts.resolve("start").toString(), "--installed"), "");
    } catch (IOException e) {
      // Where the script cannot be run, what it installs cannot be there.
      return false;
    }
  }

  /** Servers that run already. */
  static VllmServers attach(int port, int embeddingsPort) {
    return new VllmServers(url(port), url(embeddingsPort), null, null);
  }

  /**
   * Starts both on free ports.
   *
   * @param otlpEndpoint the base address to which they export their spans
   */
  static VllmServers start(Path scripts, Path runDirectory, String otlpEndpoint)
      throws IOException, InterruptedException {
    int port;
    int embeddingsPort;
    InetAddress loopback = InetAddress.getByAddress(new byte[] {127, 0, 0, 1});
    try (ServerSocket one = new ServerSocket(0, 1, loopback);
        ServerSocket other = new ServerSocket(0, 1, loopback)) {
      port = one.getLocalPort();
      embeddingsPort = other.getLocalPort();
    }
    VllmServers servers = new VllmServers(url(port), url(embeddingsPort), scripts, runDirectory);
    Runtime.getRuntime().addShutdownHook(servers.stopper);
    List<String> command = new ArrayList<>();
    command.add(scripts.resolve("start").toString());
    command.addAll(List.of("--port", Integer.toString(port)));
    command.addAll(List.of("--embeddings-port", Integer.toString(embeddingsPort)));
    command.addAll(List.of("--otlp-traces-endpoint", otlpEndpoint + "/v1/traces"));
    command.addAll(List.of("--run-dir", runDirectory.toString()));
    // The script has told why, and stopped what it had started.
    if (!run(command, "200")) {
      throw new IOException("vLLM did not start");
    }
    return servers;
  }

  private static String url(int port) {
    return "http://127.0.0.1:" + port + "/v1";
  }

  private static boolean run(List<String> command, String exportDelayMillis)
      throws IOException, InterruptedException {
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(ProcessBuilder.Redirect.INHERIT);
    if (!exportDelayMillis.isEmpty()) {
      builder.environment().put("OTEL_BSP_SCHEDULE_DELAY", exportDelayMillis);
    }
    return builder.start().waitFor() == 0;
  }

  String chatUrl() {
    return chatUrl;
  }

  String embeddingsUrl() {
    return embeddingsUrl;
  }

  private void stop() {
    if (scripts == null || runDirectory == null) {
      return;
    }
    try {
      new ProcessBuilder(scripts.resolve("stop").toString(), "--run-dir", runDirectory.toString())
          .redirectOutput(ProcessBuilder.Redirect.DISCARD)
          .redirectError(ProcessBuilder.Redirect.INHERIT)
          .start()
          .waitFor(1, TimeUnit.MINUTES);
    } catch (IOException e) {
      System.err.println("verify: the servers could not be stopped: " + e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    stop();
    if (scripts != null) {
      Runtime.getRuntime().removeShutdownHook(stopper);
    }
  }
}
