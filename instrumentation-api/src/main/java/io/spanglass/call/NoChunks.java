/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.call;

import io.spanglass.wire.call.CallState;
import io.spanglass.wire.call.ChunkListener;

/** Of an attempt that is told to nobody. */
enum NoChunks implements ChunkListener {
  INSTANCE;

  @Override
  public void onFirstChunk(CallState call) {}

  @Override
  public void onNextChunk(CallState call, long nanos) {}
}
