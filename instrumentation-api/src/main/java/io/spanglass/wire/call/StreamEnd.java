/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.wire.call;

/** How the stream of an answer ended: the value of {@code spanglass.stream.end}. */
public enum StreamEnd {
  /** The whole answer came. */
  COMPLETED("completed"),
  /** The application stopped it. Not an error. */
  CANCELLED("cancelled"),
  /** The application dropped it without closing; found by the garbage collector. */
  ABANDONED("abandoned"),
  /** The connection broke. */
  RESET("reset"),
  /** A deadline of the client ran out. */
  TIMEOUT("timeout"),
  /** Anything else that is no answer: an error of the provider, of connecting, of a callback. */
  ERROR("error");

  private final String value;

  StreamEnd(String value) {
    this.value = value;
  }

  /** The attribute's value. */
  public String value() {
    return value;
  }

  /** Whether the call failed. A cancelled or abandoned one did not. */
  public boolean isFailure() {
    return this == RESET || this == TIMEOUT || this == ERROR;
  }
}
