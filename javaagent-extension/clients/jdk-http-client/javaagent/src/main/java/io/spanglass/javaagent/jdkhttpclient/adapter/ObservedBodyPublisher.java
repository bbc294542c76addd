/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.javaagent.jdkhttpclient.adapter;

import io.spanglass.call.Attempt;
import io.spanglass.call.Guard;
import java.net.http.HttpRequest;
import java.nio.ByteBuffer;
import java.util.concurrent.Flow;

/** The application's publisher, whose bytes we see after the client got them. */
final class ObservedBodyPublisher implements HttpRequest.BodyPublisher {
  final HttpRequest.BodyPublisher delegate;
  private final JdkExchange exchange;

  ObservedBodyPublisher(HttpRequest.BodyPublisher delegate, JdkExchange exchange) {
    this.delegate = delegate;
    this.exchange = exchange;
  }

  @Override
  public long contentLength() {
    return delegate.contentLength();
  }

  @Override
  public void subscribe(Flow.Subscriber<? super ByteBuffer> subscriber) {
    Flow.Subscriber<? super ByteBuffer> observed = subscriber;
    try {
      observed = new ObservedSubscriber(subscriber, exchange.publish());
    } catch (Throwable t) {
      Guard.swallow(t);
    }
    delegate.subscribe(observed);
  }

  private static final class ObservedSubscriber implements Flow.Subscriber<ByteBuffer> {
    private final Flow.Subscriber<? super ByteBuffer> delegate;
    private final Attempt attempt;

    ObservedSubscriber(Flow.Subscriber<? super ByteBuffer> delegate, Attempt attempt) {
      this.delegate = delegate;
      this.attempt = attempt;
    }

    @Override
    public void onSubscribe(Flow.Subscription subscription) {
      delegate.onSubscribe(subscription);
    }

    @Override
    public void onNext(ByteBuffer item) {
      // A null goes to the client, which knows what to do about it.
      ByteBuffer view = item == null ? null : item.duplicate();
      delegate.onNext(item);
      if (view != null) {
        Guard.run(() -> attempt.requestBytes(view));
      }
    }

    @Override
    public void onError(Throwable failure) {
      // Told first: the client fails the call on this thread.
      Guard.run(() -> attempt.applicationFailed(failure));
      delegate.onError(failure);
    }

    @Override
    public void onComplete() {
      delegate.onComplete();
      Guard.run(attempt::requestEnd);
    }
  }
}
