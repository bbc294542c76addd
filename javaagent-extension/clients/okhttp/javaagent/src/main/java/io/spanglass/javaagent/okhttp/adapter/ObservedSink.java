/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.javaagent.okhttp.adapter;

import io.spanglass.call.Attempt;
import io.spanglass.call.Guard;
import java.io.IOException;
import okio.Buffer;
import okio.ForwardingSink;
import okio.Sink;

/** A request's body on its way to the connection. */
final class ObservedSink extends ForwardingSink {
  private final Attempt attempt;
  private final BufferedBytes bytes;

  ObservedSink(Sink delegate, Attempt attempt) {
    super(delegate);
    this.attempt = attempt;
    this.bytes = new BufferedBytes(attempt::requestBytes);
  }

  @Override
  public void write(Buffer source, long byteCount) throws IOException {
    // Looked at before: the connection takes the bytes out of the buffer.
    try {
      bytes.show(source, 0, byteCount);
    } catch (Throwable t) {
      Guard.swallow(t);
    }
    try {
      super.write(source, byteCount);
    } catch (Throwable t) {
      Guard.run(attempt::requestFailed);
      throw t;
    }
  }

  @Override
  public void flush() throws IOException {
    try {
      super.flush();
    } catch (Throwable t) {
      Guard.run(attempt::requestFailed);
      throw t;
    }
  }

  @Override
  public void close() throws IOException {
    try {
      super.close();
    } catch (Throwable t) {
      Guard.run(attempt::requestFailed);
      throw t;
    }
    Guard.run(attempt::requestEnd);
  }

  @Override
  public String toString() {
    return delegate().toString();
  }
}
