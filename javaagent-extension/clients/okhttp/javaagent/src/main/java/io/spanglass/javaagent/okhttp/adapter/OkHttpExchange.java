/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.javaagent.okhttp.adapter;

import io.opentelemetry.context.Context;
import io.opentelemetry.context.Scope;
import io.opentelemetry.instrumentation.api.util.VirtualField;
import io.spanglass.call.Attempt;
import io.spanglass.call.Exchange;
import io.spanglass.call.ModelCalls;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import okhttp3.Call;
import okhttp3.Interceptor;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import okhttp3.ResponseBody;
import okhttp3.internal.http.RealResponseBody;
import okio.Okio;
import okio.Sink;
import okio.Source;
import org.jspecify.annotations.Nullable;

/** One OkHttp call that is a model call. Advice calls these methods and catches what they throw. */
public final class OkHttpExchange {
  /** The calls whose chain is being gone through, on whatever thread. */
  private static final Map<Call, OkHttpExchange> underway = new ConcurrentHashMap<>();

  /** Set on a request while it is on a connection. */
  private static final VirtualField<Request, OkHttpAttempt> ATTEMPT =
      VirtualField.find(Request.class, OkHttpAttempt.class);

  private static final byte[] NOTHING = {};

  private final Call call;
  private final Exchange exchange;
  private final @Nullable RequestBody previewed;
  private final Scope scope;

  @SuppressWarnings("MustBeClosedChecker") // Closed by end(), on the way out of the chain.
  private OkHttpExchange(Call call, Exchange exchange, @Nullable RequestBody previewed) {
    this.call = call;
    this.exchange = exchange;
    this.previewed = previewed;
    // When the chain is left, only bodies refer to this.
    exchange.endWith(this);
    this.scope = exchange.context().makeCurrent();
    underway.put(call, this);
  }

  /** The chain's first link is entered. Returns null if the request is none of ours. */
  public static @Nullable Object begin(Interceptor.Chain chain, Request request) {
    if (!ModelCalls.isCandidate(request.method(), request.url().encodedPath())) {
      return null;
    }
    Call call = chain.call();
    OkHttpRequestBody body = OkHttpRequestBody.of(request.body());
    Exchange exchange =
        ModelCalls.global()
            .begin(
                new OkHttpRequestHead(request),
                body,
                new OkHttpClientCall(call),
                Context.current());
    if (exchange == null) {
      return null;
    }
    try {
      return new OkHttpExchange(call, exchange, body == null ? null : request.body());
    } catch (Throwable t) {
      exchange.discard();
      throw t;
    }
  }

  /** The chain's first link is left: the application has a response or an exception. */
  public static void end(Object entered, @Nullable Throwable thrown) {
    OkHttpExchange exchange = (OkHttpExchange) entered;
    underway.remove(exchange.call);
    try {
      exchange.scope.close();
    } finally {
      if (thrown == null) {
        exchange.exchange.returned();
      } else {
        exchange.exchange.failed(thrown);
      }
    }
  }

  /** The client has no connection for the chain's request. */
  public static void notConnected(Interceptor.Chain chain, Throwable thrown) {
    OkHttpExchange exchange = underway.get(chain.call());
    if (exchange != null) {
      // Until OkHttp 5 it is wrapped in a RouteException, which stays inside of the client.
      Throwable wrapped = thrown instanceof IOException ? null : thrown.getCause();
      exchange
          .exchange
          .attempt(new OkHttpRequestHead(chain.request()))
          .failed(wrapped == null ? thrown : wrapped);
    }
  }

  /** The chain's last link is entered: the request is sent. Returns null if it is none of ours. */
  public static @Nullable Object send(Interceptor.Chain chain) {
    OkHttpExchange exchange = underway.get(chain.call());
    if (exchange == null) {
      return null;
    }
    Request request = chain.request();
    Attempt attempt = exchange.exchange.attempt(new OkHttpRequestHead(request));
    ATTEMPT.set(request, new OkHttpAttempt(attempt, exchange));
    return attempt;
  }

  /** The chain's last link has no response to give. */
  public static void sendFailed(Object attempt, Throwable thrown) {
    ((Attempt) attempt).failed(thrown);
  }

  /** Returns what the client is to write the body to, or null to leave it. */
  @SuppressWarnings("ReferenceEquality") // This very body, and not one like it.
  public static @Nullable Sink observe(Request request, Sink sink) {
    OkHttpAttempt attempt = ATTEMPT.get(request);
    if (attempt == null) {
      return null;
    }
    RequestBody previewed = attempt.exchange.previewed;
    if (previewed != null && previewed != request.body()) {
      // An interceptor has put another in the place of the body that was looked into.
      return null;
    }
    // The body is begun, even if the application fails before its first byte comes here.
    attempt.attempt.requestBytes(NOTHING, 0, 0);
    return new ObservedSink(sink, attempt.attempt);
  }

  /** Returns what the client is to read the body from, or null to leave it. */
  public static @Nullable Source observe(Response response, Source source) {
    OkHttpAttempt attempt = ATTEMPT.get(response.request());
    if (attempt == null) {
      return null;
    }
    attempt.attempt.head(new OkHttpResponseHead(response));
    return new ObservedSource(source, attempt.attempt, attempt.exchange);
  }

  /** The same where the client makes the body at once. */
  public static @Nullable ResponseBody observe(Response response, ResponseBody body) {
    Source source = body instanceof RealResponseBody ? observe(response, body.source()) : null;
    return source == null
        ? null
        : new RealResponseBody(
            response.header("Content-Type"), body.contentLength(), Okio.buffer(source));
  }
}
