/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.wire.decode;

import io.spanglass.wire.json.JsonField;
import java.util.Arrays;

/**
 * The fields that OpenAI's APIs have in common: chat completions, completions and embeddings name
 * the same things alike.
 */
final class OpenAiFields {
  private OpenAiFields() {}

  // Requests.

  /**
   * The model's name.
   *
   * @param recognizes whether it alone makes a document a request of the API. Not where the path is
   *     a word that other services use too.
   */
  static JsonField<RequestFactsBuilder> model(boolean recognizes) {
    return JsonField.text(
        "model",
        RequestFactsBuilder.NAME,
        (facts, text) -> {
          facts.model(text);
          if (recognizes) {
            facts.recognize();
          }
        });
  }

  /** What the model is given: a string, or an array of anything. */
  static JsonField<RequestFactsBuilder> prompt(String name) {
    return JsonField.<RequestFactsBuilder>named(name)
        .onText(0, (facts, text) -> facts.recognize())
        .onArrayStart(RequestFactsBuilder::recognize);
  }

  /** A conversation: always an array. */
  static JsonField<RequestFactsBuilder> messages() {
    return JsonField.<RequestFactsBuilder>named("messages")
        .onArrayStart(RequestFactsBuilder::recognize);
  }

  /** A request to generate: what all of these APIs have, and an API's own fields. */
  @SafeVarargs
  @SuppressWarnings("varargs") // The array is only passed on and read.
  static JsonField<RequestFactsBuilder> generationRequest(
      boolean recognizedByModel, JsonField<RequestFactsBuilder>... own) {
    return JsonField.<RequestFactsBuilder>named("")
        .children(
            with(
                own,
                model(recognizedByModel),
                JsonField.bool("stream", RequestFactsBuilder::stream),
                JsonField.integer("max_tokens", RequestFactsBuilder::maxTokens),
                JsonField.integer(
                    "max_completion_tokens", RequestFactsBuilder::maxCompletionTokens),
                JsonField.number("temperature", RequestFactsBuilder::temperature),
                JsonField.number("top_p", RequestFactsBuilder::topP),
                JsonField.number("top_k", RequestFactsBuilder::topK),
                JsonField.number("frequency_penalty", RequestFactsBuilder::frequencyPenalty),
                JsonField.number("presence_penalty", RequestFactsBuilder::presencePenalty),
                JsonField.integer("seed", RequestFactsBuilder::seed),
                JsonField.integer("n", RequestFactsBuilder::choiceCount),
                JsonField.text(
                    "stop", RequestFactsBuilder.STOP_SEQUENCE, RequestFactsBuilder::stopSequence),
                JsonField.text(
                    "service_tier", RequestFactsBuilder.WORD, RequestFactsBuilder::serviceTier),
                JsonField.object(
                    "response_format",
                    JsonField.text(
                        "type", RequestFactsBuilder.WORD, RequestFactsBuilder::responseFormat))))
        .asDocument();
  }

  // Responses.

  /**
   * An answer that is generated, or a chunk of one.
   *
   * @param output where in a choice its output stands
   */
  @SafeVarargs
  @SuppressWarnings("varargs") // The array is only passed on and read.
  static JsonField<ResponseFactsBuilder> generation(JsonField<ResponseFactsBuilder>... output) {
    return JsonField.document(
        JsonField.firstText("id", ResponseFactsBuilder.NAME, ResponseFactsBuilder::id),
        responseModel(),
        JsonField.firstText(
            "system_fingerprint",
            ResponseFactsBuilder.NAME,
            ResponseFactsBuilder::systemFingerprint),
        JsonField.firstText(
            "service_tier", ResponseFactsBuilder.WORD, ResponseFactsBuilder::serviceTier),
        JsonField.<ResponseFactsBuilder>named("choices")
            .onObjectStart(ResponseFactsBuilder::choiceStart)
            .onObjectEnd(ResponseFactsBuilder::choiceEnd)
            .children(
                with(
                    output,
                    JsonField.integer("index", ResponseFactsBuilder::choiceIndex),
                    JsonField.text(
                        "finish_reason",
                        ResponseFactsBuilder.WORD,
                        ResponseFactsBuilder::finishReason))),
        usage(
            JsonField.integer("completion_tokens", ResponseFactsBuilder::outputTokens),
            JsonField.object(
                "prompt_tokens_details",
                JsonField.integer("cached_tokens", ResponseFactsBuilder::cacheReadTokens),
                // vLLM's name; OpenAI does not tell.
                JsonField.integer("created_cache_tokens", ResponseFactsBuilder::cacheWriteTokens),
                JsonField.integer("audio_tokens", ResponseFactsBuilder::audioInputTokens)),
            JsonField.object(
                "completion_tokens_details",
                JsonField.integer("reasoning_tokens", ResponseFactsBuilder::reasoningTokens),
                JsonField.integer("audio_tokens", ResponseFactsBuilder::audioOutputTokens),
                JsonField.integer(
                    "accepted_prediction_tokens", ResponseFactsBuilder::acceptedPredictionTokens),
                JsonField.integer(
                    "rejected_prediction_tokens", ResponseFactsBuilder::rejectedPredictionTokens))),
        error());
  }

