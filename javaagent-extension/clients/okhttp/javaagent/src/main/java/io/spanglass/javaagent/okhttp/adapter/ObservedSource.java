/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.javaagent.okhttp.adapter;

import java.io.IOException;
import okio.Buffer;
import okio.ForwardingSource;
import okio.Source;

/** A response's body as it comes from the connection. */
final class ObservedSource extends ForwardingSource {
  private final OkHttpExchange exchange;
  private final int attempt;

  ObservedSource(Source delegate, OkHttpExchange exchange, int attempt) {
    super(delegate);
    this.exchange = exchange;
    this.attempt = attempt;
  }

  @Override
  public long read(Buffer sink, long byteCount) throws IOException {
    long before = sink.size();
    exchange.onDemand(attempt);
    long count;
    try {
      count = super.read(sink, byteCount);
    } catch (Throwable t) {
      exchange.end(attempt, t);
      throw t;
    }
    if (count < 0) {
      exchange.end(attempt, OkHttpExchange.END);
    } else {
      exchange.received(attempt, sink, before, count, System.nanoTime());
    }
    return count;
  }

  @Override
  public void close() throws IOException {
    // Noted first: the client may read on to keep the connection. Means nothing after the end.
    exchange.end(attempt, OkHttpExchange.CLOSED);
    super.close();
  }

  @Override
  public String toString() {
    return delegate().toString();
  }
}
