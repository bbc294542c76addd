/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.wire.frame;

import org.jspecify.annotations.Nullable;

/**
 * JSON documents one after the other, a frame each: one document, NDJSON, or the elements of one
 * array. Where a document ends, the handler {@linkplain FrameHandler#onDocumentBytes tells}; to one
 * that does not, the whole body is one frame.
 *
 * <p>What follows a document may also be events: some gateways put {@code data: [DONE]} behind a
 * whole answer.
 */
public final class JsonFraming implements Framing {
  private static final byte RECORD_SEPARATOR = 0x1e;

  private final FrameHandler handler;
  private final boolean array;
  private boolean inArray;
  private boolean open;
  private boolean over;
  private boolean stream;
  private long documents;
  private @Nullable SseFraming events;

  private JsonFraming(FrameHandler handler, boolean array) {
    this.handler = handler;
    this.array = array;
  }

  /**
   * Returns a framing for documents with nothing but white space between them. Two make a stream;
   * one is a document.
   */
  public static JsonFraming documents(FrameHandler handler) {
    return new JsonFraming(handler, /* array= */ false);
  }

  /** Returns a framing for one array, whose elements are the frames of a stream. */
  public static JsonFraming array(FrameHandler handler) {
    return new JsonFraming(handler, /* array= */ true);
  }

  @Override
  public void onBytes(byte[] bytes, int offset, int length) {
    int at = offset;
    int end = offset + length;
    // Where the document starts that is being read, if that is in this array.
    int documentFrom = -1;
    while (at < end && !over) {
      if (events != null) {
        events.onBytes(bytes, at, end - at);
        return;
      }
      if (!open) {
        byte b = bytes[at];
        if (isSeparator(b)) {
          at++;
          continue;
        }
        if (!startsFrame(b)) {
          continue;
        }
        if (b == '[' && array && !inArray) {
          inArray = true;
          onStream();
          at++;
          continue;
        }
        if (documents > 0) {
          onStream();
        }
        int to = handler.onFrameLikeBefore(bytes, at, end);
        if (to > at) {
          documents++;
          at = to;
          continue;
        }
        documentFrom = at;
        open = true;
        handler.onFrameStart();
      }
      int taken = handler.onDocumentBytes(bytes, at, end - at);
      at += taken;
      if (at < end || handler.isFrameComplete()) {
        open = false;
        documents++;
        handler.onFrameEnd();
        if (documentFrom >= 0) {
          handler.onWholeFrame(bytes, documentFrom, at);
        }
      }
    }
  }

  private boolean isSeparator(byte b) {
    return b == ' '
        || b == '\n'
        || b == '\r'
        || b == '\t'
        || b == RECORD_SEPARATOR
        || (b == ',' && inArray);
  }

  /** Whether a document starts with this byte; if not, notes what else it means. */
  private boolean startsFrame(byte b) {
    if (inArray) {
      over = b == ']';
      return !over;
    }
    if (documents == 0 || b == '{' || b == '[') {
      return true;
    }
    if (SniffingFraming.startsLine(b)) {
      // The document was the answer, and is not made a stream by a mark behind it.
      events = new SseFraming(handler, /* announced= */ true);
    } else {
      over = true;
    }
    return false;
  }

  private void onStream() {
    if (!stream) {
      stream = true;
      handler.onStream();
    }
  }

  /** Whether more than one document came, or an array whose elements are frames. */
  boolean isStream() {
    return stream;
  }

  @Override
  public void onEnd() {
    if (events != null) {
      events.onEnd();
    } else if (open) {
      open = false;
      handler.onFrameEnd();
    }
  }
}
