/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.wire.json;

import io.spanglass.wire.bytes.ByteSearch;

/** Undoes the escapes of a string that comes in pieces of any size. */
final class JsonUnescaper {
  private static final int NOT_ESCAPED = 0;
  private static final int ESCAPED = 1;

  /** Plus the number of hex digits of a Unicode escape that were read. */
  private static final int HEX = 2;

  private int escape = NOT_ESCAPED;
  private int unicode;
  private int highSurrogate;

  /** Forgets what it was in the middle of. */
  void reset() {
    escape = NOT_ESCAPED;
    highSurrogate = 0;
  }

  /**
   * Reads on to the quote that ends the string.
   *
   * @return where the quote stands, {@code end} if it has not come yet, -1 if an escape is none
   */
  int read(byte[] bytes, int from, int end, JsonText text) {
    int at = from;
    while (at < end) {
      if (escape != NOT_ESCAPED) {
        if (!unescape(bytes[at++], text)) {
          return -1;
        }
        continue;
      }
      int to = ByteSearch.stringEnd(bytes, at, end);
      if (to > at) {
        flushSurrogate(text);
        text.append(bytes, at, to - at);
        at = to;
      }
      if (at < end) {
        if (bytes[at] == '"') {
          flushSurrogate(text);
          return at;
        }
        escape = ESCAPED;
        at++;
      }
    }
    return end;
  }

  /**
   * Returns where an escape ends that starts at {@code at} with its backslash and lies whole before
   * {@code end}, or -1 if it does not or is none.
   */
  static int escapeEnd(byte[] bytes, int at, int end) {
    if (end - at < 2) {
      return -1;
    }
    byte b = bytes[at + 1];
    if (b != 'u') {
      return plain(b) < 0 ? -1 : at + 2;
    }
    if (end - at < 6) {
      return -1;
    }
    for (int i = at + 2; i < at + 6; i++) {
      if (Character.digit(bytes[i], 16) < 0) {
        return -1;
      }
    }
    return at + 6;
  }

  /** What a letter after a backslash stands for, or -1. */
  private static int plain(byte b) {
    switch (b) {
      case 'n':
        return '\n';
      case 't':
        return '\t';
      case 'r':
        return '\r';
      case 'b':
        return '\b';
      case 'f':
        return '\f';
      case '"':
      case '\\':
      case '/':
        return b;
      default:
        return -1;
    }
  }

  private boolean unescape(byte b, JsonText text) {
    if (escape >= HEX) {
      int digit = Character.digit(b, 16);
      if (digit < 0) {
        return false;
      }
      unicode = (unicode << 4) | digit;
      escape++;
      if (escape == HEX + 4) {
        escape = NOT_ESCAPED;
        onUnicode(unicode, text);
      }
      return true;
    }
    if (b == 'u') {
      unicode = 0;
      escape = HEX;
      return true;
    }
    escape = NOT_ESCAPED;
    int plain = plain(b);
    if (plain < 0) {
      return false;
    }
    flushSurrogate(text);
    text.append(plain);
    return true;
  }

  private void onUnicode(int c, JsonText text) {
    if (highSurrogate != 0 && c >= 0xDC00 && c <= 0xDFFF) {
      int point = Character.toCodePoint((char) highSurrogate, (char) c);
      highSurrogate = 0;
      text.append(0xF0 | (point >> 18));
      text.append(0x80 | ((point >> 12) & 0x3f));
      text.append(0x80 | ((point >> 6) & 0x3f));
      text.append(0x80 | (point & 0x3f));
      return;
    }
    flushSurrogate(text);
    if (c >= 0xD800 && c <= 0xDBFF) {
      highSurrogate = c;
    } else if (c < 0x80) {
      text.append(c);
    } else if (c < 0x800) {
      text.append(0xC0 | (c >> 6));
      text.append(0x80 | (c & 0x3f));
    } else if (c >= 0xDC00 && c <= 0xDFFF) {
      appendReplacement(text);
    } else {
      text.append(0xE0 | (c >> 12));
      text.append(0x80 | ((c >> 6) & 0x3f));
      text.append(0x80 | (c & 0x3f));
    }
  }

  private void flushSurrogate(JsonText text) {
    if (highSurrogate != 0) {
      highSurrogate = 0;
      appendReplacement(text);
    }
  }

  private static void appendReplacement(JsonText text) {
    text.append(0xEF);
    text.append(0xBF);
    text.append(0xBD);
  }
}
