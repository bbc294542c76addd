/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.wire.decode;

import io.spanglass.wire.ResponseHead;
import org.jspecify.annotations.Nullable;

/**
 * Stages of a call at the server, which no client can see unless the server tells. Indexes of
 * {@link ResponseFacts#serverTimes}.
 */
public final class ServerTime {
  public static final int TOTAL = 0;
  public static final int VALIDATION = 1;
  public static final int QUEUE = 2;
  public static final int INFERENCE = 3;
  public static final int PER_TOKEN = 4;
  public static final int LOAD = 5;
  public static final int PROMPT = 6;
  public static final int GENERATION = 7;

  /** How many there are. */
  public static final int COUNT = 8;

  private static final long NANOS_PER_MILLI = 1_000_000;

  /** Of a number in a header, in digits: more than any server can mean. */
  private static final int MAX_DIGITS = 12;

  private ServerTime() {}

  static boolean anyOf(long[] times) {
    for (long nanos : times) {
      if (nanos != ResponseFacts.ABSENT) {
        return true;
      }
    }
    return false;
  }

  /**
   * Reads the headers that TGI's router sets, whichever of its APIs answers: see {@code
   * router/src/server.rs} of https://github.com/huggingface/text-generation-inference. A stream has
   * only the first of them.
   */
  static void readTgiHead(ResponseHead head, ResponseFactsBuilder facts) {
    String computeType = head.header("x-compute-type");
    if (computeType == null) {
      return;
    }
    facts.serverComputeType = computeType;
    readMillis(head, "x-total-time", TOTAL, facts);
    readMillis(head, "x-validation-time", VALIDATION, facts);
    readMillis(head, "x-queue-time", QUEUE, facts);
    readMillis(head, "x-inference-time", INFERENCE, facts);
    readMillis(head, "x-time-per-token", PER_TOKEN, facts);
    facts.inputTokens(number(head.header("x-prompt-tokens")));
    facts.outputTokens(number(head.header("x-generated-tokens")));
  }

  private static void readMillis(
      ResponseHead head, String name, int stage, ResponseFactsBuilder facts) {
    long millis = number(head.header(name));
    if (millis >= 0) {
      facts.serverTime(stage, millis * NANOS_PER_MILLI);
    }
  }

  /** A whole number, or {@link ResponseFacts#ABSENT}. */
  private static long number(@Nullable String text) {
    if (text == null || text.isEmpty() || text.length() > MAX_DIGITS) {
      return ResponseFacts.ABSENT;
    }
    long value = 0;
    for (int i = 0; i < text.length(); i++) {
      int digit = text.charAt(i) - '0';
      if (digit < 0 || digit > 9) {
        return ResponseFacts.ABSENT;
      }
      value = value * 10 + digit;
    }
    return value;
  }
}
