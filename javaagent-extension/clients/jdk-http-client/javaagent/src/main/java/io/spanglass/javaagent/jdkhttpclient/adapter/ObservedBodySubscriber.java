/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.javaagent.jdkhttpclient.adapter;

import io.spanglass.http.ModelCall;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import org.jspecify.annotations.Nullable;

/** The application's subscriber. It is told first; what it was told, and when, we note after. */
final class ObservedBodySubscriber<T> implements HttpResponse.BodySubscriber<T> {
  final HttpResponse.BodySubscriber<T> delegate;
  private final ModelCall call;

  @SuppressWarnings({"unused", "FieldCanBeLocal"}) // Its being held is its use.
  private final Object holder;

  ObservedBodySubscriber(HttpResponse.BodySubscriber<T> delegate, ModelCall call, Object holder) {
    this.delegate = delegate;
    this.call = call;
    this.holder = holder;
  }

  @Override
  public CompletionStage<T> getBody() {
    return delegate.getBody();
  }

  @Override
  public void onSubscribe(Flow.Subscription subscription) {
    delegate.onSubscribe(new ObservedSubscription(subscription, call));
  }

  @Override
  public void onNext(List<ByteBuffer> item) {
    long arrived = System.nanoTime();
    ByteBuffer[] views = before(item);
    try {
      delegate.onNext(item);
    } finally {
      if (views != null) {
        after(views, arrived);
      }
    }
  }

  private ByteBuffer @Nullable [] before(@Nullable List<ByteBuffer> item) {
    if (item == null) {
      return null;
    }
    try {
      ByteBuffer[] views = new ByteBuffer[item.size()];
      for (int i = 0; i < views.length; i++) {
        views[i] = item.get(i).duplicate();
      }
      call.beforeDelivery();
      return views;
    } catch (Throwable t) {
      Guard.swallow(t);
      return null;
    }
  }

  private void after(ByteBuffer[] views, long arrived) {
    try {
      call.afterDelivery(views, arrived);
    } catch (Throwable t) {
      Guard.swallow(t);
    }
  }

  @Override
  public void onError(Throwable failure) {
    try {
      delegate.onError(failure);
    } finally {
      try {
        call.onBodyFailure(failure);
      } catch (Throwable t) {
        Guard.swallow(t);
      }
    }
  }

  @Override
  public void onComplete() {
    try {
      delegate.onComplete();
    } finally {
      try {
        call.onResponseEnd();
      } catch (Throwable t) {
        Guard.swallow(t);
      }
    }
  }

  private static final class ObservedSubscription implements Flow.Subscription {
    private final Flow.Subscription delegate;
    private final ModelCall call;

    ObservedSubscription(Flow.Subscription delegate, ModelCall call) {
      this.delegate = delegate;
      this.call = call;
    }

    @Override
    public void request(long count) {
      // Noted first: the client may deliver on this thread, before the call returns.
      try {
        call.onDemand(count);
      } catch (Throwable t) {
        Guard.swallow(t);
      }
      delegate.request(count);
    }

    @Override
    public void cancel() {
      // Noted first: the client answers a cancel with onError, on this thread.
      try {
        call.onCancel();
      } catch (Throwable t) {
        Guard.swallow(t);
      }
      delegate.cancel();
    }
  }
}
