/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.telemetry;

import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.ContextKey;
import io.spanglass.config.GenAiConfig;
import io.spanglass.telemetry.Instruments.Measure;
import io.spanglass.wire.decode.OutputKind;
import io.spanglass.wire.decode.WireApi;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Makes the spans and metrics of model calls, under one profile of the GenAI conventions. */
public final class GenAiTelemetry {
  /** The name of our instrumentation scope. */
  public static final String SCOPE = "io.spanglass.genai";

  private static final int MAX_TOOLS = 100;

  /** The span that this copy of the classes has put into a context. */
  static final ContextKey<Span> OURS = ContextKey.named("spanglass-inference-span");

  final SemconvProfile semconv;
  final Series.Cache series;
  final Measure duration;
  final Measure inputTokens;
  final Measure outputTokens;
  final Measure timeToFirstChunk;
  final Measure timePerOutputChunk;
  final ModalityCounts inputTokensByModality;
  final ModalityCounts outputTokensByModality;
  final ModalityCounts cacheReadTokensByModality;
  final Measure cacheWriteTokens;
  final Measure reasoningTokens;

  /** By the index of an {@link OutputKind}. */
  final Measure[] timeToFirstToken = new Measure[OutputKind.COUNT];

  final Measure cacheReadDetail;
  final Measure cacheWriteDetail;
  final Measure reasoningDetail;
  final Measure audioInputDetail;
  final Measure audioOutputDetail;
  final Measure acceptedPredictionDetail;
  final Measure rejectedPredictionDetail;

  /** Null where no call is printed. */
  final @Nullable CallConsole console;

  final Measure toolCalls;
  final Measure usageMissing;

  /** Names of tools that metrics tell. */
  final BoundedValues tools = new BoundedValues(MAX_TOOLS);

  private final Tracer tracer;
  private final Target.Cache targets;
  private final SpanReader spanReader;
  private final InternalErrors internalErrors;

  /**
   * @param spanReader finds the spans of model calls that others have opened
   */
  public GenAiTelemetry(OpenTelemetry openTelemetry, GenAiConfig config, SpanReader spanReader) {
    SemconvProfile[] profiles = profiles(config);
    this.spanReader = spanReader;
    this.console = config.isConsole() ? CallConsole.onStandardError() : null;
    this.semconv = profiles[0];
    targets = new Target.Cache(new Providers(config.providers()));
    tracer =
        openTelemetry
            .tracerBuilder(SCOPE)
            .setInstrumentationVersion(Version.VERSION)
            .setSchemaUrl(semconv.schemaUrl)
            .build();
    Instruments instruments = new Instruments(openTelemetry, profiles);
    duration = instruments.measure(profile -> profile.operationDuration);
    inputTokens = instruments.measure(profile -> profile.inputTokens);
    outputTokens = instruments.measure(profile -> profile.outputTokens);
    timeToFirstChunk = instruments.measure(profile -> profile.timeToFirstChunk);
    timePerOutputChunk = instruments.measure(profile -> profile.timePerOutputChunk);
    inputTokensByModality =
        new ModalityCounts(
            instruments.measure(profile -> profile.inputTokensText),
            instruments.measure(profile -> profile.inputTokensImage),
            instruments.measure(profile -> profile.inputTokensAudio),
            instruments.measure(profile -> profile.inputTokensUnknown));
    outputTokensByModality =
        new ModalityCounts(
            instruments.measure(profile -> profile.outputTokensText),
            instruments.measure(profile -> profile.outputTokensImage),
            instruments.measure(profile -> profile.outputTokensAudio),
            instruments.measure(profile -> profile.outputTokensUnknown));
    cacheReadTokensByModality =
        new ModalityCounts(
            instruments.measure(profile -> profile.cacheReadTokensText),
            instruments.measure(profile -> profile.cacheReadTokensImage),
            instruments.measure(profile -> profile.cacheReadTokensAudio),
            instruments.measure(profile -> profile.cacheReadTokensUnknown));
    cacheWriteTokens = instruments.measure(profile -> profile.cacheWriteTokens);
    reasoningTokens = instruments.measure(profile -> profile.reasoningTokens);
    for (int kind = 0; kind < OutputKind.COUNT; kind++) {
      timeToFirstToken[kind] =
          instruments.measure(SpanglassSemconv.CLIENT_TIME_TO_FIRST_TOKEN, OutputKind.name(kind));
    }
    cacheReadDetail = detail(instruments, SpanglassTokenKinds.CACHE_READ);
    cacheWriteDetail = detail(instruments, SpanglassTokenKinds.CACHE_WRITE);
    reasoningDetail = detail(instruments, SpanglassTokenKinds.REASONING);
    audioInputDetail = detail(instruments, SpanglassTokenKinds.AUDIO_INPUT);
    audioOutputDetail = detail(instruments, SpanglassTokenKinds.AUDIO_OUTPUT);
    acceptedPredictionDetail = detail(instruments, SpanglassTokenKinds.ACCEPTED_PREDICTION);
    rejectedPredictionDetail = detail(instruments, SpanglassTokenKinds.REJECTED_PREDICTION);
    toolCalls = instruments.measure(SpanglassSemconv.CLIENT_TOOL_CALLS);
    usageMissing = instruments.measure(SpanglassSemconv.USAGE_MISSING);
    internalErrors = new InternalErrors(instruments);
    series = new Series.Cache(instruments.count(), profiles);
  }

