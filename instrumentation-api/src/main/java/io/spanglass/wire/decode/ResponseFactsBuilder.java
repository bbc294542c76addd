/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.wire.decode;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.spanglass.wire.json.JsonText;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the fields of a response mean: the tree of an API binds each of its fields to one of these
 * methods. Used by one thread at a time.
 *
 * <p>An answer can come in many documents. What stands in each of them, such as the model, counts
 * as it is in the first.
 */
final class ResponseFactsBuilder {
  /** In bytes, of what names something. */
  static final int NAME = 256;

  /** In bytes, of what is one of a few words. */
  static final int WORD = 64;

  /** Far more than a call can take, and few enough to be nanoseconds. */
  private static final long MAX_MILLIS = 1_000_000_000_000L;

  /** Names beyond are not kept. */
  static final int MAX_TOOL_CALLS = 16;

  /** Choices beyond are not looked at; no server offers as many. */
  static final int MAX_CHOICES = 128;

  /** Of all finish reasons together, in characters: {@code tool_calls} for each choice. */
  static final int MAX_FINISH_REASONS = 10 * MAX_CHOICES;

  /** Those that nearly every answer has, so that they are not made anew for each. */
  private static final String[] KNOWN_FINISH_REASONS = {
    "stop",
    "length",
    "tool_calls",
    "content_filter",
    "function_call",
    "end_turn",
    "max_tokens",
    "tool_use",
    "STOP",
    "MAX_TOKENS"
  };

  private static final byte[][] KNOWN_BYTES = new byte[KNOWN_FINISH_REASONS.length][];

  static {
    for (int i = 0; i < KNOWN_BYTES.length; i++) {
      KNOWN_BYTES[i] = KNOWN_FINISH_REASONS[i].getBytes(US_ASCII);
    }
  }

  /** By {@link #TEXT} and its like; what else there is, the conventions have no name for. */
  private static final byte[][] MODALITIES = {
    "TEXT".getBytes(US_ASCII), "IMAGE".getBytes(US_ASCII), "AUDIO".getBytes(US_ASCII)
  };

  /** Of a choice whose finish reason is too long to be one, or one too many. */
  private static final String UNNAMED = "";

  // Named as in ResponseFacts.
  @Nullable String id;
  @Nullable String model;
  @Nullable String systemFingerprint;
  @Nullable String serviceTier;
  long inputTokens = ResponseFacts.ABSENT;
  long outputTokens = ResponseFacts.ABSENT;
  long cacheReadTokens = ResponseFacts.ABSENT;
  long cacheWriteTokens = ResponseFacts.ABSENT;
  long reasoningTokens = ResponseFacts.ABSENT;
  long audioInputTokens = ResponseFacts.ABSENT;
  long audioOutputTokens = ResponseFacts.ABSENT;
  long textInputTokens = ResponseFacts.ABSENT;
  long imageInputTokens = ResponseFacts.ABSENT;
  long textOutputTokens = ResponseFacts.ABSENT;
  long imageOutputTokens = ResponseFacts.ABSENT;
  long textCacheReadTokens = ResponseFacts.ABSENT;
  long imageCacheReadTokens = ResponseFacts.ABSENT;
  long audioCacheReadTokens = ResponseFacts.ABSENT;
  long acceptedPredictionTokens = ResponseFacts.ABSENT;
  long rejectedPredictionTokens = ResponseFacts.ABSENT;

  final List<String> toolCalls = new ArrayList<>(0);
  private long uncachedInputTokens = ResponseFacts.ABSENT;
  private long toolInputTokens = ResponseFacts.ABSENT;
  private boolean separateReasoning;
  final long[] serverTimes = new long[ServerTime.COUNT];
  @Nullable String serverComputeType;
  boolean error;
  @Nullable String errorCode;
  boolean terminated;

  private @Nullable String[] finishReasons = new String[1];
  private int finishReasonsLength;
  private int choices;

