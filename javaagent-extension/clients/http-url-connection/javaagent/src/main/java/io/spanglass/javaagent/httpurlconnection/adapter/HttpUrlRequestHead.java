/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.javaagent.httpurlconnection.adapter;

import io.spanglass.wire.RequestHead;
import java.lang.ref.WeakReference;
import java.net.HttpURLConnection;
import java.net.URL;
import org.jspecify.annotations.Nullable;

/** The head of a request as it is sent now: a redirect changes the connection's. */
final class HttpUrlRequestHead implements RequestHead {
  private final URL url;
  private final String method;

  /** Weak: the call is kept as long as it is under way, and the connection keeps the call. */
  private final WeakReference<HttpURLConnection> connection;

  HttpUrlRequestHead(HttpURLConnection connection, String method) {
    this.url = connection.getURL();
    this.method = method;
    this.connection = new WeakReference<>(connection);
  }

  @Override
  public String method() {
    return method;
  }

  @Override
  public String scheme() {
    return url.getProtocol();
  }

  @Override
  public String host() {
    return url.getHost();
  }

  @Override
  public int port() {
    return url.getPort();
  }

  @Override
  public String rawPath() {
    return url.getPath();
  }

  @Override
  public @Nullable String rawQuery() {
    return url.getQuery();
  }

  @Override
  public @Nullable String header(String name) {
    HttpURLConnection connection = this.connection.get();
    return connection == null ? null : connection.getRequestProperty(name);
  }
}
