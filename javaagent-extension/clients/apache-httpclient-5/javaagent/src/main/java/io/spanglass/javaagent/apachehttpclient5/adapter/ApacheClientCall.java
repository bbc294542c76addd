/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.javaagent.apachehttpclient5.adapter;

import io.spanglass.call.Client;
import org.apache.hc.core5.concurrent.CancellableDependency;
import org.apache.hc.core5.http.HttpRequest;

/** Whether the application has cancelled a request. */
final class ApacheClientCall implements Client {
  private final HttpRequest request;

  ApacheClientCall(HttpRequest request) {
    this.request = request;
  }

  @Override
  public boolean isCancelled() {
    return request instanceof CancellableDependency
        && ((CancellableDependency) request).isCancelled();
  }
}
