/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.metrics.SdkMeterProvider;
import io.opentelemetry.sdk.testing.exporter.InMemoryMetricReader;
import io.opentelemetry.sdk.trace.ReadableSpan;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.samplers.Sampler;
import io.spanglass.config.GenAiConfig;
import io.spanglass.testing.Allocations;
import io.spanglass.wire.call.CallState;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What telling of a call costs, kept without looking at a clock. */
class CallAllocationTest {
  private static final int WARM_UP = 20_000;
  private static final int CALLS = 20_000;
  private static final int CHUNKS = 100_000;

  private static OpenTelemetrySdk sdk(Sampler sampler) {
    return OpenTelemetrySdk.builder()
        .setTracerProvider(SdkTracerProvider.builder().setSampler(sampler).build())
        .setMeterProvider(
            SdkMeterProvider.builder().registerMetricReader(InMemoryMetricReader.create()).build())
        .build();
  }

  private static InferenceSpan start(GenAiTelemetry telemetry) {
    return telemetry.start(
        Context.root(), EndedCalls.CHAT, "api.openai.com", 443, "gpt-4o", System.nanoTime());
  }

  /** Bytes that one call takes here: from its start to its end, with all that is told of it. */
  private static long perCall(OpenTelemetrySdk sdk) {
    GenAiTelemetry telemetry = new GenAiTelemetry(sdk, GenAiConfig.defaults(), SpanReader.NONE);
    CallState ended = EndedCalls.streamed(start(telemetry), EndedCalls.REQUEST, EndedCalls.STREAM);
    calls(telemetry, ended, WARM_UP);
    return Allocations.during(() -> calls(telemetry, ended, CALLS)) / CALLS;
  }

  private static void calls(GenAiTelemetry telemetry, CallState ended, int count) {
    for (int i = 0; i < count; i++) {
      InferenceSpan span = start(telemetry);
      span.in(Context.root());
      span.onFirstChunk(ended);
      span.onNextChunk(ended, 1_000_000);
      span.end(ended);
    }
  }

  /** What the SDK takes for the same span, which is told the same by hand. */
  private static long perSpan(OpenTelemetrySdk sdk) {
    GenAiTelemetry telemetry = new GenAiTelemetry(sdk, GenAiConfig.defaults(), SpanReader.NONE);
    InferenceSpan told = start(telemetry);
    Context context = told.in(Context.root());
    Attributes atStart = ((ReadableSpan) Span.fromContext(context)).getAttributes();
    told.end(EndedCalls.streamed(told, EndedCalls.REQUEST, EndedCalls.STREAM));
    List<Map.Entry<AttributeKey<?>, Object>> later = new ArrayList<>();
    ((ReadableSpan) Span.fromContext(context))
        .getAttributes()
        .forEach(
            (key, value) -> {
              if (atStart.get(key) == null) {
                later.add(Map.entry(key, value));
              }
            });
    assertThat(later).hasSizeGreaterThan(10);
    Tracer tracer = sdk.getTracer("by hand");
    byHand(tracer, atStart, later, WARM_UP);
    return Allocations.during(() -> byHand(tracer, atStart, later, CALLS)) / CALLS;
  }

  @SuppressWarnings("unchecked")
  private static void byHand(
      Tracer tracer,
      Attributes atStart,
      List<Map.Entry<AttributeKey<?>, Object>> later,
      int count) {
    for (int i = 0; i < count; i++) {
      Span span =
          tracer
              .spanBuilder("chat gpt-4o")
              .setParent(Context.root())
              .setSpanKind(SpanKind.CLIENT)
              .setAllAttributes(atStart)
              .setStartTimestamp(1, TimeUnit.NANOSECONDS)
              .startSpan();
      for (int attribute = 0; attribute < later.size(); attribute++) {
        Map.Entry<AttributeKey<?>, Object> entry = later.get(attribute);
        span.setAttribute((AttributeKey<Object>) entry.getKey(), entry.getValue());
      }
      span.end(2, TimeUnit.NANOSECONDS);
    }
  }

  @Test
  void aCallTakesLittleMoreThanItsSpan() {
    OpenTelemetrySdk sdk = sdk(Sampler.alwaysOn());
    assertThat(perCall(sdk) - perSpan(sdk)).isBetween(1L, 700L);
  }

  @Test
  void aCallThatIsNotSampledTakesLess() {
    long sampled = perCall(sdk(Sampler.alwaysOn()));
    assertThat(perCall(sdk(Sampler.alwaysOff()))).isBetween(1L, sampled - 500);
  }

  @Test
  void aChunkTakesNothing() {
    GenAiTelemetry telemetry =
        new GenAiTelemetry(sdk(Sampler.alwaysOn()), GenAiConfig.defaults(), SpanReader.NONE);
    InferenceSpan span = start(telemetry);
    CallState call =
        EndedCalls.begun(span, EndedCalls.REQUEST, 200, "text/event-stream", EndedCalls.STREAM[0]);
    chunks(span, call, WARM_UP);
    assertThat(Allocations.during(() -> chunks(span, call, CHUNKS))).isLessThan(2048);
  }

  private static void chunks(InferenceSpan span, CallState call, int count) {
    for (int i = 0; i < count; i++) {
      span.onNextChunk(call, 1_000_000 + i);
    }
  }
}
