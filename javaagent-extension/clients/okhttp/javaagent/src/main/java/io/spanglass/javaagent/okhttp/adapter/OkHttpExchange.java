/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.javaagent.okhttp.adapter;

import io.opentelemetry.context.Context;
import io.opentelemetry.context.Scope;
import io.spanglass.http.ModelCall;
import io.spanglass.http.ModelCalls;
import io.spanglass.http.ModelRequest;
import io.spanglass.wire.call.StreamEnd;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import okhttp3.Call;
import okhttp3.HttpUrl;
import okhttp3.Interceptor;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import okhttp3.ResponseBody;
import okhttp3.internal.http.RealResponseBody;
import okio.Buffer;
import okio.Okio;
import okio.Sink;
import okio.Source;
import org.jspecify.annotations.Nullable;

/**
 * One OkHttp call that is a model call, and what the advice does for it.
 *
 * <p>Inside of it the request may be sent several times: after a redirect, a challenge or a broken
 * connection by the client, after anything by an interceptor of the application. Each time is an
 * attempt, and the last one's response is the answer.
 */
public final class OkHttpExchange {
  static final Object END = new Object();
  static final Object CLOSED = new Object();
  private static final Object RETURNED = new Object();
  private static final int MAX_CAUSES = 20;

  /** Those whose chain is being gone through, on whatever thread. */
  private static final Map<Call, OkHttpExchange> underway = new ConcurrentHashMap<>();

  /** The exchange whose request is being sent on this thread. */
  private static final ThreadLocal<@Nullable OkHttpExchange> sending = new ThreadLocal<>();

  private final Call okHttpCall;
  private final @Nullable String contentEncoding;
  private final ModelCall call;
  private final Scope scope;

  /** The body that is looked at when it is sent; what an interceptor makes of it is not. */
  private @Nullable RequestBody body;

  private long bodyRead;

  private volatile int attempt;
  private volatile boolean answered;
  private volatile @Nullable Throwable clientFailure;

  /** Whether the application is writing the body, and the connection takes it. */
  private volatile boolean writing;

  private @Nullable Request sent;
  private @Nullable OkHttpExchange outer;

  /** How the latest attempt's response ended, or that the application has got it. */
  private final AtomicReference<@Nullable Object> ending = new AtomicReference<>();

  @SuppressWarnings("MustBeClosedChecker") // Closed by finish(), on the way out of the chain.
  private OkHttpExchange(
      Call okHttpCall,
      @Nullable RequestBody previewed,
      @Nullable String contentEncoding,
      ModelCall call) {
    this.okHttpCall = okHttpCall;
    this.body = previewed;
    this.contentEncoding = contentEncoding;
    this.call = call;
    // Of what stays when the chain is left, only bodies refer to this.
    call.endWithHolder(this);
    this.scope = call.context().makeCurrent();
  }

  /** Returns the exchange that begins here, or null if the request is none of ours. */
  public static @Nullable Object start(Interceptor.Chain chain, Request request) {
    HttpUrl url = request.url();
    String path = url.encodedPath();
    if (!ModelCalls.isCandidate(request.method(), path)) {
      return null;
    }
    ModelCalls calls = ModelCalls.global();
    String encoding = request.header("Content-Encoding");
    ModelRequest observed =
        calls.recognize(request.method(), url.host(), url.port(), path, encoding);
    if (observed == null) {
      return null;
    }
    RequestBody body = request.body();
    boolean previewed = InMemoryBody.preview(body, observed);
    ModelCall call = calls.start(observed, Context.current());
    if (call == null) {
      return null;
    }
    try {
      OkHttpExchange exchange =
          new OkHttpExchange(chain.call(), previewed ? body : null, encoding, call);
      underway.put(exchange.okHttpCall, exchange);
      return exchange;
    } catch (Throwable t) {
      call.discard();
      throw t;
    }
  }

  /** The application, or its interceptors, got a response or an exception. */
  public static void finish(Object entered, @Nullable Throwable thrown) {
    OkHttpExchange exchange = (OkHttpExchange) entered;
    underway.remove(exchange.okHttpCall);
    exchange.scope.close();
    exchange.call.onIssued();
    exchange.onReturned(thrown);
  }

  private void onReturned(@Nullable Throwable thrown) {
    Throwable failure = clientFailure;
    if (thrown != null) {
      if (failure != null && isFrom(thrown, failure)) {
        fail(failure);
      } else if (thrown instanceof IOException && okHttpCall.isCanceled()) {
        fail(thrown);
      } else {
        // An interceptor of the application's has failed, and not the connection.
        call.onFailure(StreamEnd.ERROR, thrown);
      }
    } else if (answered) {
      call.onReturned();
      Object held = ending.getAndSet(RETURNED);
      if (held != null) {
        apply(held);
      }
    } else if (failure != null) {
      // An interceptor of the application put something in place of the answer.
      fail(failure);
    } else {
      // It was never sent: an interceptor of the application had an answer.
      call.discard();
    }
  }

  /** The client gives this exception to the application's interceptors. */
  public static void clientFailed(Interceptor.Chain chain, Throwable failure) {
    OkHttpExchange exchange = underway.isEmpty() ? null : underway.get(chain.call());
    if (exchange != null) {
      exchange.clientFailure = failure;
    }
  }

