/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.wire.decode;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.spanglass.wire.json.JsonField;
import io.spanglass.wire.json.JsonText;
import org.jspecify.annotations.Nullable;

/**
 * Cohere's own API, version 2: https://docs.cohere.com/reference/chat,
 * https://docs.cohere.com/reference/chat-stream and https://docs.cohere.com/reference/embed. No
 * answer names a model.
 */
final class Cohere implements WireApi {
  private static final byte[] TOOL = "tool".getBytes(US_ASCII);
  private static final byte[] MESSAGE_END = "message-end".getBytes(US_ASCII);

  private final String operation;
  private final JsonField<RequestFactsBuilder> request;
  private final JsonField<ResponseFactsBuilder> response;
  private final String pathSuffix;

  private Cohere(
      String operation,
      JsonField<RequestFactsBuilder> request,
      JsonField<ResponseFactsBuilder> response,
      String pathSuffix) {
    this.operation = operation;
    this.request = request;
    this.response = response;
    this.pathSuffix = pathSuffix;
  }

  static Cohere chat() {
    return new Cohere(
        "chat",
        JsonField.document(
            model(),
            JsonField.<RequestFactsBuilder>named("messages")
                .onArrayStart(facts -> facts.recognizeWith(RequestFactsBuilder.INPUT))
                .children(JsonField.text("role", RequestFactsBuilder.WORD, Cohere::role)),
            JsonField.<RequestFactsBuilder>named("tools")
                .onObjectStart(RequestFactsBuilder::toolDefinition),
            JsonField.bool("stream", RequestFactsBuilder::stream),
            JsonField.integer("max_tokens", RequestFactsBuilder::maxTokens),
            JsonField.number("temperature", RequestFactsBuilder::temperature),
            JsonField.number("p", RequestFactsBuilder::topP),
            JsonField.number("k", RequestFactsBuilder::topK),
            JsonField.number("frequency_penalty", RequestFactsBuilder::frequencyPenalty),
            JsonField.number("presence_penalty", RequestFactsBuilder::presencePenalty),
            JsonField.integer("seed", RequestFactsBuilder::seed),
            JsonField.text(
                "stop_sequences",
                RequestFactsBuilder.STOP_SEQUENCE,
                RequestFactsBuilder::stopSequence),
            JsonField.object(
                "response_format",
                JsonField.text(
                    "type", RequestFactsBuilder.WORD, RequestFactsBuilder::responseFormat))),
        // A document, or an event, which has the same under "delta".
        JsonField.document(
            JsonField.firstText("id", ResponseFactsBuilder.NAME, ResponseFactsBuilder::id),
            JsonField.text("type", ResponseFactsBuilder.WORD, Cohere::type),
            message(),
            finishReason(),
            usage(),
            JsonField.object("delta", message(), finishReason(), usage()),
            OpenAiFields.error()),
        "/v2/chat");
  }

  static Cohere embed() {
    return new Cohere(
        "embeddings",
        JsonField.document(
            model(),
            input("texts"),
            input("images"),
            input("inputs"),
            JsonField.integer("output_dimension", RequestFactsBuilder::dimensionCount),
            JsonField.text(
                "embedding_types",
                RequestFactsBuilder.WORD,
                RequestFactsBuilder::firstEncodingFormat)),
        JsonField.document(JsonField.object("meta", billed()), OpenAiFields.error()),
        "/v2/embed");
  }

  private static JsonField<RequestFactsBuilder> model() {
    return JsonField.text(
        "model",
        RequestFactsBuilder.NAME,
        (facts, text) -> {
          facts.model(text);
          facts.recognizeWith(RequestFactsBuilder.MODEL);
        });
  }

  private static JsonField<RequestFactsBuilder> input(String name) {
    return JsonField.<RequestFactsBuilder>named(name)
        .onArrayStart(facts -> facts.recognizeWith(RequestFactsBuilder.INPUT));
  }

  private static JsonField<ResponseFactsBuilder> message() {
    return JsonField.<ResponseFactsBuilder>named("message")
        .onObjectStart(ResponseFactsBuilder::onlyChoice)
        .children(
            JsonField.object(
                "content", OpenAiFields.text("text"), OpenAiFields.reasoning("thinking")),
            // What the model is about to do with its tools, in its own words.
            OpenAiFields.reasoning("tool_plan"),
            JsonField.<ResponseFactsBuilder>named("tool_calls")
                .onObjectStart(ResponseFactsBuilder::toolCall)
                .children(
                    JsonField.object(
                        "function",
                        JsonField.text(
                            "name", ResponseFactsBuilder.NAME, ResponseFactsBuilder::toolName))));
  }

  private static JsonField<ResponseFactsBuilder> finishReason() {
    return JsonField.text(
        "finish_reason", ResponseFactsBuilder.WORD, ResponseFactsBuilder::onlyFinishReason);
  }

  /** Beside what was billed stands what was computed; the conventions want the former. */
  private static JsonField<ResponseFactsBuilder> usage() {
    return JsonField.<ResponseFactsBuilder>named("usage")
        .onObjectStart(ResponseFactsBuilder::usage)
        .children(
            billed(), JsonField.integer("cached_tokens", ResponseFactsBuilder::cacheReadTokens));
  }

  private static JsonField<ResponseFactsBuilder> billed() {
    return JsonField.object(
        "billed_units",
        JsonField.integer("input_tokens", ResponseFactsBuilder::inputTokens),
        JsonField.integer("output_tokens", ResponseFactsBuilder::outputTokens));
  }

  private static void role(RequestFactsBuilder facts, JsonText role) {
    if (role.contentEquals(TOOL)) {
      facts.toolResult();
    }
  }

  private static void type(ResponseFactsBuilder facts, JsonText type) {
    if (type.contentEquals(MESSAGE_END)) {
      facts.last();
    }
  }

  @Override
  public String operation() {
    return operation;
  }

  @Override
  public String inferredProvider() {
    return "cohere";
  }

  @Override
  public @Nullable String apiType() {
    return null;
  }

  @Override
  public String[] pathSuffixes() {
    return new String[] {pathSuffix};
  }

  @Override
  public RequestDecoder newRequestDecoder() {
    return new JsonRequestDecoder(request);
  }

  @Override
  public ResponseDecoder newResponseDecoder(ResponseListener listener) {
    return new JsonResponseDecoder(response, listener);
  }
}
