/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.redaction.exporters;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.common.KeyValue;
import io.opentelemetry.api.common.Value;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.logs.SdkLoggerProvider;
import io.opentelemetry.sdk.logs.data.LogRecordData;
import io.opentelemetry.sdk.logs.export.SimpleLogRecordProcessor;
import io.opentelemetry.sdk.metrics.InstrumentSelector;
import io.opentelemetry.sdk.metrics.SdkMeterProvider;
import io.opentelemetry.sdk.metrics.View;
import io.opentelemetry.sdk.metrics.data.LongPointData;
import io.opentelemetry.sdk.metrics.data.MetricData;
import io.opentelemetry.sdk.metrics.export.MetricExporter;
import io.opentelemetry.sdk.metrics.export.PeriodicMetricReader;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.testing.exporter.InMemoryLogRecordExporter;
import io.opentelemetry.sdk.testing.exporter.InMemoryMetricExporter;
import io.opentelemetry.sdk.testing.exporter.InMemorySpanExporter;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SimpleSpanProcessor;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import io.spanglass.redaction.RedactionPolicy;
import io.spanglass.redaction.RedactionType;
import io.spanglass.redaction.Redactor;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RedactingExportersTest {
  private static final String MAIL = "alice@example.com";

  private static AttributeKey<String> key(String name) {
    return AttributeKey.stringKey(name);
  }

  private static SpanData export(Redactor redactor, Consumer<Span> work) {
    InMemorySpanExporter memory = InMemorySpanExporter.create();
    try (SdkTracerProvider provider =
        SdkTracerProvider.builder()
            .setResource(
                Resource.create(
                    Attributes.of(
                        key("service.name"),
                        "mail-" + MAIL,
                        key("process.command_line"),
                        "java -Dpassword=hunter22 -jar app.jar")))
            .addSpanProcessor(
                SimpleSpanProcessor.create(RedactingSpanExporter.wrap(memory, redactor)))
            .build()) {
      SpanContext linked =
          SpanContext.create(
              "0123456789abcdef0123456789abcdef",
              "0123456789abcdef",
              TraceFlags.getSampled(),
              TraceState.getDefault());
      Span span =
          provider
              .get("third-party")
              .spanBuilder("GET /users/" + MAIL)
              .setSpanKind(SpanKind.CLIENT)
              .addLink(linked, Attributes.of(key("why"), "asked by " + MAIL))
              .startSpan();
      work.accept(span);
      span.end();
      return memory.getFinishedSpanItems().get(0);
    }
  }

  @Test
  void spansAreRedactedEverywhere() {
    Redactor redactor = Redactor.of(RedactionPolicy.strict());
    SpanData span =
        export(
            redactor,
            made -> {
              made.setAttribute("db.query.text", "SELECT * FROM u WHERE mail = '" + MAIL + "'");
              made.setAttribute("url.full", "https://u:p@h/?api_key=abc12345678");
              made.setAttribute("http.request.header.authorization", "Basic eHh4");
              made.setAttribute(AttributeKey.stringArrayKey("llm.prompts"), List.of("hi", MAIL));
              made.setAttribute("card", 4111111111111111L);
              made.setAttribute("count", 4111111111L);
              made.setAttribute("gen_ai.input.messages", "[{\"content\":\"" + MAIL + "\"}]");
              made.recordException(new IllegalStateException("no such user " + MAIL));
              made.setStatus(StatusCode.ERROR, "no such user " + MAIL);
            });
    assertThat(span.getName()).isEqualTo("GET /users/[EMAIL]");
    Attributes attributes = span.getAttributes();
    assertThat(attributes.get(key("db.query.text")))
        .isEqualTo("SELECT * FROM u WHERE mail = '[EMAIL]'");
    assertThat(attributes.get(key("url.full")))
        .isEqualTo("https://[URL_CREDENTIALS]@h/?api_key=[SECRET]");
    assertThat(attributes.get(key("http.request.header.authorization"))).isEqualTo("[SECRET]");
    assertThat(attributes.get(AttributeKey.stringArrayKey("llm.prompts")))
        .containsExactly("hi", "[EMAIL]");
    assertThat(attributes.get(key("card"))).isEqualTo("[CARD]");
    assertThat(attributes.get(AttributeKey.longKey("card"))).isNull();
    assertThat(attributes.get(AttributeKey.longKey("count"))).isEqualTo(4111111111L);
    assertThat(attributes.get(key("gen_ai.input.messages")))
        .isEqualTo("[{\"content\":\"[EMAIL]\"}]");
    Attributes event = span.getEvents().get(0).getAttributes();
    assertThat(event.get(key("exception.message"))).isEqualTo("no such user [EMAIL]");
    assertThat(event.get(key("exception.stacktrace"))).contains("[EMAIL]").doesNotContain(MAIL);
    assertThat(event.get(key("exception.type"))).isEqualTo("java.lang.IllegalStateException");
    assertThat(span.getStatus().getDescription()).isEqualTo("no such user [EMAIL]");
    assertThat(span.getLinks().get(0).getAttributes().get(key("why")))
        .isEqualTo("asked by [EMAIL]");
    assertThat(span.getResource().getAttribute(key("process.command_line")))
        .isEqualTo("java -Dpassword=[SECRET] -jar app.jar");
    assertThat(span.getResource().getAttribute(key("service.name"))).isEqualTo("mail-" + MAIL);
    assertThat(redactor.count(RedactionType.EMAIL)).isPositive();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "server.address",
        "network.peer.address",
        "host.name",
        "host.ip",
        "k8s.pod.name",
        "service.instance.id",
        "hw.id",
        "gen_ai.response.id",
        "gen_ai.tool.call.id",
        "gen_ai.conversation.id",
        "gen_ai.usage.input_tokens",
        "gen_ai.request.model",
        "error.type",
        "http.route"
      })
  void structureStays(String name) {
    SpanData span =
        export(
            Redactor.of(RedactionPolicy.strict()),
            made -> {
              made.setAttribute(name, "203.0.113.7");
              made.setAttribute(name + ".n", 1L);
            });
    assertThat(span.getAttributes().get(key(name))).isEqualTo("203.0.113.7");
  }

  @Test
  void aSpanInWhichNothingIsFoundIsTheSame() {
    List<SpanData> given = new ArrayList<>();
    SpanExporter keeps =
        new SpanExporter() {
          @Override
          public CompletableResultCode export(Collection<SpanData> spans) {
            given.addAll(spans);
            return CompletableResultCode.ofSuccess();
          }

          @Override
          public CompletableResultCode flush() {
            return CompletableResultCode.ofSuccess();
          }

          @Override
          public CompletableResultCode shutdown() {
            return CompletableResultCode.ofSuccess();
          }
        };
    List<SpanData> batch = ordinarySpans();
    Redactor secrets = Redactor.of(RedactionPolicy.secretsOnly());
    SpanExporter redacting = RedactingSpanExporter.wrap(keeps, secrets);
    redacting.export(batch);
    assertThat(given).hasSize(512).allMatch(span -> batch.stream().anyMatch(b -> b == span));

    SpanExporter nothing = RedactingSpanExporter.wrap(SpanExporter.composite(), secrets);
    for (int i = 0; i < 300; i++) {
      nothing.export(batch);
    }
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = threads.getCurrentThreadAllocatedBytes();
    for (int i = 0; i < 20; i++) {
      nothing.export(batch);
    }
    long allocated = threads.getCurrentThreadAllocatedBytes() - before;
    // Less than a byte a span: the measurement itself takes a little.
    assertThat(allocated).isLessThan(20 * 512);
  }

  private static List<SpanData> ordinarySpans() {
    InMemorySpanExporter memory = InMemorySpanExporter.create();
    try (SdkTracerProvider provider =
        SdkTracerProvider.builder().addSpanProcessor(SimpleSpanProcessor.create(memory)).build()) {
      for (int i = 0; i < 512; i++) {
        provider
            .get("io.opentelemetry.okhttp")
            .spanBuilder("chat gpt-4o-mini")
            .setAttribute("gen_ai.operation.name", "chat")
            .setAttribute("gen_ai.request.model", "gpt-4o-mini")
            .setAttribute("gen_ai.usage.input_tokens", 123L)
            .setAttribute("server.address", "api.example.com")
            .setAttribute("server.port", 443L)
            .setAttribute("http.request.method", "POST")
            .setAttribute("url.full", "https://api.example.com/v1/chat/completions")
            .setAttribute("user_agent.original", "okhttp/4.12.0")
            .setAttribute("custom.note", "an ordinary note, with some words")
            .startSpan()
            .end();
      }
      return new ArrayList<>(memory.getFinishedSpanItems());
    }
  }

  @Test
  void logRecordsAreRedactedWithAllThatIsNested() {
    InMemoryLogRecordExporter memory = InMemoryLogRecordExporter.create();
    List<LogRecordData> logs;
    try (SdkLoggerProvider provider =
        SdkLoggerProvider.builder()
            .addLogRecordProcessor(
                SimpleLogRecordProcessor.create(RedactingLogRecordExporter.wrap(memory)))
            .build()) {
      provider
          .get("app")
          .logRecordBuilder()
          .setBody(
              Value.of(
                  KeyValue.of("to", Value.of(MAIL)),
                  KeyValue.of("password", Value.of("horse")),
                  KeyValue.of("list", Value.of(Value.of("x"), Value.of("call +49 30 1234567"))),
                  KeyValue.of("card", Value.of(4111111111111111L)),
                  KeyValue.of("n", Value.of(7))))
          .setAttribute(key("note"), "from " + MAIL)
          .emit();
      provider.get("app").logRecordBuilder().setBody("password=hunter22").emit();
      logs = new ArrayList<>(memory.getFinishedLogRecordItems());
    }
    assertThat(String.valueOf(logs.get(0).getBodyValue()))
        .contains("[EMAIL]", "[SECRET]", "[PHONE]", "[CARD]", "x")
        .doesNotContain(MAIL, "horse", "4111");
    assertThat(logs.get(0).getAttributes().get(key("note"))).isEqualTo("from [EMAIL]");
    assertThat(String.valueOf(logs.get(1).getBodyValue())).contains("password=[SECRET]");
  }

  @Test
  void exemplarsAreRedactedAndSeriesAreNot() {
    InMemoryMetricExporter memory = InMemoryMetricExporter.create();
    MetricExporter redacting = RedactingMetricExporter.wrap(memory);
    try (SdkTracerProvider tracers = SdkTracerProvider.builder().build();
        SdkMeterProvider provider =
            SdkMeterProvider.builder()
                .registerView(
                    InstrumentSelector.builder().setName("*").build(),
                    View.builder().setAttributeFilter(Set.of("server.address")).build())
                .registerMetricReader(PeriodicMetricReader.create(redacting))
                .build()) {
      Span span = tracers.get("x").spanBuilder("x").startSpan();
      Attributes attributes =
          Attributes.of(key("server.address"), "203.0.113.7", key("user"), MAIL);
      provider
          .get("app")
          .counterBuilder("calls")
          .build()
          .add(1, attributes, Context.root().with(span));
      provider
          .get("app")
          .histogramBuilder("time")
          .build()
          .record(1.5, attributes, Context.root().with(span));
      span.end();
      provider.forceFlush().join(5, TimeUnit.SECONDS);
      List<MetricData> metrics = memory.getFinishedMetricItems();
      assertThat(metrics).hasSize(2);
      for (MetricData metric : metrics) {
        metric
            .getData()
            .getPoints()
            .forEach(
                point -> {
                  assertThat(point.getAttributes().get(key("server.address")))
                      .isEqualTo("203.0.113.7");
                  assertThat(point.getExemplars())
                      .singleElement()
                      .satisfies(
                          exemplar ->
                              assertThat(exemplar.getFilteredAttributes().get(key("user")))
                                  .isEqualTo("[EMAIL]"));
                });
      }
      LongPointData calls =
          metrics.stream()
              .filter(metric -> metric.getName().equals("calls"))
              .findFirst()
              .orElseThrow()
              .getLongSumData()
              .getPoints()
              .iterator()
              .next();
      assertThat(calls.getValue()).isEqualTo(1);
    }
  }
}
