/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.javaagent.jdkhttpclient.adapter;

import io.spanglass.call.Attempt;
import io.spanglass.call.Guard;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import org.jspecify.annotations.Nullable;

/** The application's subscriber. It is told first; what it was told, and when, we look at after. */
final class ObservedBodySubscriber<T> implements HttpResponse.BodySubscriber<T> {
  final HttpResponse.BodySubscriber<T> delegate;
  private final Attempt attempt;

  @SuppressWarnings({"unused", "FieldCanBeLocal"}) // Its being held is its use.
  private final Object holder;

  ObservedBodySubscriber(HttpResponse.BodySubscriber<T> delegate, Attempt attempt, Object holder) {
    this.delegate = delegate;
    this.attempt = attempt;
    this.holder = holder;
  }

  @Override
  public CompletionStage<T> getBody() {
    return delegate.getBody();
  }

  @Override
  public void onSubscribe(Flow.Subscription subscription) {
    delegate.onSubscribe(new ObservedSubscription(subscription));
  }

  @Override
  public void onNext(List<ByteBuffer> item) {
    long arrivedNanos = System.nanoTime();
    ByteBuffer[] views = deliver(item);
    try {
      delegate.onNext(item);
    } catch (Throwable t) {
      Guard.run(() -> attempt.applicationFailed(t));
      throw t;
    } finally {
      if (views != null) {
        delivered(views, arrivedNanos);
      }
    }
  }

  /** Returns our own views of the bytes, or null if they are not to be looked at. */
  private ByteBuffer @Nullable [] deliver(@Nullable List<ByteBuffer> item) {
    // A null goes to the application, which knows what to do about it.
    if (item == null) {
      return null;
    }
    try {
      ByteBuffer[] views = new ByteBuffer[item.size()];
      for (int i = 0; i < views.length; i++) {
        views[i] = item.get(i).duplicate();
      }
      return attempt.delivering() ? views : null;
    } catch (Throwable t) {
      Guard.swallow(t);
      return null;
    }
  }

  private void delivered(ByteBuffer[] views, long arrivedNanos) {
    try {
      for (ByteBuffer view : views) {
        attempt.bytes(view, arrivedNanos);
      }
    } catch (Throwable t) {
      Guard.swallow(t);
    } finally {
      Guard.run(attempt::delivered);
    }
  }

  @Override
  public void onError(Throwable failure) {
    try {
      delegate.onError(failure);
    } finally {
      Guard.run(() -> attempt.failed(failure));
    }
  }

  @Override
  public void onComplete() {
    try {
      delegate.onComplete();
    } finally {
      Guard.run(attempt::end);
    }
  }

  private final class ObservedSubscription implements Flow.Subscription {
    private final Flow.Subscription subscription;

    ObservedSubscription(Flow.Subscription subscription) {
      this.subscription = subscription;
    }

    @Override
    public void request(long count) {
      // Told first: the client may deliver on this thread, before the call returns.
      try {
        attempt.demand(count);
      } catch (Throwable t) {
        Guard.swallow(t);
      }
      subscription.request(count);
    }

    @Override
    public void cancel() {
      // Told first: the client answers a cancel with onError, on this thread.
      Guard.run(attempt::closed);
      subscription.cancel();
    }
  }
}
