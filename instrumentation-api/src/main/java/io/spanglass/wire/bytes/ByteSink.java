/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.wire.bytes;

/** Takes the bytes of a body as they pass. Called by one thread at a time. */
public interface ByteSink {
  /**
   * The next bytes of the body. The array belongs to the caller: nothing of it may be kept after
   * the call returns.
   */
  void onBytes(byte[] bytes, int offset, int length);
}
