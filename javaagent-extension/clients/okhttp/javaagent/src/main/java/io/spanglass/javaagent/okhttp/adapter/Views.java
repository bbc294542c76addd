/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.javaagent.okhttp.adapter;

import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;

/** Collects views of the bytes in a buffer's segments, without copying them. */
final class Views extends OutputStream {
  private ByteBuffer[] views = new ByteBuffer[2];
  private int count;

  @Override
  public void write(byte[] bytes, int offset, int length) {
    if (count == views.length) {
      views = Arrays.copyOf(views, 2 * count);
    }
    views[count++] = ByteBuffer.wrap(bytes, offset, length);
  }

  @Override
  public void write(int b) {
    write(new byte[] {(byte) b}, 0, 1);
  }

  ByteBuffer[] toArray() {
    return Arrays.copyOf(views, count);
  }
}
