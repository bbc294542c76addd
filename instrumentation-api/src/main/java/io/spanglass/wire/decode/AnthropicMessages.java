/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.wire.decode;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.spanglass.wire.RequestHead;
import io.spanglass.wire.json.JsonField;
import io.spanglass.wire.json.JsonText;
import org.jspecify.annotations.Nullable;

/**
 * Anthropic Messages: https://platform.claude.com/docs/en/api/messages, streams:
 * https://platform.claude.com/docs/en/build-with-claude/streaming. In the clouds of others the
 * model is in the path, and a field tells the version of the API:
 * https://platform.claude.com/docs/en/build-with-claude/claude-on-vertex-ai,
 * https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-anthropic-claude-messages.html
 */
final class AnthropicMessages implements WireApi {
  private static final byte[] TOOL_RESULT = "tool_result".getBytes(US_ASCII);
  private static final byte[] TOOL_USE = "tool_use".getBytes(US_ASCII);
  private static final byte[] MESSAGE_STOP = "message_stop".getBytes(US_ASCII);

  /** Names the model itself. */
  private static final JsonField<RequestFactsBuilder> REQUEST =
      request(
          JsonField.text(
              "model",
              RequestFactsBuilder.NAME,
              (facts, text) -> {
                facts.model(text);
                facts.recognizeWith(RequestFactsBuilder.MODEL);
              }));

  /** Names the API, since the same path serves the models of others. */
  private static final JsonField<RequestFactsBuilder> CLOUD_REQUEST =
      request(
          JsonField.text(
              "anthropic_version",
              0,
              (facts, text) -> facts.recognizeWith(RequestFactsBuilder.MODEL)));

  /** A document, or an event: the names that both have mean the same in both. */
  private static final JsonField<ResponseFactsBuilder> RESPONSE =
      OpenAiFields.response(
          id(),
          OpenAiFields.responseModel(),
          JsonField.text("type", ResponseFactsBuilder.WORD, AnthropicMessages::type),
          block("content").onArrayStart(ResponseFactsBuilder::onlyChoice),
          stopReason(),
          usage(),
          JsonField.<ResponseFactsBuilder>named("message")
              .onObjectStart(ResponseFactsBuilder::onlyChoice)
              .children(id(), OpenAiFields.responseModel(), usage()),
          block("content_block"),
          JsonField.<ResponseFactsBuilder>named("delta")
              .onObjectStart(ResponseFactsBuilder::onlyChoice)
              .children(
                  OpenAiFields.text("text"),
                  OpenAiFields.reasoning("thinking"),
                  JsonField.text("partial_json", 0, ResponseFactsBuilder::toolCall),
                  stopReason()));

  /** Where the model is in the path. */
  private final boolean inCloud;

  AnthropicMessages(boolean inCloud) {
    this.inCloud = inCloud;
  }

  private static JsonField<RequestFactsBuilder> request(JsonField<RequestFactsBuilder> name) {
    return JsonField.document(
        name,
        JsonField.<RequestFactsBuilder>named("messages")
            .onArrayStart(facts -> facts.recognizeWith(RequestFactsBuilder.INPUT))
            .children(
                JsonField.object(
                    "content",
                    JsonField.text(
                        "type", RequestFactsBuilder.WORD, AnthropicMessages::contentType))),
        JsonField.<RequestFactsBuilder>named("tools")
            .onObjectStart(RequestFactsBuilder::toolDefinition),
        JsonField.bool("stream", RequestFactsBuilder::stream),
        JsonField.integer("max_tokens", RequestFactsBuilder::maxTokens),
        JsonField.number("temperature", RequestFactsBuilder::temperature),
        JsonField.number("top_p", RequestFactsBuilder::topP),
        JsonField.number("top_k", RequestFactsBuilder::topK),
        JsonField.text(
            "stop_sequences", RequestFactsBuilder.STOP_SEQUENCE, RequestFactsBuilder::stopSequence),
        // Structured output, by its first name and its present one.
        JsonField.object("output_format", format()),
        JsonField.object("output_config", JsonField.object("format", format())));
  }

