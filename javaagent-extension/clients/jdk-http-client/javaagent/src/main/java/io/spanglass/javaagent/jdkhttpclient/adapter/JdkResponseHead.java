/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.javaagent.jdkhttpclient.adapter;

import io.spanglass.wire.ResponseHead;
import java.net.http.HttpResponse;
import org.jspecify.annotations.Nullable;

/** The head of a response of the JDK's client. */
final class JdkResponseHead implements ResponseHead {
  private final HttpResponse.ResponseInfo info;

  JdkResponseHead(HttpResponse.ResponseInfo info) {
    this.info = info;
  }

  @Override
  public int status() {
    return info.statusCode();
  }

  @Override
  public @Nullable String header(String name) {
    return info.headers().firstValue(name).orElse(null);
  }
}
