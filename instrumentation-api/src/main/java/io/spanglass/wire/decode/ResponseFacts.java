/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.wire.decode;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the body of a response said so far. Absent is null, for counts {@link #ABSENT}. Counts are
 * the last that were seen: some servers send a running sum with every chunk.
 */
public final class ResponseFacts {
  public static final long ABSENT = -1;

  private static final int MAX_CHOICES = 128;

  public @Nullable String id;
  public @Nullable String model;
  public @Nullable String systemFingerprint;
  public @Nullable String serviceTier;

  public long inputTokens = ABSENT;
  public long outputTokens = ABSENT;
  public long cacheReadTokens = ABSENT;
  public long cacheWriteTokens = ABSENT;
  public long reasoningTokens = ABSENT;
  public long audioInputTokens = ABSENT;
  public long audioOutputTokens = ABSENT;
  public long acceptedPredictionTokens = ABSENT;
  public long rejectedPredictionTokens = ABSENT;

  /** The body carries an error object, in whatever status. */
  public boolean error;

  /** The provider's code of the error, else its type; of a shape that cannot be free text. */
  public @Nullable String errorCode;

  /** The API's own mark for the end of a stream came. */
  public boolean terminated;

  private @Nullable String[] finishReasons = new String[1];
  private int choices;

  void onChoice(long index) {
    if (index >= 0 && index < MAX_CHOICES) {
      choices = Math.max(choices, (int) index + 1);
    }
  }

  void onFinishReason(long index, String reason) {
    if (index < 0 || index >= MAX_CHOICES) {
      return;
    }
    onChoice(index);
    if (index >= finishReasons.length) {
      finishReasons =
          Arrays.copyOf(finishReasons, Math.max((int) index + 1, finishReasons.length * 2));
    }
    finishReasons[(int) index] = reason;
  }

  /** The reasons of the choices that have one, in the order of the choices. */
  public List<String> finishReasons() {
    List<String> reasons = new ArrayList<>(finishReasons.length);
    for (String reason : finishReasons) {
      if (reason != null) {
        reasons.add(reason);
      }
    }
    return reasons;
  }

  /** Whether every choice that was seen is finished, and there was one. */
  public boolean allChoicesFinished() {
    if (choices == 0 || finishReasons.length < choices) {
      return false;
    }
    for (int i = 0; i < choices; i++) {
      if (finishReasons[i] == null) {
        return false;
      }
    }
    return true;
  }
}
