/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.javaagent.okhttp.adapter;

import io.spanglass.call.Attempt;
import io.spanglass.call.Guard;
import java.io.IOException;
import okio.Buffer;
import okio.ForwardingSource;
import okio.Source;

/** A response's body as it comes from the connection. */
final class ObservedSource extends ForwardingSource {
  private final Attempt attempt;
  private final BufferedBytes bytes = new BufferedBytes(this::received);

  @SuppressWarnings({"unused", "FieldCanBeLocal"}) // Its being held is its use.
  private final Object holder;

  private long arrivedNanos;

  ObservedSource(Source delegate, Attempt attempt, Object holder) {
    super(delegate);
    this.attempt = attempt;
    this.holder = holder;
  }

  @Override
  public long read(Buffer sink, long byteCount) throws IOException {
    long before = sink.size();
    try {
      attempt.demand(1);
    } catch (Throwable t) {
      Guard.swallow(t);
    }
    long count;
    try {
      count = super.read(sink, byteCount);
    } catch (Throwable t) {
      Guard.run(() -> attempt.failed(t));
      throw t;
    }
    if (count < 0) {
      Guard.run(attempt::end);
    } else {
      try {
        arrivedNanos = System.nanoTime();
        bytes.show(sink, before, count);
      } catch (Throwable t) {
        Guard.swallow(t);
      }
    }
    return count;
  }

  private void received(byte[] data, int offset, int length) {
    attempt.bytes(data, offset, length, arrivedNanos);
  }

  @Override
  public void close() throws IOException {
    // Told first: the client may read on to keep the connection.
    Guard.run(attempt::closed);
    super.close();
  }

  @Override
  public String toString() {
    return delegate().toString();
  }
}