  /** That of the spans, and one whose metrics are recorded besides where there is one. */
  private static SemconvProfile[] profiles(GenAiConfig config) {
    SemconvProfile named = SemconvProfile.named(config.semconvProfile());
    SemconvProfile first = named != null ? named : SemconvProfile.V1_41;
    String other = config.secondSemconvProfile();
    SemconvProfile second = other == null ? null : SemconvProfile.named(other);
    return second == null ? new SemconvProfile[] {first} : new SemconvProfile[] {first, second};
  }

  private static Measure detail(Instruments instruments, String kind) {
    return instruments.measure(SpanglassSemconv.CLIENT_TOKEN_USAGE_DETAILS, kind);
  }

  /** Waits until what was printed of the calls is written, for at most so long. */
  public void flushConsole(long millis) {
    if (console != null) {
      console.flush(millis);
    }
  }

  public InternalErrors internalErrors() {
    return internalErrors;
  }

  /**
   * Starts the span of one call, as a child of {@code parent}; or takes the one that {@code parent}
   * has, if that stands for this call.
   *
   * @param host as in the URL, without the brackets of an IPv6 address
   * @param port the effective one
   * @param model what the request asks for, null if that is not known yet
   * @param startNanos {@link System#nanoTime()} when the call began
   */
  public InferenceSpan start(
      Context parent, WireApi api, String host, int port, @Nullable String model, long startNanos) {
    Target target = targets.of(api, host, port);
    Span current = Span.fromContext(parent);
    ForeignSpan foreign =
        isOurs(current, parent)
            ? null
            : ForeignSpan.of(current, spanReader, semconv, target.operation);
    Instant now = Instant.now();
    long startEpochNanos =
        TimeUnit.SECONDS.toNanos(now.getEpochSecond())
            + now.getNano()
            - (System.nanoTime() - startNanos);
    Outlet out;
    Span span;
    if (foreign != null) {
      out = new Outlet(current, foreign);
      span = current;
      feed(out, foreign, target, model);
    } else {
      String name = spanName(target, model);
      out =
          new Outlet(tracer.spanBuilder(name).setParent(parent).setSpanKind(SpanKind.CLIENT), name);
      describe(out, target, model);
      span = out.start(startEpochNanos);
    }
    return new InferenceSpan(this, span, out, foreign, parent, target, model, startEpochNanos);
  }

  /**
   * Whether this copy of the classes has made the context's span. Objects do not tell: the agent
   * wraps spans anew each time an application asks for them.
   */
  private static boolean isOurs(Span span, Context context) {
    Span ours = context.get(OURS);
    return ours != null
        && (ours == span
            || (ours.getSpanContext().getSpanId().equals(span.getSpanContext().getSpanId())
                && ours.getSpanContext().getTraceId().equals(span.getSpanContext().getTraceId())));
  }

  private void describe(Outlet out, Target target, @Nullable String model) {
    out.set(semconv.operationName, target.operation);
    out.set(semconv.providerName, target.provider);
    out.set(semconv.serverAddress, target.host);
    out.set(semconv.serverPort, (long) target.port);
    out.set(semconv.requestModel, model);
    if (target.isProviderInferred) {
      out.set(SpanglassSemconv.PROVIDER_INFERRED, true);
    }
  }

  /** Tells a foreign span what its owner has not said, and that a request is under way. */
  private void feed(Outlet out, ForeignSpan foreign, Target target, @Nullable String model) {
    out.set(SpanglassSemconv.ATTEMPTS, foreign.attempts(1));
    if (!foreign.has(semconv.serverAddress)) {
      out.set(semconv.serverAddress, target.host);
      out.set(semconv.serverPort, (long) target.port);
    }
    if (!foreign.has(semconv.providerName)) {
      out.set(semconv.providerName, target.provider);
      if (target.isProviderInferred) {
        out.set(SpanglassSemconv.PROVIDER_INFERRED, true);
      }
    }
    out.set(semconv.requestModel, model);
  }

  String spanName(Target target, @Nullable String model) {
    return Outlet.name(semconv.operationName.value(target.operation), model);
  }
}
