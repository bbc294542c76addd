/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.telemetry;

import static io.opentelemetry.api.common.AttributeKey.booleanKey;
import static io.opentelemetry.api.common.AttributeKey.doubleKey;
import static io.opentelemetry.api.common.AttributeKey.longKey;
import static io.opentelemetry.api.common.AttributeKey.stringKey;
import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.metrics.SdkMeterProvider;
import io.opentelemetry.sdk.metrics.data.HistogramPointData;
import io.opentelemetry.sdk.metrics.data.MetricData;
import io.opentelemetry.sdk.testing.exporter.InMemoryMetricReader;
import io.opentelemetry.sdk.testing.exporter.InMemorySpanExporter;
import io.opentelemetry.sdk.trace.ReadableSpan;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SimpleSpanProcessor;
import io.spanglass.config.GenAiConfig;
import io.spanglass.wire.call.CallState;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What is told of calls of several attempts, and of calls that were seen in part. */
class InferenceSpanTest {
  private static final AttributeKey<Double> FIRST_CHUNK =
      doubleKey("gen_ai.response.time_to_first_chunk");

  private static final SpanReader READER =
      new SpanReader() {
        @Override
        public <T> @Nullable T attribute(Span span, AttributeKey<T> key) {
          return span instanceof ReadableSpan readable ? readable.getAttribute(key) : null;
        }

        @Override
        public @Nullable String scope(Span span) {
          return span instanceof ReadableSpan readable
              ? readable.getInstrumentationScopeInfo().getName()
              : null;
        }
      };

  private final InMemorySpanExporter spans = InMemorySpanExporter.create();
  private final InMemoryMetricReader metrics = InMemoryMetricReader.create();
  private final OpenTelemetrySdk sdk =
      OpenTelemetrySdk.builder()
          .setTracerProvider(
              SdkTracerProvider.builder()
                  .addSpanProcessor(SimpleSpanProcessor.create(spans))
                  .build())
          .setMeterProvider(SdkMeterProvider.builder().registerMetricReader(metrics).build())
          .build();
  private final GenAiTelemetry telemetry = new GenAiTelemetry(sdk, GenAiConfig.defaults(), READER);

  private InferenceSpan start(Context parent) {
    return telemetry.start(
        parent, EndedCalls.CHAT, "api.openai.com", 443, "gpt-4o", System.nanoTime());
  }

  private Collection<HistogramPointData> histogram(String name) {
    for (MetricData metric : metrics.collectAllMetrics()) {
      if (metric.getName().equals(name)) {
        return metric.getHistogramData().getPoints();
      }
    }
    return List.of();
  }

  private SpanData span() {
    assertThat(spans.getFinishedSpanItems()).hasSize(1);
    return spans.getFinishedSpanItems().get(0);
  }

  private static double timeToFirstChunk(CallState call) {
    return call.timeToFirstChunk() / 1e9;
  }

  @Test
  void timeToFirstChunkIsThatOfTheAttemptThatCounts() {
    InferenceSpan span = start(Context.root());
    CallState first =
        EndedCalls.begun(span, EndedCalls.REQUEST, 200, "text/event-stream", EndedCalls.STREAM[0]);
    CallState second = EndedCalls.streamed(span, EndedCalls.REQUEST, EndedCalls.STREAM);
    assertThat(first.timeToFirstChunk()).isNotEqualTo(second.timeToFirstChunk());
    span.end(second, 2);

    assertThat(histogram("gen_ai.client.operation.time_to_first_chunk"))
        .singleElement()
        .satisfies(
            point -> {
              assertThat(point.getCount()).isEqualTo(1);
              assertThat(point.getSum()).isEqualTo(timeToFirstChunk(second));
            });
    assertThat(span().getAttributes().get(FIRST_CHUNK)).isEqualTo(timeToFirstChunk(second));
    assertThat(span().getAttributes().get(longKey("spanglass.attempts"))).isEqualTo(2);
  }

  @Test
  void onAForeignSpanTooThoughItIsToldAtOnce() {
    Span theirs =
        sdk.getTracer("some.instrumentation")
            .spanBuilder("theirs")
            .setAttribute("gen_ai.operation.name", "chat")
            .startSpan();
    InferenceSpan span = start(Context.root().with(theirs));
    CallState first =
        EndedCalls.begun(span, EndedCalls.REQUEST, 200, "text/event-stream", EndedCalls.STREAM[0]);
    assertThat(READER.attribute(theirs, FIRST_CHUNK)).isEqualTo(timeToFirstChunk(first));
    CallState second = EndedCalls.streamed(span, EndedCalls.REQUEST, EndedCalls.STREAM);
    assertThat(READER.attribute(theirs, FIRST_CHUNK)).isEqualTo(timeToFirstChunk(second));
    span.end(second, 2);
    theirs.end();

    assertThat(span().getAttributes().get(FIRST_CHUNK)).isEqualTo(timeToFirstChunk(second));
    assertThat(histogram("gen_ai.client.operation.time_to_first_chunk"))
        .singleElement()
        .satisfies(point -> assertThat(point.getCount()).isEqualTo(1));
  }

  /** Something of ours failed in the middle: the call has no end that is known. */
  @Test
  void ofACallThatWasSeenInPartNoEndIsClaimed() {
    InferenceSpan span = start(Context.root());
    CallState part =
        EndedCalls.begun(
            span,
            EndedCalls.REQUEST,
            200,
            "text/event-stream",
            "data: {\"id\":\"c-1\",\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hi\"}}],"
                + "\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":1}}\n\n");
    span.end(part);

    Attributes attributes = span().getAttributes();
    assertThat(attributes.get(booleanKey("spanglass.partial"))).isTrue();
    assertThat(attributes.get(stringKey("gen_ai.response.id"))).isEqualTo("c-1");
    assertThat(attributes.get(FIRST_CHUNK)).isNotNull();
    assertThat(attributes.get(stringKey("spanglass.stream.end"))).isNull();
    assertThat(attributes.get(stringKey("error.type"))).isNull();
    assertThat(attributes.get(longKey("gen_ai.usage.output_tokens"))).isNull();
    assertThat(span().getStatus().getStatusCode()).isEqualTo(StatusCode.UNSET);
    assertThat(metrics.collectAllMetrics()).isEmpty();
  }

  @Test
  void aWholeCallIsNotPartial() {
    InferenceSpan span = start(Context.root());
    CallState ended = EndedCalls.streamed(span, EndedCalls.REQUEST, EndedCalls.STREAM);
    span.end(ended);
    assertThat(span().getAttributes().get(booleanKey("spanglass.partial"))).isNull();
  }
}
