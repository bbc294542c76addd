/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.telemetry;

import static io.opentelemetry.api.common.AttributeKey.longKey;
import static io.opentelemetry.api.common.AttributeKey.stringKey;
import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.metrics.SdkMeterProvider;
import io.opentelemetry.sdk.metrics.data.MetricData;
import io.opentelemetry.sdk.metrics.data.MetricDataType;
import io.opentelemetry.sdk.testing.exporter.InMemoryMetricReader;
import io.opentelemetry.sdk.testing.exporter.InMemorySpanExporter;
import io.opentelemetry.sdk.trace.ReadableSpan;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SimpleSpanProcessor;
import io.spanglass.config.GenAiConfig;
import io.spanglass.testing.OwnClasses;
import io.spanglass.wire.call.CallState;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Spanglass twice in a process: the library in an application that runs under the agent. */
class AnotherCopyTest {
  /** Starts a call; returns the context under it, and what ends it. */
  public static final class Copy
      implements BiFunction<OpenTelemetry, Context, Map.Entry<Context, Runnable>> {
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

    @Override
    public Map.Entry<Context, Runnable> apply(OpenTelemetry openTelemetry, Context parent) {
      InferenceSpan span =
          new GenAiTelemetry(openTelemetry, GenAiConfig.defaults(), READER)
              .start(parent, EndedCalls.CHAT, "llm.internal", 8443, "gpt-4o", System.nanoTime());
      return Map.entry(
          span.in(parent),
          () -> {
            CallState ended = EndedCalls.streamed(span, EndedCalls.REQUEST, EndedCalls.STREAM);
            span.end(ended);
          });
    }
  }

  private final InMemorySpanExporter spans = InMemorySpanExporter.create();
  private final InMemoryMetricReader metrics = InMemoryMetricReader.create();
  private final OpenTelemetry sdk =
      OpenTelemetrySdk.builder()
          .setTracerProvider(
              SdkTracerProvider.builder()
                  .addSpanProcessor(SimpleSpanProcessor.create(spans))
                  .build())
          .setMeterProvider(SdkMeterProvider.builder().registerMetricReader(metrics).build())
          .build();

  private final Copy ours = new Copy();
  private final BiFunction<OpenTelemetry, Context, Map.Entry<Context, Runnable>> theirs;

  AnotherCopyTest() throws Exception {
    OwnClasses classes = OwnClasses.load();
    theirs =
        classes.<BiFunction<OpenTelemetry, Context, Map.Entry<Context, Runnable>>>make(Copy.class);
    assertThat(theirs.getClass()).isNotSameAs(Copy.class);
  }

  private Map<String, Long> counts() {
    Map<String, Long> counts = new TreeMap<>();
    for (MetricData metric : metrics.collectAllMetrics()) {
      if (metric.getType() == MetricDataType.HISTOGRAM) {
        metric
            .getHistogramData()
            .getPoints()
            .forEach(point -> counts.merge(metric.getName(), point.getCount(), Long::sum));
      }
    }
    return counts;
  }

  private static Map<String, Long> once(long calls) {
    return Map.of(
        "gen_ai.client.operation.duration", calls,
        "gen_ai.client.operation.time_to_first_chunk", calls,
        "gen_ai.client.operation.time_per_output_chunk", calls,
        "gen_ai.client.token.usage", 2 * calls,
        "spanglass.client.time_to_first_token", calls);
  }

  private void nest(
      BiFunction<OpenTelemetry, Context, Map.Entry<Context, Runnable>> outer,
      BiFunction<OpenTelemetry, Context, Map.Entry<Context, Runnable>> inner) {
    Map.Entry<Context, Runnable> above = outer.apply(sdk, Context.root());
    Map.Entry<Context, Runnable> below = inner.apply(sdk, above.getKey());
    below.getValue().run();
    assertThat(spans.getFinishedSpanItems()).as("its owner ends it").isEmpty();
    above.getValue().run();
  }

  private void assertOneCall() {
    assertThat(spans.getFinishedSpanItems()).hasSize(1);
    SpanData span = spans.getFinishedSpanItems().get(0);
    assertThat(span.getName()).isEqualTo("chat gpt-4o");
    assertThat(span.getAttributes().get(stringKey("spanglass.stream.end"))).isEqualTo("completed");
    assertThat(span.getAttributes().get(longKey("gen_ai.usage.output_tokens"))).isEqualTo(2);
    assertThat(counts()).isEqualTo(once(1));
  }

  @Test
  void aCallThatBothSeeIsOneUnderTheirs() {
    nest(theirs, ours);
    assertOneCall();
  }

  @Test
  void aCallThatBothSeeIsOneUnderOurs() {
    nest(ours, theirs);
    assertOneCall();
  }

  @Test
  void callsOfOneCopyAreTwo() {
    Map.Entry<Context, Runnable> above = ours.apply(sdk, Context.root());
    Map.Entry<Context, Runnable> below = ours.apply(sdk, above.getKey());
    below.getValue().run();
    above.getValue().run();
    assertThat(spans.getFinishedSpanItems()).hasSize(2);
    assertThat(counts()).isEqualTo(once(2));
  }
}
