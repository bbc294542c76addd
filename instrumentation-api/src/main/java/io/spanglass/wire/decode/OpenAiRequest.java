/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.wire.decode;

import io.spanglass.wire.json.JsonField;
import io.spanglass.wire.json.JsonHandler;
import io.spanglass.wire.json.JsonScanner;
import io.spanglass.wire.json.JsonText;

/**
 * Reads a request of one of OpenAI's APIs. What fields an API has, its {@link JsonField} tree says;
 * what a field means, it means in all of them.
 */
final class OpenAiRequest implements RequestDecoder, JsonHandler {
  private static final int SHORT_TEXT = 256;

  private static final int MODEL = 0;
  private static final int PROMPT = 1;
  private static final int STREAM = 2;
  private static final int MAX_TOKENS = 3;
  private static final int MAX_COMPLETION_TOKENS = 4;
  private static final int TEMPERATURE = 5;
  private static final int TOP_P = 6;
  private static final int TOP_K = 7;
  private static final int FREQUENCY_PENALTY = 8;
  private static final int PRESENCE_PENALTY = 9;
  private static final int SEED = 10;
  private static final int N = 11;
  private static final int STOP = 12;
  private static final int SERVICE_TIER = 13;
  private static final int RESPONSE_FORMAT = 14;
  private static final int RESPONSE_FORMAT_TYPE = 15;
  private static final int MODALITIES = 16;
  private static final int DIMENSIONS = 17;
  private static final int ENCODING_FORMAT = 18;
  private static final int MESSAGES = 19;

  static final JsonField MODEL_FIELD = JsonField.value("model", MODEL, SHORT_TEXT);

  static final JsonField DIMENSIONS_FIELD = JsonField.value("dimensions", DIMENSIONS, 0);

  static final JsonField ENCODING_FORMAT_FIELD =
      JsonField.value("encoding_format", ENCODING_FORMAT, SHORT_TEXT);

  static final JsonField MODALITIES_FIELD = JsonField.value("modalities", MODALITIES, SHORT_TEXT);

  private static final JsonField[] GENERATION_FIELDS = {
    MODEL_FIELD,
    JsonField.value("stream", STREAM, 0),
    JsonField.value("max_tokens", MAX_TOKENS, 0),
    JsonField.value("max_completion_tokens", MAX_COMPLETION_TOKENS, 0),
    JsonField.value("temperature", TEMPERATURE, 0),
    JsonField.value("top_p", TOP_P, 0),
    JsonField.value("top_k", TOP_K, 0),
    JsonField.value("frequency_penalty", FREQUENCY_PENALTY, 0),
    JsonField.value("presence_penalty", PRESENCE_PENALTY, 0),
    JsonField.value("seed", SEED, 0),
    JsonField.value("n", N, 0),
    JsonField.value("stop", STOP, SHORT_TEXT),
    JsonField.value("service_tier", SERVICE_TIER, SHORT_TEXT),
    JsonField.object(
        "response_format",
        RESPONSE_FORMAT,
        JsonField.value("type", RESPONSE_FORMAT_TYPE, SHORT_TEXT)),
  };

  private final RequestFacts facts = new RequestFacts();
  private final JsonScanner scanner;
  private final boolean recognizedByModel;
  private boolean maxCompletionTokens;

  /**
   * @param recognizedByModel whether the name of a model alone makes it a request of the API. Not
   *     where the path is a word that other services use too.
   */
  OpenAiRequest(JsonField document, boolean recognizedByModel) {
    this.scanner = new JsonScanner(document, this);
    this.recognizedByModel = recognizedByModel;
  }

  /** The field that holds what the model is given: a string, or an array of anything. */
  static JsonField prompt(String name) {
    return JsonField.presence(name, PROMPT);
  }

  /** The field that holds a conversation: always an array. */
  static JsonField messages() {
    return JsonField.presence("messages", MESSAGES);
  }

  /** The document of an API that generates: the fields that all of these have, and its own. */
  static JsonField generation(JsonField... own) {
    JsonField[] all = new JsonField[GENERATION_FIELDS.length + own.length];
    System.arraycopy(GENERATION_FIELDS, 0, all, 0, GENERATION_FIELDS.length);
    System.arraycopy(own, 0, all, GENERATION_FIELDS.length, own.length);
    return JsonField.document(all);
  }

  @Override
  public RequestFacts facts() {
    return facts;
  }

  @Override
  public boolean isComplete() {
    return scanner.isComplete();
  }

  @Override
  public void onFrameStart() {
    scanner.reset();
  }

  @Override
  public void onFrameBytes(byte[] bytes, int offset, int length) {
    scanner.onBytes(bytes, offset, length);
  }

  @Override
  public void onFrameEnd() {}

  @Override
  public boolean wantsText(int field) {
    return true;
  }

  @Override
  public void onString(int field, JsonText text) {
    switch (field) {
      case MODEL:
        facts.model = text.toString();
        facts.recognized |= recognizedByModel;
        break;
      case PROMPT:
        facts.recognized = true;
        break;
      case STOP:
        facts.addStopSequence(text.toString());
        break;
      case SERVICE_TIER:
        facts.serviceTier = text.toString();
        break;
      case RESPONSE_FORMAT_TYPE:
        if (facts.outputType == null) {
          String type = text.toString();
          // What else there is, grammars of some servers, the conventions have no value for.
          facts.outputType = type.startsWith("json") ? "json" : type.equals("text") ? type : null;
        }
        break;
      case MODALITIES:
        if (text.toString().equals("audio")) {
          facts.outputType = "speech";
        }
        break;
      case ENCODING_FORMAT:
        facts.encodingFormat = text.toString();
        break;
      default:
        break;
    }
  }

  @Override
  public void onLong(int field, long value) {
    switch (field) {
      case MAX_TOKENS:
        // The newer of the two names wins, as it does at the server.
        if (!maxCompletionTokens) {
          facts.maxTokens = value;
        }
        break;
      case MAX_COMPLETION_TOKENS:
        maxCompletionTokens = true;
        facts.maxTokens = value;
        break;
      case SEED:
        facts.seed = value;
        break;
      case N:
        facts.choiceCount = value;
        break;
      case DIMENSIONS:
        facts.dimensionCount = value;
        break;
      default:
        onDouble(field, (double) value);
        break;
    }
  }

  @Override
  public void onDouble(int field, double value) {
    switch (field) {
      case TEMPERATURE:
        facts.temperature = value;
        break;
      case TOP_P:
        facts.topP = value;
        break;
      case TOP_K:
        facts.topK = value;
        break;
      case FREQUENCY_PENALTY:
        facts.frequencyPenalty = value;
        break;
      case PRESENCE_PENALTY:
        facts.presencePenalty = value;
        break;
      default:
        break;
    }
  }

  @Override
  public void onBoolean(int field, boolean value) {
    if (field == STREAM) {
      facts.stream = value;
    }
  }

  @Override
  public void onObjectStart(int field) {}

  @Override
  public void onObjectEnd(int field) {}

  @Override
  public void onArrayStart(int field) {
    if (field == PROMPT || field == MESSAGES) {
      facts.recognized = true;
    }
  }
}