  // Of the document that is being read.
  private int outputKinds;
  private boolean hasChoices;
  private boolean hasUsage;
  private boolean last;
  private boolean streamed;
  private int modality;
  private long modalityTokens = ResponseFacts.ABSENT;
  private boolean partSeen;
  private boolean partHasText;
  private boolean partIsReasoning;
  private boolean partIsMark;
  private boolean blockIsToolCall;
  private @Nullable String blockName;
  private long choiceIndex;
  private @Nullable String choiceFinishReason;
  private @Nullable String errorType;

  ResponseFactsBuilder() {
    Arrays.fill(serverTimes, ResponseFacts.ABSENT);
  }

  /**
   * How long a stage took at the server.
   *
   * @param stage one of {@link ServerTime}
   */
  void serverTime(int stage, long nanos) {
    serverTimes[stage] = count(serverTimes[stage], nanos);
  }

  void serverMillis(int stage, long millis) {
    if (millis < MAX_MILLIS) {
      serverTime(stage, millis * 1_000_000);
    }
  }

  /** A document starts. */
  void start() {
    outputKinds = 0;
    hasChoices = false;
    hasUsage = false;
    last = false;
    partSeen = false;
    errorType = null;
  }

  /** The document says itself that no other follows. */
  void last() {
    last = true;
  }

  /** Whether the document is the end of the stream by its own account. */
  boolean isLast() {
    return last;
  }

  /** Returns the {@link OutputKind} bits of what the document carries. */
  int outputKinds() {
    return outputKinds;
  }

  boolean hasChoices() {
    return hasChoices;
  }

  /** Whether the document is part of an answer. */
  boolean isAnswer() {
    return !error && (hasChoices || hasUsage);
  }

  // Each of these returns whether it has got what it wants.

  boolean id(JsonText text) {
    if (text.isEmpty()) {
      return false;
    }
    id = text.toString();
    return true;
  }

  boolean model(JsonText text) {
    if (text.isEmpty()) {
      return false;
    }
    model = text.toString();
    return true;
  }

  boolean systemFingerprint(JsonText text) {
    if (text.isEmpty()) {
      return false;
    }
    systemFingerprint = text.toString();
    return true;
  }

  boolean serviceTier(JsonText text) {
    if (text.isEmpty()) {
      return false;
    }
    serviceTier = text.toString();
    return true;
  }

  void usage() {
    hasUsage = true;
  }

  void inputTokens(long count) {
    inputTokens = count(inputTokens, count);
  }

  void outputTokens(long count) {
    outputTokens = count(outputTokens, count);
  }

  void cacheReadTokens(long count) {
    cacheReadTokens = count(cacheReadTokens, count);
  }

  void cacheWriteTokens(long count) {
    cacheWriteTokens = count(cacheWriteTokens, count);
  }

  void reasoningTokens(long count) {
    reasoningTokens = count(reasoningTokens, count);
  }

  void audioInputTokens(long count) {
    audioInputTokens = count(audioInputTokens, count);
  }

  void audioOutputTokens(long count) {
    audioOutputTokens = count(audioOutputTokens, count);
  }

  void acceptedPredictionTokens(long count) {
    acceptedPredictionTokens = count(acceptedPredictionTokens, count);
  }

  void rejectedPredictionTokens(long count) {
    rejectedPredictionTokens = count(rejectedPredictionTokens, count);
  }

  /** Input that no cache had a part in, of an API that counts the cached apart. */
  void uncachedInputTokens(long count) {
    uncachedInputTokens = count(uncachedInputTokens, count);
  }

  /** The input as the conventions mean it: with all that was read from caches or put into them. */
  long inputTokens() {
    return uncachedInputTokens == ResponseFacts.ABSENT
        ? sum(inputTokens, toolInputTokens)
        : sum(sum(uncachedInputTokens, cacheReadTokens), cacheWriteTokens);
  }

  /** Input for tools that the server calls, of an API that counts it apart. */
  void toolInputTokens(long count) {
    toolInputTokens = count(toolInputTokens, count);
  }

