/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.wire.frame;

import io.spanglass.wire.bytes.ByteSearch;

/**
 * Server-sent events by the parsing rules of the WHATWG HTML standard, section 9.2.6: lines end
 * with LF, CR or CR LF, a byte order mark at the start is dropped, comments and unknown fields are
 * passed over, several {@code data} lines of one event are joined with LF.
 *
 * <p>One rule is bent on purpose: an event that the end of the body leaves open counts, since SDKs
 * that read line by line deliver it too.
 *
 * <p>See https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
 */
public final class SseFraming implements Framing {
  private static final byte[] DATA = {'d', 'a', 't', 'a'};
  private static final byte[] NEW_LINE = {'\n'};
  private static final int BYTE_ORDER_MARK = 0xEFBBBF;

  private static final int LINE_START = 0;
  private static final int NAME = 1;
  private static final int VALUE_START = 2;
  private static final int DATA_VALUE = 3;
  private static final int IGNORED = 4;

  private final FrameHandler handler;
  private int state = LINE_START;
  private boolean afterCarriageReturn;
  private boolean open;
  private boolean hasData;
  // How many bytes of the field's name were read, and whether they are those of "data" so far.
  private int nameLength;
  private boolean nameIsData;
  private int markBytes;

  public SseFraming(FrameHandler handler) {
    this.handler = handler;
  }

  @Override
  public void onBytes(byte[] bytes, int offset, int length) {
    int at = offset;
    int end = offset + length;
    while (markBytes >= 0 && at < end) {
      if ((bytes[at] & 0xff) == ((BYTE_ORDER_MARK >> (16 - 8 * markBytes)) & 0xff)) {
        at++;
        markBytes = markBytes == 2 ? -1 : markBytes + 1;
      } else {
        // Part of a mark is text; no field that matters starts with it.
        if (markBytes > 0) {
          state = IGNORED;
        }
        markBytes = -1;
      }
    }
    while (at < end) {
      byte b = bytes[at];
      if (afterCarriageReturn) {
        afterCarriageReturn = false;
        if (b == '\n') {
          at++;
          continue;
        }
      }
      switch (state) {
        case LINE_START:
          if (b == '\n' || b == '\r') {
            onBlankLine();
            afterCarriageReturn = b == '\r';
            at++;
          } else if (b == ':') {
            state = IGNORED;
            at++;
          } else {
            nameLength = 0;
            nameIsData = true;
            state = NAME;
          }
          break;
        case NAME:
          if (b == ':') {
            if (nameIsData && nameLength == DATA.length) {
              state = VALUE_START;
              onDataLine();
            } else {
              state = IGNORED;
            }
          } else if (b == '\n' || b == '\r') {
            if (nameIsData && nameLength == DATA.length) {
              onDataLine();
            }
            state = LINE_START;
            afterCarriageReturn = b == '\r';
          } else {
            nameIsData = nameIsData && nameLength < DATA.length && DATA[nameLength] == b;
            nameLength++;
          }
          at++;
          break;
        case VALUE_START:
          if (b == ' ') {
            at++;
          }
          state = DATA_VALUE;
          break;
        case DATA_VALUE:
          int valueEnd = lineEnd(bytes, at, end);
          if (valueEnd > at) {
            handler.onFrameBytes(bytes, at, valueEnd - at);
          }
          at = endLine(bytes, valueEnd, end);
          break;
        default:
          at = endLine(bytes, lineEnd(bytes, at, end), end);
          break;
      }
    }
  }

  private static int lineEnd(byte[] bytes, int from, int end) {
    return ByteSearch.firstOf(bytes, from, end, (byte) '\n', (byte) '\r');
  }

  private int endLine(byte[] bytes, int at, int end) {
    if (at == end) {
      return end;
    }
    state = LINE_START;
    afterCarriageReturn = bytes[at] == '\r';
    return at + 1;
  }

  /** Whether there was a line of data. */
  boolean hasData() {
    return hasData;
  }

  private void onDataLine() {
    hasData = true;
    if (open) {
      handler.onFrameBytes(NEW_LINE, 0, 1);
    } else {
      open = true;
      handler.onFrameStart();
    }
  }

  private void onBlankLine() {
    if (open) {
      open = false;
      handler.onFrameEnd();
    }
  }

  @Override
  public void onEnd() {
    onBlankLine();
  }
}
