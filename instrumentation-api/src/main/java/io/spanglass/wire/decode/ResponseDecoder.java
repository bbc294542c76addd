/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.wire.decode;

import io.spanglass.wire.frame.FrameHandler;

/** Reads the frames of a response. */
public interface ResponseDecoder extends FrameHandler {
  ResponseFacts facts();

  /** Whether the last frame was read to its end. */
  boolean isFrameComplete();
}
