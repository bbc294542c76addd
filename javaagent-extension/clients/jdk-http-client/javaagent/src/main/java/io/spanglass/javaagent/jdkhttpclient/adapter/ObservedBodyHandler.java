/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.javaagent.jdkhttpclient.adapter;

import io.spanglass.call.Attempt;
import io.spanglass.call.Guard;
import java.net.http.HttpResponse;

/**
 * The application's handler, whose subscriber we listen at. It is held by whatever the client keeps
 * as long as bytes can come.
 */
final class ObservedBodyHandler<T> implements HttpResponse.BodyHandler<T> {
  final JdkExchange exchange;
  private final HttpResponse.BodyHandler<T> delegate;

  ObservedBodyHandler(HttpResponse.BodyHandler<T> delegate, JdkExchange exchange) {
    this.delegate = delegate;
    this.exchange = exchange;
  }

  @Override
  public HttpResponse.BodySubscriber<T> apply(HttpResponse.ResponseInfo info) {
    Attempt attempt = exchange.attempt;
    HttpResponse.BodySubscriber<T> subscriber;
    try {
      subscriber = delegate.apply(info);
    } catch (Throwable t) {
      Guard.run(() -> attempt.applicationFailed(t));
      throw t;
    }
    if (subscriber == null) {
      return subscriber;
    }
    Guard.run(() -> attempt.head(new JdkResponseHead(info)));
    return new ObservedBodySubscriber<>(subscriber, attempt, this);
  }
}
