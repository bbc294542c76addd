/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.wire.call;

/** Is told of the chunks of a streamed answer as they come, for what is recorded per chunk. */
public interface ChunkListener {
  /** The first chunk came; {@link CallState#timeToFirstChunk()} is set. */
  void onFirstChunk(CallState call);

  /**
   * A further chunk of choices came.
   *
   * @param nanos the time since the chunk before it
   */
  void onNextChunk(CallState call, long nanos);
}
