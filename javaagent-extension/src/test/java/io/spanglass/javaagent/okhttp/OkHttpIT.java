/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.javaagent.okhttp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.common.ComponentLoader;
import io.opentelemetry.context.Context;
import io.spanglass.testing.AgentJvm;
import io.spanglass.testing.AgentJvm.Mode;
import io.spanglass.testing.OtlpReceiver;
import io.spanglass.testing.SpanRecord;
import io.spanglass.testing.server.Http2Server;
import io.spanglass.testing.server.RawHttpServer;
import io.spanglass.testing.server.ReceivedRequest;
import io.spanglass.testing.server.Script;
import io.spanglass.testing.server.Signals;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every kind of call and of ending with each generation of OkHttp: the application and the servers
 * see what they see with the agent alone, and each call has its span.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class OkHttpIT {
  private static final String SCOPE = "io.spanglass.genai";
  private static final String HTTP_SCOPE = "io.opentelemetry.okhttp-3.0";
  private static final Path CLIENTS =
      Path.of(Objects.requireNonNull(System.getProperty("spanglass.test.clients")));
  private static final Path EXTENSION =
      Path.of(Objects.requireNonNull(System.getProperty("spanglass.test.extension")));
  private static final Duration TIMEOUT = Duration.ofMinutes(4);
  private static final Set<String> PROPAGATION = Set.of("traceparent", "tracestate", "baggage");

  private Signals signals;
  private OtlpReceiver receiver;
  private RawHttpServer http1;
  private Http2Server http2;
  private int refusedPort;

  @BeforeAll
  void start() throws Exception {
    signals = Signals.start();
    receiver = OtlpReceiver.start();
    http1 = RawHttpServer.start(this::script);
    http2 = Http2Server.start(this::script);
    try (ServerSocket socket =
        new ServerSocket(0, 1, InetAddress.getByAddress(new byte[] {127, 0, 0, 1}))) {
      refusedPort = socket.getLocalPort();
    }
  }

  @AfterAll
  void stop() throws Exception {
    receiver.close();
    http1.close();
    http2.close();
    signals.close();
  }

  private Script script(ReceivedRequest request) {
    return exchange -> OkHttpCase.of(request).play(exchange, signals);
  }

  /** The directories that the build made, one for each version. */
  static List<String> versions() throws Exception {
    try (Stream<Path> directories = Files.list(CLIENTS)) {
      List<String> versions =
          directories
              .map(directory -> directory.getFileName().toString())
              .filter(name -> name.startsWith("okhttp-"))
              .sorted()
              .toList();
      assertThat(versions).hasSizeGreaterThanOrEqualTo(3);
      return versions;
    }
  }

  @ParameterizedTest
  @MethodSource("versions")
  void theApplicationNoticesNothingAndEveryCallHasItsSpan(String client) throws Exception {
    Set<OkHttpCase> cases = cases(client);
    Observed agentAlone = run(client, cases, spans -> true, jvm -> {});
    assertThat(genAi(receiver.spans())).isEmpty();

    Observed observed = run(client, cases, OkHttpIT.complete(cases), jvm -> extension(jvm));
    assertThat(observed.application()).isEqualTo(agentAlone.application());
    assertThat(observed.servers()).isEqualTo(agentAlone.servers());
    assertTelemetry(cases);
  }

  @ParameterizedTest
  @EnumSource(value = Mode.class, mode = EnumSource.Mode.EXCLUDE, names = "CLASSIC")
  void inEveryModeOfTheAgent(Mode mode) throws Exception {
    String client = versions().get(1);
    Set<OkHttpCase> cases = cases(client);
    run(client, cases, complete(cases), jvm -> extension(jvm).mode(mode));
    assertTelemetry(cases);
  }

  @ParameterizedTest
  @MethodSource("versions")
  void onTheNewestJava(String client) throws Exception {
    Path java = newestJava();
    assumeTrue(java != null, "no newer Java: SPANGLASS_JDK_NEWEST names none");
    Set<OkHttpCase> cases = cases(client);
    // The collector is to find what was dropped, and not the time that has passed.
    cases.remove(OkHttpCase.LEFT_UNREAD);
    cases.add(OkHttpCase.DROPPED);
    run(
        client,
        cases,
        complete(cases),
        jvm -> jvm.extension(EXTENSION).javaHome(Objects.requireNonNull(java)));
    assertTelemetry(cases);
  }

  private static @Nullable Path newestJava() throws Exception {
    String named = System.getenv("SPANGLASS_JDK_NEWEST");
    if (named != null) {
      return Path.of(named);
    }
    Path installed = Path.of("/usr/lib/jvm");
    if (!Files.isDirectory(installed)) {
      return null;
    }
    try (Stream<Path> paths = Files.list(installed)) {
      return paths
          .filter(path -> path.getFileName().toString().startsWith("temurin-25"))
          .filter(path -> Files.isExecutable(path.resolve("bin").resolve("java")))
          .findFirst()
          .orElse(null);
    }
  }

  private static AgentJvm.Builder extension(AgentJvm.Builder jvm) {
    return jvm.extension(EXTENSION).property("otel.instrumentation.genai.abandoned-after", "2s");
  }

  private static Set<OkHttpCase> cases(String client) {
    Set<OkHttpCase> cases = EnumSet.allOf(OkHttpCase.class);
    cases.remove(OkHttpCase.DROPPED);
    if (client.startsWith("okhttp-3")) {
      cases.remove(OkHttpCase.STREAM_DUPLEX);
    }
    return cases;
  }

  private static Predicate<List<SpanRecord>> complete(Set<OkHttpCase> cases) {
    return spans -> genAi(spans).size() >= cases.size() - 1;
  }

  private static List<SpanRecord> genAi(List<SpanRecord> spans) {
    return spans.stream().filter(span -> span.scopeName().equals(SCOPE)).toList();
  }

  /** What the application wrote down, and what reached the servers, line by line. */
  private record Observed(String application, String servers) {}

  private Observed run(
      String client,
      Set<OkHttpCase> cases,
      Predicate<List<SpanRecord>> complete,
      Consumer<AgentJvm.Builder> settings)
      throws Exception {
    receiver.reset();
    http1.reset();
    http2.reset();
    signals.reset();
    Path transcript = Files.createTempFile("spanglass-okhttp", ".txt");
    try {
      AgentJvm.Builder builder =
          AgentJvm.builder()
              .exportTo(receiver)
              // What is asserted does not depend on it, and it starts faster.
              .jvmOption("-XX:TieredStopAtLevel=1")
              .jvmOption("-XX:+UseSerialGC")
              .classpath(classpath(client));
      settings.accept(builder);
      builder.main(
          OkHttpWorkload.class.getName(),
          cases.stream().map(OkHttpCase::name).collect(Collectors.joining(",")),
          http1.url(),
          http2.url(),
          Integer.toString(refusedPort),
          Integer.toString(signals.port()),
          http2.keyStore().toString(),
          Http2Server.PASSWORD,
          transcript.toString());
      try (AgentJvm jvm = builder.start()) {
        try {
          jvm.awaitLine(line -> line.equals("called"), TIMEOUT);
          receiver.awaitSpans(complete, Duration.ofSeconds(30));
        } finally {
          signals.set(OkHttpWorkload.FINISH);
          jvm.waitForSuccess(TIMEOUT);
        }
      }
      return new Observed(Files.readString(transcript), String.join("\n", servers()));
    } finally {
      Files.delete(transcript);
    }
  }

  private static Path[] classpath(String client) throws Exception {
    List<Path> entries = new ArrayList<>();
    for (Class<?> type :
        List.of(
            OkHttpWorkload.class,
            Signals.class,
            OpenTelemetry.class,
            Context.class,
            ComponentLoader.class,
            Nullable.class)) {
      entries.add(location(type));
    }
    try (Stream<Path> jars = Files.list(CLIENTS.resolve(client))) {
      jars.forEach(entries::add);
    }
    return entries.toArray(Path[]::new);
  }

  private static Path location(Class<?> type) throws URISyntaxException {
    return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI());
  }

  private List<ReceivedRequest> requests() {
    List<ReceivedRequest> requests = new ArrayList<>(http1.requests());
    requests.addAll(http2.requests());
    return requests;
  }

  private List<String> servers() {
    List<String> lines = new ArrayList<>();
    for (ReceivedRequest request : requests()) {
      lines.add(
          request.protocol()
              + " "
              + request.method()
              + " "
              + request.path()
              + " "
              + request.indexOnConnection());
      for (String header : request.headers()) {
        String name = header.substring(0, header.indexOf(':')).toLowerCase(Locale.ROOT);
        if (!PROPAGATION.contains(name)) {
          lines.add(name.equals("sec-websocket-key") || name.equals("host") ? name : header);
        }
      }
      byte[] body = request.body();
      lines.add(body == null ? "not read" : body.length + " " + Arrays.hashCode(body));
    }
    return lines;
  }

  private void assertTelemetry(Set<OkHttpCase> cases) {
    List<SpanRecord> spans = receiver.spans();
    assertThat(cases).allSatisfy(okHttpCase -> assertCase(okHttpCase, spans));
    assertThat(receiver.latestMetrics("spanglass.internal.errors")).isEmpty();
    long counted = cases.stream().filter(okHttpCase -> okHttpCase.end() != null).count();
    assertThat(
            receiver.latestMetrics("gen_ai.client.operation.duration").stream()
                .mapToLong(point -> Objects.requireNonNull(point.count()))
                .sum())
        .isEqualTo(counted);
  }

  private void assertCase(OkHttpCase okHttpCase, List<SpanRecord> spans) {
    SpanRecord application =
        spans.stream()
            .filter(span -> span.name().equals(okHttpCase.id()))
            .findFirst()
            .orElseThrow();
    List<SpanRecord> trace =
        spans.stream().filter(span -> span.traceId().equals(application.traceId())).toList();
    List<SpanRecord> http =
        trace.stream().filter(span -> span.scopeName().equals(HTTP_SCOPE)).toList();
    if (okHttpCase == OkHttpCase.OTHER_TRAFFIC) {
      assertThat(genAi(trace)).isEmpty();
      assertThat(http).isNotEmpty();
      return;
    }
    assertThat(genAi(trace)).hasSize(1);
    SpanRecord genAi = genAi(trace).get(0);
    assertThat(genAi.parentSpanId()).isEqualTo(application.spanId());
    assertThat(genAi.kind()).isEqualTo("CLIENT");
    assertThat(genAi.name()).isEqualTo("chat " + OkHttpCase.MODEL);
    Map<String, Object> attributes = genAi.attributes();
    assertThat(attributes)
        .containsEntry("gen_ai.request.model", OkHttpCase.MODEL)
        .containsEntry("server.address", "127.0.0.1");
    // Null is absence.
    assertThat(attributes.get("spanglass.stream.end")).isEqualTo(okHttpCase.end());
    assertThat(attributes.get("gen_ai.usage.input_tokens")).isEqualTo(okHttpCase.inputTokens());
    assertThat(attributes.get("gen_ai.usage.output_tokens")).isEqualTo(okHttpCase.outputTokens());
    assertThat(genAi.status()).isEqualTo(okHttpCase.isError() ? "ERROR" : "UNSET");
    assertThat(attributes.containsKey("error.type")).isEqualTo(okHttpCase.isError());
    assertThat(attributes.containsKey("spanglass.time_to_first_token"))
        .isEqualTo(!okHttpCase.isDocument() && okHttpCase.outputTokens() != null);
    assertThat(attributes.containsKey("gen_ai.request.seed")).isEqualTo(okHttpCase.end() != null);
    // The agent makes one also where no connection comes about, or nothing is sent.
    assertThat(http).isNotEmpty();
    // All of them below the call, however often the request was sent.
    assertThat(http)
        .filteredOn(
            span ->
                !Objects.equals(span.attributes().get("http.request.method"), "GET")
                    || okHttpCase == OkHttpCase.STREAM_REDIRECTED)
        .allSatisfy(span -> assertThat(span.parentSpanId()).isEqualTo(genAi.spanId()));
    for (ReceivedRequest request : requests()) {
      if (request.path().startsWith("/" + okHttpCase.id() + "/v1/")
          && !request.path().endsWith("/warm")) {
        String[] parts = Objects.requireNonNull(request.header("traceparent")).split("-", -1);
        assertThat(http.stream().map(SpanRecord::spanId)).contains(parts[2]);
      }
    }
  }
}
