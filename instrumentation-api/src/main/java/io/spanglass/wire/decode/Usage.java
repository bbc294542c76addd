/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.wire.decode;

/**
 * One usage object as a server reports it, and what that means by the conventions: cached tokens
 * are part of the input, reasoning is part of the output. Absent is {@link ResponseFacts#ABSENT}.
 *
 * <p>A count has one name in OpenAI's API and others elsewhere, and some servers send several at
 * once. OpenAI's counts if it is more than 0, else the largest of the others.
 */
final class Usage {
  private static final long ABSENT = ResponseFacts.ABSENT;

  private long input;
  private long inputElsewhere;
  private long output;
  private long outputElsewhere;
  private long total;
  private long cacheRead;
  private long cacheReadElsewhere;
  private long cacheWrite;
  private long reasoning;
  private long reasoningElsewhere;
  long audioInput;
  long audioOutput;
  long acceptedPrediction;
  long rejectedPrediction;

  Usage() {
    clear();
  }

  void clear() {
    input = ABSENT;
    inputElsewhere = ABSENT;
    output = ABSENT;
    outputElsewhere = ABSENT;
    total = ABSENT;
    cacheRead = ABSENT;
    cacheReadElsewhere = ABSENT;
    cacheWrite = ABSENT;
    reasoning = ABSENT;
    reasoningElsewhere = ABSENT;
    audioInput = ABSENT;
    audioOutput = ABSENT;
    acceptedPrediction = ABSENT;
    rejectedPrediction = ABSENT;
  }

  void input(long count) {
    input = count(count);
  }

  void inputElsewhere(long count) {
    inputElsewhere = Math.max(inputElsewhere, count);
  }

  void output(long count) {
    output = count(count);
  }

  void outputElsewhere(long count) {
    outputElsewhere = Math.max(outputElsewhere, count);
  }

  void total(long count) {
    total = count(count);
  }

  void cacheRead(long count) {
    cacheRead = count(count);
  }

  void cacheReadElsewhere(long count) {
    cacheReadElsewhere = Math.max(cacheReadElsewhere, count);
  }

  /** OpenAI had no name for it for long; all are alike. */
  void cacheWrite(long count) {
    cacheWrite = Math.max(cacheWrite, count);
  }

  void reasoning(long count) {
    reasoning = count(count);
  }

  void reasoningElsewhere(long count) {
    reasoningElsewhere = Math.max(reasoningElsewhere, count);
  }

  void audioInput(long count) {
    audioInput = count(count);
  }

  void audioOutput(long count) {
    audioOutput = count(count);
  }

  void acceptedPrediction(long count) {
    acceptedPrediction = count(count);
  }

  void rejectedPrediction(long count) {
    rejectedPrediction = count(count);
  }

  /** A negative count is none. */
  private static long count(long count) {
    return count < 0 ? ABSENT : count;
  }

  /**
   * All of it is known. Some servers count reasoning beside the output, or cached tokens beside the
   * input; the total is larger by just these then.
   */
  void settle() {
    input = known(input, inputElsewhere);
    output = known(output, outputElsewhere);
    cacheRead = known(cacheRead, cacheReadElsewhere);
    reasoning = known(reasoning, reasoningElsewhere);
    if (total < 0 || input < 0 || output < 0) {
      return;
    }
    long beside = total - input - output;
    if (beside <= 0) {
      return;
    }
    long cached = Math.max(cacheRead, 0) + Math.max(cacheWrite, 0);
    if (beside == reasoning) {
      output += reasoning;
    } else if (beside == cached) {
      input += cached;
    } else if (beside == cached + reasoning) {
      input += cached;
      output += reasoning;
    }
  }

  private static long known(long count, long elsewhere) {
    return count > 0 ? count : Math.max(count, elsewhere);
  }

  long input() {
    return input;
  }

  /** The input, of a usage that has no output. */
  long inputOrTotal() {
    return known(known(input, inputElsewhere), total);
  }

  long output() {
    return output;
  }

  long cacheRead() {
    return cacheRead;
  }

  long cacheWrite() {
    return cacheWrite;
  }

  long reasoning() {
    return reasoning;
  }
}
