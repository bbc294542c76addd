/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.call;

/**
 * What a client knows of one call beyond its exceptions. It is asked when something has ended or
 * failed, on that thread; an answer of a moment, that must not wait.
 */
public interface Client {
  /** Whether the application has stopped this call by the client's own means. */
  default boolean isCancelled() {
    return false;
  }

  /**
   * Whether a deadline of the client for the whole call has run out. The application then gets an
   * {@link java.io.InterruptedIOException}, whatever it was that broke.
   */
  default boolean isTimedOut() {
    return false;
  }
}
