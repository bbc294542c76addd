/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.wire.decode;

/** What a chunk carries of the model's output, as bits: a chunk can carry several kinds. */
public final class OutputKind {
  public static final int ANSWER = 1;
  public static final int REASONING = 2;
  public static final int TOOL_CALL = 4;

  /** The index of {@link #ANSWER} among the kinds. */
  public static final int ANSWER_INDEX = 0;

  /** How many kinds there are. */
  public static final int COUNT = 3;

  private static final String[] NAMES = {"answer", "reasoning", "tool_call"};

  private OutputKind() {}

  /**
   * The value of {@code spanglass.token.kind}.
   *
   * @param index 0 to {@link #COUNT} - 1; the kind's bit is {@code 1 << index}
   */
  public static String name(int index) {
    return NAMES[index];
  }
}
