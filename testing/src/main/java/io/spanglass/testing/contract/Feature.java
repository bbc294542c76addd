/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.testing.contract;

/** What a client may or may not be able to do. */
public enum Feature {
  /** A call that blocks until the response is there. */
  BLOCKING,
  /** A call that returns at once and calls the application back. */
  ASYNC,
  /** The body as one value. */
  WHOLE,
  /** The body as a stream that the application reads as it comes. */
  STREAM,
  /** The body pushed to the application, which says how much it is ready for. */
  PUSH,
  /** An asynchronous call can be cancelled from any thread until its response is complete. */
  CANCEL_WAITING,
  /** A blocking call can be cancelled from another thread until its response is complete. */
  CANCEL_BLOCKING,
  /** A call can be cancelled from another thread while the application reads a stream. */
  CANCEL_READING,
  /** An interrupt ends a blocking call that waits for its response. */
  INTERRUPT_WAITING,
  /** An interrupt ends the reading of a stream. */
  INTERRUPT_READING,
  /** The client lets go of a call that waits for its response when the application has. */
  FORGET_WAITING,
  /** A limit on the time until the response is there. */
  CALL_TIMEOUT,
  /** A limit on the time between two pieces of a body. */
  READ_TIMEOUT,
  /** Follows status 307 with the body sent again. */
  REDIRECTS,
  /** HTTP/2 over TLS. */
  HTTP_2,
  /** A request body lies in memory when the call begins. */
  BODY_AHEAD,
  /** A request body that the application writes while it is sent. */
  WRITTEN_BODY,
  /** A written body whose failure is thrown within the client. */
  FAILING_BODY,
  /** A request body that is sent while the response is read. */
  DUPLEX
}
