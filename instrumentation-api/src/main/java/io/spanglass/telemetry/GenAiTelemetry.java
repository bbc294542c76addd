/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.telemetry;

import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanBuilder;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import io.spanglass.config.GenAiConfig;
import io.spanglass.telemetry.Instruments.Measure;
import io.spanglass.wire.decode.WireApi;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Makes the spans and metrics of model calls, under one profile of the GenAI conventions. */
public final class GenAiTelemetry {
  /** The name of our instrumentation scope. */
  public static final String SCOPE = "io.spanglass.genai";

  private static final int MAX_MODELS = 200;
  private static final int MAX_ADDRESSES = 100;
  private static final int MAX_ERROR_TYPES = 100;

  final SemconvProfile semconv;
  final Measure duration;
  final Measure inputTokens;
  final Measure outputTokens;
  final Measure timeToFirstChunk;
  final Measure timePerOutputChunk;
  final Measure timeToFirstToken;
  final Measure cacheReadTokens;
  final Measure cacheWriteTokens;
  final Measure reasoningTokens;
  final Measure tokenDetails;
  final BoundedValues models = new BoundedValues(MAX_MODELS);
  final BoundedValues addresses = new BoundedValues(MAX_ADDRESSES);
  final BoundedValues errorTypes = new BoundedValues(MAX_ERROR_TYPES);

  private final Tracer tracer;
  private final Providers providers;
  private final SpanReader spanReader;
  private final InternalErrors internalErrors;

  /**
   * @param spanReader finds the spans of model calls that others have opened
   */
  public GenAiTelemetry(OpenTelemetry openTelemetry, GenAiConfig config, SpanReader spanReader) {
    this.spanReader = spanReader;
    SemconvProfile named = SemconvProfile.named(config.semconvProfile());
    semconv = named != null ? named : SemconvProfile.V1_41;
    providers = new Providers(config.providers());
    tracer =
        openTelemetry
            .tracerBuilder(SCOPE)
            .setInstrumentationVersion(Version.VERSION)
            .setSchemaUrl(semconv.schemaUrl)
            .build();
    Instruments instruments =
        new Instruments(
            openTelemetry
                .meterBuilder(SCOPE)
                .setInstrumentationVersion(Version.VERSION)
                .setSchemaUrl(semconv.schemaUrl)
                .build());
    duration = instruments.measure(semconv.operationDuration);
    inputTokens = instruments.measure(semconv.inputTokens);
    outputTokens = instruments.measure(semconv.outputTokens);
    timeToFirstChunk = instruments.measure(semconv.timeToFirstChunk);
    timePerOutputChunk = instruments.measure(semconv.timePerOutputChunk);
    cacheReadTokens = instruments.measure(semconv.cacheReadTokens);
    cacheWriteTokens = instruments.measure(semconv.cacheWriteTokens);
    reasoningTokens = instruments.measure(semconv.reasoningTokens);
    timeToFirstToken = instruments.measure(SpanglassSemconv.CLIENT_TIME_TO_FIRST_TOKEN);
    tokenDetails = instruments.measure(SpanglassSemconv.CLIENT_TOKEN_USAGE_DETAILS);
    internalErrors = new InternalErrors(instruments);
  }

  public InternalErrors internalErrors() {
    return internalErrors;
  }

  /**
   * Starts the span of one call, as a child of {@code parent}; or takes the one that {@code parent}
   * has, if that stands for this call.
   *
   * @param host as in the URL
   * @param port the effective one
   * @param model what the request asks for, null if that is not known yet
   * @param startNanos {@link System#nanoTime()} when the call began
   */
  public InferenceSpan start(
      Context parent, WireApi api, String host, int port, @Nullable String model, long startNanos) {
    String known = providers.of(host);
    String provider = known != null ? known : api.inferredProvider();
    Span current = Span.fromContext(parent);
    ForeignSpan foreign =
        ForeignSpan.of(current, spanReader, semconv.operationName, api.operation());
    if (foreign != null) {
      feed(current, foreign, provider, known == null, host, port, model);
    }
    Instant now = Instant.now();
    long startEpochNanos =
        TimeUnit.SECONDS.toNanos(now.getEpochSecond())
            + now.getNano()
            - (System.nanoTime() - startNanos);
    Span span =
        foreign != null
            ? current
            : newSpan(parent, api, provider, known == null, host, port, model, startEpochNanos);
    return new InferenceSpan(
        this, span, foreign, parent, api, provider, host, port, model, startEpochNanos);
  }

  private Span newSpan(
      Context parent,
      WireApi api,
      String provider,
      boolean inferred,
      String host,
      int port,
      @Nullable String model,
      long startEpochNanos) {
    SpanBuilder builder =
        tracer
            .spanBuilder(spanName(api, model))
            .setParent(parent)
            .setSpanKind(SpanKind.CLIENT)
            .setAttribute(semconv.operationName, api.operation())
            .setAttribute(semconv.providerName, provider)
            .setAttribute(semconv.serverAddress, host)
            .setAttribute(semconv.serverPort, (long) port);
    if (model != null) {
      builder.setAttribute(semconv.requestModel, model);
    }
    if (inferred) {
      builder.setAttribute(SpanglassSemconv.PROVIDER_INFERRED, true);
    }
    return builder.setStartTimestamp(startEpochNanos, TimeUnit.NANOSECONDS).startSpan();
  }

  /** Tells a foreign span what its owner has not said, and that a request is under way. */
  private void feed(
      Span span,
      ForeignSpan foreign,
      String provider,
      boolean inferred,
      String host,
      int port,
      @Nullable String model) {
    span.setAttribute(SpanglassSemconv.ATTEMPTS, foreign.attempts(1));
    if (!foreign.has(semconv.serverAddress)) {
      span.setAttribute(semconv.serverAddress, host);
      span.setAttribute(semconv.serverPort, (long) port);
    }
    if (!foreign.has(semconv.providerName)) {
      span.setAttribute(semconv.providerName, provider);
      if (inferred) {
        span.setAttribute(SpanglassSemconv.PROVIDER_INFERRED, true);
      }
    }
    if (model != null && !foreign.has(semconv.requestModel)) {
      span.setAttribute(semconv.requestModel, model);
    }
  }

  static String spanName(WireApi api, @Nullable String model) {
    return model == null ? api.operation() : api.operation() + " " + model;
  }
}
