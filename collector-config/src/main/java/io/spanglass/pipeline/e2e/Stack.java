/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.pipeline.e2e;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A stack of its own of the local pipeline, on free ports; see {@code run-local}. */
final class Stack implements AutoCloseable {

  /** Where the alerts say that their pages are. */
  static final String RUNBOOKS = "https://runbooks.example";

  private final Path script;
  private final Path directory;
  private final Map<String, String> environment = new HashMap<>();
  private final Map<String, String> addresses = new HashMap<>();
  private boolean kept;

  /**
   * Starts a stack, for which parts may have to be built.
   *
   * @param extended whether Loki and a trace store have to be there; else they are if they were
   *     built before
   * @param webhook where Alertmanager sends alerts
   */
  Stack(Path collectorConfig, boolean extended, String webhook)
      throws IOException, InterruptedException {
    script = collectorConfig.resolve("run-local");
    directory = Files.createTempDirectory("spanglass-e2e");
    environment.put("SPANGLASS_FREE_PORTS", "1");
    environment.put("ALERT_WEBHOOK_URL", webhook);
    environment.put("SPANGLASS_RUNBOOKS_URL", RUNBOOKS);
    if (extended) {
      environment.put("EXTENDED", "1");
    }
    try {
      run(true, "up");
      for (String line : run(false, "env").split("\n", -1)) {
        int equals = line.indexOf('=');
        if (equals > 0) {
          addresses.put(line.substring(0, equals), line.substring(equals + 1));
        }
      }
    } catch (IOException e) {
      close();
      throw e;
    }
  }

  String collector() {
    return address("OTLP_HTTP_URL");
  }

  Prometheus prometheus() {
    return new Prometheus(address("PROMETHEUS_URL"));
  }

  /** Null where it was not built. */
  @Nullable Loki loki() {
    String url = addresses.get("LOKI_URL");
    return url == null ? null : new Loki(url);
  }

  /** Tempo where there is one, else Jaeger; null where neither is there. */
  @Nullable TraceStore traces() {
    String tempo = addresses.get("TEMPO_URL");
    String jaeger = addresses.get("JAEGER_URL");
    return tempo != null
        ? new TraceStore(tempo, true)
        : jaeger != null ? new TraceStore(jaeger, false) : null;
  }

  /** The parts that store something. */
  List<String> backEnds() {
    return Stream.of("prometheus", "loki", "tempo", "jaeger")
        .filter(part -> addresses.containsKey(part.toUpperCase(Locale.ROOT) + "_URL"))
        .toList();
  }

  private String address(String name) {
    String url = addresses.get(name);
    if (url == null) {
      throw new IllegalStateException("run-local env tells no " + name);
    }
    return url;
  }

  void stop(String part) throws IOException, InterruptedException {
    run(false, "stop", part);
  }

  void kill(String part) throws IOException, InterruptedException {
    run(false, "stop", "--kill", part);
  }

  void start(String part) throws IOException, InterruptedException {
    run(false, "start", part);
  }

  String status() throws IOException, InterruptedException {
    return run(false, "status");
  }

  /** Scrapes this vLLM server, {@code host:port}, from now on. */
  void scrape(String server) throws IOException, InterruptedException {
    run(false, "vllm", server);
  }

  /** Where a part keeps what it stores. */
  Path data(String part) {
    return directory.resolve("data").resolve(part);
  }

  /** Leaves logs and data behind when the stack is stopped. */
  Path keep() {
    kept = true;
    return directory;
  }

  @Override
  public void close() throws IOException, InterruptedException {
    if (kept) {
      run(false, "down", "--keep-data");
    } else {
      run(false, "down");
      Files.deleteIfExists(directory);
    }
  }

  /**
   * Runs a command of the script.
   *
   * @param verbose whether its progress is shown; else only where it fails
   * @return what it wrote to standard output
   */
  private String run(boolean verbose, String... command) throws IOException, InterruptedException {
    List<String> line = new ArrayList<>(List.of(script.toString(), "--dir", directory.toString()));
    line.addAll(List.of(command));
    Path errors = Files.createTempFile("spanglass-run-local", ".txt");
    try {
      ProcessBuilder builder = new ProcessBuilder(line);
      builder.environment().putAll(environment);
      builder.redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()));
      builder.redirectError(
          verbose ? ProcessBuilder.Redirect.INHERIT : ProcessBuilder.Redirect.to(errors.toFile()));
      Process process = builder.start();
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      int exit = process.waitFor();
      if (exit != 0) {
        throw new IOException(
            String.join(" ", line) + " ended with " + exit + "\n" + Files.readString(errors));
      }
      return output;
    } finally {
      Files.deleteIfExists(errors);
    }
  }
}
