/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.wire.frame;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Finds out how a body is framed: by what it starts with, since gateways send streams typed as JSON
 * or as nothing, and documents typed as streams. The type decides only where the start says
 * nothing.
 *
 * <p>What starts like JSON is documents, one or many; what starts like a line of events is a stream
 * of events; all else is one document.
 */
public final class SniffingFraming implements Framing {
  private final FrameHandler handler;
  private final boolean typedAsEvents;
  private final boolean arrays;
  private @Nullable Framing chosen;

  public SniffingFraming(FrameHandler handler) {
    this(handler, null);
  }

  /**
   * @param contentType the header's value, null where there is none
   */
  public SniffingFraming(FrameHandler handler, @Nullable String contentType) {
    this(handler, contentType, /* arrays= */ false);
  }

  /**
   * @param arrays whether an array is a stream of its elements, and not a document
   */
  public SniffingFraming(FrameHandler handler, @Nullable String contentType, boolean arrays) {
    this.handler = handler;
    this.arrays = arrays;
    this.typedAsEvents =
        contentType != null && contentType.toLowerCase(Locale.ROOT).contains("event-stream");
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
      framing = choose(bytes[at]);
      chosen = framing;
    }
    framing.onBytes(bytes, at, end - at);
  }

  private Framing choose(byte first) {
    if (first == '[' && arrays) {
      return JsonFraming.array(handler);
    }
    if (first == '{' || first == '[') {
      return JsonFraming.documents(handler);
    }
    return typedAsEvents || startsLine(first)
        ? new SseFraming(handler)
        : new DocumentFraming(handler);
  }

  /** Space, the bytes of a byte order mark, and what separates documents of RFC 7464. */
  private static boolean isSkipped(byte b) {
    return b == ' '
        || b == '\n'
        || b == '\r'
        || b == '\t'
        || b == 0x1e
        || b == (byte) 0xEF
        || b == (byte) 0xBB
        || b == (byte) 0xBF;
  }

  /** A comment, or one of the fields data, event, id and retry. */
  static boolean startsLine(byte b) {
    return b == ':' || b == 'd' || b == 'e' || b == 'i' || b == 'r';
  }

  /** Whether the body is a stream of frames; false as long as that is not known. */
  public boolean isEventStream() {
    if (chosen instanceof SseFraming) {
      return ((SseFraming) chosen).hasData();
    }
    return chosen instanceof JsonFraming && ((JsonFraming) chosen).isStream();
  }

  @Override
  public void onEnd() {
    if (chosen != null) {
      chosen.onEnd();
    }
  }
}
