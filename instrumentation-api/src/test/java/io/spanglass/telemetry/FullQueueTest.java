/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.metrics.SdkMeterProvider;
import io.opentelemetry.sdk.metrics.data.MetricData;
import io.opentelemetry.sdk.metrics.data.PointData;
import io.opentelemetry.sdk.testing.exporter.InMemoryMetricReader;
import io.opentelemetry.sdk.trace.ReadWriteSpan;
import io.opentelemetry.sdk.trace.ReadableSpan;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.SpanProcessor;
import io.spanglass.config.GenAiConfig;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** A server that answers what it likes while no Collector takes the spans. */
class FullQueueTest {
  /** What the SDK's batch processor keeps, with a batch that is being exported. */
  private static final int QUEUE = 2048 + 512;

  private static final AttributeKey<List<String>> CUT =
      AttributeKey.stringArrayKey("spanglass.attributes.cut");

  private static final int MAX_STRINGS = 8 * 1024;

  /** With the SDK's objects, of which a span of few attributes has about 2 KB. */
  private static final int MAX_SPAN = 12 * 1024;

  private static final class Queue implements SpanProcessor {
    final List<ReadableSpan> spans = new ArrayList<>();

    @Override
    public void onStart(Context parent, ReadWriteSpan span) {}

    @Override
    public boolean isStartRequired() {
      return false;
    }

    @Override
    public void onEnd(ReadableSpan span) {
      spans.add(span);
    }

    @Override
    public boolean isEndRequired() {
      return true;
    }
  }

  private final Queue queue = new Queue();
  private final InMemoryMetricReader metrics = InMemoryMetricReader.create();
  private final GenAiTelemetry telemetry =
      new GenAiTelemetry(
          OpenTelemetrySdk.builder()
              .setTracerProvider(SdkTracerProvider.builder().addSpanProcessor(queue).build())
              .setMeterProvider(SdkMeterProvider.builder().registerMetricReader(metrics).build())
              .build(),
          GenAiConfig.defaults(),
          SpanReader.NONE);

  private static String text(String of, int call, int length) {
    String start = of + "_" + call + "_";
    return start + "x".repeat(length - start.length());
  }

  /** No two calls share a string, and all are as long as they can be. */
  private void hostileCall(int call) {
    int length = call % 2 == 0 ? Outlet.MAX_VALUE : 2 * Outlet.MAX_VALUE;
    StringBuilder request = new StringBuilder("{\"messages\":[],\"stream\":true,\"stop\":[");
    for (int i = 0; i < 16; i++) {
      request.append(i == 0 ? "" : ",").append('"').append(text("s" + i, call, 300)).append('"');
    }
    String model = text("q", call, length);
    request.append("],\"model\":\"").append(model).append("\",\"service_tier\":\"");
    request.append(text("t", call, length)).append("\"}");
    StringBuilder choices = new StringBuilder();
    for (int i = 0; i < 128; i++) {
      choices.append(i == 0 ? "" : ",").append("{\"index\":").append(i);
      choices.append(",\"delta\":{},\"finish_reason\":\"");
      choices.append(text("f" + i, call, i % 2 == 0 ? 20 : length)).append("\"}");
    }
    String chunk =
        "data: {\"id\":\""
            + text("i", call, length)
            + "\",\"model\":\""
            + text("r", call, length)
            + "\",\"system_fingerprint\":\""
            + text("p", call, length)
            + "\",\"service_tier\":\""
            + text("u", call, length)
            + "\",\"choices\":["
            + choices
            + "]}\n\n";
    String error = "data: {\"error\":{\"code\":" + (call + 1) + "}}\n\n";
    InferenceSpan span =
        telemetry.start(
            Context.root(),
            EndedCalls.CHAT,
            text("h", call, 253),
            443,
            call % 3 == 0 ? null : model,
            System.nanoTime());
    span.end(EndedCalls.streamed(span, request.toString(), chunk, error));
  }

  @Test
  void whatIsRetainedIsBounded() {
    hostileCall(-1);
    queue.spans.clear();
    long before = usedHeap();
    for (int call = 0; call < QUEUE; call++) {
      hostileCall(call);
    }
    long retained = usedHeap() - before;

    assertThat(queue.spans).hasSize(QUEUE);
    int longest = 0;
    for (ReadableSpan span : queue.spans) {
      longest = Math.max(longest, strings(span));
      // It is said that not all is there.
      assertThat(span.getAttribute(CUT)).isNotEmpty();
    }
    // The server tried.
    assertThat(longest).isBetween(MAX_STRINGS / 4, MAX_STRINGS);
    assertThat(retained / QUEUE).isBetween(1024L, (long) MAX_SPAN);

    assertMetricsAreBounded();
  }

  private void assertMetricsAreBounded() {
    Map<String, Set<Object>> values = new HashMap<>();
    for (MetricData metric : metrics.collectAllMetrics()) {
      for (PointData point : metric.getData().getPoints()) {
        point
            .getAttributes()
            .forEach(
                (key, value) -> {
                  values.computeIfAbsent(key.getKey(), name -> new HashSet<>()).add(value);
                  assertThat(value.toString().length()).isLessThanOrEqualTo(Outlet.MAX_VALUE);
                });
      }
    }
    assertThat(values.get("gen_ai.request.model")).hasSizeBetween(2, 201).contains("_OTHER");
    assertThat(values.get("gen_ai.response.model")).hasSizeBetween(2, 201).contains("_OTHER");
    assertThat(values.get("error.type")).hasSizeBetween(2, 101).contains("_OTHER");
    assertThat(values.get("server.address")).contains("_OTHER").hasSizeLessThanOrEqualTo(101);
    assertThat(telemetry.series.size()).isBetween(1, 256);
  }

  /** Bytes of UTF-8 of all that is said in strings, the keys too. */
  private static int strings(ReadableSpan span) {
    int[] sum = {span.getName().length()};
    Attributes attributes = span.getAttributes();
    attributes.forEach(
        (key, value) -> {
          sum[0] += key.getKey().length();
          if (value instanceof List) {
            ((List<?>) value).forEach(element -> sum[0] += element.toString().length());
          } else {
            sum[0] += value.toString().length();
          }
        });
    return sum[0];
  }

  private static long usedHeap() {
    for (int i = 0; i < 3; i++) {
      System.gc();
    }
    return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
  }
}
