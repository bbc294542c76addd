/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.wire.frame;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;

/** Collects frames, a byte as a character each, and watches that calls come in order. */
final class Frames implements FrameHandler {
  final List<String> frames = new ArrayList<>();
  private final ByteArrayOutputStream frame = new ByteArrayOutputStream();
  private boolean open;

  @Override
  public void onFrameStart() {
    check(!open, "a frame starts within a frame");
    open = true;
    frame.reset();
  }

  @Override
  public void onFrameBytes(byte[] bytes, int offset, int length) {
    check(open, "bytes outside of a frame");
    frame.write(bytes, offset, length);
  }

  @Override
  public void onFrameEnd() {
    check(open, "a frame ends that did not start");
    open = false;
    frames.add(frame.toString(ISO_8859_1));
  }

  private static void check(boolean condition, String otherwise) {
    if (!condition) {
      throw new IllegalStateException(otherwise);
    }
  }
}
