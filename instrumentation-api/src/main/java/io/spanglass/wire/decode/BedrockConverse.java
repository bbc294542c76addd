/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.wire.decode;

import io.spanglass.wire.RequestHead;
import io.spanglass.wire.ResponseHead;
import io.spanglass.wire.frame.AwsEventFraming;
import io.spanglass.wire.frame.Framing;
import io.spanglass.wire.frame.SniffingFraming;
import io.spanglass.wire.json.JsonField;
import org.jspecify.annotations.Nullable;

/**
 * Amazon Bedrock's Converse API: {@code
 * https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html} and {@code
 * …API_runtime_ConverseStream.html}. The model is in the path; a stream is framed in AWS's own way.
 */
final class BedrockConverse implements WireApi {
  private static final String STREAM = "/converse-stream";

  private static final JsonField<RequestFactsBuilder> REQUEST =
      JsonField.document(
          JsonField.<RequestFactsBuilder>named("messages")
              .onArrayStart(RequestFactsBuilder::recognize)
              .children(
                  JsonField.object(
                      "content",
                      JsonField.<RequestFactsBuilder>named("toolResult")
                          .onObjectStart(RequestFactsBuilder::toolResult))),
          JsonField.object(
              "toolConfig",
              JsonField.object(
                  "tools",
                  JsonField.<RequestFactsBuilder>named("toolSpec")
                      .onObjectStart(RequestFactsBuilder::toolDefinition))),
          JsonField.object(
              "inferenceConfig",
              JsonField.integer("maxTokens", RequestFactsBuilder::maxTokens),
              JsonField.number("temperature", RequestFactsBuilder::temperature),
              JsonField.number("topP", RequestFactsBuilder::topP),
              JsonField.text(
                  "stopSequences",
                  RequestFactsBuilder.STOP_SEQUENCE,
                  RequestFactsBuilder::stopSequence)));

  /** A document, or the payload of an event, whose name does not matter but for failures. */
  private static final JsonField<ResponseFactsBuilder> RESPONSE =
      JsonField.document(
          JsonField.object(
              "output",
              JsonField.<ResponseFactsBuilder>named("message")
                  .onObjectStart(ResponseFactsBuilder::onlyChoice)
                  .children(content("content"))),
          // messageStart.
          JsonField.text("role", 0, (facts, text) -> facts.onlyChoice()),
          // contentBlockStart and contentBlockDelta.
          content("start"),
          content("delta"),
          JsonField.text(
              "stopReason", ResponseFactsBuilder.WORD, ResponseFactsBuilder::onlyFinishReason),
          JsonField.<ResponseFactsBuilder>named("usage")
              .onObjectStart(ResponseFactsBuilder::usage)
              .children(
                  JsonField.integer("inputTokens", ResponseFactsBuilder::uncachedInputTokens),
                  JsonField.integer("outputTokens", ResponseFactsBuilder::outputTokens),
                  JsonField.integer("cacheReadInputTokens", ResponseFactsBuilder::cacheReadTokens),
                  JsonField.integer(
                      "cacheWriteInputTokens", ResponseFactsBuilder::cacheWriteTokens)),
          JsonField.<ResponseFactsBuilder>named("metrics")
              // It stands in the last event, behind the reason why the answer stopped.
              .onObjectEnd(ResponseFactsBuilder::last)
              .children(
                  JsonField.integer(
                      "latencyMs",
                      (facts, millis) -> facts.serverMillis(ServerTime.TOTAL, millis))));

  private static JsonField<ResponseFactsBuilder> content(String name) {
    return JsonField.<ResponseFactsBuilder>named(name)
        .onObjectStart(ResponseFactsBuilder::onlyChoice)
        .children(
            OpenAiFields.text("text"),
            JsonField.<ResponseFactsBuilder>named("reasoningContent")
                .onObjectStart(ResponseFactsBuilder::reasoning),
            JsonField.<ResponseFactsBuilder>named("toolUse")
                .onObjectStart(ResponseFactsBuilder::toolCall)
                .children(
                    JsonField.text(
                        "name", ResponseFactsBuilder.NAME, ResponseFactsBuilder::toolName)));
  }

  @Override
  public String operation() {
    return "chat";
  }

  @Override
  public String inferredProvider() {
    return "aws.bedrock";
  }

  @Override
  public @Nullable String apiType() {
    return null;
  }

  @Override
  public String[] pathSuffixes() {
    return new String[] {"/converse", STREAM};
  }

  @Override
  public boolean isPathAmbiguous(RequestHead request) {
    String path = request.rawPath();
    return path == null || !path.contains("/model/");
  }

  @Override
  public RequestDecoder newRequestDecoder() {
    return new JsonRequestDecoder(REQUEST);
  }

  @Override
  public RequestReader newRequestReader(RequestHead head) {
    RequestFactsBuilder facts = new RequestFactsBuilder();
    String path = head.rawPath();
    facts.modelInPath(PathModel.behind(path, "/model/", '/'));
    facts.stream = path != null && path.endsWith(STREAM);
    return new RequestReader(new JsonRequestDecoder(REQUEST, facts), head);
  }

  @Override
  public ResponseDecoder newResponseDecoder(ResponseListener listener) {
    return new JsonResponseDecoder(RESPONSE, listener);
  }

  @Override
  public ResponseReader newResponseReader(
      RequestHead request, ResponseHead response, ResponseListener listener) {
    JsonResponseDecoder decoder = new JsonResponseDecoder(RESPONSE, listener);
    String type = response.header("Content-Type");
    Framing framing =
        AwsEventFraming.isTypeOf(type)
            ? new AwsEventFraming(decoder)
            : new SniffingFraming(decoder, type);
    String error = response.status() >= 400 ? response.header("x-amzn-errortype") : null;
    if (error != null) {
      // Behind a colon some services put an address.
      int colon = error.indexOf(':');
      decoder.onFailureNamed(colon < 0 ? error : error.substring(0, colon));
    }
    return new ResponseReader(decoder, response, framing);
  }
}
