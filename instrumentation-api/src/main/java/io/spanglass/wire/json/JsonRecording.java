/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.wire.json;

import java.util.Arrays;

/**
 * What a scanner found in a document that came in one piece: where the parts stand that differ from
 * document to document, the holes, and what was told of them, the calls. Offsets are those of the
 * piece.
 *
 * @param <T> what the actions of the fields act on
 */
final class JsonRecording<T> {
  /** Documents with more of them are too unlike one another to be worth it. */
  static final int MAX_HOLES = 96;

  private static final int MAX_CALLS = 96;

  // Kinds of holes. What is told of the first two is a call too.

  /** A string that is asked for. */
  static final byte TEXT = 0;

  /** A number that is asked for. */
  static final byte NUMBER = 1;

  /** A number where none is asked for, which all the same must be one. */
  static final byte VALID_NUMBER = 2;

  static final byte SKIPPED_STRING = 3;

  /** Any characters of numbers. */
  static final byte SKIPPED_NUMBER = 4;

  // Kinds of calls, besides TEXT and NUMBER.
  static final byte TRUE = 5;
  static final byte FALSE = 6;
  static final byte OBJECT_START = 7;
  static final byte OBJECT_END = 8;
  static final byte ARRAY_START = 9;
  static final byte ARRAY_END = 10;

  private static final int[] NO_INTS = {};

  private boolean active;
  private int pieces;

  int holes;
  int[] holeStarts = NO_INTS;
  int[] holeEnds = NO_INTS;
  byte[] holeKinds = {};

  int calls;
  byte[] callKinds = {};

  /** The field of a text or number; of other calls the action. */
  Object[] callSubjects = {};

  int[] callHoles = NO_INTS;

  /** Records the next document. */
  void start() {
    active = true;
    pieces = 0;
    holes = 0;
    calls = 0;
  }

  void stop() {
    active = false;
  }

  boolean isActive() {
    return active;
  }

  /** A document that comes in pieces is in no one array. */
  void onPiece() {
    pieces++;
    if (pieces > 1) {
      active = false;
    }
  }

  void hole(byte kind, int start, int end) {
    if (holes == MAX_HOLES) {
      active = false;
      return;
    }
    if (holes == holeStarts.length) {
      int size = grown(holes, MAX_HOLES);
      holeStarts = Arrays.copyOf(holeStarts, size);
      holeEnds = Arrays.copyOf(holeEnds, size);
      holeKinds = Arrays.copyOf(holeKinds, size);
    }
    holeStarts[holes] = start;
    holeEnds[holes] = end;
    holeKinds[holes] = kind;
    holes++;
  }

  /** A scalar that is passed over: a hole if it is written like a number. */
  void scalar(byte[] bytes, int start, int end) {
    if (JsonNumber.end(bytes, start, end) == end) {
      hole(SKIPPED_NUMBER, start, end);
    }
  }

  /** A hole that a call tells of. */
  void valueHole(byte kind, JsonField<T> field, int start, int end) {
    hole(kind, start, end);
    call(kind, field);
  }

  /**
   * @param subject the field for a text or number, else the action
   */
  void call(byte kind, Object subject) {
    if (calls == MAX_CALLS) {
      active = false;
      return;
    }
    if (calls == callKinds.length) {
      int size = grown(calls, MAX_CALLS);
      callKinds = Arrays.copyOf(callKinds, size);
      callSubjects = Arrays.copyOf(callSubjects, size);
      callHoles = Arrays.copyOf(callHoles, size);
    }
    callKinds[calls] = kind;
    callSubjects[calls] = subject;
    callHoles[calls] = holes - 1;
    calls++;
  }

  private static int grown(int size, int max) {
    return Math.min(max, Math.max(16, size * 2));
  }
}
