/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.wire.json;

import io.spanglass.wire.bytes.ByteSearch;

/**
 * One shape of documents: the bytes that are the same in all of them, with holes between for
 * strings and numbers, and the calls that a document of that shape leads to. Holds no byte of a
 * hole.
 *
 * @param <T> what the actions of the fields act on
 */
final class JsonTemplate<T> {
  /** Of the bytes that are compared. Longer documents are read by the scanner alone. */
  private static final int MAX_LITERAL = 4096;

  private byte[] literal = {};

  /** Where in {@link #literal} the bytes before each hole end, and then those behind the last. */
  private int[] literalEnds = {};

  private int holes;
  private byte[] holeKinds = {};
  private int calls;
  private byte[] callKinds = {};
  private Object[] callSubjects = {};
  private int[] callHoles = {};

  /**
   * Takes on the shape of a recorded document.
   *
   * @param from where its bytes start, among them what frames it
   * @return whether the template can be used
   */
  boolean learn(JsonRecording<T> recording, byte[] bytes, int from, int to) {
    int size = to - from;
    for (int i = 0; i < recording.holes; i++) {
      size -= recording.holeEnds[i] - recording.holeStarts[i];
    }
    if (size > MAX_LITERAL) {
      return false;
    }
    if (size > literal.length) {
      literal = new byte[size];
    }
    holes = recording.holes;
    if (holes >= literalEnds.length) {
      literalEnds = new int[holes + 1];
    }
    int copied = 0;
    int at = from;
    for (int i = 0; i < holes; i++) {
      int length = recording.holeStarts[i] - at;
      System.arraycopy(bytes, at, literal, copied, length);
      copied += length;
      literalEnds[i] = copied;
      at = recording.holeEnds[i];
    }
    System.arraycopy(bytes, at, literal, copied, to - at);
    literalEnds[holes] = copied + to - at;
    holeKinds = copy(recording.holeKinds, holes, holeKinds);
    calls = recording.calls;
    callKinds = copy(recording.callKinds, calls, callKinds);
    if (calls > callSubjects.length) {
      callSubjects = new Object[calls];
      callHoles = new int[calls];
    }
    System.arraycopy(recording.callSubjects, 0, callSubjects, 0, calls);
    System.arraycopy(recording.callHoles, 0, callHoles, 0, calls);
    return true;
  }

  private static byte[] copy(byte[] from, int count, byte[] into) {
    byte[] copy = count > into.length ? new byte[count] : into;
    System.arraycopy(from, 0, copy, 0, count);
    return copy;
  }

  int holes() {
    return holes;
  }

  /**
   * Compares the bytes with the template. Calls nothing.
   *
   * @param found gets where each hole starts and ends, the end negated bit by bit if it has escapes
   * @return where the document, with what frames it, ends, or -1 if it is of another shape
   */
  int match(byte[] bytes, int from, int end, int[] found) {
    int at = from;
    int literalFrom = 0;
    byte[] literal = this.literal;
    for (int i = 0; ; i++) {
      int literalTo = literalEnds[i];
      int length = literalTo - literalFrom;
      if (length > end - at || !isSame(literal, literalFrom, bytes, at, length)) {
        return -1;
      }
      at += length;
      if (i == holes) {
        return at;
      }
      literalFrom = literalTo;
      int holeEnd;
      int mark;
      byte kind = holeKinds[i];
      if (kind == JsonRecording.TEXT || kind == JsonRecording.SKIPPED_STRING) {
        holeEnd = ByteSearch.stringEndOrControl(bytes, at, end);
        mark = holeEnd;
        if (holeEnd < end && bytes[holeEnd] == '\\') {
          holeEnd = escapedEnd(bytes, holeEnd, end, kind);
          mark = ~holeEnd;
        }
      } else {
        holeEnd = JsonNumber.end(bytes, at, end);
        if (kind == JsonRecording.SKIPPED_NUMBER
            ? holeEnd == at
            : !JsonNumber.isValid(bytes, at, holeEnd)) {
          return -1;
        }
        mark = holeEnd;
      }
      if (holeEnd < 0) {
        return -1;
      }
      found[2 * i] = at;
      found[2 * i + 1] = mark;
      at = holeEnd;
    }
  }

  /** Of few bytes a plain loop is the fastest comparison. */
  private static boolean isSame(byte[] a, int aFrom, byte[] b, int bFrom, int length) {
    if (length >= 8) {
      int last = length - 8;
      for (int i = 0; i < last; i += 8) {
        if (ByteSearch.word(a, aFrom + i) != ByteSearch.word(b, bFrom + i)) {
          return false;
        }
      }
      return ByteSearch.word(a, aFrom + last) == ByteSearch.word(b, bFrom + last);
    }
    for (int i = 0; i < length; i++) {
      if (a[aFrom + i] != b[bFrom + i]) {
        return false;
      }
    }
    return true;
  }

  /** Returns where a string with escapes ends, or -1 if the scanner would not read it through. */
  private static int escapedEnd(byte[] bytes, int from, int end, byte kind) {
    int at = from;
    while (at < end && bytes[at] == '\\') {
      if (kind == JsonRecording.TEXT) {
        at = JsonUnescaper.escapeEnd(bytes, at, end);
        if (at < 0) {
          return -1;
        }
      } else if (end - at < 2 || (bytes[at + 1] >= 0 && bytes[at + 1] < ' ')) {
        return -1;
      } else {
        at += 2;
      }
      at = ByteSearch.stringEndOrControl(bytes, at, end);
    }
    return at;
  }

  /** Does what the scanner would have done with the document that {@link #match} found. */
  @SuppressWarnings("unchecked") // The subjects are those of the scanner's own fields.
  void replay(JsonScanner<T> scanner, byte[] bytes, int[] found) {
    T target = scanner.target();
    for (int i = 0; i < calls; i++) {
      int hole = callHoles[i];
      switch (callKinds[i]) {
        case JsonRecording.TEXT:
          tellText(scanner, (JsonField<T>) callSubjects[i], bytes, found, hole);
          break;
        case JsonRecording.NUMBER:
          scanner.tellNumber(
              (JsonField<T>) callSubjects[i], bytes, found[2 * hole], found[2 * hole + 1]);
          break;
        case JsonRecording.TRUE:
          ((JsonField.BooleanAction<T>) callSubjects[i]).on(target, true);
          break;
        case JsonRecording.FALSE:
          ((JsonField.BooleanAction<T>) callSubjects[i]).on(target, false);
          break;
        default:
          ((JsonField.Action<T>) callSubjects[i]).on(target);
          break;
      }
    }
    scanner.complete();
  }

  private void tellText(
      JsonScanner<T> scanner, JsonField<T> field, byte[] bytes, int[] found, int hole) {
    if (!scanner.wantsText(field)) {
      return;
    }
    JsonText text = scanner.text();
    int from = found[2 * hole];
    int to = found[2 * hole + 1];
    if (to >= 0) {
      text.view(bytes, from, to, field.textLimit);
    } else {
      text.start(field.textLimit);
      JsonUnescaper unescaper = scanner.unescaper();
      unescaper.reset();
      // With its quote, at which a surrogate without partner is told.
      unescaper.read(bytes, from, ~to + 1, text);
    }
    scanner.tellText(field);
    text.release();
  }
}
