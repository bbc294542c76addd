/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.javaagent.okhttp.adapter;

import io.spanglass.wire.RequestHead;
import okhttp3.Request;
import org.jspecify.annotations.Nullable;

/** The head of a request of OkHttp's. */
public final class OkHttpRequestHead implements RequestHead {
  private final Request request;

  public OkHttpRequestHead(Request request) {
    this.request = request;
  }

  @Override
  public String method() {
    return request.method();
  }

  @Override
  public String scheme() {
    return request.url().scheme();
  }

  @Override
  public String host() {
    return request.url().host();
  }

  @Override
  public int port() {
    return request.url().port();
  }

  @Override
  public String rawPath() {
    return request.url().encodedPath();
  }

  @Override
  public @Nullable String rawQuery() {
    return request.url().encodedQuery();
  }

  @Override
  public @Nullable String header(String name) {
    return request.header(name);
  }
}
