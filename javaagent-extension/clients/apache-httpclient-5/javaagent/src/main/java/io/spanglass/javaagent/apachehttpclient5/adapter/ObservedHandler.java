/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.javaagent.apachehttpclient5.adapter;

import io.opentelemetry.context.Scope;
import io.spanglass.call.Guard;
import java.io.IOException;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.HttpException;
import org.apache.hc.core5.http.io.HttpClientResponseHandler;
import org.jspecify.annotations.Nullable;

/** The application's handler, which the client calls within {@code execute}. */
final class ObservedHandler<T> implements HttpClientResponseHandler<T> {
  private final HttpClientResponseHandler<T> delegate;
  private final ClassicExchange call;

  ObservedHandler(HttpClientResponseHandler<T> delegate, ClassicExchange call) {
    this.delegate = delegate;
    this.call = call;
  }

  @Override
  public T handleResponse(ClassicHttpResponse response) throws HttpException, IOException {
    Scope scope = left();
    try {
      return delegate.handleResponse(response);
    } finally {
      Guard.run(
          () -> {
            call.enterAgain();
            if (scope != null) {
              scope.close();
            }
          });
    }
  }

  @SuppressWarnings("MustBeClosedChecker") // Closed above.
  private @Nullable Scope left() {
    try {
      return call.leave();
    } catch (Throwable t) {
      Guard.swallow(t);
      return null;
    }
  }

  @Override
  public String toString() {
    return delegate.toString();
  }
}
