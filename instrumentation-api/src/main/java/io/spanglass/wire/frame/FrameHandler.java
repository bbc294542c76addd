/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.wire.frame;

/**
 * Takes the frames of a body: the data of one server-sent event each, or the one document. A frame
 * comes in as many pieces as the wire cut it into. Called by one thread at a time.
 */
public interface FrameHandler {
  void onFrameStart();

  /** The array belongs to the caller: nothing of it may be kept after the call returns. */
  void onFrameBytes(byte[] bytes, int offset, int length);

  void onFrameEnd();
}
