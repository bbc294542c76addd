/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.call;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.spanglass.testing.Head;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** An exchange and its latest attempt, as a client that pushes the body tells of them. */
final class Call {
  final Exchange exchange;
  Attempt attempt;

  Call(Exchange exchange) {
    this.exchange = exchange;
    this.attempt = exchange.attempt(null);
  }

  /** The request is sent once more. */
  void again() {
    attempt = exchange.attempt(null);
  }

  /** What the client breaks off with is what the application gets. */
  void fail(Throwable failure) {
    attempt.requestFailed();
    attempt.failed(failure);
    exchange.failed(failure);
  }

  void head(int status, @Nullable String contentType, @Nullable String contentEncoding) {
    attempt.head(new Head(status, contentType, contentEncoding));
  }

  void stream() {
    head(200, "text/event-stream", null);
  }

  void deliver(String... buffers) {
    deliverAt(System.nanoTime(), buffers);
  }

  void deliverAt(long arrivedNanos, String... buffers) {
    if (attempt.delivering()) {
      deliveredAt(arrivedNanos, buffers);
    }
  }

  /** The end of a delivery that has begun. */
  void delivered(String... buffers) {
    deliveredAt(System.nanoTime(), buffers);
  }

  private void deliveredAt(long arrivedNanos, String... buffers) {
    for (String buffer : buffers) {
      attempt.bytes(ByteBuffer.wrap(buffer.getBytes(UTF_8)), arrivedNanos);
    }
    attempt.delivered();
  }

  /** The whole answer. */
  void answer() {
    stream();
    deliver(Observed.ANSWER, Observed.LAST, Observed.USAGE, Observed.DONE);
  }
}