  /** Returns the exchange that sends a request from now on, or null if it is none of ours. */
  public static @Nullable Object beginSending(Interceptor.Chain chain) {
    OkHttpExchange exchange = underway.isEmpty() ? null : underway.get(chain.call());
    if (exchange == null) {
      return null;
    }
    exchange.beginAttempt(chain.request());
    exchange.outer = sending.get();
    sending.set(exchange);
    return exchange;
  }

  private void beginAttempt(Request request) {
    int before = attempt;
    attempt = before + 1;
    answered = false;
    clientFailure = null;
    writing = false;
    ending.set(null);
    sent = request;
    if (body == null && Objects.equals(contentEncoding, request.header("Content-Encoding"))) {
      body = request.body();
    }
    if (before > 0) {
      call.onResend();
    }
  }

  public static void endSending(Object exchange) {
    OkHttpExchange outer = ((OkHttpExchange) exchange).outer;
    if (outer == null) {
      sending.remove();
    } else {
      sending.set(outer);
    }
  }

  /** The sink for the request's body, or null to leave it. */
  @SuppressWarnings("ReferenceEquality") // This very body, and not one like it.
  public static @Nullable Sink observe(Request request, Sink sink) {
    OkHttpExchange exchange = ofSent(request);
    if (exchange == null || exchange.body != request.body()) {
      return null;
    }
    exchange.writing = true;
    return new ObservedSink(sink, exchange);
  }

  /** The source of the response's body, or null to leave it. */
  public static @Nullable Source observe(Response response, Source source) {
    OkHttpExchange exchange = ofSent(response.request());
    if (exchange == null) {
      return null;
    }
    exchange.call.onResponseHead(
        response.code(), response.header("Content-Type"), response.header("Content-Encoding"));
    exchange.answered = true;
    return new ObservedSource(source, exchange, exchange.attempt);
  }

  /** The same where the client makes the body at once. */
  public static @Nullable ResponseBody observe(Response response, ResponseBody body) {
    Source source = body instanceof RealResponseBody ? observe(response, body.source()) : null;
    return source == null
        ? null
        : new RealResponseBody(
            response.header("Content-Type"), body.contentLength(), Okio.buffer(source));
  }

  @SuppressWarnings("ReferenceEquality")
  private static @Nullable OkHttpExchange ofSent(Request request) {
    OkHttpExchange exchange = underway.isEmpty() ? null : sending.get();
    return exchange == null || exchange.sent != request ? null : exchange;
  }

  /** The next bytes of the body; when it is sent again those are skipped that were seen before. */
  void sending(Buffer source, long count, long position) throws IOException {
    long seen = Math.min(count, Math.max(0, bodyRead - position));
    if (seen < count) {
      bodyRead = position + count;
      Views views = new Views();
      source.copyTo(views, seen, count - seen);
      for (ByteBuffer view : views.toArray()) {
        call.request().onBytes(view);
      }
    }
  }

  /** Whatever comes of it: it is the connection's failure. */
  void sinkFailed() {
    writing = false;
  }

  void sent() {
    writing = false;
    call.request().onEnd();
  }

  void onDemand(int attempt) {
    try {
      if (attempt == this.attempt) {
        call.onDemand(1);
      }
    } catch (Throwable t) {
      Guard.swallow(t);
    }
  }

  void received(int attempt, Buffer sink, long offset, long count, long arrived) {
    try {
      if (attempt == this.attempt) {
        Views views = new Views();
        sink.copyTo(views, offset, count);
        ByteBuffer[] bytes = views.toArray();
        call.beforeDelivery();
        call.afterDelivery(bytes, arrived);
      }
    } catch (Throwable t) {
      Guard.swallow(t);
    }
  }

  /** As long as the chain is being gone through, the request may be sent again after this. */
  void end(int attempt, Object how) {
    try {
      if (attempt == this.attempt && ending.compareAndExchange(null, how) == RETURNED) {
        apply(how);
      }
    } catch (Throwable t) {
      Guard.swallow(t);
    }
  }

  private void apply(Object how) {
    if (how == END) {
      call.onResponseEnd();
    } else if (how == CLOSED) {
      call.onCancel();
    } else {
      fail((Throwable) how);
    }
  }

  private void fail(Throwable failure) {
    if (!(failure instanceof IOException)) {
      call.onFailure(StreamEnd.ERROR, failure);
    } else if (CallTimeouts.hasTimedOut(okHttpCall)) {
      // What the application gets in the end, whatever came of the broken connection.
      call.onFailure(StreamEnd.TIMEOUT, new InterruptedIOException("timeout"));
    } else if (okHttpCall.isCanceled()) {
      call.onCancel();
    } else if (isDeadline(failure)) {
      call.onFailure(StreamEnd.TIMEOUT, failure);
    } else if (writing && !answered) {
      // The application could not go on with its body; the connection took all of it so far.
      call.onFailure(StreamEnd.ERROR, failure);
    } else {
      call.onFailure(failure);
    }
  }

  /** Okio's, which has the same class for an interrupted thread. */
  private static boolean isDeadline(Throwable failure) {
    return failure.getClass() == InterruptedIOException.class
        && ("timeout".equals(failure.getMessage())
            || "deadline reached".equals(failure.getMessage()));
  }

  @SuppressWarnings("ReferenceEquality")
  private static boolean isFrom(Throwable thrown, @Nullable Throwable failure) {
    Throwable each = thrown;
    for (int depth = 0; each != null && failure != null && depth < MAX_CAUSES; depth++) {
      if (each == failure) {
        return true;
      }
      each = each.getCause();
    }
    return false;
  }
}