  static JsonField<ResponseFactsBuilder> responseModel() {
    return JsonField.firstText("model", ResponseFactsBuilder.NAME, ResponseFactsBuilder::model);
  }

  /** What the call cost: the input, and what else the API counts. */
  @SafeVarargs
  @SuppressWarnings("varargs") // The array is only passed on and read.
  static JsonField<ResponseFactsBuilder> usage(JsonField<ResponseFactsBuilder>... more) {
    return JsonField.<ResponseFactsBuilder>named("usage")
        .onObjectStart(ResponseFactsBuilder::usage)
        .children(
            with(more, JsonField.integer("prompt_tokens", ResponseFactsBuilder::inputTokens)));
  }

  static JsonField<ResponseFactsBuilder> error() {
    return JsonField.<ResponseFactsBuilder>named("error")
        .onText(0, ResponseFactsBuilder::error)
        .onObjectStart(ResponseFactsBuilder::error)
        .onObjectEnd(ResponseFactsBuilder::errorEnd)
        .children(
            JsonField.text("code", ResponseFactsBuilder.WORD, ResponseFactsBuilder::errorCode),
            JsonField.text("type", ResponseFactsBuilder.WORD, ResponseFactsBuilder::errorType));
  }

  /** A string that is output of the model, if it is not empty. */
  static JsonField<ResponseFactsBuilder> text(String name) {
    return JsonField.text(name, 0, ResponseFactsBuilder::answer);
  }

  /** The same fields stand in a chunk's {@code delta} and in a whole answer's {@code message}. */
  static JsonField<ResponseFactsBuilder> message(String name) {
    return JsonField.object(
        name,
        // A string, or of Mistral an array of parts.
        text("content").children(text("text"), reasoning("thinking")),
        text("refusal"),
        // An object in the answer of audio models.
        JsonField.<ResponseFactsBuilder>named("audio").onObjectStart(ResponseFactsBuilder::answer),
        // Of DeepSeek and others; vLLM and OpenRouter use the shorter name.
        reasoning("reasoning_content"),
        reasoning("reasoning"),
        toolCalls("tool_calls"),
        toolCalls("function_call"));
  }

  static JsonField<ResponseFactsBuilder> reasoning(String name) {
    return JsonField.<ResponseFactsBuilder>named(name)
        .onText(0, ResponseFactsBuilder::reasoning)
        .onObjectStart(ResponseFactsBuilder::reasoning);
  }

  private static JsonField<ResponseFactsBuilder> toolCalls(String name) {
    return JsonField.<ResponseFactsBuilder>named(name)
        .onObjectStart(ResponseFactsBuilder::toolCall);
  }

  @SafeVarargs
  @SuppressWarnings("varargs") // The array is only passed on and read.
  static <T> JsonField<T>[] with(JsonField<T>[] own, JsonField<T>... common) {
    JsonField<T>[] all = Arrays.copyOf(common, common.length + own.length);
    System.arraycopy(own, 0, all, common.length, own.length);
    return all;
  }
}
