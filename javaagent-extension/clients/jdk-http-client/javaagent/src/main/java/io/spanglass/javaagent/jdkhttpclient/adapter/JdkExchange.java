/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.javaagent.jdkhttpclient.adapter;

import io.opentelemetry.context.Context;
import io.opentelemetry.context.Scope;
import io.spanglass.call.Attempt;
import io.spanglass.call.Client;
import io.spanglass.call.Exchange;
import io.spanglass.call.Guard;
import io.spanglass.call.ModelCalls;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** One {@code send} or {@code sendAsync} that is a model call, as the advice tells of it. */
public final class JdkExchange implements BiConsumer<@Nullable Object, @Nullable Throwable> {
  /** The exchange that is being issued on this thread: the request's copy is made meanwhile. */
  private static final ThreadLocal<@Nullable JdkExchange> issuing = new ThreadLocal<>();

  /** All that can end a call of this client comes as an exception. */
  private static final Client CLIENT = new Client() {};

  /** The latest, whose response the application gets. */
  volatile Attempt attempt;

  private boolean published;
  private final HttpRequest request;
  private final Exchange exchange;
  private final ObservedBodyHandler<?> handler;
  private final @Nullable JdkExchange outer;
  private final Scope scope;

  @SuppressWarnings("MustBeClosedChecker") // Closed by issued(), on the way out of the method.
  private JdkExchange(HttpRequest request, Exchange exchange, HttpResponse.BodyHandler<?> handler) {
    this.request = request;
    this.exchange = exchange;
    this.attempt = exchange.attempt(null);
    this.handler = new ObservedBodyHandler<>(handler, this);
    exchange.endWith(this.handler);
    this.outer = issuing.get();
    this.scope = exchange.context().makeCurrent();
    issuing.set(this);
  }

  /** Returns this exchange and the handler to use, or null if the request is none of ours. */
  public static Object @Nullable [] begin(
      @Nullable HttpRequest request, HttpResponse.@Nullable BodyHandler<?> handler) {
    // The client's overloads call each other.
    if (request == null || handler == null || handler instanceof ObservedBodyHandler) {
      return null;
    }
    URI uri = request.uri();
    if (uri == null || !ModelCalls.isCandidate(request.method(), uri.getRawPath())) {
      return null;
    }
    InMemoryPublisher body = InMemoryPublisher.of(request.bodyPublisher().orElse(null));
    Exchange exchange =
        ModelCalls.global().begin(new JdkRequestHead(request), body, CLIENT, Context.current());
    if (exchange == null) {
      return null;
    }
    try {
      Object[] entered = new Object[2];
      JdkExchange begun = new JdkExchange(request, exchange, handler);
      entered[0] = begun;
      entered[1] = begun.handler;
      return entered;
    } catch (Throwable t) {
      exchange.discard();
      throw t;
    }
  }

  /** {@code send} is left. */
  public static void end(Object[] entered, @Nullable Throwable thrown) {
    JdkExchange exchange = (JdkExchange) entered[0];
    try {
      exchange.issued();
    } finally {
      exchange.accept(null, thrown);
    }
  }

  /** {@code sendAsync} is left. */
  public static void end(
      Object[] entered, @Nullable CompletableFuture<?> future, @Nullable Throwable thrown) {
    if (future == null) {
      end(entered, thrown);
      return;
    }
    JdkExchange exchange = (JdkExchange) entered[0];
    try {
      exchange.issued();
    } finally {
      // A stage at the side, for what does not come out of the client: a cancel.
      CompletableFuture<?> unused = future.whenComplete(exchange);
    }
  }

  private void issued() {
    issuing.set(outer);
    try {
      scope.close();
    } finally {
      exchange.issued();
    }
  }

  /**
   * Returns a stage of the client's own future that tells us before the application's stages run,
   * or null to leave it.
   */
  public static @Nullable CompletableFuture<?> observe(
      Object handler, CompletableFuture<?> future) {
    return handler instanceof ObservedBodyHandler
        ? future.whenComplete(((ObservedBodyHandler<?>) handler).exchange)
        : null;
  }

  /** The application gets a response or an exception. */
  @Override
  public void accept(@Nullable Object response, @Nullable Throwable failure) {
    Guard.run(
        () -> {
          if (failure == null) {
            exchange.returned();
          } else {
            // What the application itself has thrown is known by then.
            attempt.requestFailed();
            attempt.failed(failure);
            exchange.failed(failure);
          }
        });
  }

  /** The body is published for the attempt there is, or again, which is another. */
  Attempt publish() {
    if (published) {
      attempt = exchange.attempt(null);
    }
    published = true;
    return attempt;
  }

  /** The publisher for the client's copy of the request, or null to leave it as it is. */
  @SuppressWarnings("ReferenceEquality") // This very request, and not one like it.
  public static HttpRequest.@Nullable BodyPublisher observe(
      HttpRequest request, HttpRequest.@Nullable BodyPublisher publisher) {
    JdkExchange exchange = issuing.get();
    return exchange == null || exchange.request != request || publisher == null
        ? null
        : new ObservedBodyPublisher(publisher, exchange);
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
