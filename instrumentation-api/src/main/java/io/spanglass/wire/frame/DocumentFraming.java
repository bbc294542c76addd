/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.wire.frame;

/** The whole body is one frame. */
public final class DocumentFraming implements Framing {
  private final FrameHandler handler;
  private boolean open;

  public DocumentFraming(FrameHandler handler) {
    this.handler = handler;
  }

  @Override
  public void onBytes(byte[] bytes, int offset, int length) {
    if (length == 0) {
      return;
    }
    if (!open) {
      open = true;
      handler.onFrameStart();
    }
    handler.onFrameBytes(bytes, offset, length);
  }

  @Override
  public void onEnd() {
    if (open) {
      open = false;
      handler.onFrameEnd();
    }
  }
}
