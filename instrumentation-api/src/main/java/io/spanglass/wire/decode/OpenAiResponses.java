/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.wire.decode;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.spanglass.wire.RequestHead;
import io.spanglass.wire.json.JsonField;
import io.spanglass.wire.json.JsonText;

/**
 * OpenAI's Responses: https://platform.openai.com/docs/api-reference/responses, streams:
 * https://platform.openai.com/docs/api-reference/responses-streaming. A document is the response;
 * an event has it, or a part of it, and says by its type which.
 */
final class OpenAiResponses implements WireApi {
  private static final byte[] ITEM_DONE = "response.output_item.done".getBytes(US_ASCII);
  private static final byte[] COMPLETED = "response.completed".getBytes(US_ASCII);
  private static final byte[] INCOMPLETE = "response.incomplete".getBytes(US_ASCII);
  private static final byte[] FAILED_EVENT = "response.failed".getBytes(US_ASCII);
  private static final byte[] FAILED = "failed".getBytes(US_ASCII);
  private static final byte[] QUEUED = "queued".getBytes(US_ASCII);
  private static final byte[] IN_PROGRESS = "in_progress".getBytes(US_ASCII);
  private static final byte[] FUNCTION_CALL = "function_call".getBytes(US_ASCII);
  private static final byte[] CUSTOM_TOOL_CALL = "custom_tool_call".getBytes(US_ASCII);

  private static final JsonField<RequestFactsBuilder> REQUEST =
      JsonField.document(
          JsonField.text(
              "model",
              RequestFactsBuilder.NAME,
              (facts, text) -> {
                facts.model(text);
                facts.recognizeWith(RequestFactsBuilder.MODEL);
              }),
          JsonField.<RequestFactsBuilder>named("input")
              .onText(0, (facts, text) -> facts.recognizeWith(RequestFactsBuilder.INPUT))
              .onArrayStart(facts -> facts.recognizeWith(RequestFactsBuilder.INPUT))
              .children(JsonField.text("type", RequestFactsBuilder.WORD, OpenAiResponses::input)),
          // A prompt that is kept at the server names the model, and may have all the input.
          JsonField.<RequestFactsBuilder>named("prompt")
              .children(
                  JsonField.text(
                      "id",
                      0,
                      (facts, text) -> {
                        facts.recognizeWith(RequestFactsBuilder.MODEL);
                        facts.recognizeWith(RequestFactsBuilder.INPUT);
                      })),
          JsonField.<RequestFactsBuilder>text(
                  "conversation", RequestFactsBuilder.NAME, RequestFactsBuilder::conversationId)
              .children(
                  JsonField.text(
                      "id", RequestFactsBuilder.NAME, RequestFactsBuilder::conversationId)),
          JsonField.text(
              "previous_response_id",
              RequestFactsBuilder.NAME,
              RequestFactsBuilder::previousResponseId),
          OpenAiFields.tools("tools"),
          JsonField.<RequestFactsBuilder>bool("stream", RequestFactsBuilder::stream)
              .onText(RequestFactsBuilder.WORD, RequestFactsBuilder::stream),
          JsonField.integer("max_output_tokens", RequestFactsBuilder::maxTokens),
          JsonField.number("temperature", RequestFactsBuilder::temperature),
          JsonField.number("top_p", RequestFactsBuilder::topP),
          JsonField.text(
              "service_tier", RequestFactsBuilder.WORD, RequestFactsBuilder::serviceTier),
          JsonField.object(
              "reasoning",
              JsonField.text(
                  "effort", RequestFactsBuilder.WORD, RequestFactsBuilder::reasoningLevel)),
          JsonField.object(
              "text",
              JsonField.object(
                  "format",
                  JsonField.text(
                      "type", RequestFactsBuilder.WORD, RequestFactsBuilder::responseFormat))));

