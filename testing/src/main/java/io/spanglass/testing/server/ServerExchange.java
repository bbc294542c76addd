/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.testing.server;

import java.io.IOException;

/** The server's side of one request, for HTTP/1.1 and HTTP/2 alike. Used by one thread. */
public interface ServerExchange {

  /** What the request was; its body is there once {@link #readBody} was called. */
  ReceivedRequest request();

  /** Reads the whole request body. Without it the body stays unread. */
  byte[] readBody() throws IOException;

  /** Writes an interim response: 100, or 103. */
  void interim(int status) throws IOException;

  /**
   * Writes the response head as one write.
   *
   * @param headers names and values in turn
   */
  void head(int status, Framing framing, String... headers) throws IOException;

  /** Writes a piece of the body as one write. */
  void data(byte[] bytes) throws IOException;

  /** Ends the response properly. */
  void end() throws IOException;

  /** Writes bytes as they are; HTTP/1.1 only. */
  void raw(byte[] bytes) throws IOException;

  /** TCP reset in HTTP/1.1, RST_STREAM in HTTP/2. */
  void reset() throws IOException;

  /** Closes the connection without a word; HTTP/1.1 only. */
  void close() throws IOException;

  /** Waits until the client has gone: closed, reset, or cancelled the stream. */
  void awaitClientGone() throws InterruptedException, IOException;

  /** Promises and serves another resource, where the protocol and the client allow it. */
  void push(String path) throws IOException;

  default void sleep(long millis) throws InterruptedException {
    Thread.sleep(millis);
  }

  /** Notes the moment, to be found in {@link ReceivedRequest#stamps}. */
  default void stamp(String label) {
    request().stamp(label);
  }
}
