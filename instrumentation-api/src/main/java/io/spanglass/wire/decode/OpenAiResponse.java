/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.wire.decode;

import io.spanglass.wire.json.JsonField;
import io.spanglass.wire.json.JsonHandler;
import io.spanglass.wire.json.JsonScanner;
import io.spanglass.wire.json.JsonText;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Reads a response of one of OpenAI's APIs, a document or a stream of chunks. What fields an API
 * has, its {@link JsonField} tree says; what a field means, it means in all of them.
 */
final class OpenAiResponse implements ResponseDecoder, JsonHandler {
  private static final int SHORT_TEXT = 256;

  private static final byte[] DONE = "[DONE]".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] STOP = "stop".getBytes(StandardCharsets.US_ASCII);

  private static final int ID = 0;
  private static final int MODEL = 1;
  private static final int SYSTEM_FINGERPRINT = 2;
  private static final int SERVICE_TIER = 3;
  private static final int CHOICES = 4;
  private static final int INDEX = 5;
  private static final int FINISH_REASON = 6;
  private static final int OUTPUT = 7;
  private static final int CONTENT = 8;
  private static final int REASONING = 9;
  private static final int TOOL_CALLS = 10;
  private static final int PROMPT_TOKENS = 11;
  private static final int COMPLETION_TOKENS = 12;
  private static final int CACHED_TOKENS = 13;
  private static final int CACHE_WRITE_TOKENS = 14;
  private static final int AUDIO_INPUT_TOKENS = 15;
  private static final int REASONING_TOKENS = 16;
  private static final int AUDIO_OUTPUT_TOKENS = 17;
  private static final int ACCEPTED_PREDICTION_TOKENS = 18;
  private static final int REJECTED_PREDICTION_TOKENS = 19;
  private static final int ERROR = 20;
  private static final int ERROR_CODE = 21;
  private static final int ERROR_TYPE = 22;
  private static final int USAGE = 23;
  private static final int AUDIO = 24;

  private final ResponseFacts facts = new ResponseFacts();
  private final ResponseListener listener;
  private final JsonScanner scanner;

  // Of the frame that is being read.
  private int doneMatched;
  private int outputKinds;
  private boolean hasChoices;
  private boolean hasUsage;
  private long choiceIndex;
  private @Nullable String choiceFinishReason;
  private @Nullable String errorType;

  OpenAiResponse(JsonField document, ResponseListener listener) {
    this.scanner = new JsonScanner(document, this);
    this.listener = listener;
  }

  /**
   * The document, or the chunk, of an API that generates.
   *
   * @param output where in a choice its output stands
   */
  static JsonField generation(JsonField... output) {
    JsonField[] choice = new JsonField[output.length + 2];
    choice[0] = JsonField.value("index", INDEX, 0);
    choice[1] = JsonField.value("finish_reason", FINISH_REASON, SHORT_TEXT);
    System.arraycopy(output, 0, choice, 2, output.length);
    return JsonField.document(
        JsonField.value("id", ID, SHORT_TEXT),
        JsonField.value("model", MODEL, SHORT_TEXT),
        JsonField.value("system_fingerprint", SYSTEM_FINGERPRINT, SHORT_TEXT),
        JsonField.value("service_tier", SERVICE_TIER, SHORT_TEXT),
        JsonField.object("choices", CHOICES, choice),
        usage(
            JsonField.value("completion_tokens", COMPLETION_TOKENS, 0),
            JsonField.object(
                "prompt_tokens_details",
                USAGE,
                JsonField.value("cached_tokens", CACHED_TOKENS, 0),
                // vLLM's name; OpenAI does not tell.
                JsonField.value("created_cache_tokens", CACHE_WRITE_TOKENS, 0),
                JsonField.value("audio_tokens", AUDIO_INPUT_TOKENS, 0)),
            JsonField.object(
                "completion_tokens_details",
                USAGE,
                JsonField.value("reasoning_tokens", REASONING_TOKENS, 0),
                JsonField.value("audio_tokens", AUDIO_OUTPUT_TOKENS, 0),
                JsonField.value("accepted_prediction_tokens", ACCEPTED_PREDICTION_TOKENS, 0),
                JsonField.value("rejected_prediction_tokens", REJECTED_PREDICTION_TOKENS, 0))),
        error());
  }

  /** The document of an API that answers with something else than text: it only costs input. */
  static JsonField inputOnly() {
    return JsonField.document(JsonField.value("model", MODEL, SHORT_TEXT), usage(), error());
  }

  private static JsonField usage(JsonField... more) {
    JsonField[] fields = new JsonField[more.length + 1];
    fields[0] = JsonField.value("prompt_tokens", PROMPT_TOKENS, 0);
    System.arraycopy(more, 0, fields, 1, more.length);
    return JsonField.object("usage", USAGE, fields);
  }

  private static JsonField error() {
    return JsonField.object(
        "error",
        ERROR,
        JsonField.value("code", ERROR_CODE, SHORT_TEXT),
        JsonField.value("type", ERROR_TYPE, SHORT_TEXT));
  }

  /** A string that is output of the model, if it is not empty. */
  static JsonField text(String name) {
    return JsonField.presence(name, CONTENT);
  }

  /** The same fields stand in a chunk's {@code delta} and in a whole answer's {@code message}. */
  static JsonField message(String name) {
    return JsonField.object(
        name,
        OUTPUT,
        // A string, or of Mistral an array of parts.
        JsonField.object(
            "content",
            CONTENT,
            JsonField.presence("text", CONTENT),
            JsonField.presence("thinking", REASONING)),
        JsonField.presence("refusal", CONTENT),
        // An object in the answer of audio models.
        JsonField.presence("audio", AUDIO),
        // Of DeepSeek and others; vLLM and OpenRouter use the shorter name.
        JsonField.presence("reasoning_content", REASONING),
        JsonField.presence("reasoning", REASONING),
        JsonField.presence("tool_calls", TOOL_CALLS),
        JsonField.presence("function_call", TOOL_CALLS));
  }

  @Override
  public ResponseFacts facts() {
    return facts;
  }

  @Override
  public boolean isFrameComplete() {
    return scanner.isComplete();
  }

  @Override
  public void onFrameStart() {
    scanner.reset();
    doneMatched = 0;
    outputKinds = 0;
    hasChoices = false;
    hasUsage = false;
    errorType = null;
  }

  @Override
  public void onFrameBytes(byte[] bytes, int offset, int length) {
    if (facts.terminated) {
      return;
    }
    int at = offset;
    int end = offset + length;
    if (doneMatched >= 0) {
      while (at < end && doneMatched < DONE.length && bytes[at] == DONE[doneMatched]) {
        at++;
        doneMatched++;
      }
      if (at == end || doneMatched == DONE.length) {
        return;
      }
      if (doneMatched > 0) {
        scanner.onBytes(DONE, 0, doneMatched);
      }
      doneMatched = -1;
    }
    scanner.onBytes(bytes, at, end - at);
  }

  @Override
  public void onFrameEnd() {
    if (facts.terminated) {
      return;
    }
    if (doneMatched == DONE.length) {
      facts.terminated = true;
      listener.onTerminator();
    } else if (!facts.error && scanner.isComplete() && (hasChoices || hasUsage)) {
      listener.onChunk(outputKinds, hasChoices);
    }
  }

  @Override
  public boolean wantsText(int field) {
    switch (field) {
      case ID:
        return facts.id == null;
      case MODEL:
        return facts.model == null;
      case SYSTEM_FINGERPRINT:
        return facts.systemFingerprint == null;
      case SERVICE_TIER:
        return facts.serviceTier == null;
      default:
        return true;
    }
  }

  @Override
  public void onString(int field, JsonText text) {
    if (text.length() == 0) {
      return;
    }
    switch (field) {
      case ID:
        if (facts.id == null) {
          facts.id = text.toString();
        }
        break;
      case MODEL:
        if (facts.model == null) {
          facts.model = text.toString();
        }
        break;
      case SYSTEM_FINGERPRINT:
        if (facts.systemFingerprint == null) {
          facts.systemFingerprint = text.toString();
        }
        break;
      case SERVICE_TIER:
        if (facts.serviceTier == null) {
          facts.serviceTier = text.toString();
        }
        break;
      case FINISH_REASON:
        choiceFinishReason = text.contentEquals(STOP) ? "stop" : text.toString();
        break;
      case CONTENT:
        outputKinds |= OutputKind.ANSWER;
        break;
      case REASONING:
        outputKinds |= OutputKind.REASONING;
        break;
      case ERROR:
        // A server may give the error as a plain string, which is free text.
        facts.error = true;
        break;
      case ERROR_CODE:
        facts.errorCode = ErrorCodes.bounded(text);
        break;
      case ERROR_TYPE:
        errorType = ErrorCodes.bounded(text);
        break;
      default:
        break;
    }
  }

  @Override
  public void onLong(int field, long value) {
    if (value < 0) {
      return;
    }
    switch (field) {
      case INDEX:
        choiceIndex = value;
        break;
      case PROMPT_TOKENS:
        facts.inputTokens = value;
        break;
      case COMPLETION_TOKENS:
        facts.outputTokens = value;
        break;
      case CACHED_TOKENS:
        facts.cacheReadTokens = value;
        break;
      case CACHE_WRITE_TOKENS:
        facts.cacheWriteTokens = value;
        break;
      case AUDIO_INPUT_TOKENS:
        facts.audioInputTokens = value;
        break;
      case REASONING_TOKENS:
        facts.reasoningTokens = value;
        break;
      case AUDIO_OUTPUT_TOKENS:
        facts.audioOutputTokens = value;
        break;
      case ACCEPTED_PREDICTION_TOKENS:
        facts.acceptedPredictionTokens = value;
        break;
      case REJECTED_PREDICTION_TOKENS:
        facts.rejectedPredictionTokens = value;
        break;
      default:
        break;
    }
  }

  @Override
  public void onDouble(int field, double value) {}

  @Override
  public void onBoolean(int field, boolean value) {}

  @Override
  public void onObjectStart(int field) {
    switch (field) {
      case CHOICES:
        hasChoices = true;
        choiceIndex = 0;
        choiceFinishReason = null;
        break;
      case AUDIO:
        outputKinds |= OutputKind.ANSWER;
        break;
      case REASONING:
        outputKinds |= OutputKind.REASONING;
        break;
      case TOOL_CALLS:
        outputKinds |= OutputKind.TOOL_CALL;
        break;
      case ERROR:
        facts.error = true;
        break;
      case USAGE:
        hasUsage = true;
        break;
      default:
        break;
    }
  }

  @Override
  public void onObjectEnd(int field) {
    if (field == ERROR) {
      if (facts.errorCode == null) {
        facts.errorCode = errorType;
      }
    } else if (field == CHOICES) {
      if (choiceFinishReason != null) {
        facts.onFinishReason(choiceIndex, choiceFinishReason);
      } else {
        facts.onChoice(choiceIndex);
      }
    }
  }

  @Override
  public void onArrayStart(int field) {}
}
