/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.wire.frame;

import org.jspecify.annotations.Nullable;

/** For a body whose type the head does not say: a document if it starts like JSON, else events. */
public final class SniffingFraming implements Framing {
  private final FrameHandler handler;
  private @Nullable Framing chosen;

  public SniffingFraming(FrameHandler handler) {
    this.handler = handler;
  }

  @Override
  public void onBytes(byte[] bytes, int offset, int length) {
    int at = offset;
    int end = offset + length;
    Framing framing = chosen;
    if (framing == null) {
      while (at < end
          && (bytes[at] == ' ' || bytes[at] == '\n' || bytes[at] == '\r' || bytes[at] == '\t')) {
        at++;
      }
      if (at == end) {
        return;
      }
      framing =
          bytes[at] == '{' || bytes[at] == '['
              ? new DocumentFraming(handler)
              : new SseFraming(handler);
      chosen = framing;
    }
    framing.onBytes(bytes, at, end - at);
  }

  /** Whether the body is a stream of events; false as long as that is not known. */
  public boolean isEventStream() {
    return chosen instanceof SseFraming;
  }

  @Override
  public void onEnd() {
    if (chosen != null) {
      chosen.onEnd();
    }
  }
}
