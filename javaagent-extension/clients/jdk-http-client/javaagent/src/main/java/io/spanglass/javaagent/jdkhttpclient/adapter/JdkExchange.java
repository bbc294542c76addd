/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.javaagent.jdkhttpclient.adapter;

import io.opentelemetry.context.Context;
import io.opentelemetry.context.Scope;
import io.spanglass.http.ModelCall;
import io.spanglass.http.ModelCalls;
import io.spanglass.http.ModelRequest;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** One {@code send} or {@code sendAsync} that is a model call, and what the advice does for it. */
public final class JdkExchange implements BiConsumer<@Nullable Object, @Nullable Throwable> {
  /** The exchange that is being issued on this thread: the request's copy is made meanwhile. */
  private static final ThreadLocal<@Nullable JdkExchange> issuing = new ThreadLocal<>();

  private final HttpRequest request;
  private final ModelCall call;
  private final @Nullable JdkExchange outer;
  private final Scope scope;

  @SuppressWarnings("MustBeClosedChecker") // Closed by close(), on the way out of send.
  private JdkExchange(HttpRequest request, ModelCall call) {
    this.request = request;
    this.call = call;
    this.outer = issuing.get();
    this.scope = call.context().makeCurrent();
    issuing.set(this);
  }

  /** Returns this exchange and the handler to use, or null if the request is none of ours. */
  public static Object @Nullable [] start(
      @Nullable HttpRequest request, HttpResponse.@Nullable BodyHandler<?> handler) {
    // The client's overloads call each other.
    if (request == null || handler == null || handler instanceof ObservedBodyHandler) {
      return null;
    }
    URI uri = request.uri();
    if (uri == null || !ModelCalls.isCandidate(request.method(), uri.getRawPath())) {
      return null;
    }
    int port = uri.getPort() >= 0 ? uri.getPort() : "http".equals(uri.getScheme()) ? 80 : 443;
    ModelCalls calls = ModelCalls.global();
    ModelRequest observed =
        calls.recognize(
            request.method(),
            uri.getHost(),
            port,
            uri.getRawPath(),
            request.headers().firstValue("Content-Encoding").orElse(null));
    if (observed == null) {
      return null;
    }
    HttpRequest.BodyPublisher publisher = request.bodyPublisher().orElse(null);
    if (publisher != null) {
      InMemoryBody.preview(publisher, observed);
    }
    ModelCall call = calls.start(observed, Context.current());
    if (call == null) {
      return null;
    }
    try {
      Object[] entered = new Object[2];
      entered[1] = new ObservedBodyHandler<>(handler, call);
      // The last that can fail: it makes the call's context current.
      entered[0] = new JdkExchange(request, call);
      return entered;
    } catch (Throwable t) {
      call.discard();
      throw t;
    }
  }

  public static void afterSend(Object @Nullable [] entered, @Nullable Throwable thrown) {
    JdkExchange exchange = close(entered);
    if (exchange != null) {
      exchange.accept(null, thrown);
    }
  }

  public static void afterSendAsync(
      Object @Nullable [] entered,
      @Nullable CompletableFuture<?> future,
      @Nullable Throwable thrown) {
    JdkExchange exchange = close(entered);
    if (exchange == null) {
      return;
    }
    if (future == null) {
      exchange.accept(null, thrown);
    } else {
      // A stage at the side: the application has the future itself.
      CompletableFuture<?> unused = future.whenComplete(exchange);
    }
  }

  private static @Nullable JdkExchange close(Object @Nullable [] entered) {
    if (entered == null) {
      return null;
    }
    JdkExchange exchange = (JdkExchange) entered[0];
    issuing.set(exchange.outer);
    exchange.scope.close();
    try {
      exchange.call.onIssued();
    } catch (Throwable t) {
      Guard.swallow(t);
    }
    return exchange;
  }

  /** The application got its response or an exception. */
  @Override
  public void accept(@Nullable Object response, @Nullable Throwable failure) {
    try {
      if (failure == null) {
        call.onReturned();
      } else {
        call.onFailure(failure);
      }
    } catch (Throwable t) {
      Guard.swallow(t);
    }
  }

  /** The publisher for the client's copy of the request, or null to leave it as it is. */
  @SuppressWarnings("ReferenceEquality") // This very request, and not one like it.
  public static HttpRequest.@Nullable BodyPublisher observe(
      HttpRequest request, HttpRequest.@Nullable BodyPublisher publisher) {
    JdkExchange exchange = issuing.get();
    if (exchange == null || exchange.request != request || publisher == null) {
      return null;
    }
    return new ObservedBodyPublisher(publisher, exchange.call.request());
  }

  /** The application's own publisher, or null if this is it. */
  @SuppressWarnings("NullableOptional")
  public static @Nullable Optional<HttpRequest.BodyPublisher> original(
      Optional<HttpRequest.BodyPublisher> publisher) {
    HttpRequest.BodyPublisher maybeOurs = publisher.orElse(null);
    return maybeOurs instanceof ObservedBodyPublisher
        ? Optional.of(((ObservedBodyPublisher) maybeOurs).delegate)
        : null;
  }

  /** The application's own subscriber, or null if this is it. */
  public static HttpResponse.@Nullable BodySubscriber<?> original(
      HttpResponse.BodySubscriber<?> subscriber) {
    return subscriber instanceof ObservedBodySubscriber
        ? ((ObservedBodySubscriber<?>) subscriber).delegate
        : null;
  }
}
