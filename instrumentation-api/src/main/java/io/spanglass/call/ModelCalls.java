/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.call;

import io.opentelemetry.api.GlobalOpenTelemetry;
import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.context.Context;
import io.spanglass.config.GenAiConfig;
import io.spanglass.telemetry.GenAiTelemetry;
import io.spanglass.telemetry.InternalErrors;
import io.spanglass.telemetry.SpanReader;
import io.spanglass.wire.RequestHead;
import io.spanglass.wire.decode.WireApi;
import io.spanglass.wire.decode.WireApis;
import org.jspecify.annotations.Nullable;

/**
 * Where a client adapter begins: says whether a request may be a model call and starts observing
 * it. One for each process is enough; any other is to be closed. Thread-safe.
 */
public final class ModelCalls implements AutoCloseable {
  private static volatile GenAiConfig globalConfig = GenAiConfig.defaults();
  private static volatile SpanReader globalSpanReader = SpanReader.NONE;
  private static volatile @Nullable ModelCalls made;

  private static final long CONSOLE_PATIENCE_MILLIS = 100;

  private final GenAiConfig config;
  private final GenAiTelemetry telemetry;
  private final LiveCalls liveCalls;
  private volatile boolean closed;

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

    static {
      made = INSTANCE;
    }
  }

  /** {@link #global()}, if anybody has asked for it. */
  static @Nullable ModelCalls globalIfMade() {
    return made;
  }

  /**
   * Whether a request may be a model call, by its path alone. Cheap enough for every request that
   * the process makes: a look at the last character, at most a few comparisons, no allocation.
   *
   * @param rawPath as on the request line, without the query
   */
  public static boolean isCandidate(String method, @Nullable String rawPath) {
    return WireApis.byPath(method, rawPath) != null
        || (globalConfig.apis().anyTgi() && "POST".equals(method));
  }

  /**
   * Begins one call of the application into an HTTP client, which is issuing the request now:
   * starts its span, or joins the open exchange of an SDK in {@code parent} as its next turn. Never
   * throws.
   *
   * @param body null if it does not lie in memory, or is not known
   * @param parent what the application has current
   * @return null if it is no model call, or the configuration leaves it out
   */
  public @Nullable Exchange begin(
      RequestHead head, @Nullable InMemoryBody body, Client client, Context parent) {
    try {
      String path = head.rawPath();
      WireApi api = api(head);
      String host = api == null ? null : head.host();
      if (api == null || host == null || path == null || closed || !config.isEnabled()) {
        return null;
      }
      Exchange.Target target = new Exchange.Target(api, address(host), port(head), head);
      if (!config.observes(target.host, target.port, path)) {
        return null;
      }
      RequestBody request = new RequestBody(api, head, internalErrors());
      if (body != null) {
        request.preview(body);
      }
      boolean isTold =
          !api.isPathAmbiguous(head)
              || config.apis().isTold(target.host, target.port, path)
              || config.apis().isTgi(target.host, target.port, path);
      return request.mayBeModelCall(head, body != null && body.isShown(), isTold)
          ? Exchange.begin(this, target, request, client, parent)
          : null;
    } catch (Throwable t) {
      internalErrors().swallow("lifecycle", t);
      return null;
    }
  }

  private @Nullable WireApi api(RequestHead head) {
    String path = head.rawPath();
    if (path != null && config.apis().anyTgi() && "POST".equals(head.method())) {
      String host = head.host();
      if (host != null && config.apis().isTgi(address(host), port(head), path)) {
        return WireApis.tgi();
      }
    }
    return WireApis.byPath(head.method(), path);
  }

  /** Without the brackets that an IPv6 address has in a URL. */
  private static String address(String host) {
    int end = host.length() - 1;
    return end > 0 && host.charAt(0) == '[' && host.charAt(end) == ']'
        ? host.substring(1, end)
        : host;
  }

  private static int port(RequestHead head) {
    int port = head.port();
    return port >= 0 ? port : "http".equalsIgnoreCase(head.scheme()) ? 80 : 443;
  }

  /**
   * Begins one call of the application into a layer that repeats requests itself, an SDK, around
   * all calls that it makes into HTTP clients. One that makes no model call leaves no trace.
   *
   * @param parent what the application has current
   */
  public Exchange beginOperation(Context parent) {
    return Exchange.beginOperation(this, parent);
  }

  /** The innermost exchange of an SDK that {@code context} was made for, which may be over. */
  public static @Nullable Exchange current(Context context) {
    return Exchange.current(context);
  }

  /**
   * Ends all calls that are under way, as abandoned and with what is known of them: the process is
   * about to end, and what has not ended is lost. Never throws.
   */
  public void endAll() {
    try {
      liveCalls.endAll();
    } catch (Throwable t) {
      internalErrors().swallow("lifecycle", t);
    }
  }

  /** Stops observing: the calls that are under way end as abandoned, new ones are not looked at. */
  @Override
  public void close() {
    closed = true;
    try {
      liveCalls.close();
    } finally {
      endAll();
      telemetry.flushConsole(CONSOLE_PATIENCE_MILLIS);
    }
  }

  GenAiTelemetry telemetry() {
    return telemetry;
  }

  LiveCalls live() {
    return liveCalls;
  }

  public InternalErrors internalErrors() {
    return telemetry.internalErrors();
  }
}
