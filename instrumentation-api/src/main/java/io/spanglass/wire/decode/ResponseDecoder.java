/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.wire.decode;

import io.spanglass.wire.frame.FrameHandler;

/** Reads the frames of a response. */
public interface ResponseDecoder extends FrameHandler {
  /** Returns a snapshot of what was read so far. */
  ResponseFacts facts();

  /** Whether the body is a stream of frames, as far as it was read. */
  boolean isStream();

  /**
   * Whether nothing of the answer can be missing: of a stream its end, or the end of each choice,
   * came; any other answer is one document, and came to its end. An error can be whole too.
   */
  boolean isAnswerWhole();

  /** Whether the last frame was read to its end. */
  @Override
  boolean isFrameComplete();
}
