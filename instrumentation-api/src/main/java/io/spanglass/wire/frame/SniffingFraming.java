/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.wire.frame;

import org.jspecify.annotations.Nullable;

/**
 * For a body whose head does not say that it is a stream of events: some gateways send one as JSON,
 * as text or as nothing at all. It is one if it starts like a line of events, else a document.
 */
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
      while (at < end && isSkipped(bytes[at])) {
        at++;
      }
      if (at == end) {
        return;
      }
      framing = startsLine(bytes[at]) ? new SseFraming(handler) : new DocumentFraming(handler);
      chosen = framing;
    }
    framing.onBytes(bytes, at, end - at);
  }

  /** Space, and the bytes of a byte order mark. */
  private static boolean isSkipped(byte b) {
    return b == ' '
        || b == '\n'
        || b == '\r'
        || b == '\t'
        || b == (byte) 0xEF
        || b == (byte) 0xBB
        || b == (byte) 0xBF;
  }

  /** A comment, or one of the fields data, event, id and retry. */
  private static boolean startsLine(byte b) {
    return b == ':' || b == 'd' || b == 'e' || b == 'i' || b == 'r';
  }

  /** Whether the body is a stream of events; false as long as that is not known. */
  public boolean isEventStream() {
    return chosen instanceof SseFraming && ((SseFraming) chosen).hasData();
  }

  @Override
  public void onEnd() {
    if (chosen != null) {
      chosen.onEnd();
    }
  }
}
