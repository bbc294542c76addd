/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.call;

/** The body of a request that lies in memory before the request is sent. */
public interface InMemoryBody {
  /**
   * Hands over the whole body, by reference and in one or more pieces, before it returns. The first
   * 64 KiB of it are read.
   */
  void writeTo(Sink sink);

  /**
   * Whether {@link #writeTo} could show the body, and one without bytes is empty. If it could not,
   * the body is read while it is sent.
   */
  default boolean isShown() {
    return true;
  }

  /** Takes the pieces in their order. */
  interface Sink {
    /** The array belongs to the caller: nothing of it is kept. */
    void accept(byte[] bytes, int offset, int length);
  }
}
