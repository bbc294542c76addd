/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.javaagent.jdkhttpclient.adapter;

import io.spanglass.http.ModelCall;
import java.net.http.HttpHeaders;
import java.net.http.HttpResponse;

/** The application's handler, whose subscriber we listen at. */
final class ObservedBodyHandler<T> implements HttpResponse.BodyHandler<T> {
  private final HttpResponse.BodyHandler<T> delegate;
  private final ModelCall call;

  /** Held by whatever the client keeps as long as bytes can come, and by nothing else. */
  private final Object holder = new Object();

  ObservedBodyHandler(HttpResponse.BodyHandler<T> delegate, ModelCall call) {
    this.delegate = delegate;
    this.call = call;
    call.endWithHolder(holder);
  }

  @Override
  public HttpResponse.BodySubscriber<T> apply(HttpResponse.ResponseInfo info) {
    HttpResponse.BodySubscriber<T> subscriber = delegate.apply(info);
    if (subscriber == null) {
      return subscriber;
    }
    try {
      HttpHeaders headers = info.headers();
      call.onResponseHead(
          info.statusCode(),
          headers.firstValue("Content-Type").orElse(null),
          headers.firstValue("Content-Encoding").orElse(null));
    } catch (Throwable t) {
      Guard.swallow(t);
    }
    return new ObservedBodySubscriber<>(subscriber, call, holder);
  }
}
