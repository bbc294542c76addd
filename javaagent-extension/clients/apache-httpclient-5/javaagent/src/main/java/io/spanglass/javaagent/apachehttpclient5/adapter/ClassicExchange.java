/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.javaagent.apachehttpclient5.adapter;

import io.opentelemetry.context.Context;
import io.opentelemetry.context.Scope;
import io.opentelemetry.instrumentation.api.util.VirtualField;
import io.spanglass.call.Attempt;
import io.spanglass.call.Exchange;
import io.spanglass.call.Guard;
import io.spanglass.call.ModelCalls;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Objects;
import org.apache.hc.client5.http.classic.ExecRuntime;
import org.apache.hc.core5.http.ClassicHttpRequest;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.HttpEntity;
import org.apache.hc.core5.http.HttpHost;
import org.apache.hc.core5.http.Method;
import org.apache.hc.core5.http.io.HttpClientResponseHandler;
import org.jspecify.annotations.Nullable;

/**
 * One call of a classic client, which does all of it on the thread that it is made on. Advice calls
 * these methods and catches what they throw.
 */
public final class ClassicExchange {
  /** The innermost call that this thread is in. */
  private static final ThreadLocal<@Nullable ClassicExchange> innermost = new ThreadLocal<>();

  /** Of the connection that the latest request of a call was sent on. */
  private static final VirtualField<ExecRuntime, Attempt> ATTEMPT =
      VirtualField.find(ExecRuntime.class, Attempt.class);

  private static final byte[] NOTHING = {};

  /** Null of a call within another one, but no model call: its requests are not the other's. */
  private final @Nullable Exchange exchange;

  private final Context application;
  private final @Nullable String path;
  private final @Nullable ClassicExchange outer;
  private final @Nullable Scope scope;

  /** While a request is sent, until the head of its response is there. */
  private @Nullable Attempt sending;

  private boolean bodyIsSeen;
  private boolean handlerIsObserved;

  @SuppressWarnings("MustBeClosedChecker") // Closed by end(), on the way out of the method.
  private ClassicExchange(
      @Nullable Exchange exchange, @Nullable String path, @Nullable ClassicExchange outer) {
    this.exchange = exchange;
    this.application = Context.current();
    this.path = path;
    this.outer = outer;
    if (exchange == null) {
      this.scope = null;
    } else {
      // When the method is left, only the stream of the body refers to this.
      exchange.endWith(this);
      this.scope = exchange.context().makeCurrent();
    }
    innermost.set(this);
  }

  /** {@code execute} is entered. Returns null if the request is none of ours. */
  public static @Nullable Object begin(
      @Nullable HttpHost target, @Nullable ClassicHttpRequest request) {
    if (request == null) {
      return null;
    }
    String path = ApacheRequestHead.rawPath(request);
    boolean candidate = ModelCalls.isCandidate(request.getMethod(), path);
    ClassicExchange outer = innermost.get();
    // The client's overloads call each other, and so do clients that are wrapped around others.
    if (outer == null ? !candidate : outer.sending == null && Objects.equals(path, outer.path)) {
      return null;
    }
    Exchange exchange = null;
    if (candidate) {
      ApacheRequestHead head = new ApacheRequestHead(target, request);
      EntityBytes body = EntityBytes.of(request.getEntity());
      exchange =
          ModelCalls.global().begin(head, body, new ApacheClientCall(request), Context.current());
    }
    if (exchange == null && outer == null) {
      return null;
    }
    try {
      return new ClassicExchange(exchange, path, outer);
    } catch (Throwable t) {
      if (exchange != null) {
        exchange.discard();
      }
      throw t;
    }
  }

  /** Returns the handler to use, which may be this one. */
  public static @Nullable HttpClientResponseHandler<?> observe(
      @Nullable HttpClientResponseHandler<?> handler) {
    ClassicExchange call = innermost.get();
    if (call == null || handler == null || call.handlerIsObserved) {
      return handler;
    }
    call.handlerIsObserved = true;
    return new ObservedHandler<>(handler, call);
  }

  /** {@code execute} is left: the application has a response or an exception. */
  public static void end(Object entered, @Nullable Throwable thrown) {
    ClassicExchange call = (ClassicExchange) entered;
    innermost(call.outer);
    Exchange exchange = call.exchange;
    if (exchange == null || call.scope == null) {
      return;
    }
    try {
      call.scope.close();
    } finally {
      if (thrown == null) {
        exchange.returned();
      } else {
        exchange.failed(thrown);
      }
    }
  }

  private static void innermost(@Nullable ClassicExchange call) {
    if (call == null) {
      innermost.remove();
    } else {
      innermost.set(call);
    }
  }

  /**
   * The application's code is about to get the response: what it does is not part of the call.
   *
   * @return null if nothing is to be closed
   */
  @SuppressWarnings("MustBeClosedChecker") // The caller closes it.
  @Nullable Scope leave() {
    innermost(outer);
    if (exchange == null) {
      return null;
    }
    Scope left = application.makeCurrent();
    Guard.run(exchange::issued);
    return left;
  }

  void enterAgain() {
    innermost.set(this);
  }

  /** A connection is about to take a request. Returns null if it is none of ours. */
  public static @Nullable Object send(Object runtime, ClassicHttpRequest request) {
    ClassicExchange call = innermost.get();
    if (call == null
        || call.exchange == null
        || call.sending != null
        || Method.CONNECT.isSame(request.getMethod())) {
      return null;
    }
    Attempt attempt = call.exchange.attempt(new ApacheRequestHead(null, request));
    ATTEMPT.set((ExecRuntime) runtime, attempt);
    call.bodyIsSeen = false;
    call.sending = attempt;
    return call;
  }

  /** The connection has the head of the response, or has failed. */
  public static void sent(
      Object entered, @Nullable ClassicHttpResponse response, @Nullable Throwable thrown) {
    ClassicExchange call = (ClassicExchange) entered;
    Attempt attempt = Objects.requireNonNull(call.sending);
    call.sending = null;
    if (thrown != null || response == null) {
      attempt.failed(Objects.requireNonNull(thrown));
      return;
    }
    attempt.head(new ApacheResponseHead(response));
    HttpEntity entity = response.getEntity();
    if (entity == null || entity.getContentLength() == 0) {
      attempt.end();
    } else if (!call.bodyIsSeen && call.exchange != null) {
      // A connection of the application's own, whose streams are not the client's.
      call.exchange.discard();
    }
  }

  /** The client gives up the connection, for whatever reason. */
  public static void discarded(Object runtime) {
    Attempt attempt = ATTEMPT.get((ExecRuntime) runtime);
    if (attempt != null) {
      // It has ended, or the application does not want more of it.
      attempt.closed();
    }
  }

  /** The connection has made a stream for the body of a request. */
  public static void outgoing(OutputStream stream) {
    ClassicExchange call = innermost.get();
    if (call != null && call.sending != null) {
      // The body is begun, even if the application fails before its first byte comes here.
      call.sending.requestBytes(NOTHING, 0, 0);
      ContentStreams.set(stream, new ContentStreams.Outgoing(call.sending));
    }
  }

  /** The connection has taken all of the body of a request. */
  public static void sentBody() {
    ClassicExchange call = innermost.get();
    if (call != null && call.sending != null) {
      call.sending.requestEnd();
    }
  }

  /** The connection has made a stream for the body of a response. */
  public static void incoming(InputStream stream) {
    ClassicExchange call = innermost.get();
    if (call != null && call.sending != null) {
      call.bodyIsSeen = ContentStreams.set(stream, new ContentStreams.Incoming(call.sending, call));
    }
  }
}