  /** A document, or an event: the names that both have mean the same in both. */
  private static final JsonField<ResponseFactsBuilder> RESPONSE =
      OpenAiFields.response(
          id(),
          OpenAiFields.responseModel(),
          serviceTier(),
          status(),
          incompleteDetails(),
          output("output").onArrayStart(ResponseFactsBuilder::onlyChoice),
          OpenAiFields.usage(ResponseFactsBuilder.AT_TOP),
          JsonField.object(
              "response",
              id(),
              OpenAiFields.responseModel(),
              serviceTier(),
              status(),
              incompleteDetails(),
              // All of the output once more, where the parts were not told.
              output("output"),
              OpenAiFields.usage(ResponseFactsBuilder.AT_TOP),
              OpenAiFields.error()),
          output("item").onObjectStart(OpenAiResponses::itemStart),
          JsonField.text("delta", 0, ResponseFactsBuilder::deltaText),
          JsonField.text(
              "type",
              ResponseFactsBuilder.WORD,
              (facts, type) -> {
                facts.ownType(type);
                facts.deltaType(type);
                if (type.contentEquals(COMPLETED) || type.contentEquals(INCOMPLETE)) {
                  facts.last();
                } else if (type.contentEquals(FAILED_EVENT)) {
                  facts.errorSays(true);
                  facts.last();
                } else if (type.contentEquals(ITEM_DONE)) {
                  facts.repeats();
                }
              }));

  private static JsonField<ResponseFactsBuilder> id() {
    return JsonField.firstText("id", ResponseFactsBuilder.NAME, ResponseFactsBuilder::id);
  }

  private static JsonField<ResponseFactsBuilder> serviceTier() {
    return JsonField.firstText(
        "service_tier",
        ResponseFactsBuilder.WORD,
        // What is still to be chosen is none.
        (facts, text) -> !text.toString().equals("auto") && facts.serviceTier(text));
  }

  /** How the response ended; not whether it has begun. */
  private static JsonField<ResponseFactsBuilder> status() {
    return JsonField.text("status", ResponseFactsBuilder.WORD, OpenAiResponses::status);
  }

  private static void status(ResponseFactsBuilder facts, JsonText status) {
    if (status.contentEquals(QUEUED) || status.contentEquals(IN_PROGRESS)) {
      return;
    }
    if (status.contentEquals(FAILED)) {
      facts.errorSays(true);
    }
    facts.status(status);
  }

  private static JsonField<ResponseFactsBuilder> incompleteDetails() {
    return JsonField.object(
        "incomplete_details",
        JsonField.text("reason", ResponseFactsBuilder.WORD, ResponseFactsBuilder::statusReason));
  }

  /** An item of the output, or all of them. */
  private static JsonField<ResponseFactsBuilder> output(String name) {
    return JsonField.<ResponseFactsBuilder>named(name)
        .onObjectStart(ResponseFactsBuilder::itemStart)
        .onObjectEnd(ResponseFactsBuilder::itemEnd)
        .children(
            JsonField.text("type", ResponseFactsBuilder.WORD, OpenAiResponses::itemType),
            JsonField.text("id", ResponseFactsBuilder.NAME, ResponseFactsBuilder::itemId),
            JsonField.text("call_id", ResponseFactsBuilder.NAME, ResponseFactsBuilder::toolId),
            JsonField.text("name", ResponseFactsBuilder.NAME, ResponseFactsBuilder::toolCallName),
            JsonField.object("content", OpenAiFields.text("text"), OpenAiFields.text("refusal")));
  }

  private static void itemStart(ResponseFactsBuilder facts) {
    facts.onlyChoice();
    facts.itemStart();
  }

  /** What the server calls itself, a search or a remote tool, is no call that is asked for. */
  private static void itemType(ResponseFactsBuilder facts, JsonText type) {
    if (type.contentEquals(FUNCTION_CALL) || type.contentEquals(CUSTOM_TOOL_CALL)) {
      facts.blockIsToolCall();
    }
  }

  private static void input(RequestFactsBuilder facts, JsonText type) {
    if (type.isWhole() && type.toString().endsWith("_call_output")) {
      facts.toolResult();
    }
  }

  @Override
  public String operation() {
    return "chat";
  }

  @Override
  public String inferredProvider() {
    return "openai";
  }

  @Override
  public String apiType() {
    return "responses";
  }

  @Override
  public String[] pathSuffixes() {
    return new String[] {"/responses"};
  }

  /** Surveys have responses too; a version before the word, or OpenAI's name, tells. */
  @Override
  public boolean isPathAmbiguous(RequestHead request) {
    String path = request.rawPath();
    return path == null || !(path.contains("/v1/responses") || path.contains("/openai/"));
  }

  @Override
  public RequestDecoder newRequestDecoder() {
    return new JsonRequestDecoder(REQUEST);
  }

  @Override
  public ResponseDecoder newResponseDecoder(ResponseListener listener) {
    return new JsonResponseDecoder(RESPONSE, listener);
  }
}
