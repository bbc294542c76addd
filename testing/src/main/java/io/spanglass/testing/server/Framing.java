/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.testing.server;

/** How a response body is delimited in HTTP/1.1; HTTP/2 has one way only and ignores it. */
public enum Framing {
  /** Transfer-Encoding: chunked; every {@link ServerExchange#data} is one chunk and one write. */
  CHUNKED,
  /** The script gives a Content-Length, right or wrong, among the headers. */
  LENGTH,
  /** Until the connection closes. */
  CLOSE
}
