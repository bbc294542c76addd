/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.http;

import io.opentelemetry.api.GlobalOpenTelemetry;
import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.context.Context;
import io.spanglass.config.GenAiConfig;
import io.spanglass.telemetry.GenAiTelemetry;
import io.spanglass.telemetry.InferenceSpan;
import io.spanglass.telemetry.InternalErrors;
import io.spanglass.telemetry.SpanReader;
import io.spanglass.wire.decode.RequestFacts;
import io.spanglass.wire.decode.WireApi;
import io.spanglass.wire.decode.WireApis;
import org.jspecify.annotations.Nullable;

/**
 * Where a client adapter begins: says whether a request may be a model call and starts observing
 * it. Thread-safe.
 */
public final class ModelCalls {
  private static volatile GenAiConfig globalConfig = GenAiConfig.defaults();
  private static volatile SpanReader globalSpanReader = SpanReader.NONE;

  private final GenAiConfig config;
  private final GenAiTelemetry telemetry;
  private final LiveCalls liveCalls;

  public ModelCalls(OpenTelemetry openTelemetry, GenAiConfig config) {
    this(openTelemetry, config, SpanReader.NONE);
  }

  /**
   * @param spanReader finds spans of model calls that others have opened, which then are the calls'
   */
  public ModelCalls(OpenTelemetry openTelemetry, GenAiConfig config, SpanReader spanReader) {
    this.config = config;
    this.telemetry = new GenAiTelemetry(openTelemetry, config, spanReader);
    this.liveCalls = new LiveCalls(config.abandonedAfterNanos(), telemetry.internalErrors());
  }

  /** Sets what {@link #global()} will be made with; without effect once that was called. */
  public static void configureGlobal(GenAiConfig config, SpanReader spanReader) {
    globalConfig = config;
    globalSpanReader = spanReader;
  }

  /** The one of this process, on {@link GlobalOpenTelemetry}. Made when first needed. */
  public static ModelCalls global() {
    return Global.INSTANCE;
  }

  private static final class Global {
    static final ModelCalls INSTANCE =
        new ModelCalls(GlobalOpenTelemetry.get(), globalConfig, globalSpanReader);
  }

  /**
   * Whether a request may be a model call, by its path alone. Cheap enough for every request that
   * the process makes: a look at the last character, at most a few comparisons, no allocation.
   *
   * @param rawPath as on the request line, without the query
   */
  public static boolean isCandidate(String method, @Nullable String rawPath) {
    return WireApis.byPath(method, rawPath) != null;
  }

  /**
   * Prepares to observe a request.
   *
   * @param host as in the URL
   * @param port the effective one
   * @param rawPath as on the request line, without the query
   * @param contentEncoding the request's header, null where there is none
   * @return null if it is no model call, or the configuration leaves it out
   */
  public @Nullable ModelRequest recognize(
      String method,
      @Nullable String host,
      int port,
      @Nullable String rawPath,
      @Nullable String contentEncoding) {
    WireApi api = WireApis.byPath(method, rawPath);
    if (api == null
        || host == null
        || rawPath == null
        || !config.isEnabled()
        || !config.observes(host, port, rawPath)) {
      return null;
    }
    return new ModelRequest(api, host, port, contentEncoding, telemetry.internalErrors());
  }

  /**
   * Begins a call of an SDK, around all requests that it issues for it.
   *
   * @param parent what the application has current
   */
  public ModelOperation startOperation(Context parent) {
    return new ModelOperation(parent, telemetry.internalErrors());
  }

  /**
   * Starts the call's span, or its next attempt if {@code parent} has an open {@link
   * ModelOperation}; the request is being issued now.
   *
   * @param request which the client's adapter may have given a preview of the body
   * @param parent what the application has current
   * @return null if the body turned out not to be one of a model call
   */
  public @Nullable ModelCall start(ModelRequest request, Context parent) {
    if (!request.mayBeModelCall()) {
      return null;
    }
    ModelOperation operation = ModelOperation.fromContext(parent);
    if (operation != null) {
      ModelCall attempt =
          operation.startAttempt(
              request,
              (operationParent, startNanos) -> startSpan(request, operationParent, startNanos),
              (span, startNanos) -> newCall(request, span, operation, parent, startNanos));
      if (attempt != null) {
        return attempt;
      }
    }
    long startNanos = System.nanoTime();
    InferenceSpan span = startSpan(request, parent, startNanos);
    try {
      return newCall(request, span, null, parent, startNanos);
    } catch (Throwable t) {
      span.discard();
      throw t;
    }
  }

  private InferenceSpan startSpan(ModelRequest request, Context parent, long startNanos) {
    RequestFacts facts = request.facts();
    return telemetry.start(
        parent,
        request.api(),
        request.host(),
        request.port(),
        facts == null ? null : facts.model,
        startNanos);
  }

  private ModelCall newCall(
      ModelRequest request,
      InferenceSpan span,
      @Nullable ModelOperation operation,
      Context parent,
      long startNanos) {
    return new ModelCall(
        request, span, operation, parent, startNanos, telemetry.internalErrors(), liveCalls);
  }

  public InternalErrors internalErrors() {
    return telemetry.internalErrors();
  }
}
