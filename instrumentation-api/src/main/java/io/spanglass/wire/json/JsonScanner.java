/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.wire.json;

import io.spanglass.wire.bytes.ByteSearch;
import org.jspecify.annotations.Nullable;

/**
 * Reads JSON documents (RFC 8259) one after the other, each from pieces of any size, and does what
 * a tree of {@linkplain JsonField fields} says. Memory does not depend on the document: of a value
 * nobody asked for only the nesting depth is kept.
 *
 * <p>Lenient: it reports what it understood before the first fault and then falls silent until
 * {@link #reset()}; it never throws on input. What it passes over it does not validate.
 *
 * @param <T> what the actions of the fields act on
 */
public final class JsonScanner<T> {
  /** Of fields that matter; twice what any decoder's tree needs. Deeper is broken. */
  private static final int MAX_DEPTH = 16;

  private static final int MAX_KEY = 64;

  /** The longest literal, and one more byte that tells that a word is none. */
  private static final int MAX_LITERAL = 6;

  private static final int VALUE = 0;
  private static final int KEY_OR_END = 1;
  private static final int IN_KEY = 2;
  private static final int COLON = 3;
  private static final int COMMA_OR_END = 4;
  private static final int IN_STRING = 5;
  private static final int IN_NUMBER = 6;
  private static final int IN_LITERAL = 7;
  private static final int COMPLETE = 8;
  private static final int BROKEN = 9;

  // What is passed over. All states from here on.
  private static final int SKIP_VALUE = 10;
  private static final int SKIP_STRING = 11;
  private static final int SKIP_SCALAR = 12;
  private static final int SKIP_CONTAINER = 13;
  private static final int SKIP_CONTAINER_STRING = 14;

  private static final long NULL = literal("null");
  private static final long TRUE = literal("true");
  private static final long FALSE = literal("false");

  private final JsonField<T> document;
  private final T target;
  private final JsonRecording<T> recording = new JsonRecording<>();

  private int state = VALUE;
  private int depth;
  private boolean container;
  private final JsonField<T>[] containers;
  private final boolean[] arrays = new boolean[MAX_DEPTH];

  /** The field whose value comes next or is being read; meaningless while skipping. */
  private JsonField<T> field;

  /** Whether the value after the colon is one that nobody asked for. */
  private boolean skipNext;

  /** Bits of the fields that have had the text they asked for. */
  private long settled;

  private int skipDepth;
  private boolean skipEscaped;

  /** The field that gets what is passed over as it is written. */
  private @Nullable JsonField<T> raw;

  /** Where the string or scalar that is being read starts, if that is in this piece. */
  private int tokenFrom;

  private final JsonUnescaper unescaper = new JsonUnescaper();
  private final JsonText key = new JsonText();
  private final JsonText text = new JsonText();
  private final JsonNumber number = new JsonNumber();

  /** A number or literal that is cut into pieces. */
  private byte @Nullable [] scalar;

  private int scalarLength;

  /**
   * @param document the tree
   * @param target what its actions act on
   */
  @SuppressWarnings("unchecked") // No array of a generic type can be made otherwise.
  public JsonScanner(JsonField<T> document, T target) {
    this.document = document;
    this.target = target;
    this.field = document;
    this.containers = (JsonField<T>[]) new JsonField<?>[MAX_DEPTH];
  }

  private static long literal(String word) {
    long literal = 0;
    for (int i = word.length() - 1; i >= 0; i--) {
      literal = (literal << 8) | word.charAt(i);
    }
    return literal;
  }

  /** Starts a new document. */
  public void reset() {
    state = VALUE;
    depth = 0;
    container = false;
    field = document;
    raw = null;
    unescaper.reset();
    skipEscaped = false;
    recording.stop();
  }

  /** Whether the document is over: its outermost value is closed. */
  public boolean isComplete() {
    return state == COMPLETE;
  }

  /** Whether the document is an object or an array; of one that was read by other means unknown. */
  public boolean isContainer() {
    return container;
  }

  /** Whether the input was no JSON, or nested too deep where it matters. */
  public boolean isBroken() {
    return state == BROKEN;
  }

  T target() {
    return target;
  }

