/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.gpu;

/**
 * The fields that one {@code nvmlDeviceGetFieldValues} asks of one device, and their answers.
 * Reused from cycle to cycle; a field that turns out to be unsupported is dropped for good.
 */
final class FieldBatch {
  /** The scope that stands for all NVLinks of the device. */
  static final int ALL_LINKS = -1;

  static final int CAPACITY = 512;

  /** Beyond every field id that is asked for. */
  private static final int MAX_ID = 300;

  /** Scopes: {@link #ALL_LINKS}, and every link from 0 on. */
  private static final int SCOPES = 1 + GpuReader.MAX_LINKS;

  private final int[] ids = new int[CAPACITY];
  private final int[] scopes = new int[CAPACITY];
  private final int[] codes = new int[CAPACITY];
  private final long[] values = new long[CAPACITY];
  private int size;

  /** Where a field is, plus 1; a search would be most of a cycle's work. */
  private final short[] places = new short[MAX_ID * SCOPES];

  private static int key(int id, int scope) {
    return id * SCOPES + scope + 1;
  }

  void add(int id, int scope) {
    places[key(id, scope)] = (short) (size + 1);
    ids[size] = id;
    scopes[size] = scope;
    codes[size] = NvmlReturn.NOT_READY;
    size++;
  }

  int size() {
    return size;
  }

  int id(int i) {
    return ids[i];
  }

  int scope(int i) {
    return scopes[i];
  }

  int code(int i) {
    return codes[i];
  }

  long value(int i) {
    return values[i];
  }

  void answer(int i, int code, long value) {
    codes[i] = code;
    values[i] = value;
  }

  /** Forgets the field at {@code i}; the last one takes its place. */
  void drop(int i) {
    size--;
    places[key(ids[i], scopes[i])] = 0;
    if (i < size) {
      places[key(ids[size], scopes[size])] = (short) (i + 1);
    }
    ids[i] = ids[size];
    scopes[i] = scopes[size];
    codes[i] = codes[size];
    values[i] = values[size];
  }

  /** Forgets all answers, so that none survives a cycle in which the call failed. */
  void forgetAnswers() {
    for (int i = 0; i < size; i++) {
      codes[i] = NvmlReturn.NOT_READY;
    }
  }

  /** The index of a field that has an answer in this cycle, or -1. */
  int find(int id, int scope) {
    int i = places[key(id, scope)] - 1;
    return i >= 0 && codes[i] == NvmlReturn.SUCCESS ? i : -1;
  }
}
