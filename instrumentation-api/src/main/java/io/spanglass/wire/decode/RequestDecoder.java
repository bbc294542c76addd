/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.wire.decode;

import io.spanglass.wire.frame.FrameHandler;

/** Reads the one document of a request. */
public interface RequestDecoder extends FrameHandler {
  RequestFacts facts();

  /** Whether what was read can be the start of a request of the API. */
  default boolean isPossible() {
    return true;
  }

  /** Whether everything of the body was read and understood. */
  boolean isComplete();
}
