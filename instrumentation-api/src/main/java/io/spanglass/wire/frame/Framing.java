/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.wire.frame;

import io.spanglass.wire.bytes.ByteSink;

/** Cuts a body into frames, incrementally and without keeping any of it. */
public interface Framing extends ByteSink {
  /** The body is over, and so is the frame that was open. */
  void onEnd();
}
