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

  /** In characters; OpenAI takes half as many. */
  private static final int MAX_TOOL_NAME = 128;

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

  /** Of the calls of tools that may come in pieces, where they stand and a hash of their ids. */
  private long[] toolPlaces = {};

  private long[] toolIds = {};
  private int tools;
  private long uncachedInputTokens = ResponseFacts.ABSENT;
  private long toolInputTokens = ResponseFacts.ABSENT;
  private boolean separateReasoning;
  final long[] serverTimes = new long[ServerTime.COUNT];
  @Nullable String serverComputeType;
  boolean error;
  boolean terminated;

  private static final byte[] ERROR = "error".getBytes(US_ASCII);

  /** What the answer's errors name; the first counts. */
  private final ErrorCodes codes = new ErrorCodes();

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
  private long toolIndex;
  private long toolId;
  private @Nullable String toolName;
  private @Nullable String blockName;
  private long choiceIndex;
  private @Nullable String choiceFinishReason;
  private boolean isDelta;
  private boolean isChoice;
  private boolean hasDelta;
  private boolean repeats;
  private int deltaKind;
  private @Nullable String status;
  private @Nullable String statusReason;
  private boolean isStopped;
  private long soleInput;
  private long soleOutput;

  /** Of each choice of such an API, the counts that came last; input and output in turn. */
  private long[] soleTokens = {};

  /** What the document would name if it were an error itself. */
  private final ErrorCodes own = new ErrorCodes();

  private boolean hasMessage;
  private boolean isError;

  // Of the usage that is being read.
  private final Usage usage = new Usage();

  /** Where the usage stood that counts so far. */
  private int usagePlace;

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
    if (error) {
      codes.add(own);
    }
    own.clear();
    outputKinds = 0;
    hasChoices = false;
    hasUsage = false;
    last = false;
    partSeen = false;
    isDelta = false;
    hasMessage = false;
    isError = false;
  }

  /** The document is an object, and starts here. */
  void object() {
    isChoice = false;
    hasDelta = false;
    repeats = false;
    deltaKind = 0;
    status = null;
    statusReason = null;
    isStopped = false;
    soleInput = ResponseFacts.ABSENT;
    soleOutput = ResponseFacts.ABSENT;
    choiceIndex = 0;
    choiceFinishReason = null;
  }

  /** The document ends, or an element of it if it is an array. */
  void objectEnd() {
    endOfEvent();
    if (isChoice) {
      if (!isStopped) {
        choiceFinishReason = null;
        isDelta = true;
      } else if (choiceFinishReason == null) {
        choiceFinishReason = UNNAMED;
      }
      choiceEnd();
      soleTokens();
    }
    if (isError || (hasMessage && !own.isEmpty() && !hasChoices && !hasUsage && outputKinds == 0)) {
      error = true;
    }
  }

  /** Whether the document is a part of an answer, and says so. */
  boolean isDelta() {
    return isDelta;
  }

  void delta() {
    isDelta = true;
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

  // Usage as it is meant.

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

  // Usage of the OpenAI family, whose parts have to be seen together. Where it stands is one of
  // these; what stands further up counts more.

  static final int ON_CHOICE = 1;
  static final int AT_TOP = 2;

  void usageStart() {
    hasUsage = true;
    usage.clear();
  }

  Usage counts() {
    return usage;
  }

  /**
   * All of a usage object is known, and counts if none that counts more came before.
   *
   * @param place where it stands
   */
  void usageEnd(int place) {
    if (place < usagePlace) {
      return;
    }
    usagePlace = place;
    usage.settle();
    inputTokens = count(inputTokens, usage.input());
    outputTokens = count(outputTokens, usage.output());
    cacheReadTokens = count(cacheReadTokens, usage.cacheRead());
    cacheWriteTokens = count(cacheWriteTokens, usage.cacheWrite());
    reasoningTokens = count(reasoningTokens, usage.reasoning());
    audioInputTokens = count(audioInputTokens, usage.audioInput);
    audioOutputTokens = count(audioOutputTokens, usage.audioOutput);
    acceptedPredictionTokens = count(acceptedPredictionTokens, usage.acceptedPrediction);
    rejectedPredictionTokens = count(rejectedPredictionTokens, usage.rejectedPrediction);
  }

  /** Of an API without output: what it used is all input, also where only a total is told. */
  void inputUsageEnd() {
    usagePlace = AT_TOP;
    inputTokens = count(inputTokens, usage.inputOrTotal());
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

  /** An absent count is none. */
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

  // Of an API that has one choice, which is the document.

  void soleContent(JsonText text) {
    isChoice = true;
    hasChoices = true;
    answer(text);
  }

  void soleStop(boolean value) {
    isStopped = value;
  }

  void soleInput(long count) {
    soleInput = count(soleInput, count);
  }

  void soleOutput(long count) {
    soleOutput = count(soleOutput, count);
  }

  /** What the call used is the sum of its choices. */
  private void soleTokens() {
    if (choiceIndex >= MAX_CHOICES) {
      return;
    }
    int at = 2 * (int) choiceIndex;
    if (at >= soleTokens.length) {
      int known = soleTokens.length;
      soleTokens = Arrays.copyOf(soleTokens, at + 2);
      Arrays.fill(soleTokens, known, at + 2, ResponseFacts.ABSENT);
    }
    soleTokens[at] = count(soleTokens[at], soleInput);
    soleTokens[at + 1] = count(soleTokens[at + 1], soleOutput);
    long input = ResponseFacts.ABSENT;
    long output = ResponseFacts.ABSENT;
    for (int i = 0; i < soleTokens.length; i += 2) {
      input = sum(input, soleTokens[i]);
      output = sum(output, soleTokens[i + 1]);
    }
    inputTokens = count(inputTokens, input);
    outputTokens = count(outputTokens, output);
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
    if (text.contentEquals(ERROR)) {
      error = true;
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

  // A call of a tool that may come in pieces, each of which may repeat its name. It is told from
  // others by its place, or by its id where servers give all the same place.

  void toolCallStart() {
    toolCall();
    toolIndex = ResponseFacts.ABSENT;
    toolId = 0;
    toolName = null;
  }

  void toolIndex(long index) {
    toolIndex = index;
  }

  void toolId(JsonText id) {
    if (!id.isEmpty()) {
      toolId = 1L << 32 | (id.toString().hashCode() & 0xFFFFFFFFL);
    }
  }

  void toolCallName(JsonText name) {
    if (!name.isEmpty() && toolCalls.size() < MAX_TOOL_CALLS) {
      toolName = name.toString();
    }
  }

  void toolCallEnd() {
    String name = toolName;
    if (name == null) {
      return;
    }
    if (toolIndex >= 0 || toolId != 0) {
      long place = toolIndex < 0 ? ResponseFacts.ABSENT : choiceIndex << 32 ^ toolIndex;
      for (int i = 0; i < tools; i++) {
        boolean samePlace = toolPlaces[i] == place;
        if (samePlace && (toolId == 0 || toolIds[i] == 0 || toolIds[i] == toolId)) {
          return;
        }
      }
      if (tools == toolPlaces.length) {
        int room = tools == 0 ? 2 : Math.min(2 * tools, MAX_TOOL_CALLS);
        toolPlaces = Arrays.copyOf(toolPlaces, room);
        toolIds = Arrays.copyOf(toolIds, room);
      }
      toolPlaces[tools] = place;
      toolIds[tools] = toolId;
      tools++;
    }
    toolName(name);
  }

  /** The name of a tool that the answer asks to be called. */
  void toolName(JsonText text) {
    if (!text.isEmpty()) {
      toolName(text.toString());
    }
  }

  private void toolName(String name) {
    if (toolCalls.size() < MAX_TOOL_CALLS && isToolName(name)) {
      toolCalls.add(name);
    }
  }

  /** What the model has made up may be anything; a name has no blanks in it. */
  private static boolean isToolName(String name) {
    if (name.length() > MAX_TOOL_NAME) {
      return false;
    }
    for (int i = 0; i < name.length(); i++) {
      if (!Character.isLetterOrDigit(name.charAt(i)) && "_-.:/$".indexOf(name.charAt(i)) < 0) {
        return false;
      }
    }
    return true;
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

  // Errors. One that says nothing is none: some servers send an empty object with every answer.

  /** The event is named as an error. */
  void errorEvent() {
    error = true;
    isError = true;
  }

  /** A server may give the error as a plain string: free text, or a code. */
  void error(JsonText text) {
    if (ErrorCodes.says(text)) {
      error = true;
      codes.type(text);
    }
  }

  /** Or as a number. */
  void error(long number) {
    if (number != 0) {
      error = true;
      codes.code(number);
    }
  }

  /** A member of the error. */
  void errorSays(JsonText text) {
    if (ErrorCodes.says(text)) {
      error = true;
    }
  }

  void errorSays(double number) {
    if (number != 0) {
      error = true;
    }
  }

  void errorSays(boolean value) {
    if (value) {
      error = true;
    }
  }

  void errorCode(JsonText text) {
    errorSays(text);
    codes.code(text);
  }

  void errorCode(long number) {
    errorSays((double) number);
    codes.code(number);
  }

  void errorType(JsonText text) {
    errorSays(text);
    codes.type(text);
  }

  // The document as an error of its own: what says so, and what it names.

  void kind(JsonText text) {
    if (text.contentEquals(ERROR)) {
      isError = true;
    }
  }

  void ownType(JsonText text) {
    kind(text);
    own.type(text);
  }

  void ownCode(JsonText text) {
    own.code(text);
  }

  void ownCode(long number) {
    // Where a code is told of what went well, it is this.
    if (number < 200 || number > 299) {
      own.code(number);
    }
  }

  // Events that say by their type what their text is, and responses that say how they ended.

  private static final byte[][] DELTA_TYPES = {
    "response.output_text.delta".getBytes(US_ASCII),
    "response.refusal.delta".getBytes(US_ASCII),
    "response.audio.delta".getBytes(US_ASCII),
    "response.audio.transcript.delta".getBytes(US_ASCII),
    "response.reasoning_text.delta".getBytes(US_ASCII),
    "response.reasoning_summary_text.delta".getBytes(US_ASCII),
    "response.function_call_arguments.delta".getBytes(US_ASCII),
    "response.custom_tool_call_input.delta".getBytes(US_ASCII),
    "response.mcp_call_arguments.delta".getBytes(US_ASCII),
    "response.code_interpreter_call_code.delta".getBytes(US_ASCII)
  };

  private static final int[] DELTA_KINDS = {
    OutputKind.ANSWER,
    OutputKind.ANSWER,
    OutputKind.ANSWER,
    OutputKind.ANSWER,
    OutputKind.REASONING,
    OutputKind.REASONING,
    OutputKind.TOOL_CALL,
    OutputKind.TOOL_CALL,
    OutputKind.TOOL_CALL,
    OutputKind.TOOL_CALL
  };

  /** The document holds what others have told, and is no output of its own. */
  void repeats() {
    repeats = true;
  }

  void deltaText(JsonText text) {
    hasDelta |= !text.isEmpty();
  }

  void deltaType(JsonText type) {
    for (int i = 0; i < DELTA_TYPES.length; i++) {
      if (type.contentEquals(DELTA_TYPES[i])) {
        deltaKind = DELTA_KINDS[i];
      }
    }
  }

  void itemStart() {
    blockIsToolCall = false;
    toolIndex = ResponseFacts.ABSENT;
    toolId = 0;
    toolName = null;
  }

  /** Counts only where the call has no id. */
  void itemId(JsonText id) {
    if (toolId == 0) {
      toolId(id);
    }
  }

  void itemEnd() {
    if (blockIsToolCall) {
      toolCall();
      toolCallEnd();
    }
  }

  void status(JsonText text) {
    status = text.isWhole() && !text.isEmpty() ? text.toString() : null;
  }

  void statusReason(JsonText text) {
    statusReason = text.isWhole() && !text.isEmpty() ? text.toString() : null;
  }

  private void endOfEvent() {
    if (repeats) {
      hasChoices = false;
      outputKinds = 0;
    }
    if (hasDelta && deltaKind != 0) {
      onlyChoice();
      outputKinds |= deltaKind;
    }
    if (status != null) {
      choiceIndex = 0;
      choiceFinishReason = statusReason != null ? statusReason : status;
      choiceEnd();
    }
  }

  /** What is no part of the document says that it is a failure, and which. */
  void failure(String name) {
    error = true;
    codes.code(name);
  }

  void message(JsonText text) {
    if (ErrorCodes.says(text)) {
      hasMessage = true;
    }
  }

  /** The code that the errors name, as far as one may be told; also of a document that is none. */
  @Nullable String errorCode() {
    String code = codes.code();
    return code != null ? code : own.code();
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
