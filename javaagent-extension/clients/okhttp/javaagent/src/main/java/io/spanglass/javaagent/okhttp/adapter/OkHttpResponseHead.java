/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.javaagent.okhttp.adapter;

import io.spanglass.wire.ResponseHead;
import okhttp3.Response;
import org.jspecify.annotations.Nullable;

/** The head of a response of OkHttp's. */
final class OkHttpResponseHead implements ResponseHead {
  private final Response response;

  OkHttpResponseHead(Response response) {
    this.response = response;
  }

  @Override
  public int status() {
    return response.code();
  }

  @Override
  public @Nullable String header(String name) {
    return response.header(name);
  }
}
