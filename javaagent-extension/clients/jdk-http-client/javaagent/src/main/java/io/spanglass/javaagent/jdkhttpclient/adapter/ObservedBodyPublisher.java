/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.javaagent.jdkhttpclient.adapter;

import io.spanglass.http.ModelRequest;
import java.net.http.HttpRequest;
import java.nio.ByteBuffer;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicBoolean;

/** The application's publisher, whose bytes we see after the client got them. */
final class ObservedBodyPublisher implements HttpRequest.BodyPublisher {
  final HttpRequest.BodyPublisher delegate;
  private final ModelRequest request;

  /** A redirect or a challenge publishes the body once more. */
  private final AtomicBoolean observed = new AtomicBoolean();

  ObservedBodyPublisher(HttpRequest.BodyPublisher delegate, ModelRequest request) {
    this.delegate = delegate;
    this.request = request;
  }

  @Override
  public long contentLength() {
    return delegate.contentLength();
  }

  @Override
  public void subscribe(Flow.Subscriber<? super ByteBuffer> subscriber) {
    delegate.subscribe(
        observed.compareAndSet(false, true)
            ? new ObservedSubscriber(subscriber, request)
            : subscriber);
  }

  private static final class ObservedSubscriber implements Flow.Subscriber<ByteBuffer> {
    private final Flow.Subscriber<? super ByteBuffer> delegate;
    private final ModelRequest request;

    ObservedSubscriber(Flow.Subscriber<? super ByteBuffer> delegate, ModelRequest request) {
      this.delegate = delegate;
      this.request = request;
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
        try {
          request.onBytes(view);
        } catch (Throwable t) {
          Guard.swallow(t);
        }
      }
    }

    @Override
    public void onError(Throwable failure) {
      delegate.onError(failure);
      end();
    }

    @Override
    public void onComplete() {
      delegate.onComplete();
      end();
    }

    private void end() {
      try {
        request.onEnd();
      } catch (Throwable t) {
        Guard.swallow(t);
      }
    }
  }
}
