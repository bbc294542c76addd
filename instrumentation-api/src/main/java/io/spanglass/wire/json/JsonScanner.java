/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.wire.json;

import io.spanglass.wire.bytes.ByteSearch;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Reads one JSON document (RFC 8259) from pieces of any size and tells a handler of the fields that
 * matter. Memory does not depend on the document: of a value nobody asked for only the nesting
 * depth is kept.
 *
 * <p>Lenient: it reports what it understood before the first fault and then falls silent until
 * {@link #reset()}; it never throws on input. What it passes over it does not validate.
 */
public final class JsonScanner {
  /** Of fields that matter; twice what any decoder's tree needs. Deeper is broken. */
  private static final int MAX_DEPTH = 16;

  private static final int MAX_KEY = 64;
  private static final int MAX_NUMBER = 40;

  private static final byte[] TRUE = {'t', 'r', 'u', 'e'};
  private static final byte[] FALSE = {'f', 'a', 'l', 's', 'e'};
  private static final byte[] NULL = {'n', 'u', 'l', 'l'};

  private static final int VALUE = 0;
  private static final int KEY_OR_END = 1;
  private static final int IN_KEY = 2;
  private static final int COLON = 3;
  private static final int COMMA_OR_END = 4;
  private static final int IN_STRING = 5;
  private static final int IN_NUMBER = 6;
  private static final int IN_LITERAL = 7;
  private static final int SKIP_VALUE = 8;
  private static final int SKIP_STRING = 9;
  private static final int SKIP_SCALAR = 10;
  private static final int SKIP_CONTAINER = 11;
  private static final int SKIP_CONTAINER_STRING = 12;
  private static final int COMPLETE = 13;
  private static final int BROKEN = 14;

  private static final int NOT_ESCAPED = 0;
  private static final int ESCAPED = 1;

  /** Plus the number of hex digits of a Unicode escape that were read. */
  private static final int HEX = 2;

  private final JsonField document;
  private final JsonHandler handler;

  private int state = VALUE;
  private int depth;
  private final JsonField[] containers = new JsonField[MAX_DEPTH];
  private final boolean[] arrays = new boolean[MAX_DEPTH];

  /** The field whose value comes next or is being read; meaningless while skipping. */
  private JsonField field;

  /** Whether the value after the colon is one that nobody asked for. */
  private boolean skipNext;

  private int skipDepth;
  private boolean skipEscaped;

  private int escape = NOT_ESCAPED;
  private int unicode;
  private int highSurrogate;

  private final byte[] key = new byte[MAX_KEY];
  private int keyLength;
  private final byte[] number = new byte[MAX_NUMBER];
  private int numberLength;
  private boolean keepsText;
  private final JsonText text = new JsonText();

  public JsonScanner(JsonField document, JsonHandler handler) {
    this.document = document;
    this.handler = handler;
    this.field = document;
  }

  /** Starts a new document. */
  public void reset() {
    state = VALUE;
    depth = 0;
    field = document;
    escape = NOT_ESCAPED;
    highSurrogate = 0;
    skipEscaped = false;
  }

  /** Whether the document is over: its outermost value is closed. */
  public boolean isComplete() {
    return state == COMPLETE;
  }

  /** Whether the input was no JSON, or nested too deep where it matters. */
  public boolean isBroken() {
    return state == BROKEN;
  }

  /** Reads the next piece. Nothing of the array is kept. */
  public void onBytes(byte[] bytes, int offset, int length) {
    int at = offset;
    int end = offset + length;
    while (at < end) {
      switch (state) {
        case VALUE:
          at = value(bytes, at);
          break;
        case KEY_OR_END:
          at = keyOrEnd(bytes, at, end);
          break;
        case IN_KEY:
          at = inKey(bytes, at, end);
          break;
        case COLON:
          at = colon(bytes, at);
          break;
        case COMMA_OR_END:
          at = commaOrEnd(bytes, at);
          break;
        case IN_STRING:
          at = inString(bytes, at, end);
          break;
        case IN_NUMBER:
          at = inNumber(bytes, at, end);
          break;
        case IN_LITERAL:
          at = inLiteral(bytes, at, end);
          break;
        case SKIP_VALUE:
          at = skipValue(bytes, at);
          break;
        case SKIP_STRING:
          at = skipString(bytes, at, end, COMMA_OR_END);
          break;
        case SKIP_SCALAR:
          at = skipScalar(bytes, at, end);
          break;
        case SKIP_CONTAINER:
          at = skipContainer(bytes, at, end);
          break;
        case SKIP_CONTAINER_STRING:
          at = skipString(bytes, at, end, SKIP_CONTAINER);
          break;
        default:
          return;
      }
    }
  }

  private static boolean isSpace(byte b) {
    return b == ' ' || b == '\n' || b == '\r' || b == '\t';
  }

  private int value(byte[] bytes, int at) {
    byte b = bytes[at];
    if (isSpace(b)) {
      return at + 1;
    }
    switch (b) {
      case '{':
        if (field.hasChildren()) {
          push(false);
          if (state != BROKEN) {
            handler.onObjectStart(field.id);
          }
        } else {
          // Of an object nobody looks into, that it is there may still matter.
          handler.onObjectStart(field.id);
          handler.onObjectEnd(field.id);
          skipDepth = 1;
          state = SKIP_CONTAINER;
        }
        return at + 1;
      case '[':
        if (depth > 0 && arrays[depth - 1]) {
          // An array right in an array is no list of values of the field.
          skipDepth = 1;
          state = SKIP_CONTAINER;
        } else {
          push(true);
          if (state != BROKEN) {
            handler.onArrayStart(field.id);
          }
        }
        return at + 1;
      case ']':
        if (depth > 0 && arrays[depth - 1]) {
          pop();
        } else {
          state = BROKEN;
        }
        return at + 1;
      case '"':
        keepsText = field.textLimit > 0 && handler.wantsText(field.id);
        text.start(keepsText ? field.textLimit : 0);
        state = IN_STRING;
        return at + 1;
      case 't':
      case 'f':
      case 'n':
        numberLength = 0;
        state = IN_LITERAL;
        return at;
      default:
        if (b == '-' || (b >= '0' && b <= '9')) {
          numberLength = 0;
          state = IN_NUMBER;
        } else {
          state = BROKEN;
        }
        return at;
    }
  }

  private void push(boolean array) {
    if (depth == MAX_DEPTH) {
      state = BROKEN;
      return;
    }
    containers[depth] = field;
    arrays[depth] = array;
    depth++;
    state = array ? VALUE : KEY_OR_END;
  }

  private void pop() {
    depth--;
    if (!arrays[depth]) {
      handler.onObjectEnd(containers[depth].id);
    }
    state = depth == 0 ? COMPLETE : COMMA_OR_END;
  }

  private void afterScalar() {
    state = depth == 0 ? COMPLETE : COMMA_OR_END;
  }

  /**
   * Steps through members of an object for as long as each lies whole in this piece and is simple:
   * that is nearly all of them, and saves a round through the states for each part of a member.
   */
  private int keyOrEnd(byte[] bytes, int from, int end) {
    int at = from;
    while (at < end) {
      byte b = bytes[at];
      if (b == '}') {
        pop();
        return at + 1;
      }
      if (b != '"') {
        // A comma before the end is let through.
        if (!isSpace(b)) {
          state = BROKEN;
        }
        return at + 1;
      }
      int keyFrom = at + 1;
      int keyEnd = plainEnd(bytes, keyFrom, end);
      if (keyEnd == end || bytes[keyEnd] == '\\') {
        keyLength = 0;
        state = IN_KEY;
        return keyFrom;
      }
      onKey(bytes, keyFrom, keyEnd - keyFrom);
      at = keyEnd + 1;
      if (at == end || bytes[at] != ':') {
        return at;
      }
      at++;
      state = skipNext ? SKIP_VALUE : VALUE;
      int valueEnd = simpleValue(bytes, at, end);
      if (valueEnd < 0) {
        return at;
      }
      at = valueEnd;
      if (at == end || bytes[at] != ',') {
        state = COMMA_OR_END;
        return at;
      }
      at++;
      state = KEY_OR_END;
    }
    return at;
  }

  /** Returns where the value ends if it is simple and whole, else -1 and nothing is done. */
  private int simpleValue(byte[] bytes, int from, int end) {
    if (from == end) {
      return -1;
    }
    byte first = bytes[from];
    if (first == '"') {
      int to = plainEnd(bytes, from + 1, end);
      if (to == end || bytes[to] == '\\') {
        return -1;
      }
      if (!skipNext) {
        boolean keep = field.textLimit > 0 && handler.wantsText(field.id);
        text.start(keep ? field.textLimit : 0);
        text.append(bytes, from + 1, to - from - 1);
        handler.onString(field.id, text);
      }
      return to + 1;
    }
    if (first == 'n') {
      // Most fields of a chunk are null.
      return end - from > 4
              && bytes[from + 1] == 'u'
              && bytes[from + 2] == 'l'
              && bytes[from + 3] == 'l'
              && (bytes[from + 4] == ',' || bytes[from + 4] == '}')
          ? from + 4
          : -1;
    }
    if (skipNext && first != '{' && first != '[') {
      int at = from;
      while (at < end && !endsScalar(bytes[at])) {
        at++;
      }
      return at < end && at > from ? at : -1;
    }
    return -1;
  }

  private void onKey(byte[] bytes, int offset, int length) {
    JsonField child = containers[depth - 1].child(bytes, offset, length);
    skipNext = child == null;
    if (child != null) {
      field = child;
    }
    state = COLON;
  }

  private int inKey(byte[] bytes, int from, int end) {
    int at = from;
    while (at < end) {
      byte b = bytes[at++];
      if (escape != NOT_ESCAPED) {
        unescape(b, true);
      } else if (b == '"') {
        // A key beyond the limit is none that a decoder knows.
        onKey(key, 0, keyLength > MAX_KEY ? 0 : keyLength);
        return at;
      } else if (b == '\\') {
        escape = ESCAPED;
      } else {
        appendToKey(b);
      }
      if (state == BROKEN) {
        return end;
      }
    }
    return at;
  }

  private void appendToKey(int b) {
    if (keyLength < MAX_KEY) {
      key[keyLength] = (byte) b;
    }
    keyLength = Math.min(keyLength + 1, MAX_KEY + 1);
  }

  private int colon(byte[] bytes, int at) {
    byte b = bytes[at];
    if (b == ':') {
      state = skipNext ? SKIP_VALUE : VALUE;
    } else if (!isSpace(b)) {
      state = BROKEN;
    }
    return at + 1;
  }

  private int commaOrEnd(byte[] bytes, int at) {
    byte b = bytes[at];
    boolean array = arrays[depth - 1];
    if (b == ',') {
      if (array) {
        field = containers[depth - 1];
        state = VALUE;
      } else {
        state = KEY_OR_END;
      }
    } else if (b == (array ? ']' : '}')) {
      pop();
    } else if (!isSpace(b)) {
      state = BROKEN;
    }
    return at + 1;
  }

  private int inString(byte[] bytes, int from, int end) {
    int at = from;
    while (at < end) {
      if (escape != NOT_ESCAPED) {
        unescape(bytes[at++], false);
        if (state == BROKEN) {
          return end;
        }
        continue;
      }
      int to = plainEnd(bytes, at, end);
      if (to > at) {
        flushSurrogate();
        text.append(bytes, at, to - at);
        at = to;
      }
      if (at < end) {
        if (bytes[at] == '"') {
          flushSurrogate();
          afterScalar();
          handler.onString(field.id, text);
          return at + 1;
        }
        escape = ESCAPED;
        at++;
      }
    }
    return at;
  }

  /** Where a string ends or has an escape. */
  private static int plainEnd(byte[] bytes, int from, int end) {
    return ByteSearch.firstOf(bytes, from, end, (byte) '"', (byte) '\\');
  }

  private void unescape(byte b, boolean inKey) {
    if (escape >= HEX) {
      int digit = Character.digit(b, 16);
      if (digit < 0) {
        state = BROKEN;
        return;
      }
      unicode = (unicode << 4) | digit;
      escape++;
      if (escape == HEX + 4) {
        escape = NOT_ESCAPED;
        onUnicode(unicode, inKey);
      }
      return;
    }
    escape = NOT_ESCAPED;
    switch (b) {
      case 'u':
        unicode = 0;
        escape = HEX;
        break;
      case 'n':
        appendPlain('\n', inKey);
        break;
      case 't':
        appendPlain('\t', inKey);
        break;
      case 'r':
        appendPlain('\r', inKey);
        break;
      case 'b':
        appendPlain('\b', inKey);
        break;
      case 'f':
        appendPlain('\f', inKey);
        break;
      case '"':
      case '\\':
      case '/':
        appendPlain(b, inKey);
        break;
      default:
        state = BROKEN;
        break;
    }
  }

  private void appendPlain(int b, boolean inKey) {
    if (inKey) {
      appendToKey(b);
    } else {
      flushSurrogate();
      text.append(b);
    }
  }

  private void onUnicode(int c, boolean inKey) {
    if (inKey) {
      // No decoder knows a key outside ASCII: one byte that no name has stands for it.
      appendToKey(c < 0x80 ? c : 0xff);
      return;
    }
    if (highSurrogate != 0 && c >= 0xDC00 && c <= 0xDFFF) {
      int point = Character.toCodePoint((char) highSurrogate, (char) c);
      highSurrogate = 0;
      text.append(0xF0 | (point >> 18));
      text.append(0x80 | ((point >> 12) & 0x3f));
      text.append(0x80 | ((point >> 6) & 0x3f));
      text.append(0x80 | (point & 0x3f));
      return;
    }
    flushSurrogate();
    if (c >= 0xD800 && c <= 0xDBFF) {
      highSurrogate = c;
    } else if (c < 0x80) {
      text.append(c);
    } else if (c < 0x800) {
      text.append(0xC0 | (c >> 6));
      text.append(0x80 | (c & 0x3f));
    } else if (c >= 0xDC00 && c <= 0xDFFF) {
      appendReplacement();
    } else {
      text.append(0xE0 | (c >> 12));
      text.append(0x80 | ((c >> 6) & 0x3f));
      text.append(0x80 | (c & 0x3f));
    }
  }

  private void flushSurrogate() {
    if (highSurrogate != 0) {
      highSurrogate = 0;
      appendReplacement();
    }
  }

  private void appendReplacement() {
    text.append(0xEF);
    text.append(0xBF);
    text.append(0xBD);
  }

  private int inNumber(byte[] bytes, int from, int end) {
    int at = from;
    while (at < end) {
      byte b = bytes[at];
      if ((b >= '0' && b <= '9') || b == '-' || b == '+' || b == '.' || b == 'e' || b == 'E') {
        if (numberLength < MAX_NUMBER) {
          number[numberLength] = b;
        }
        numberLength = Math.min(numberLength + 1, MAX_NUMBER + 1);
        at++;
      } else {
        afterScalar();
        onNumber();
        return at;
      }
    }
    return at;
  }

  private void onNumber() {
    if (numberLength > MAX_NUMBER) {
      // A part of it would be another number.
      return;
    }
    boolean negative = number[0] == '-';
    int digits = negative ? numberLength - 1 : numberLength;
    // 19 digits fit as long as the value does; summed up below zero, where there is one more.
    boolean whole = digits > 0 && digits <= 19;
    long value = 0;
    for (int i = negative ? 1 : 0; whole && i < numberLength; i++) {
      int digit = number[i] - '0';
      long next = value * 10 - digit;
      whole = digit >= 0 && digit <= 9 && value >= Long.MIN_VALUE / 10 && next <= value;
      value = next;
    }
    if (whole && (negative || value != Long.MIN_VALUE)) {
      handler.onLong(field.id, negative ? value : -value);
      return;
    }
    double parsed;
    try {
      parsed = Double.parseDouble(new String(number, 0, numberLength, StandardCharsets.US_ASCII));
    } catch (NumberFormatException e) {
      state = BROKEN;
      return;
    }
    if (Double.isFinite(parsed)) {
      handler.onDouble(field.id, parsed);
    }
  }

  private int inLiteral(byte[] bytes, int from, int end) {
    int at = from;
    while (at < end) {
      byte b = bytes[at];
      if (b >= 'a' && b <= 'z' && numberLength < MAX_NUMBER) {
        number[numberLength++] = b;
        at++;
      } else {
        afterScalar();
        onLiteral();
        return at;
      }
    }
    return at;
  }

  private void onLiteral() {
    if (isLiteral(TRUE)) {
      handler.onBoolean(field.id, true);
    } else if (isLiteral(FALSE)) {
      handler.onBoolean(field.id, false);
    } else if (!isLiteral(NULL)) {
      state = BROKEN;
    }
  }

  private boolean isLiteral(byte[] literal) {
    return Arrays.equals(number, 0, numberLength, literal, 0, literal.length);
  }

  private int skipValue(byte[] bytes, int at) {
    byte b = bytes[at];
    if (isSpace(b)) {
      return at + 1;
    }
    if (b == '"') {
      state = SKIP_STRING;
    } else if (b == '{' || b == '[') {
      skipDepth = 1;
      state = SKIP_CONTAINER;
    } else if (b == ',' || b == '}' || b == ']') {
      state = BROKEN;
    } else {
      state = SKIP_SCALAR;
    }
    return at + 1;
  }

  private int skipString(byte[] bytes, int from, int end, int next) {
    int at = from;
    if (skipEscaped) {
      skipEscaped = false;
      at++;
    }
    while (at < end) {
      at = plainEnd(bytes, at, end);
      if (at == end) {
        return end;
      }
      if (bytes[at] == '"') {
        state = next;
        return at + 1;
      }
      at += 2;
      if (at > end) {
        skipEscaped = true;
        return end;
      }
    }
    return at;
  }

  /** The same in a whole piece and over several, or the two would read damaged input apart. */
  private static boolean endsScalar(byte b) {
    return b == ',' || b == '}' || b == ']' || isSpace(b);
  }

  private int skipScalar(byte[] bytes, int from, int end) {
    int at = from;
    while (at < end) {
      byte b = bytes[at];
      if (endsScalar(b)) {
        state = COMMA_OR_END;
        return at;
      }
      at++;
    }
    return at;
  }

  private int skipContainer(byte[] bytes, int from, int end) {
    int at = from;
    while (at < end) {
      byte b = bytes[at++];
      if (b == '"') {
        state = SKIP_CONTAINER_STRING;
        return at;
      }
      if (b == '{' || b == '[') {
        skipDepth++;
      } else if ((b == '}' || b == ']') && --skipDepth == 0) {
        afterScalar();
        return at;
      }
    }
    return at;
  }
}
