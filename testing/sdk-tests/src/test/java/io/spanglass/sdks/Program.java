/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.sdks;

import io.spanglass.testing.AgentJvm;
import io.spanglass.testing.LogRecord;
import io.spanglass.testing.MetricRecord;
import io.spanglass.testing.OtlpReceiver;
import io.spanglass.testing.SpanRecord;
import io.spanglass.testing.server.RawHttpServer;
import io.spanglass.testing.server.ReceivedRequest;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What a program under the agent did and what was told of it. */
final class Program {
  static final String OURS = "io.spanglass.genai";
  static final String OFFICIAL = "io.opentelemetry.openai-java-1.1";

  private static final Duration TIMEOUT = Duration.ofMinutes(5);

  /** What each call of the application gave, by its scenario. */
  final Map<String, String> outcomes = new TreeMap<>();

  final List<SpanRecord> spans;
  final List<MetricRecord> metrics;
  final List<LogRecord> logs;
  final List<ReceivedRequest> requests;
  final String log;

  private Program(OtlpReceiver receiver, RawHttpServer server, AgentJvm jvm) {
    spans = receiver.spans();
    metrics = List.copyOf(receiver.latestMetrics());
    logs = receiver.logs();
    requests = server.requests();
    log = jvm.stderr();
    jvm.stdout()
        .lines()
        .filter(line -> line.contains(" -> "))
        .forEach(line -> outcomes.put(line.split(" -> ", 2)[0], line.split(" -> ", 2)[1]));
  }

  static Path extension() {
    return Path.of(Objects.requireNonNull(System.getProperty("spanglass.test.extension")));
  }

  /** The version of OpenAI's SDK that a system property of the build names. */
  static String version(String which) {
    return Objects.requireNonNull(System.getProperty("spanglass.test.openai." + which));
  }

  /** Runs a program to its end, with the newest SDKs. */
  static Program run(Class<?> main, Consumer<AgentJvm.Builder> settings, String... scenarios)
      throws Exception {
    return run(main, classpath(null), settings, scenarios);
  }

  /** Runs a program with another version of OpenAI's SDK. */
  static Program runOn(
      String version, Class<?> main, Consumer<AgentJvm.Builder> settings, String... scenarios)
      throws Exception {
    return run(main, classpath(version), settings, scenarios);
  }

  private static Program run(
      Class<?> main, Path[] classpath, Consumer<AgentJvm.Builder> settings, String... scenarios)
      throws Exception {
    try (OtlpReceiver receiver = OtlpReceiver.start();
        RawHttpServer server = Scripts.server()) {
      List<String> arguments = new ArrayList<>(List.of(scenarios));
      arguments.add(0, server.url());
      AgentJvm.Builder builder =
          AgentJvm.builder()
              .exportTo(receiver)
              .extension(extension())
              // They live for seconds: half of the time to start.
              .jvmOption("-XX:TieredStopAtLevel=1")
              .jvmOption("-XX:+UseSerialGC")
              .classpath(classpath)
              .main(main.getName(), arguments.toArray(new String[0]));
      settings.accept(builder);
      try (AgentJvm jvm = builder.start()) {
        jvm.waitForSuccess(TIMEOUT);
        return new Program(receiver, server, jvm);
      }
    }
  }

  /** This process's class path without our own jars, which no application has. */
  private static Path[] classpath(@Nullable String openAi) throws IOException {
    List<Path> entries = new ArrayList<>();
    for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
      String name = entry.replace(File.separatorChar, '/');
      boolean ours =
          (name.contains("spanglass-") || name.contains("/target/classes"))
              && !name.contains("sdk-tests/target/test-classes");
      if (!ours && !name.contains("opentelemetry-sdk") && !name.contains("junit")) {
        entries.add(Path.of(entry));
      }
    }
    if (openAi != null) {
      Path others =
          Path.of(Objects.requireNonNull(System.getProperty("spanglass.test.clients")))
              .resolve("openai-java-" + openAi);
      List<Path> jars;
      try (Stream<Path> files = Files.list(others)) {
        jars = files.toList();
      }
      for (Path jar : jars) {
        String artifact = jar.getFileName().toString().replace("-" + openAi + ".jar", "-");
        entries.removeIf(entry -> entry.getFileName().toString().startsWith(artifact));
        entries.add(jar);
      }
    }
    return entries.toArray(new Path[0]);
  }

  List<SpanRecord> below(String scenario) {
    SpanRecord application =
        spans.stream()
            .filter(span -> span.scopeName().equals("app") && span.name().equals(scenario))
            .findFirst()
            .orElseThrow();
    return childrenOf(application);
  }

  List<SpanRecord> childrenOf(SpanRecord parent) {
    return spans.stream().filter(span -> span.parentSpanId().equals(parent.spanId())).toList();
  }

  long attempts(String scenario) {
    return requests.stream()
        .filter(request -> request.path().startsWith("/" + scenario + "/"))
        .count();
  }

  /** How many calls all scopes together have counted. */
  long counted() {
    return metrics.stream()
        .filter(metric -> metric.name().equals("gen_ai.client.operation.duration"))
        .mapToLong(metric -> Objects.requireNonNull(metric.count()))
        .sum();
  }
}