  JsonText text() {
    return text;
  }

  JsonUnescaper unescaper() {
    return unescaper;
  }

  JsonNumber number() {
    return number;
  }

  JsonRecording<T> recording() {
    return recording;
  }

  /** The document was read by other means. */
  void complete() {
    state = COMPLETE;
  }

  /**
   * Reads the next piece, or of it what belongs to the document. Nothing of the array is kept.
   *
   * @return how many bytes belong to the document: less than {@code length} only if it ended before
   *     the last of them. Of input that is no JSON that are all.
   */
  public int onBytes(byte[] bytes, int offset, int length) {
    int at = offset;
    int end = offset + length;
    if (recording.isActive()) {
      recording.onPiece();
    }
    while (at < end) {
      switch (state) {
        case VALUE:
          at = value(bytes, at, end);
          break;
        case KEY_OR_END:
          at = members(bytes, at, end);
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
        case COMPLETE:
          return at - offset;
        case BROKEN:
          return length;
        default:
          at = skip(bytes, at, end);
          break;
      }
    }
    return length;
  }

  private static boolean isSpace(byte b) {
    return b == ' ' || b == '\n' || b == '\r' || b == '\t';
  }

  private int value(byte[] bytes, int at, int end) {
    byte b = bytes[at];
    if (isSpace(b)) {
      return at + 1;
    }
    boolean inArray = depth > 0 && arrays[depth - 1];
    if (b == ']') {
      // A comma before the end is let through.
      if (inArray) {
        pop();
      } else {
        state = BROKEN;
      }
      return at + 1;
    }
    if (field.onRaw != null) {
      raw = field;
      recording.stop();
      state = SKIP_VALUE;
      return at;
    }
    switch (b) {
      case '{':
        startObject();
        return at + 1;
      case '[':
        if (inArray && containers[depth - 1].elements == null) {
          // An array right in an array is no list of values of the field.
          skipContainer();
        } else {
          startArray();
        }
        return at + 1;
      case '"':
        int stringEnd = wholeString(bytes, at + 1, end);
        if (stringEnd >= 0) {
          afterScalar();
          return stringEnd;
        }
        tokenFrom = at + 1;
        text.start(field.textLimit);
        state = IN_STRING;
        return at + 1;
      case 't':
      case 'f':
      case 'n':
        scalarLength = 0;
        state = IN_LITERAL;
        return at;
      default:
        if (JsonNumber.isStart(b)) {
          scalarLength = 0;
          tokenFrom = at;
          state = IN_NUMBER;
        } else {
          state = BROKEN;
        }
        return at;
    }
  }

  private void startObject() {
    tell(JsonRecording.OBJECT_START, field.onObjectStart);
    if (field.children != null) {
      push(false);
    } else {
      // Of an object nobody looks into, that it is there may still matter.
      tell(JsonRecording.OBJECT_END, field.onObjectEnd);
      skipContainer();
    }
  }

  private void startArray() {
    tell(JsonRecording.ARRAY_START, field.onArrayStart);
    push(true);
  }

  private void tell(byte call, JsonField.@Nullable Action<T> action) {
    if (action != null) {
      if (recording.isActive()) {
        recording.call(call, action);
      }
      action.on(target);
    }
  }

  private void skipContainer() {
    skipDepth = 1;
    state = SKIP_CONTAINER;
  }

  private void push(boolean array) {
    if (depth == MAX_DEPTH) {
      state = BROKEN;
      return;
    }
    containers[depth] = field;
    arrays[depth] = array;
    container |= depth == 0;
    depth++;
    if (array) {
      nextElement();
    } else {
      state = KEY_OR_END;
    }
  }

  private void nextElement() {
    JsonField<T> array = containers[depth - 1];
    field = array.elements == null ? array : array.elements;
    state = VALUE;
  }

  private void pop() {
    depth--;
    afterScalar();
    if (arrays[depth]) {
      tell(JsonRecording.ARRAY_END, containers[depth].onArrayEnd);
    } else {
      tell(JsonRecording.OBJECT_END, containers[depth].onObjectEnd);
    }
  }

  private void afterScalar() {
    state = depth == 0 ? COMPLETE : COMMA_OR_END;
  }

