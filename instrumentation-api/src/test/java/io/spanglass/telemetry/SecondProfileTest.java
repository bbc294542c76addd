/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.telemetry;

import static io.opentelemetry.api.common.AttributeKey.longKey;
import static io.opentelemetry.api.common.AttributeKey.stringKey;
import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.metrics.SdkMeterProvider;
import io.opentelemetry.sdk.metrics.data.MetricData;
import io.opentelemetry.sdk.testing.exporter.InMemoryMetricReader;
import io.opentelemetry.sdk.testing.exporter.InMemorySpanExporter;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SimpleSpanProcessor;
import io.spanglass.config.GenAiConfig;
import io.spanglass.semconv.GenerateSemconv;
import io.spanglass.testing.OwnClasses;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A further profile is a file: the product's classes run unchanged with one that lacks concepts and
 * measures, and has other names, types and values.
 */
class SecondProfileTest {
  /** A call under the profile "further", by the classes of its loader. */
  public static final class Call implements Consumer<OpenTelemetry> {
    @Override
    public void accept(OpenTelemetry openTelemetry) {
      GenAiConfig config =
          GenAiConfig.from(
              key -> key.endsWith("semconv-profile") ? "further" : null,
              warning -> {
                throw new AssertionError(warning);
              });
      GenAiTelemetry telemetry = new GenAiTelemetry(openTelemetry, config, SpanReader.NONE);
      InferenceSpan span =
          telemetry.start(
              Context.root(), EndedCalls.CHAT, "llm.internal", 8443, null, System.nanoTime());
      span.end(
          EndedCalls.streamed(
              span,
              "{\"model\":\"m\",\"messages\":[],\"stream\":true,\"top_k\":4,\"temperature\":0.5,\"stop\":\"x\"}",
              "data: {\"id\":\"c\",\"model\":\"m-1\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"x\"},"
                  + "\"finish_reason\":\"stop\"}]}\n\n",
              "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":8,"
                  + "\"prompt_tokens_details\":{\"cached_tokens\":1,\"created_cache_tokens\":2}}}\n\n",
              "data: [DONE]\n\n"));
    }
  }

  private static final InMemorySpanExporter spans = InMemorySpanExporter.create();
  private static final InMemoryMetricReader metrics = InMemoryMetricReader.create();

  @BeforeAll
  static void callUnderAFurtherProfile(@TempDir Path directory) throws Exception {
    Path shipped = Path.of("src", "main", "semconv");
    Path table = directory.resolve("genai-semconv.json");
    Files.copy(shipped.resolve("genai-semconv.json"), table);
    Path profiles = Files.createDirectory(directory.resolve("profiles"));
    Files.copy(shipped.resolve("profiles").resolve("latest.json"), profiles.resolve("latest.json"));
    Files.copy(profile(), profiles.resolve("further.json"));
    Path sources = directory.resolve("sources");
    GenerateSemconv.main(new String[] {table.toString(), sources.toString()});
    Path classes = Files.createDirectory(directory.resolve("classes"));
    compile(sources, classes);
    OpenTelemetry sdk =
        OpenTelemetrySdk.builder()
            .setTracerProvider(
                SdkTracerProvider.builder()
                    .addSpanProcessor(SimpleSpanProcessor.create(spans))
                    .build())
            .setMeterProvider(SdkMeterProvider.builder().registerMetricReader(metrics).build())
            .build();
    try (OwnClasses second = OwnClasses.load(classes)) {
      second.<Consumer<OpenTelemetry>>make(Call.class).accept(sdk);
    }
  }

  /** The generator's. */
  private static Path profile() {
    return Stream.of("build-tools/semconv-generator", "semconv-generator")
        .map(module -> Path.of("..", module, "src/test/resources/latest-profile.json"))
        .filter(Files::exists)
        .findFirst()
        .orElseThrow();
  }

  private static void compile(Path sources, Path classes) throws IOException {
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    StringWriter messages = new StringWriter();
    try (Stream<Path> files = Files.walk(sources);
        StandardJavaFileManager manager = compiler.getStandardFileManager(null, null, null)) {
      List<Path> all = files.filter(Files::isRegularFile).collect(Collectors.toList());
      List<String> options =
          List.of(
              "--release=11",
              "-proc:none",
              "-classpath",
              System.getProperty("java.class.path"),
              "-d",
              classes.toString());
      boolean ok =
          compiler
              .getTask(
                  messages, manager, null, options, null, manager.getJavaFileObjectsFromPaths(all))
              .call();
      assertThat(ok).as(messages.toString()).isTrue();
    }
  }

  private static SpanData span() {
    assertThat(spans.getFinishedSpanItems()).hasSize(1);
    return spans.getFinishedSpanItems().get(0);
  }

  @Test
  void theSpanHasTheNamesTypesAndValuesOfTheProfile() {
    assertThat(span().getInstrumentationScopeInfo().getSchemaUrl())
        .isEqualTo("https://opentelemetry.io/schemas/gen-ai-dev/1.42.0-dev");
    assertThat(span().getName()).isEqualTo("converse m");
    Attributes attributes = span().getAttributes();
    assertThat(attributes.get(stringKey("gen_ai.operation.name"))).isEqualTo("converse");
    assertThat(attributes.get(longKey("gen_ai.request.top_k"))).isEqualTo(4);
    assertThat(attributes.get(longKey("gen_ai.usage.cache_write.input_tokens"))).isEqualTo(2);
  }

  @Test
  void whatTheProfileLacksIsNotThere() {
    TreeSet<String> names = new TreeSet<>();
    span().getAttributes().forEach((key, value) -> names.add(key.getKey()));
    assertThat(names)
        .containsExactly(
            "gen_ai.operation.name",
            "gen_ai.provider.name",
            "gen_ai.request.model",
            "gen_ai.request.top_k",
            "gen_ai.response.model",
            "gen_ai.usage.cache_write.input_tokens",
            "server.address",
            "server.port",
            "spanglass.provider.inferred",
            "spanglass.stream.end",
            "spanglass.time_to_first_token");
  }

  @Test
  void aMeasureIsRecordedWithTheInstrumentsOfTheProfileThatCountSuchCalls() {
    Attributes operation =
        Attributes.of(
            stringKey("gen_ai.operation.name"), "converse",
            stringKey("gen_ai.provider.name"), "openai");
    Attributes ofTokens = operation.toBuilder().put("gen_ai.token.modality", "unknown").build();
    TreeSet<String> names = new TreeSet<>();
    for (MetricData metric : metrics.collectAllMetrics()) {
      names.add(metric.getName());
      if (metric.getName().startsWith("gen_ai.client.inference.usage")) {
        assertThat(metric.getData().getPoints())
            .singleElement()
            .satisfies(point -> assertThat(point.getAttributes()).isEqualTo(ofTokens));
      } else if (metric.getName().startsWith("gen_ai.")) {
        assertThat(metric.getData().getPoints())
            .singleElement()
            .satisfies(
                point ->
                    assertThat(point.getAttributes())
                        .isEqualTo(
                            metric.getName().endsWith(".duration")
                                ? operation.toBuilder()
                                    .put("spanglass.stream.end", "completed")
                                    .build()
                                : operation));
      }
    }
    // No duration of "other operations", and no metric of the other profile.
    assertThat(names)
        .containsExactly(
            "gen_ai.client.inference.duration",
            "gen_ai.client.inference.operation.input_tokens",
            "gen_ai.client.inference.usage.cache_read.input_tokens",
            "gen_ai.client.inference.usage.input_tokens",
            "spanglass.client.time_to_first_token",
            "spanglass.client.token.usage.details");
  }
}
