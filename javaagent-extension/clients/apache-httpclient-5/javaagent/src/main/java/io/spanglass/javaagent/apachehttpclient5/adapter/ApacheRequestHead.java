/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.javaagent.apachehttpclient5.adapter;

import io.spanglass.wire.RequestHead;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpHost;
import org.apache.hc.core5.http.HttpRequest;
import org.apache.hc.core5.net.NamedEndpoint;
import org.jspecify.annotations.Nullable;

/** The head of a request of the client's. */
final class ApacheRequestHead implements RequestHead {
  private final @Nullable HttpHost target;
  private final HttpRequest request;

  /**
   * @param target where it goes to, if that was said apart from it
   */
  ApacheRequestHead(@Nullable HttpHost target, HttpRequest request) {
    this.target = target;
    this.request = request;
  }

  @Override
  public String method() {
    return request.getMethod();
  }

  @Override
  public @Nullable String scheme() {
    return target != null ? target.getSchemeName() : request.getScheme();
  }

  private @Nullable NamedEndpoint endpoint() {
    return target != null ? target : request.getAuthority();
  }

  @Override
  public @Nullable String host() {
    NamedEndpoint endpoint = endpoint();
    return endpoint == null ? null : endpoint.getHostName();
  }

  @Override
  public int port() {
    NamedEndpoint endpoint = endpoint();
    return endpoint == null ? -1 : endpoint.getPort();
  }

  @Override
  public @Nullable String rawPath() {
    return rawPath(request);
  }

  /** Without a query; to a proxy the client sends the whole URL. */
  static @Nullable String rawPath(HttpRequest request) {
    String path = request.getPath();
    if (path == null) {
      return null;
    }
    int start = 0;
    if (!path.startsWith("/")) {
      int authority = path.indexOf("://");
      start = authority < 0 ? 0 : Math.max(0, path.indexOf('/', authority + 3));
    }
    int query = path.indexOf('?', start);
    return path.substring(start, query < 0 ? path.length() : query);
  }

  @Override
  public @Nullable String rawQuery() {
    String path = request.getPath();
    int query = path == null ? -1 : path.indexOf('?');
    return query < 0 ? null : path.substring(query + 1);
  }

  @Override
  public @Nullable String header(String name) {
    Header header = request.getFirstHeader(name);
    return header == null ? null : header.getValue();
  }
}