  /**
   * Steps through members of objects for as long as each lies whole in this piece and is simple:
   * that is nearly all of them, and saves a round through the states for each part of a member.
   */
  private int members(byte[] bytes, int from, int end) {
    int at = from;
    while (at < end) {
      byte b = bytes[at];
      if (b != '"') {
        at++;
        if (b == '}') {
          pop();
          if (state != COMMA_OR_END || at == end || arrays[depth - 1]) {
            return at;
          }
          if (bytes[at] == ',') {
            at++;
          } else if (bytes[at] != '}') {
            return at;
          }
          state = KEY_OR_END;
        } else if (!isSpace(b)) {
          state = BROKEN;
          return at;
        }
        continue;
      }
      int keyFrom = at + 1;
      int keyEnd;
      long start;
      if (end - keyFrom >= 8) {
        start = ByteSearch.word(bytes, keyFrom);
        long marks = ByteSearch.stringEnds(start);
        if (marks != 0) {
          int length = ByteSearch.index(marks);
          start = ByteSearch.firstBytes(start, length);
          keyEnd = keyFrom + length;
        } else {
          keyEnd = ByteSearch.stringEnd(bytes, keyFrom + 8, end);
        }
      } else {
        keyEnd = ByteSearch.stringEnd(bytes, keyFrom, end);
        start = ByteSearch.word(bytes, keyFrom, keyEnd - keyFrom);
      }
      if (keyEnd == end || bytes[keyEnd] == '\\') {
        key.start(MAX_KEY);
        state = IN_KEY;
        return keyFrom;
      }
      onKey(start, bytes, keyFrom, keyEnd - keyFrom);
      at = keyEnd + 1;
      if (at == end || bytes[at] != ':') {
        return at;
      }
      at++;
      if (at < end && bytes[at] == ' ') {
        at++;
      }
      state = skipNext ? SKIP_VALUE : VALUE;
      if (at == end) {
        return at;
      }
      if (!skipNext && bytes[at] == '{' && field.onRaw == null && field.children != null) {
        startObject();
        if (state == BROKEN) {
          return at;
        }
        at++;
        continue;
      }
      int valueEnd = simpleValue(bytes, at, end);
      if (valueEnd < 0) {
        return at;
      }
      at = valueEnd;
      if (state == BROKEN) {
        return at;
      }
      if (at == end || bytes[at] != ',') {
        state = COMMA_OR_END;
        if (at == end || bytes[at] != '}') {
          return at;
        }
      } else {
        at++;
      }
      state = KEY_OR_END;
    }
    return at;
  }

  /** Returns where the value ends if it is simple and whole, else -1 and nothing is done. */
  private int simpleValue(byte[] bytes, int from, int end) {
    byte first = bytes[from];
    if (first == 'n') {
      // Most fields of a chunk are null.
      return end - from > 4
              && bytes[from + 1] == 'u'
              && bytes[from + 2] == 'l'
              && bytes[from + 3] == 'l'
              && (bytes[from + 4] == ',' || bytes[from + 4] == '}')
              && (skipNext || field.onRaw == null)
          ? from + 4
          : -1;
    }
    if (skipNext) {
      if (first == '"') {
        int to = ByteSearch.stringEnd(bytes, from + 1, end);
        if (to == end || bytes[to] == '\\') {
          return -1;
        }
        if (recording.isActive()) {
          recording.hole(JsonRecording.SKIPPED_STRING, from + 1, to);
        }
        return to + 1;
      }
      if (first == '{' || first == '[') {
        return -1;
      }
      int at = from;
      while (at < end && !endsScalar(bytes[at])) {
        at++;
      }
      if (at == end || at == from) {
        return -1;
      }
      if (recording.isActive()) {
        recording.scalar(bytes, from, at);
      }
      return at;
    }
    if (field.onRaw != null) {
      return -1;
    }
    if (first == '"') {
      return wholeString(bytes, from + 1, end);
    }
    if (JsonNumber.isStart(first)) {
      int to = JsonNumber.end(bytes, from, end);
      if (to == end) {
        return -1;
      }
      onNumber(bytes, from, to);
      return to;
    }
    return -1;
  }

