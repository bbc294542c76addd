/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.javaagent.okhttp.adapter;

import java.io.IOException;
import okio.Buffer;
import okio.ForwardingSink;
import okio.Sink;

/** A request's body on its way to the connection. */
final class ObservedSink extends ForwardingSink {
  private final OkHttpExchange exchange;
  private long position;

  ObservedSink(Sink delegate, OkHttpExchange exchange) {
    super(delegate);
    this.exchange = exchange;
  }

  @Override
  public void write(Buffer source, long byteCount) throws IOException {
    // Looked at before: the connection takes the bytes out of the buffer.
    try {
      exchange.sending(source, byteCount, position);
    } catch (Throwable t) {
      Guard.swallow(t);
    }
    try {
      super.write(source, byteCount);
    } catch (Throwable t) {
      exchange.sinkFailed();
      throw t;
    }
    position += byteCount;
  }

  @Override
  public void flush() throws IOException {
    try {
      super.flush();
    } catch (Throwable t) {
      exchange.sinkFailed();
      throw t;
    }
  }

  @Override
  public void close() throws IOException {
    try {
      super.close();
    } catch (Throwable t) {
      exchange.sinkFailed();
      throw t;
    }
    try {
      exchange.sent();
    } catch (Throwable t) {
      Guard.swallow(t);
    }
  }

  @Override
  public String toString() {
    return delegate().toString();
  }
}