  /** Reasoning of an API that counts it apart from the output. */
  void separateReasoningTokens(long count) {
    separateReasoning = true;
    reasoningTokens(count);
  }

  /** The output as the conventions mean it: with all reasoning. */
  long outputTokens() {
    return separateReasoning ? sum(outputTokens, reasoningTokens) : outputTokens;
  }

  /** Absent counts for nothing, but two absent ones are absent. */
  static long sum(long a, long b) {
    if (a == ResponseFacts.ABSENT) {
      return b;
    }
    if (b == ResponseFacts.ABSENT) {
      return a;
    }
    return a > Long.MAX_VALUE - b ? Long.MAX_VALUE : a + b;
  }

  void textInputTokens(long count) {
    textInputTokens = count(textInputTokens, count);
  }

  void imageInputTokens(long count) {
    imageInputTokens = count(imageInputTokens, count);
  }

  void textOutputTokens(long count) {
    textOutputTokens = count(textOutputTokens, count);
  }

  void imageOutputTokens(long count) {
    imageOutputTokens = count(imageOutputTokens, count);
  }

  void textCacheReadTokens(long count) {
    textCacheReadTokens = count(textCacheReadTokens, count);
  }

  void imageCacheReadTokens(long count) {
    imageCacheReadTokens = count(imageCacheReadTokens, count);
  }

  void audioCacheReadTokens(long count) {
    audioCacheReadTokens = count(audioCacheReadTokens, count);
  }

  /** A negative count is none. */
  private static long count(long before, long count) {
    return count < 0 ? before : count;
  }

  void choiceStart() {
    hasChoices = true;
    choiceIndex = 0;
    choiceFinishReason = null;
  }

  /** A part of the answer of an API that has no choices, only one answer. */
  void onlyChoice() {
    hasChoices = true;
    choices = Math.max(choices, 1);
  }

  void onlyFinishReason(JsonText text) {
    choiceStart();
    finishReason(text);
    choiceEnd();
  }

  void choiceIndex(long index) {
    if (index >= 0) {
      choiceIndex = index;
    }
  }

  void choiceEnd() {
    if (choiceIndex >= MAX_CHOICES) {
      return;
    }
    int index = (int) choiceIndex;
    choices = Math.max(choices, index + 1);
    String reason = choiceFinishReason;
    if (reason == null) {
      return;
    }
    if (index >= finishReasons.length) {
      finishReasons = Arrays.copyOf(finishReasons, Math.max(index + 1, finishReasons.length * 2));
    }
    String before = finishReasons[index];
    int length = finishReasonsLength - (before == null ? 0 : before.length()) + reason.length();
    if (length > MAX_FINISH_REASONS) {
      if (before == null) {
        finishReasons[index] = UNNAMED;
      }
    } else {
      finishReasons[index] = reason;
      finishReasonsLength = length;
    }
  }

  void finishReason(JsonText text) {
    if (text.isEmpty()) {
      return;
    }
    choiceFinishReason = text.isWhole() ? finishReasonOf(text) : UNNAMED;
  }

  private static String finishReasonOf(JsonText text) {
    for (int i = 0; i < KNOWN_BYTES.length; i++) {
      if (text.contentEquals(KNOWN_BYTES[i])) {
        return KNOWN_FINISH_REASONS[i];
      }
    }
    return text.toString();
  }

  void answer() {
    outputKinds |= OutputKind.ANSWER;
  }

  void answer(JsonText text) {
    if (!text.isEmpty()) {
      outputKinds |= OutputKind.ANSWER;
    }
  }

  void reasoning() {
    outputKinds |= OutputKind.REASONING;
  }

  void reasoning(JsonText text) {
    if (!text.isEmpty()) {
      outputKinds |= OutputKind.REASONING;
    }
  }

  void toolCall() {
    outputKinds |= OutputKind.TOOL_CALL;
  }

  /** A part of what a tool is to be called with. */
  void toolCall(JsonText text) {
    if (!text.isEmpty()) {
      outputKinds |= OutputKind.TOOL_CALL;
    }
  }

