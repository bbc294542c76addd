/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.telemetry;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.AttributeType;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.common.AttributesBuilder;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.context.Context;
import io.spanglass.wire.call.CallState;
import io.spanglass.wire.call.ChunkListener;
import io.spanglass.wire.call.StreamEnd;
import io.spanglass.wire.decode.OutputKind;
import io.spanglass.wire.decode.RequestFacts;
import io.spanglass.wire.decode.ResponseFacts;
import io.spanglass.wire.decode.WireApi;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The span of one call and the metrics recorded with it. Where somebody else has a span of the call
 * open, that is the call's: it gets what its owner does not say, and its owner ends it.
 */
public final class InferenceSpan implements ChunkListener {
  private static final double NANOS_PER_SECOND = 1e9;
  private static final int UNKNOWN_ATTEMPTS = 0;
  private static final Set<String> ENCODINGS =
      Set.of("br", "zstd", "gzip", "x-gzip", "deflate", "compress");

  private final GenAiTelemetry telemetry;
  private final SemconvProfile semconv;
  private final Span span;

  /** Set where the span is somebody else's. */
  private final @Nullable ForeignSpan foreign;

  private final Context context;
  private final WireApi api;
  private final String provider;
  private final String host;
  private final int port;
  private final @Nullable String modelAtStart;
  private final long startEpochNanos;

  /** Made at the first chunk, for all of them: recording a chunk then builds no attributes. */
  private Attributes @Nullable [] chunkAttributes;

  /** On a foreign span, which is told at once. */
  private boolean firstAnswerSet;

  InferenceSpan(
      GenAiTelemetry telemetry,
      Span span,
      @Nullable ForeignSpan foreign,
      Context parent,
      WireApi api,
      String provider,
      String host,
      int port,
      @Nullable String modelAtStart,
      long startEpochNanos) {
    this.telemetry = telemetry;
    this.semconv = telemetry.semconv;
    this.span = span;
    this.foreign = foreign;
    this.context = parent.with(span);
    this.api = api;
    this.provider = provider;
    this.host = host;
    this.port = port;
    this.modelAtStart = modelAtStart;
    this.startEpochNanos = startEpochNanos;
  }

  /** {@code parent} with this span in it. What the client does for the call belongs under it. */
  public Context in(Context parent) {
    return parent.with(span);
  }

  @Override
  public void onFirstChunk(CallState call) {
    Attributes attributes = metricAttributes(call);
    chunkAttributes = telemetry.timePerOutputChunk.select(attributes);
    telemetry.timeToFirstChunk.record(seconds(call.timeToFirstChunk()), attributes, context);
    if (foreign != null) {
      // Its owner may end it before the stream does.
      set(semconv.responseTimeToFirstChunk, seconds(call.timeToFirstChunk()));
      setFirstAnswer(call);
    }
  }

  @Override
  public void onNextChunk(CallState call, long nanos) {
    if (chunkAttributes != null) {
      telemetry.timePerOutputChunk.recordSelected(seconds(nanos), chunkAttributes, context);
    }
    if (foreign != null && !firstAnswerSet) {
      setFirstAnswer(call);
    }
  }

  private void setFirstAnswer(CallState call) {
    long nanos = call.timeToFirstOutput(OutputKind.ANSWER_INDEX);
    if (nanos != CallState.UNKNOWN) {
      span.setAttribute(SpanglassSemconv.TIME_TO_FIRST_TOKEN, seconds(nanos));
      firstAnswerSet = true;
    }
  }

  /**
   * Ends the span and records the call. To be called once, with a call that has ended.
   *
   * <p>The span ends even if something of it cannot be told.
   */
  public void end(CallState call) {
    end(call, UNKNOWN_ATTEMPTS);
  }

  /**
   * As {@link #end(CallState)}, for a call whose retries are visible.
   *
   * @param attempts how many requests it took
   */
  public void end(CallState call, int attempts) {
    try {
      if (foreign != null) {
        span.setAttribute(SpanglassSemconv.ATTEMPTS, foreign.attempts(Math.max(attempts, 1)));
      } else if (attempts != UNKNOWN_ATTEMPTS) {
        span.setAttribute(SpanglassSemconv.ATTEMPTS, (long) attempts);
      }
      describe(call);
      record(call);
    } finally {
      endSpan(call);
    }
  }

  private void endSpan(CallState call) {
    if (foreign != null) {
      return; // Its owner ends it.
    }
    if (call.isEnded()) {
      span.end(startEpochNanos + call.duration(), TimeUnit.NANOSECONDS);
    } else {
      span.end();
    }
  }

