/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.call;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.logs.SdkLoggerProvider;
import io.opentelemetry.sdk.logs.export.SimpleLogRecordProcessor;
import io.opentelemetry.sdk.metrics.SdkMeterProvider;
import io.opentelemetry.sdk.metrics.data.HistogramPointData;
import io.opentelemetry.sdk.metrics.data.LongPointData;
import io.opentelemetry.sdk.metrics.data.MetricData;
import io.opentelemetry.sdk.testing.exporter.InMemoryLogRecordExporter;
import io.opentelemetry.sdk.testing.exporter.InMemoryMetricReader;
import io.opentelemetry.sdk.testing.exporter.InMemorySpanExporter;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.SpanProcessor;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SimpleSpanProcessor;
import io.opentelemetry.sdk.trace.samplers.Sampler;
import io.spanglass.config.GenAiConfig;
import io.spanglass.wire.RequestHead;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** An OpenTelemetry SDK in memory, and calls that are observed with it. */
final class Observed {
  static final String PATH = "/v1/chat/completions";
  static final String REQUEST = "{\"model\":\"gpt-4o\",\"messages\":[],\"stream\":true}";
  static final String ANSWER =
      "data: {\"id\":\"c-1\",\"model\":\"gpt-4o-2024\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hi\"},"
          + "\"finish_reason\":null}]}\n\n";
  static final String LAST =
      "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n";
  static final String USAGE =
      "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":2,"
          + "\"prompt_tokens_details\":{\"cached_tokens\":1}}}\n\n";
  static final String DONE = "data: [DONE]\n\n";

  final InMemorySpanExporter spans = InMemorySpanExporter.create();
  final InMemoryMetricReader metrics = InMemoryMetricReader.create();
  final InMemoryLogRecordExporter logs = InMemoryLogRecordExporter.create();
  final OpenTelemetrySdk sdk;
  final ModelCalls calls;

  Observed() {
    this(Sampler.alwaysOn(), Map.of());
  }

  Observed(Sampler sampler, Map<String, String> properties, SpanProcessor... processors) {
    var tracers =
        SdkTracerProvider.builder()
            .setSampler(sampler)
            .addSpanProcessor(SimpleSpanProcessor.create(spans));
    for (SpanProcessor processor : processors) {
      tracers.addSpanProcessor(processor);
    }
    sdk =
        OpenTelemetrySdk.builder()
            .setTracerProvider(tracers.build())
            .setMeterProvider(SdkMeterProvider.builder().registerMetricReader(metrics).build())
            .setLoggerProvider(
                SdkLoggerProvider.builder()
                    .addLogRecordProcessor(SimpleLogRecordProcessor.create(logs))
                    .build())
            .build();
    calls = new ModelCalls(sdk, GenAiConfig.from(properties::get, warning -> {}));
  }

  /** A call that the application has got the response of, whose body lies in memory. */
  Call start() {
    return start("api.openai.com", REQUEST);
  }

  Call start(String host, String body) {
    return start(host, PATH, body);
  }

  Call start(String host, String path, String body) {
    Call call = new Call(requireNonNull(begin(host, path, null, body, Context.root())));
    call.exchange.returned();
    return call;
  }

  /** A call that the application still waits for. */
  Call begin() {
    return begin(new Client() {});
  }

  Call begin(Client client) {
    return new Call(
        requireNonNull(
            calls.begin(
                head("api.openai.com", PATH, null), inMemory(REQUEST), client, Context.root())));
  }

  /** A call whose body is produced while it is sent. */
  Call beginStreamed(@Nullable String contentEncoding) {
    return new Call(
        requireNonNull(begin("api.openai.com", PATH, contentEncoding, null, Context.root())));
  }

  @Nullable Exchange begin(
      String host,
      String path,
      @Nullable String contentEncoding,
      @Nullable String body,
      Context parent) {
    return calls.begin(
        head(host, path, contentEncoding),
        body == null ? null : inMemory(body),
        new Client() {},
        parent);
  }

  static InMemoryBody inMemory(String body) {
    byte[] bytes = body.getBytes(UTF_8);
    return sink -> sink.accept(bytes, 0, bytes.length);
  }

  static RequestHead head(@Nullable String host, @Nullable String path, @Nullable String encoding) {
    return head("POST", "https", host, -1, path, encoding);
  }

  static RequestHead head(
      String method,
      @Nullable String scheme,
      @Nullable String host,
      int port,
      @Nullable String path,
      @Nullable String contentEncoding) {
    return new RequestHead() {
      @Override
      public String method() {
        return method;
      }

      @Override
      public @Nullable String scheme() {
        return scheme;
      }

      @Override
      public @Nullable String host() {
        return host;
      }

      @Override
      public int port() {
        return port;
      }

      @Override
      public @Nullable String rawPath() {
        return path;
      }

      @Override
      public @Nullable String rawQuery() {
        return null;
      }

      @Override
      public @Nullable String header(String name) {
        return name.equalsIgnoreCase("Content-Encoding") ? contentEncoding : null;
      }
    };
  }

  /** The one span that has ended. */
  SpanData span() {
    List<SpanData> ended = spans.getFinishedSpanItems();
    if (ended.size() != 1) {
      throw new AssertionError("ended spans: " + ended);
    }
    return ended.get(0);
  }

  @Nullable MetricData metric(String name) {
    return find(metrics.collectAllMetrics(), name);
  }

  static @Nullable MetricData find(Collection<MetricData> all, String name) {
    for (MetricData metric : all) {
      if (metric.getName().equals(name)) {
        return metric;
      }
    }
    return null;
  }

  Collection<HistogramPointData> histogram(String name) {
    MetricData metric = metric(name);
    return metric == null ? List.of() : metric.getHistogramData().getPoints();
  }

  Collection<LongPointData> counter(String name) {
    return metrics.collectAllMetrics().stream()
        .filter(metric -> metric.getName().equals(name))
        .flatMap(metric -> metric.getLongSumData().getPoints().stream())
        .toList();
  }

  /** The value of a counter for one value of one attribute; 0 if there is none. */
  long counter(String name, String attribute, String value) {
    MetricData metric = metric(name);
    if (metric == null) {
      return 0;
    }
    for (LongPointData point : metric.getLongSumData().getPoints()) {
      if (value.equals(point.getAttributes().get(AttributeKey.stringKey(attribute)))) {
        return point.getValue();
      }
    }
    return 0;
  }

  long internalErrors(String component) {
    return counter("spanglass.internal.errors", "spanglass.component", component);
  }
}
