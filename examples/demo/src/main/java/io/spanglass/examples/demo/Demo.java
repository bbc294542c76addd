/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.examples.demo;

import io.spanglass.examples.modelserver.ModelServer;
import io.spanglass.examples.modelserver.ServedRequest;
import io.spanglass.examples.modelserver.ServerOptions;
import io.spanglass.testing.AgentJvm;
import io.spanglass.testing.LogRecord;
import io.spanglass.testing.OtlpReceiver;
import io.spanglass.testing.SpanRecord;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Runs the example applications, each in a JVM of its own, under the OpenTelemetry Java agent with
 * the Spanglass extension, and reports what they exported. Started by the script {@code demo} at
 * the top of the repository.
 */
public final class Demo {

  private static final Duration APP_TIMEOUT = Duration.ofMinutes(15);

  /**
   * An example application.
   *
   * @param name its directory below {@code examples}, and its {@code service.name}
   * @param client what it calls the model with
   * @param model the model that it asks the model server for
   * @param methods the methods that make the calls, as the agent's setting for them wants it
   * @param arguments what follows the base URL and the model
   */
  private record App(
      String name, String client, String model, String methods, List<String> arguments) {}

  private static final List<App> API_TOUR =
      List.of(
          new App(
              "httpclient-app",
              "java.net.http",
              "canned-1",
              "io.spanglass.examples.httpclient.ApiTour[call]",
              List.of("--api")));

  private static final List<App> APPS =
      List.of(
          new App(
              "httpclient-app",
              "java.net.http",
              "canned-1",
              "io.spanglass.examples.httpclient.HttpClientApp[chat,stream]",
              List.of()),
          new App(
              "langchain4j-app",
              "langchain4j",
              "canned-1-mini",
              "io.spanglass.examples.langchain4j.LangChain4jApp[attempt,streamingChat]",
              List.of()));

  private final DemoOptions options;
  private final Path root;
  private final String version;
  private final @Nullable Path stack;
  private final List<String> problems = new ArrayList<>();

  /**
   * @param stack the addresses of the local stack that everything is passed on to; null for none
   */
  private Demo(DemoOptions options, Path root, String version, @Nullable Path stack) {
    this.options = options;
    this.root = root;
    this.version = version;
    this.stack = stack;
  }

  /** Arguments: see {@code help.txt}. */
  public static void main(String[] args) throws Exception {
    DemoOptions options;
    try {
      options = DemoOptions.parse(args);
    } catch (IllegalArgumentException e) {
      System.err.println("demo: " + e.getMessage() + " (see ./demo --help)");
      System.exit(2);
      return;
    }
    if (options.help()) {
      System.out.print(help());
      return;
    }
    String root = System.getProperty("spanglass.demo.root", ".");
    String version = Demo.class.getPackage().getImplementationVersion();
    if (version == null) {
      throw new IllegalStateException("not run from its jar; run ./demo");
    }
    String stack = System.getProperty("spanglass.demo.stack");
    System.exit(
        new Demo(options, Path.of(root), version, stack == null ? null : Path.of(stack)).run());
  }

