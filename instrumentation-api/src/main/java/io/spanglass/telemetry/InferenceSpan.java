/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.telemetry;

import io.opentelemetry.api.trace.Span;
import io.opentelemetry.context.Context;
import io.spanglass.telemetry.Instruments.Measure;
import io.spanglass.wire.call.CallState;
import io.spanglass.wire.call.ChunkListener;
import io.spanglass.wire.call.StreamEnd;
import io.spanglass.wire.decode.OutputKind;
import io.spanglass.wire.decode.RequestFacts;
import io.spanglass.wire.decode.ResponseFacts;
import io.spanglass.wire.decode.ServerTime;
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

  /** By {@link ServerTime}. */
  private static final List<Concept<Double>> SERVER_TIMES =
      List.of(
          SpanglassSemconv.SERVER_TOTAL_TIME,
          SpanglassSemconv.SERVER_VALIDATION_TIME,
          SpanglassSemconv.SERVER_QUEUE_TIME,
          SpanglassSemconv.SERVER_INFERENCE_TIME,
          SpanglassSemconv.SERVER_TIME_PER_TOKEN,
          SpanglassSemconv.SERVER_LOAD_TIME,
          SpanglassSemconv.SERVER_PROMPT_TIME,
          SpanglassSemconv.SERVER_GENERATION_TIME);

  private final GenAiTelemetry telemetry;
  private final SemconvProfile semconv;
  private final Span span;

  /** Guarded by itself: an attempt can tell its first chunk while another ends the call. */
  private final Outlet out;

  /** Set where the span is somebody else's. */
  private final @Nullable ForeignSpan foreign;

  private final Context parent;
  private final Context context;
  private final Target target;
  private final @Nullable String modelAtStart;
  private final long startEpochNanos;

  /** Found at the first chunk, for all of them. */
  private @Nullable Series chunks;

  /** On a foreign span, which is told at once. */
  private boolean firstAnswerSet;

  InferenceSpan(
      GenAiTelemetry telemetry,
      Span span,
      Outlet out,
      @Nullable ForeignSpan foreign,
      Context parent,
      Target target,
      @Nullable String modelAtStart,
      long startEpochNanos) {
    this.telemetry = telemetry;
    this.semconv = telemetry.semconv;
    this.span = span;
    this.out = out;
    this.foreign = foreign;
    this.parent = parent;
    this.target = target;
    this.modelAtStart = modelAtStart;
    this.startEpochNanos = startEpochNanos;
    this.context = with(parent);
  }

  /** {@code parent} with this span in it. What the client does for the call belongs under it. */
  public Context in(Context parent) {
    return parent == this.parent ? context : with(parent);
  }

  private Context with(Context parent) {
    Context withSpan = parent.with(span);
    return foreign == null ? withSpan.with(GenAiTelemetry.OURS, span) : withSpan;
  }

  @Override
  public void onFirstChunk(CallState call) {
    // Of a call that is completed all metrics share a series; those of chunks do not tell the end.
    chunks =
        isAllRecordedByOwner() ? null : series(call, call.response(), null, StreamEnd.COMPLETED);
    firstAnswerSet = false;
    if (foreign != null) {
      // Its owner may end it before the stream does.
      synchronized (out) {
        out.set(semconv.responseTimeToFirstChunk, seconds(call.timeToFirstChunk()));
      }
      setFirstAnswer(call);
    }
  }

  @Override
  public void onNextChunk(CallState call, long nanos) {
    Series series = chunks;
    if (series != null) {
      telemetry.timePerOutputChunk.record(seconds(nanos), series, context);
    }
    if (foreign != null && !firstAnswerSet) {
      setFirstAnswer(call);
    }
  }

  private void setFirstAnswer(CallState call) {
    long nanos = call.timeToFirstOutput(OutputKind.ANSWER_INDEX);
    if (nanos != CallState.UNKNOWN) {
      synchronized (out) {
        out.set(SpanglassSemconv.TIME_TO_FIRST_TOKEN, seconds(nanos));
      }
      firstAnswerSet = true;
    }
  }

  /**
   * Ends the span and records the call. To be called once, with a call that has ended.
   *
   * <p>A call whose {@link CallState#end()} is null was not observed to its end, since something of
   * ours failed: its span ends and says so with {@code spanglass.partial}, and it is in no metric.
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
      ResponseFacts response = call.response();
      // One that is not sampled, or that its owner has ended, takes nothing.
      if (span.isRecording()) {
        synchronized (out) {
          setAttempts(attempts);
          describe(call, response);
        }
      }
      if (call.end() != null && !isAllRecordedByOwner()) {
        record(call, response);
      }
    } finally {
      endSpan(call);
      print(call, attempts);
    }
  }

  private void print(CallState call, int attempts) {
    CallConsole console = telemetry.console;
    // A call that two copies see is printed by the one that has the span.
    if (console == null || isAllRecordedByOwner()) {
      return;
    }
    RequestFacts request = call.request();
    console.print(
        semconv.operationName.value(target.operation),
        request != null ? request.model : modelAtStart,
        call,
        call.response(),
        firstToken(call),
        attempts,
        span.getSpanContext());
  }

  private void setAttempts(int attempts) {
    if (foreign != null) {
      out.set(SpanglassSemconv.ATTEMPTS, foreign.attempts(Math.max(attempts, 1)));
    } else if (attempts != UNKNOWN_ATTEMPTS) {
      out.set(SpanglassSemconv.ATTEMPTS, (long) attempts);
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

  private void describe(CallState call, ResponseFacts response) {
    RequestFacts request = call.request();
    if (request != null) {
      setRequest(request);
    }
    setResponse(response);
    out.set(semconv.openaiApiType, target.api.apiType());
    StreamEnd end = call.end();
    if (end != null) {
      out.set(SpanglassSemconv.STREAM_END, end.value());
      setUsage(response);
      // Whether a foreign span's call failed its owner knows, who may try again.
      if (foreign == null) {
        if (end.isFailure()) {
          out.fail();
        }
        out.set(semconv.errorType, call.errorType(), Outlet.OTHER);
      }
    } else {
      // A server's running count is not the call's as long as more may come.
      out.set(SpanglassSemconv.PARTIAL, true);
    }
    double retryAfter = call.retryAfterSeconds();
    if (!Double.isNaN(retryAfter)) {
      out.set(SpanglassSemconv.SERVER_RETRY_AFTER, (Double) retryAfter);
    }
    String unread = call.unreadEncoding();
    if (unread != null) {
      out.set(SpanglassSemconv.BODY_UNREAD, "content-encoding: " + encodingName(unread));
    }
    if (call.timeToFirstChunk() != CallState.UNKNOWN) {
      out.set(semconv.responseTimeToFirstChunk, seconds(call.timeToFirstChunk()));
    }
    long firstToken = firstToken(call);
    if (firstToken != CallState.UNKNOWN) {
      out.set(SpanglassSemconv.TIME_TO_FIRST_TOKEN, seconds(firstToken));
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
        out.rename(telemetry.spanName(target, model));
      }
      out.set(semconv.requestModel, model);
    }
    if (request.stream) {
      out.set(semconv.requestStream, true);
    }
    out.set(semconv.requestMaxTokens, request.maxTokens);
    out.set(semconv.requestTemperature, request.temperature);
    out.set(semconv.requestTopP, request.topP);
    out.setNumber(semconv.requestTopK, request.topK);
    out.set(semconv.requestFrequencyPenalty, request.frequencyPenalty);
    out.set(semconv.requestPresencePenalty, request.presencePenalty);
    out.set(semconv.requestSeed, request.seed);
    if (request.choiceCount != null && request.choiceCount != 1) {
      out.set(semconv.requestChoiceCount, request.choiceCount);
    }
    out.set(semconv.outputType, request.outputType);
    out.set(semconv.conversationId, request.conversationId);
    out.set(semconv.requestPreviousResponseId, request.previousResponseId);
    out.set(semconv.requestReasoningLevel, request.reasoningLevel);
    out.set(semconv.embeddingsDimensionCount, request.dimensionCount);
    if (request.encodingFormat != null) {
      out.setList(semconv.requestEncodingFormats, List.of(request.encodingFormat));
    }
    if (request.serviceTier != null && !request.serviceTier.equals("auto")) {
      out.set(semconv.openaiRequestServiceTier, request.serviceTier);
    }
    out.set(SpanglassSemconv.REQUEST_TOOL_DEFINITIONS, request.toolDefinitions);
    out.set(SpanglassSemconv.REQUEST_TOOL_RESULTS, request.toolResults);
    // The longest come last, and take what room the others have left.
    out.setList(semconv.requestStopSequences, request.stopSequences);
  }

  private void setResponse(ResponseFacts response) {
    out.set(semconv.responseId, response.id);
    out.set(semconv.responseModel, response.model);
    out.set(semconv.openaiResponseServiceTier, response.serviceTier);
    out.set(semconv.openaiResponseSystemFingerprint, response.systemFingerprint);
    out.setList(semconv.responseFinishReasons, response.finishReasons());
    out.setList(SpanglassSemconv.RESPONSE_TOOL_CALLS, response.toolCalls);
    long[] times = response.serverTimes;
    if (times != null) {
      for (int stage = 0; stage < ServerTime.COUNT; stage++) {
        if (times[stage] != ResponseFacts.ABSENT) {
          out.set(SERVER_TIMES.get(stage), seconds(times[stage]));
        }
      }
    }
    out.set(SpanglassSemconv.SERVER_COMPUTE_TYPE, response.serverComputeType);
  }

  private void setUsage(ResponseFacts response) {
    setCount(semconv.usageInputTokens, response.inputTokens);
    setCount(semconv.usageOutputTokens, response.outputTokens);
    setCount(semconv.usageCacheReadInputTokens, response.cacheReadTokens);
    setCount(semconv.usageCacheWriteInputTokens, response.cacheWriteTokens);
    setCount(semconv.usageReasoningOutputTokens, response.reasoningTokens);
    setCount(semconv.usageTextInputTokens, response.textInputTokens);
    setCount(semconv.usageTextOutputTokens, response.textOutputTokens);
    setCount(semconv.usageTextCacheReadInputTokens, response.textCacheReadTokens);
    setCount(semconv.usageImageInputTokens, response.imageInputTokens);
    setCount(semconv.usageImageOutputTokens, response.imageOutputTokens);
    setCount(semconv.usageImageCacheReadInputTokens, response.imageCacheReadTokens);
    setCount(semconv.usageAudioInputTokens, response.audioInputTokens);
    setCount(semconv.usageAudioOutputTokens, response.audioOutputTokens);
    setCount(semconv.usageAudioCacheReadInputTokens, response.audioCacheReadTokens);
  }

  private void setCount(Concept<Long> concept, long count) {
    if (count != ResponseFacts.ABSENT) {
      out.set(concept, (Long) count);
    }
  }

  private boolean isAllRecordedByOwner() {
    return foreign != null && foreign.isOfAnotherCopy;
  }

  private void record(CallState call, ResponseFacts response) {
    Series series = series(call, response, call.errorType(), call.end());
    boolean counts = foreign == null || !foreign.recordsMetrics;
    if (counts) {
      telemetry.duration.record(seconds(call.duration()), series, context);
    }
    if (call.timeToFirstChunk() != CallState.UNKNOWN) {
      telemetry.timeToFirstChunk.record(seconds(call.timeToFirstChunk()), series, context);
    }
    for (int kind = 0; kind < OutputKind.COUNT; kind++) {
      long nanos = call.timeToFirstOutput(kind);
      if (nanos != CallState.UNKNOWN) {
        telemetry.timeToFirstToken[kind].record(seconds(nanos), series, context);
      }
    }
    if (counts) {
      count(telemetry.inputTokens, response.inputTokens, series);
      count(telemetry.outputTokens, response.outputTokens, series);
      telemetry.inputTokensByModality.record(
          response.inputTokens,
          response.textInputTokens,
          response.imageInputTokens,
          response.audioInputTokens,
          series,
          context);
      telemetry.outputTokensByModality.record(
          response.outputTokens,
          response.textOutputTokens,
          response.imageOutputTokens,
          response.audioOutputTokens,
          series,
          context);
      telemetry.cacheReadTokensByModality.record(
          response.cacheReadTokens,
          response.textCacheReadTokens,
          response.imageCacheReadTokens,
          response.audioCacheReadTokens,
          series,
          context);
      count(telemetry.cacheWriteTokens, response.cacheWriteTokens, series);
      count(telemetry.reasoningTokens, response.reasoningTokens, series);
    }
    count(telemetry.cacheReadDetail, response.cacheReadTokens, series);
    count(telemetry.cacheWriteDetail, response.cacheWriteTokens, series);
    count(telemetry.reasoningDetail, response.reasoningTokens, series);
    count(telemetry.audioInputDetail, response.audioInputTokens, series);
    count(telemetry.audioOutputDetail, response.audioOutputTokens, series);
    count(telemetry.acceptedPredictionDetail, response.acceptedPredictionTokens, series);
    count(telemetry.rejectedPredictionDetail, response.rejectedPredictionTokens, series);
    if (response.toolCalls != null) {
      for (String tool : response.toolCalls) {
        telemetry.toolCalls.record(
            1, series.ofTool(semconv.toolName, telemetry.tools.bound(tool)), context);
      }
    }
    if (call.end() == StreamEnd.COMPLETED
        && call.isEventStream()
        && response.inputTokens == ResponseFacts.ABSENT
        && response.outputTokens == ResponseFacts.ABSENT) {
      telemetry.usageMissing.record(1, series, context);
    }
  }

  private void count(Measure measure, long count, Series series) {
    if (count != ResponseFacts.ABSENT) {
      measure.record((double) count, series, context);
    }
  }

  private Series series(
      CallState call, ResponseFacts response, @Nullable String errorType, @Nullable StreamEnd end) {
    RequestFacts request = call.request();
    return telemetry.series.of(
        target, request != null ? request.model : modelAtStart, response.model, errorType, end);
  }

  private static double seconds(long nanos) {
    return nanos / NANOS_PER_SECOND;
  }
}
