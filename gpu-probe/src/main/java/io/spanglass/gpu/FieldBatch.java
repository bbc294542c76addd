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

  static final int CAPACITY = 256;

  private final int[] ids = new int[CAPACITY];
  private final int[] scopes = new int[CAPACITY];
  private final int[] codes = new int[CAPACITY];
  private final long[] values = new long[CAPACITY];
  private int size;

  void add(int id, int scope) {
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
    for (int i = 0; i < size; i++) {
      if (ids[i] == id && scopes[i] == scope && codes[i] == NvmlReturn.SUCCESS) {
        return i;
      }
    }
    return -1;
  }
}