  /** The name of a tool that the answer asks to be called. */
  void toolName(JsonText text) {
    if (!text.isEmpty()) {
      toolName(text.toString());
    }
  }

  private void toolName(String name) {
    if (toolCalls.size() < MAX_TOOL_CALLS) {
      toolCalls.add(name);
    }
  }

  // A part of the answer whose other fields, which may come last, tell what its text is.

  void partStart() {
    onlyChoice();
    partHasText = false;
    partIsReasoning = false;
    partIsMark = false;
    partSeen = true;
  }

  void partText(JsonText text) {
    partHasText |= !text.isEmpty();
  }

  void partIsReasoning(boolean value) {
    partIsReasoning = value;
  }

  /** A mark for the model and its server: the end of the answer, say. */
  void partIsMark(boolean value) {
    partIsMark = value;
  }

  void partEnd() {
    if (partHasText && !partIsMark) {
      outputKinds |= partIsReasoning ? OutputKind.REASONING : OutputKind.ANSWER;
    }
  }

  /** The text of an answer, or of a part of one, of an API that has no choices. */
  void onlyAnswer(JsonText text) {
    onlyChoice();
    answer(text);
  }

  // A count of tokens beside the name of what they are.

  static final int TEXT = 0;
  static final int IMAGE = 1;
  static final int AUDIO = 2;

  void modalityStart() {
    modality = MODALITIES.length;
    modalityTokens = ResponseFacts.ABSENT;
  }

  void modality(JsonText text) {
    for (int i = 0; i < MODALITIES.length; i++) {
      if (text.contentEquals(MODALITIES[i])) {
        modality = i;
      }
    }
  }

  void modalityTokens(long count) {
    modalityTokens = count;
  }

  /** How many tokens the element counts, if it is one of this modality. */
  long tokensOf(int asked) {
    return modality == asked ? modalityTokens : ResponseFacts.ABSENT;
  }

  /** All of the answer: its last part in a stream says it once more. */
  void wholeAnswer(JsonText text) {
    onlyChoice();
    if (!partSeen) {
      answer(text);
    }
    last();
  }

  /** Whether more documents follow, where each says so. */
  void isLast(boolean value) {
    if (value) {
      last();
    } else {
      streamed = true;
    }
  }

  /** Whether a document said that others follow. */
  boolean isStreamed() {
    return streamed;
  }

  // A block whose type, which may come last, tells what its other fields mean.

  void blockStart() {
    onlyChoice();
    blockIsToolCall = false;
    blockName = null;
  }

  void blockIsToolCall() {
    blockIsToolCall = true;
  }

  void blockName(JsonText text) {
    if (!text.isEmpty() && toolCalls.size() < MAX_TOOL_CALLS) {
      blockName = text.toString();
    }
  }

  void blockEnd() {
    if (blockIsToolCall) {
      toolCall();
      if (blockName != null) {
        toolName(blockName);
      }
    }
  }

  void error() {
    error = true;
  }

  /** A server may give the error as a plain string, which is free text. */
  void error(JsonText text) {
    if (!text.isEmpty()) {
      error = true;
    }
  }

  void errorCode(JsonText text) {
    if (!text.isEmpty()) {
      errorCode = ErrorCodes.bounded(text);
    }
  }

  void errorType(JsonText text) {
    if (!text.isEmpty()) {
      errorType = ErrorCodes.bounded(text);
    }
  }

  void errorEnd() {
    if (errorCode == null) {
      errorCode = errorType;
    }
  }

  /** What is no part of the document says that it is a failure, and which. */
  void failure(String name) {
    error = true;
    errorCode = ErrorCodes.bounded(name);
  }

  List<String> finishReasons() {
    List<String> reasons = new ArrayList<>(finishReasons.length);
    for (String reason : finishReasons) {
      if (reason != null && !reason.equals(UNNAMED)) {
        reasons.add(reason);
      }
    }
    return reasons;
  }

  boolean allChoicesFinished() {
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