  /** Tells of a string that is whole and has no escapes, and returns where it ends, else -1. */
  private int wholeString(byte[] bytes, int from, int end) {
    int to = ByteSearch.stringEnd(bytes, from, end);
    if (to == end || bytes[to] == '\\') {
      return -1;
    }
    boolean wanted = wantsText(field);
    if (recording.isActive()) {
      recordText(wanted, from, to);
    }
    if (wanted) {
      text.view(bytes, from, to, field.textLimit);
      tellText(field);
      text.release();
    }
    return to + 1;
  }

  boolean wantsText(JsonField<T> field) {
    return field.onText != null || (field.onFirstText != null && (settled & field.settledBit) == 0);
  }

  private void recordText(boolean wanted, int from, int to) {
    if (wanted) {
      recording.valueHole(JsonRecording.TEXT, field, from, to);
    } else {
      recording.hole(JsonRecording.SKIPPED_STRING, from, to);
    }
  }

  void tellText(JsonField<T> field) {
    if (field.onText != null) {
      field.onText.on(target, text);
    } else if (field.onFirstText != null && field.onFirstText.on(target, text)) {
      settled |= field.settledBit;
    }
  }

  private void onKey(long start, byte[] bytes, int offset, int length) {
    JsonField<T> child = containers[depth - 1].child(start, bytes, offset, length);
    skipNext = child == null;
    if (child != null) {
      field = child;
    }
    state = COLON;
  }

  private int inKey(byte[] bytes, int from, int end) {
    int to = unescaper.read(bytes, from, end, key);
    if (to < 0) {
      state = BROKEN;
      return end;
    }
    if (to == end) {
      return end;
    }
    if (key.isWhole()) {
      int length = (int) key.length();
      onKey(ByteSearch.word(key.bytes(), 0, length), key.bytes(), 0, length);
    } else {
      // A key beyond the limit is none that a decoder knows.
      JsonField<T> other = containers[depth - 1].others;
      skipNext = other == null;
      if (other != null) {
        field = other;
      }
      state = COLON;
    }
    return to + 1;
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
        nextElement();
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
    int to = unescaper.read(bytes, from, end, text);
    if (to < 0) {
      state = BROKEN;
      return end;
    }
    if (to == end) {
      return end;
    }
    afterScalar();
    boolean wanted = wantsText(field);
    if (recording.isActive()) {
      recordText(wanted, tokenFrom, to);
    }
    if (wanted) {
      tellText(field);
    }
    text.release();
    return to + 1;
  }

  private byte[] scalar() {
    byte[] scalar = this.scalar;
    if (scalar == null) {
      scalar = new byte[JsonNumber.MAX_LENGTH];
      this.scalar = scalar;
    }
    return scalar;
  }

  private int inNumber(byte[] bytes, int from, int end) {
    int to = JsonNumber.end(bytes, from, end);
    if (scalarLength == 0 && to < end) {
      afterScalar();
      onNumber(bytes, from, to);
      return to;
    }
    byte[] scalar = scalar();
    int room = Math.min(to - from, scalar.length - scalarLength);
    if (room > 0) {
      System.arraycopy(bytes, from, scalar, scalarLength, room);
    }
    scalarLength = Math.min(scalarLength + to - from, scalar.length + 1);
    if (to < end) {
      afterScalar();
      if (scalarLength <= scalar.length) {
        onNumber(scalar, 0, scalarLength);
      }
    }
    return to;
  }

  private void onNumber(byte[] bytes, int from, int to) {
    if (recording.isActive()) {
      if (field.onLong == null && field.onDouble == null) {
        recording.hole(JsonRecording.VALID_NUMBER, from, to);
      } else {
        recording.valueHole(JsonRecording.NUMBER, field, from, to);
      }
    }
    if (!tellNumber(field, bytes, from, to)) {
      state = BROKEN;
    }
  }