  private static String help() throws IOException {
    try (InputStream in = Demo.class.getResourceAsStream("help.txt")) {
      if (in == null) {
        throw new IOException("help.txt is missing");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private int run() throws IOException, InterruptedException {
    OtlpDump dump = options.dump() == null ? null : new OtlpDump(options.dump());
    OtlpForwarder forwarder =
        options.otlpEndpoint() == null ? null : new OtlpForwarder(options.otlpEndpoint());
    Instant since = Instant.now();
    List<CallReport> calls = new ArrayList<>();
    List<MetricSeries> metrics;
    List<LogRecord> logs;
    String target;
    try (OtlpReceiver receiver = OtlpReceiver.start();
        ModelServer server =
            options.baseUrl() == null ? ModelServer.start(options.server()) : null) {
      warmUp();
      if (dump != null) {
        receiver.addListener(dump);
      }
      if (forwarder != null) {
        receiver.addListener(forwarder);
      }
      String baseUrl;
      if (server == null) {
        baseUrl = Objects.requireNonNull(options.baseUrl());
        target = baseUrl;
      } else {
        baseUrl = server.baseUrl();
        target =
            "model server with canned answers, first token after "
                + options.server().ttftMs()
                + " ms, then a chunk every "
                + options.server().chunkMs()
                + " ms";
      }
      for (App app : options.api() ? API_TOUR : APPS) {
        calls.addAll(run(app, baseUrl, server, receiver));
      }
      metrics = MetricSeries.of(receiver);
      logs = receiver.logs();
    }
    if (dump != null) {
      progress("wrote " + dump.count() + " OTLP requests to " + options.dump());
    }
    if (forwarder != null) {
      List<String> failures = forwarder.finish();
      progress(
          "passed on " + forwarder.forwarded() + " OTLP requests to " + options.otlpEndpoint());
      failures.forEach(failure -> problems.add("OTLP requests not passed on: " + failure));
    }
    print(target, calls, metrics);
    if (stack != null) {
      progress("asking the back ends, for a minute at most");
      String report = StackReport.of(new BackEnds(stack), calls, logs, since, problems);
      System.out.println("\nWhat the back ends have of these calls");
      System.out.print(report);
    }
    for (String problem : problems) {
      System.err.println("demo: " + problem);
    }
    return problems.isEmpty() ? 0 : 1;
  }

  /** Lets a server without pauses answer once, so that the first real answer comes in time. */
  private static void warmUp() throws IOException, InterruptedException {
    try (ModelServer server = ModelServer.start(new ServerOptions(0, 0, 0))) {
      HttpRequest request =
          HttpRequest.newBuilder(URI.create(server.baseUrl() + "/chat/completions"))
              .POST(
                  BodyPublishers.ofString(
                      """
                      {"model":"canned-1","stream":true,"stream_options":{"include_usage":true},
                       "messages":[{"role":"user","content":"Hello"}]}
                      """))
              .build();
      HttpClient.newHttpClient().send(request, BodyHandlers.ofString());
    }
  }

  /** Runs one application to its end and finds the spans of its calls. */
  private List<CallReport> run(
      App app, String baseUrl, @Nullable ModelServer server, OtlpReceiver receiver)
      throws IOException, InterruptedException {
    progress("running " + app.name());
    String model = options.model() == null ? app.model() : options.model();
    List<DeclaredCall> declared = new ArrayList<>();
    AgentJvm.Builder builder =
        AgentJvm.builder()
            .agent(existing("examples/demo/target/agent/opentelemetry-javaagent.jar"))
            .extension(
                existing(
                    "javaagent-extension/target/spanglass-javaagent-extension-%s.jar"
                        .formatted(version)))
            .serviceName(app.name())
            .exportTo(receiver)
            // They live for seconds: on a small machine the optimizing compiler is only in the way.
            .jvmOption("-XX:TieredStopAtLevel=1")
            .jvmOption("-XX:+UseSerialGC")
            // The agent exports metrics when the application ends; no need for one in between.
            .property("otel.metric.export.interval", "60000")
            .jar(
                existing(
                    "examples/%1$s/target/spanglass-example-%1$s-%2$s.jar"
                        .formatted(app.name(), version)),
                Stream.concat(Stream.of(baseUrl, model), app.arguments().stream())
                    .toArray(String[]::new));
    if (stack != null) {
      // A span around each call, as a service has one around what it does: the application's own
      // log lines are written within it.
      builder.property("otel.instrumentation.methods.include", app.methods());
    }
    if (server != null) {
      // The model server needs no key, so it gets none that the user may have.
      builder.environment("OPENAI_API_KEY", "none");
    }
    try (AgentJvm jvm = builder.start()) {
      Thread killer = new Thread(jvm::close);
      Runtime.getRuntime().addShutdownHook(killer);
      try {
        int exit = jvm.waitFor(APP_TIMEOUT);
        if (exit != 0) {
          problems.add(app.name() + " ended with exit code " + exit + ":\n" + jvm.stderr());
        }
      } catch (TimeoutException e) {
        problems.add(app.name() + " was " + e.getMessage());
      } finally {
        Runtime.getRuntime().removeShutdownHook(killer);
      }
      for (String line : jvm.stdout().lines().toList()) {
        DeclaredCall call = DeclaredCall.parse(app.name(), app.client(), line);
        if (call != null) {
          declared.add(call);
        }
      }
      List<ServedRequest> served = List.of();
      if (server != null) {
        if (!server.awaitIdle(options.server().chunkMs() * 3 + 5000)) {
          problems.add("the model server is still answering a request of " + app.name());
        }
        served = server.requests();
      }
      // The agent has flushed when its JVM has ended: nothing more will come.
      List<SpanRecord> spans =
          receiver.spans().stream()
              .filter(span -> app.name().equals(span.resourceAttributes().get("service.name")))
              .toList();
      CallMatcher.Result result = CallMatcher.match(declared, spans, served);
      check(app, result, jvm);
      return result.calls();
    }
  }

  private void check(App app, CallMatcher.Result result, AgentJvm jvm) {
    if (result.calls().isEmpty()) {
      problems.add(app.name() + " made no call:\n" + jvm.stderr());
      return;
    }
    for (CallReport report : result.calls()) {
      if (report.inferenceSpans() != 1) {
        problems.add(
            "%s, %s: %d spans instead of one"
                .formatted(app.name(), report.call().name(), report.inferenceSpans()));
      }
    }
    for (SpanRecord stray : result.strays()) {
      problems.add(
          "%s: the span \"%s\" (trace %s) belongs to no call that the application made"
              .formatted(app.name(), stray.name(), stray.traceId()));
    }
    if (!result.complete()) {
      problems.add("what " + app.name() + " wrote to standard error:\n" + jvm.stderr());
    }
  }

  private Path existing(String path) {
    Path file = root.resolve(path);
    if (!Files.exists(file)) {
      throw new IllegalStateException(file + " is missing; run ./demo, which builds it");
    }
    return file;
  }

  private void print(String target, List<CallReport> calls, List<MetricSeries> metrics) {
    if (options.json()) {
      PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
      out.println(JsonReport.of(calls, metrics).toPrettyString());
      return;
    }
    Glyphs glyphs = Glyphs.ofTerminal();
    PrintStream out = new PrintStream(System.out, true, glyphs.charset());
    String title = "Spanglass " + version + ": " + target;
    out.print(TextReport.of(title, calls, metrics, glyphs));
    if (problems.isEmpty()) {
      out.println("\nEvery call gave exactly one span: " + calls.size() + " calls.");
    }
  }

  private static void progress(String text) {
    System.err.println("demo: " + text);
  }
}
