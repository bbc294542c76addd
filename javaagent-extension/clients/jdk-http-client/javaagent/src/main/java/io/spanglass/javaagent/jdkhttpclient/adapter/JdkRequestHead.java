/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.javaagent.jdkhttpclient.adapter;

import io.spanglass.wire.RequestHead;
import java.net.http.HttpRequest;
import org.jspecify.annotations.Nullable;

/** The head of a request of the JDK's client. */
final class JdkRequestHead implements RequestHead {
  private final HttpRequest request;

  JdkRequestHead(HttpRequest request) {
    this.request = request;
  }

  @Override
  public String method() {
    return request.method();
  }

  @Override
  public @Nullable String scheme() {
    return request.uri().getScheme();
  }

  @Override
  public @Nullable String host() {
    return request.uri().getHost();
  }

  @Override
  public int port() {
    return request.uri().getPort();
  }

  @Override
  public @Nullable String rawPath() {
    return request.uri().getRawPath();
  }

  @Override
  public @Nullable String rawQuery() {
    return request.uri().getRawQuery();
  }

  @Override
  public @Nullable String header(String name) {
    return request.headers().firstValue(name).orElse(null);
  }
}