  private static JsonField<RequestFactsBuilder> format() {
    return JsonField.text("type", RequestFactsBuilder.WORD, RequestFactsBuilder::responseFormat);
  }

  private static JsonField<ResponseFactsBuilder> id() {
    return JsonField.firstText("id", ResponseFactsBuilder.NAME, ResponseFactsBuilder::id);
  }

  private static JsonField<ResponseFactsBuilder> stopReason() {
    return JsonField.text(
        "stop_reason", ResponseFactsBuilder.WORD, ResponseFactsBuilder::onlyFinishReason);
  }

  /** What a block starts with in a stream, or all of it. */
  private static JsonField<ResponseFactsBuilder> block(String name) {
    return JsonField.<ResponseFactsBuilder>named(name)
        .onObjectStart(ResponseFactsBuilder::blockStart)
        .onObjectEnd(ResponseFactsBuilder::blockEnd)
        .children(
            OpenAiFields.text("text"),
            OpenAiFields.reasoning("thinking"),
            JsonField.text("name", ResponseFactsBuilder.NAME, ResponseFactsBuilder::blockName),
            JsonField.text("type", ResponseFactsBuilder.WORD, AnthropicMessages::blockType));
  }

  private static JsonField<ResponseFactsBuilder> usage() {
    return JsonField.<ResponseFactsBuilder>named("usage")
        .onObjectStart(ResponseFactsBuilder::usage)
        .children(
            JsonField.integer("input_tokens", ResponseFactsBuilder::uncachedInputTokens),
            JsonField.integer("cache_read_input_tokens", ResponseFactsBuilder::cacheReadTokens),
            JsonField.integer(
                "cache_creation_input_tokens", ResponseFactsBuilder::cacheWriteTokens),
            JsonField.integer("output_tokens", ResponseFactsBuilder::outputTokens));
  }

  private static void contentType(RequestFactsBuilder facts, JsonText type) {
    if (type.contentEquals(TOOL_RESULT)) {
      facts.toolResult();
    }
  }

  /** What is of type server_tool_use the server calls itself. */
  private static void blockType(ResponseFactsBuilder facts, JsonText type) {
    if (type.contentEquals(TOOL_USE)) {
      facts.blockIsToolCall();
    }
  }

  private static void type(ResponseFactsBuilder facts, JsonText type) {
    if (type.contentEquals(MESSAGE_STOP)) {
      facts.last();
    }
  }

  @Override
  public String operation() {
    return "chat";
  }

  @Override
  public String inferredProvider() {
    return "anthropic";
  }

  @Override
  public @Nullable String apiType() {
    return null;
  }

  @Override
  public String[] pathSuffixes() {
    return inCloud
        ? new String[] {":rawPredict", ":streamRawPredict", "/invoke"}
        : new String[] {"/v1/messages"};
  }

  /** The clouds serve the models of others in the same way. */
  @Override
  public boolean isPathAmbiguous(RequestHead request) {
    String path = request.rawPath();
    return inCloud && (path == null || !path.contains("anthropic"));
  }

  @Override
  public RequestDecoder newRequestDecoder() {
    return new JsonRequestDecoder(inCloud ? CLOUD_REQUEST : REQUEST);
  }

  @Override
  public RequestReader newRequestReader(RequestHead request) {
    RequestFactsBuilder facts = new RequestFactsBuilder();
    if (inCloud) {
      String model = PathModel.behind(request.rawPath(), "/models/", ':');
      facts.modelInPath(
          model != null ? model : PathModel.behind(request.rawPath(), "/model/", '/'));
    }
    return new RequestReader(
        new JsonRequestDecoder(inCloud ? CLOUD_REQUEST : REQUEST, facts), request);
  }

  @Override
  public ResponseDecoder newResponseDecoder(ResponseListener listener) {
    return new JsonResponseDecoder(RESPONSE, listener);
  }
}