  /** Ends the span of a call that is not observed after all; nothing is recorded. */
  public void discard() {
    if (foreign == null) {
      span.end();
    }
  }

  private void describe(CallState call) {
    RequestFacts request = call.request();
    if (request != null) {
      setRequest(request);
    }
    setResponse(call.response());
    set(semconv.openaiApiType, api.apiType());
    StreamEnd end = call.end();
    if (end != null) {
      span.setAttribute(SpanglassSemconv.STREAM_END, end.value());
      // Whether a foreign span's call failed its owner knows, who may try again.
      if (end.isFailure() && foreign == null) {
        span.setStatus(StatusCode.ERROR);
      }
    }
    if (foreign == null) {
      set(semconv.errorType, call.errorType());
    }
    String unread = call.unreadEncoding();
    if (unread != null) {
      span.setAttribute(SpanglassSemconv.BODY_UNREAD, "content-encoding: " + encodingName(unread));
    }
    if (call.timeToFirstChunk() != CallState.UNKNOWN) {
      set(semconv.responseTimeToFirstChunk, seconds(call.timeToFirstChunk()));
    }
    long firstToken = firstToken(call);
    if (firstToken != CallState.UNKNOWN) {
      span.setAttribute(SpanglassSemconv.TIME_TO_FIRST_TOKEN, seconds(firstToken));
    }
  }

  /** A header can hold anything; only names that are known leave the process. */
  private static String encodingName(String header) {
    String name = header.trim().toLowerCase(Locale.ROOT);
    return ENCODINGS.contains(name) ? name : "other";
  }

  /** The answer's, else that of the kind that came first. */
  private static long firstToken(CallState call) {
    long first = call.timeToFirstOutput(OutputKind.ANSWER_INDEX);
    if (first != CallState.UNKNOWN) {
      return first;
    }
    for (int kind = 0; kind < OutputKind.COUNT; kind++) {
      long nanos = call.timeToFirstOutput(kind);
      if (nanos != CallState.UNKNOWN && (first == CallState.UNKNOWN || nanos < first)) {
        first = nanos;
      }
    }
    return first;
  }

  private void setRequest(RequestFacts request) {
    String model = request.model;
    if (model != null && modelAtStart == null) {
      if (foreign == null) {
        span.updateName(GenAiTelemetry.spanName(api, model));
      }
      set(semconv.requestModel, model);
    }
    if (request.stream) {
      set(semconv.requestStream, true);
    }
    set(semconv.requestMaxTokens, request.maxTokens);
    set(semconv.requestTemperature, request.temperature);
    set(semconv.requestTopP, request.topP);
    if (request.topK != null) {
      setNumber(semconv.requestTopK, request.topK);
    }
    set(semconv.requestFrequencyPenalty, request.frequencyPenalty);
    set(semconv.requestPresencePenalty, request.presencePenalty);
    set(semconv.requestSeed, request.seed);
    if (request.choiceCount != null && request.choiceCount != 1) {
      set(semconv.requestChoiceCount, request.choiceCount);
    }
    set(semconv.requestStopSequences, request.stopSequences);
    set(semconv.outputType, request.outputType);
    set(semconv.embeddingsDimensionCount, request.dimensionCount);
    if (request.encodingFormat != null) {
      span.setAttribute(semconv.requestEncodingFormats, List.of(request.encodingFormat));
    }
    if (request.serviceTier != null && !request.serviceTier.equals("auto")) {
      set(semconv.openaiRequestServiceTier, request.serviceTier);
    }
  }

  private void setResponse(ResponseFacts response) {
    set(semconv.responseId, response.id);
    set(semconv.responseModel, response.model);
    List<String> finishReasons = response.finishReasons();
    if (!finishReasons.isEmpty()) {
      set(semconv.responseFinishReasons, finishReasons);
    }
    setCount(semconv.usageInputTokens, response.inputTokens);
    setCount(semconv.usageOutputTokens, response.outputTokens);
    setCount(semconv.usageCacheReadInputTokens, response.cacheReadTokens);
    setCount(semconv.usageCacheWriteInputTokens, response.cacheWriteTokens);
    setCount(semconv.usageReasoningOutputTokens, response.reasoningTokens);
    set(semconv.openaiResponseServiceTier, response.serviceTier);
    set(semconv.openaiResponseSystemFingerprint, response.systemFingerprint);
  }

