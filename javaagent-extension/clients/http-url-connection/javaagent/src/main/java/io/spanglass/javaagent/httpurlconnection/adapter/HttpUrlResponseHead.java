/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.javaagent.httpurlconnection.adapter;

import io.spanglass.wire.ResponseHead;
import java.net.HttpURLConnection;
import org.jspecify.annotations.Nullable;

/** The head of a response that the connection has. */
final class HttpUrlResponseHead implements ResponseHead {
  private final HttpURLConnection connection;
  private final int status;

  HttpUrlResponseHead(HttpURLConnection connection, int status) {
    this.connection = connection;
    this.status = status;
  }

  @Override
  public int status() {
    return status;
  }

  @Override
  public @Nullable String header(String name) {
    return connection.getHeaderField(name);
  }
}
