/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.call;

import static java.util.Objects.requireNonNull;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.metrics.data.MetricData;
import io.opentelemetry.sdk.metrics.data.PointData;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.samplers.Sampler;
import io.spanglass.wire.call.PlayedExchange;
import io.spanglass.wire.decode.WireApi;
import io.spanglass.wire.decode.WireApis;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;

/**
 * What one run emitted: a recorded exchange, or a call whose end no exchange can show.
 *
 * @param from the name of the exchange, or what was done
 * @param api the name of its API
 * @param embeddings whether it is a span of embeddings, and not of inference
 * @param attributes those of its spans, with their types
 * @param values what the attributes of its spans and points said
 */
record Emitted(
    String from,
    String api,
    boolean embeddings,
    Map<String, String> attributes,
    Map<String, Metric> metrics,
    Set<String> events,
    Map<String, Set<Object>> values) {
  /** The versions of the conventions. */
  static final List<String> PROFILES = List.of("1.41", "latest");

  private static final AttributeKey<String> OPERATION =
      AttributeKey.stringKey("gen_ai.operation.name");

  /**
   * @param kind with the unit
   * @param attributes the names of its points' attributes
   */
  record Metric(String kind, Set<String> attributes) {}

  /** What all runs emit under a profile, in a fixed order. */
  static List<Emitted> all(String profile) throws IOException {
    List<Emitted> all = new ArrayList<>();
    for (PlayedExchange exchange : PlayedExchange.all()) {
      add(
          all,
          profile,
          exchange.name,
          name(exchange.api()),
          observed -> exchange.play(observed.calls));
    }
    String chat = "OpenAI chat completions";
    add(
        all,
        profile,
        "a stream that is closed early",
        chat,
        observed -> {
          Call call = observed.start();
          call.stream();
          call.deliver(Observed.ANSWER);
          call.attempt.closed();
        });
    add(
        all,
        profile,
        "a connection that is refused",
        chat,
        observed -> observed.start().fail(new IOException()));
    add(
        all,
        profile,
        "an encoding that is not read",
        chat,
        observed -> {
          Call call = observed.start();
          call.head(200, "application/json", "x-unknown");
          call.attempt.end();
        });
    add(all, profile, "a call of an SDK that repeats requests", chat, Emitted::operation);
    add(
        all,
        profile,
        "an id that is too long",
        chat,
        observed -> {
          Call call = observed.start();
          call.stream();
          call.deliver(
              "data: {\"id\":\"" + "x".repeat(300) + "\",\"choices\":[]}\n\n", Observed.DONE);
        });
    add(all, profile, "a failure of Spanglass", chat, Emitted::failure);
    return all;
  }

  private static void operation(Observed observed) {
    Exchange operation = observed.calls.beginOperation(Context.root());
    Call call =
        new Call(
            requireNonNull(
                observed.begin(
                    "api.openai.com", Observed.PATH, null, Observed.REQUEST, operation.context())));
    call.exchange.returned();
    operation.returned();
    call.answer();
  }

  @SuppressWarnings("NullAway") // A fault of ours.
  private static void failure(Observed observed) {
    Call call = observed.start();
    call.stream();
    call.attempt.bytes(null, 0);
    call.attempt.end();
  }

  private static void add(
      List<Emitted> all, String profile, String from, String api, Consumer<Observed> run) {
    Observed observed =
        new Observed(
            Sampler.alwaysOn(),
            Map.of(
                "otel.instrumentation.genai.semconv-profile",
                profile,
                "otel.instrumentation.genai.apis",
                "tgi.internal=tgi"));
    run.accept(observed);
    Map<String, String> attributes = new TreeMap<>();
    Map<String, Set<Object>> values = new TreeMap<>();
    Set<String> events = new TreeSet<>();
    boolean embeddings = false;
    for (SpanData span : observed.spans.getFinishedSpanItems()) {
      span.getAttributes().forEach((key, value) -> attributes.put(key.getKey(), type(key)));
      add(values, span.getAttributes());
      span.getEvents().forEach(event -> events.add(event.getName()));
      embeddings |= "embeddings".equals(span.getAttributes().get(OPERATION));
    }
    observed
        .logs
        .getFinishedLogRecordItems()
        .forEach(log -> events.add(String.valueOf(log.getEventName())));
    Map<String, Metric> metrics = new TreeMap<>();
    for (MetricData metric : observed.metrics.collectAllMetrics()) {
      Set<String> names = new TreeSet<>();
      for (PointData point : metric.getData().getPoints()) {
        point.getAttributes().forEach((key, value) -> names.add(key.getKey()));
        add(values, point.getAttributes());
      }
      String type = metric.getType().name().toLowerCase(Locale.ROOT);
      metrics.put(
          metric.getName(),
          new Metric(
              (type.endsWith("histogram") ? "histogram" : type.endsWith("sum") ? "counter" : type)
                  + ", "
                  + metric.getUnit(),
              names));
    }
    all.add(new Emitted(from, api, embeddings, attributes, metrics, events, values));
  }

  private static void add(Map<String, Set<Object>> values, Attributes attributes) {
    attributes.forEach(
        (key, value) ->
            values.computeIfAbsent(key.getKey(), name -> new LinkedHashSet<>()).add(value));
  }

  private static String type(AttributeKey<?> key) {
    return key.getType().name().toLowerCase(Locale.ROOT).replace("_array", "[]");
  }

  /** {@code OpenAiChatCompletions} in words; with what it does where a class is several APIs. */
  private static String name(WireApi api) {
    String words = api.getClass().getSimpleName().replaceAll("(?<=[a-z])(?=[A-Z])", " ");
    int first = words.indexOf(' ');
    String name =
        (first < 0
                ? words
                : words.substring(0, first) + words.substring(first).toLowerCase(Locale.ROOT))
            .replaceFirst("^Open ai", "OpenAI")
            .replaceFirst("^Tgi", "TGI")
            .replaceFirst("^Vllm", "vLLM");
    long operations =
        WireApis.all().stream()
            .filter(other -> other.getClass() == api.getClass())
            .map(WireApi::operation)
            .distinct()
            .count();
    return operations < 2 ? name : name + " " + api.operation().replace('_', ' ');
  }
}