  private <T> void set(AttributeKey<T> key, @Nullable T value) {
    if (value != null && (foreign == null || !foreign.has(key))) {
      span.setAttribute(key, value);
    }
  }

  /** For an attribute that is of another type in another version of the conventions. */
  private void setNumber(AttributeKey<? extends Number> key, double value) {
    if (foreign != null && foreign.has(key)) {
      return;
    }
    if (key.getType() != AttributeType.LONG) {
      span.setAttribute(key.getKey(), value);
    } else if (value == Math.rint(value)) {
      span.setAttribute(key.getKey(), (long) value);
    }
  }

  private void setCount(AttributeKey<Long> key, long count) {
    if (count != ResponseFacts.ABSENT) {
      set(key, (Long) count);
    }
  }

  private void record(CallState call) {
    Attributes attributes = metricAttributes(call);
    String errorType = call.errorType();
    Attributes withError =
        errorType == null
            ? attributes
            : attributes.toBuilder()
                .put(semconv.errorType, telemetry.errorTypes.bound(errorType))
                .build();
    boolean counts = foreign == null || !foreign.recordsMetrics;
    if (call.isEnded() && counts) {
      telemetry.duration.record(seconds(call.duration()), withError, context);
    }
    for (int kind = 0; kind < OutputKind.COUNT; kind++) {
      long nanos = call.timeToFirstOutput(kind);
      if (nanos != CallState.UNKNOWN) {
        Attributes ofKind =
            withError.toBuilder().put(SpanglassSemconv.TOKEN_KIND, OutputKind.name(kind)).build();
        telemetry.timeToFirstToken.record(seconds(nanos), ofKind, context);
      }
    }
    ResponseFacts response = call.response();
    if (counts) {
      recordCount(telemetry.inputTokens, response.inputTokens, attributes);
      recordCount(telemetry.outputTokens, response.outputTokens, attributes);
      recordCount(telemetry.cacheReadTokens, response.cacheReadTokens, attributes);
      recordCount(telemetry.cacheWriteTokens, response.cacheWriteTokens, attributes);
      recordCount(telemetry.reasoningTokens, response.reasoningTokens, attributes);
    }
    recordDetail(SpanglassTokenKinds.CACHE_READ, response.cacheReadTokens, attributes);
    recordDetail(SpanglassTokenKinds.CACHE_WRITE, response.cacheWriteTokens, attributes);
    recordDetail(SpanglassTokenKinds.REASONING, response.reasoningTokens, attributes);
    recordDetail(SpanglassTokenKinds.AUDIO_INPUT, response.audioInputTokens, attributes);
    recordDetail(SpanglassTokenKinds.AUDIO_OUTPUT, response.audioOutputTokens, attributes);
    recordDetail(
        SpanglassTokenKinds.ACCEPTED_PREDICTION, response.acceptedPredictionTokens, attributes);
    recordDetail(
        SpanglassTokenKinds.REJECTED_PREDICTION, response.rejectedPredictionTokens, attributes);
  }

  private void recordCount(Instruments.Measure measure, long count, Attributes attributes) {
    if (count != ResponseFacts.ABSENT) {
      measure.record((double) count, attributes, context);
    }
  }

  private void recordDetail(String kind, long count, Attributes attributes) {
    if (count != ResponseFacts.ABSENT) {
      telemetry.tokenDetails.record(
          (double) count,
          attributes.toBuilder().put(SpanglassSemconv.TOKEN_KIND, kind).build(),
          context);
    }
  }

  private Attributes metricAttributes(CallState call) {
    AttributesBuilder attributes =
        Attributes.builder()
            .put(semconv.operationName, api.operation())
            .put(semconv.providerName, provider);
    // Ports are as many as hosts, where servers are started on any that is free.
    String address = host + ":" + port;
    if (telemetry.addresses.bound(address).equals(address)) {
      attributes.put(semconv.serverAddress, host).put(semconv.serverPort, port);
    } else {
      attributes.put(semconv.serverAddress, BoundedValues.OTHER);
    }
    RequestFacts request = call.request();
    String requestModel = request != null ? request.model : modelAtStart;
    if (requestModel != null) {
      attributes.put(semconv.requestModel, telemetry.models.bound(requestModel));
    }
    String responseModel = call.response().model;
    if (responseModel != null) {
      attributes.put(semconv.responseModel, telemetry.models.bound(responseModel));
    }
    return attributes.build();
  }

  private static double seconds(long nanos) {
    return nanos / NANOS_PER_SECOND;
  }
}
