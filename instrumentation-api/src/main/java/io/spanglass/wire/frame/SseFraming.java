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
 * <p>Two rules are bent on purpose. An event that the end of the body leaves open counts, since
 * SDKs that read line by line deliver it too. And an event ends with the line that its document
 * ends with, if the handler {@linkplain FrameHandler#isFrameComplete() knows}: the blank line is
 * late or missing at some servers, and nothing that follows could belong to the document.
 *
 * <p>See https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
 */
public final class SseFraming implements Framing {
  private static final byte[] DATA = {'d', 'a', 't', 'a'};
  private static final byte[] EVENT = {'e', 'v', 'e', 'n', 't'};
  private static final byte[] ERROR = {'e', 'r', 'r', 'o', 'r'};
  private static final long DATA_COLON = 'd' | 'a' << 8 | 't' << 16 | 'a' << 24 | (long) ':' << 32;
  private static final int DATA_COLON_LENGTH = 5;
  private static final byte[] NEW_LINE = {'\n'};
  private static final int BYTE_ORDER_MARK = 0xEFBBBF;

  private static final int LINE_START = 0;
  private static final int NAME = 1;
  private static final int VALUE_START = 2;
  private static final int DATA_VALUE = 3;
  private static final int IGNORED = 4;
  private static final int EVENT_START = 5;
  private static final int EVENT_VALUE = 6;

  private final FrameHandler handler;
  private final boolean announced;
  private int state = LINE_START;
  private boolean afterCarriageReturn;
  private boolean open;
  private boolean hasData;

  /** Whether no line of the next event was seen yet. */
  private boolean betweenEvents = true;

  // How many bytes of the field's name were read, and whether they are those of "data" or "event"
  // so far.
  private int nameLength;
  private boolean nameIsData;
  private boolean nameIsEvent;

  /** How many bytes of "error" the event's name has so far. */
  private int errorLength;

  private int markBytes;

  public SseFraming(FrameHandler handler) {
    this(handler, /* announced= */ false);
  }

  /**
   * @param announced whether the handler knows already whether the body is a stream
   */
  SseFraming(FrameHandler handler, boolean announced) {
    this.handler = handler;
    this.announced = announced;
  }

  @Override
  public void onBytes(byte[] bytes, int offset, int length) {
    int at = offset;
    int end = offset + length;
    // Where the event starts that is being read, if that is in this array.
    int eventFrom = -1;
    if (markBytes >= 0) {
      at = byteOrderMark(bytes, at, end);
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
            betweenEvents = true;
            afterCarriageReturn = b == '\r';
            at++;
            break;
          }
          if (betweenEvents) {
            int to = handler.onFrameLikeBefore(bytes, at, end);
            if (to > at) {
              afterCarriageReturn = bytes[to - 1] == '\r';
              at = to;
              break;
            }
            eventFrom = at;
            betweenEvents = false;
          }
          if (b == ':') {
            state = IGNORED;
            at++;
          } else if (end - at >= 8
              && ByteSearch.firstBytes(ByteSearch.word(bytes, at), DATA_COLON_LENGTH)
                  == DATA_COLON) {
            state = VALUE_START;
            onDataLine();
            at += DATA_COLON_LENGTH;
          } else {
            nameLength = 0;
            nameIsData = true;
            nameIsEvent = true;
            state = NAME;
          }
          break;
        case NAME:
          if (b == ':') {
            if (nameIsData && nameLength == DATA.length) {
              state = VALUE_START;
              onDataLine();
            } else {
              state = nameIsEvent && nameLength == EVENT.length ? EVENT_START : IGNORED;
            }
          } else if (b == '\n' || b == '\r') {
            if (nameIsData && nameLength == DATA.length) {
              onDataLine();
            }
            state = LINE_START;
            afterCarriageReturn = b == '\r';
          } else {
            nameIsData = nameIsData && nameLength < DATA.length && DATA[nameLength] == b;
            nameIsEvent = nameIsEvent && nameLength < EVENT.length && EVENT[nameLength] == b;
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
        case EVENT_START:
          if (b == ' ') {
            at++;
          }
          errorLength = 0;
          state = EVENT_VALUE;
          break;
        case EVENT_VALUE:
          if (b == '\n' || b == '\r') {
            if (errorLength == ERROR.length) {
              handler.onErrorEvent();
            }
            at = endLine(bytes, at, end);
          } else if (errorLength < ERROR.length && b == ERROR[errorLength]) {
            errorLength++;
            at++;
          } else if (errorLength == ERROR.length && b == ' ') {
            at++;
          } else {
            state = IGNORED;
          }
          break;
        case DATA_VALUE:
          int valueEnd = ByteSearch.lineEnd(bytes, at, end);
          if (valueEnd > at) {
            handler.onFrameBytes(bytes, at, valueEnd - at);
          }
          at = endLine(bytes, valueEnd, end);
          if (valueEnd < end && handler.isFrameComplete()) {
            open = false;
            betweenEvents = true;
            handler.onFrameEnd();
            if (eventFrom >= 0) {
              handler.onWholeFrame(bytes, eventFrom, at);
            }
          }
          break;
        default:
          at = endLine(bytes, ByteSearch.lineEnd(bytes, at, end), end);
          break;
      }
    }
  }

  private int byteOrderMark(byte[] bytes, int from, int end) {
    int at = from;
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
    return at;
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
    if (!hasData) {
      hasData = true;
      if (!announced) {
        handler.onStream();
      }
    }
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