  /** Returns false if it is no number. */
  boolean tellNumber(JsonField<T> field, byte[] bytes, int from, int to) {
    switch (number.read(bytes, from, to)) {
      case LONG:
        if (field.onLong != null) {
          field.onLong.on(target, number.longValue());
        } else if (field.onDouble != null) {
          field.onDouble.on(target, (double) number.longValue());
        }
        return true;
      case DOUBLE:
        double value = number.doubleValue();
        if (field.onDouble != null) {
          field.onDouble.on(target, value);
        } else if (field.onLong != null
            && value == Math.rint(value)
            && Math.abs(value) < 1L << 53) {
          field.onLong.on(target, (long) value);
        }
        return true;
      case UNUSABLE:
        return true;
      case BROKEN:
        break;
    }
    return false;
  }

  private int inLiteral(byte[] bytes, int from, int end) {
    byte[] scalar = scalar();
    int at = from;
    while (at < end && bytes[at] >= 'a' && bytes[at] <= 'z') {
      if (scalarLength < MAX_LITERAL) {
        scalar[scalarLength++] = bytes[at];
      }
      at++;
    }
    if (at < end) {
      afterScalar();
      long word = ByteSearch.word(scalar, 0, scalarLength);
      if (word == TRUE || word == FALSE) {
        onBoolean(word == TRUE);
      } else if (word != NULL) {
        state = BROKEN;
      }
    }
    return at;
  }

  private void onBoolean(boolean value) {
    JsonField.BooleanAction<T> action = field.onBoolean;
    if (action != null) {
      if (recording.isActive()) {
        recording.call(value ? JsonRecording.TRUE : JsonRecording.FALSE, action);
      }
      action.on(target, value);
    }
  }

  /** Passes over a part of a value, which the field that asked for it gets as it is written. */
  private int skip(byte[] bytes, int from, int end) {
    int at;
    switch (state) {
      case SKIP_VALUE:
        at = skipValue(bytes, from);
        break;
      case SKIP_STRING:
        at = skipString(bytes, from, end, COMMA_OR_END);
        break;
      case SKIP_SCALAR:
        at = skipScalar(bytes, from, end);
        break;
      case SKIP_CONTAINER:
        at = skipContainer(bytes, from, end);
        break;
      default:
        at = skipString(bytes, from, end, SKIP_CONTAINER);
        break;
    }
    JsonField<T> raw = this.raw;
    if (raw != null && raw.onRaw != null && state != SKIP_VALUE && state != BROKEN) {
      boolean last = state < SKIP_VALUE;
      if (last) {
        this.raw = null;
      }
      raw.onRaw.on(target, bytes, from, at - from, last);
    }
    return at;
  }

  private int skipValue(byte[] bytes, int at) {
    byte b = bytes[at];
    if (isSpace(b)) {
      return at + 1;
    }
    tokenFrom = at;
    if (b == '"') {
      tokenFrom = at + 1;
      state = SKIP_STRING;
    } else if (b == '{' || b == '[') {
      skipContainer();
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
      at = ByteSearch.stringEnd(bytes, at, end);
      if (at == end) {
        return end;
      }
      if (bytes[at] == '"') {
        if (recording.isActive()) {
          recording.hole(JsonRecording.SKIPPED_STRING, tokenFrom, at);
        }
        if (next == SKIP_CONTAINER) {
          state = next;
        } else {
          afterScalar();
        }
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
        if (recording.isActive()) {
          recording.scalar(bytes, tokenFrom, at);
        }
        afterScalar();
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
        int to = ByteSearch.stringEnd(bytes, at, end);
        tokenFrom = at;
        if (to == end || bytes[to] == '\\') {
          state = SKIP_CONTAINER_STRING;
          return at;
        }
        at = to + 1;
        // A name is the same in the next document.
        if (recording.isActive() && (at == end || bytes[at] != ':')) {
          recording.hole(JsonRecording.SKIPPED_STRING, tokenFrom, to);
        }
      } else if (b == '{' || b == '[') {
        skipDepth++;
      } else if (b == '}' || b == ']') {
        if (--skipDepth == 0) {
          afterScalar();
          return at;
        }
      } else if (recording.isActive() && JsonNumber.isStart(b)) {
        int to = JsonNumber.end(bytes, at, end);
        recording.hole(JsonRecording.SKIPPED_NUMBER, at - 1, to);
        at = to;
      }
    }
    return at;
  }
}
