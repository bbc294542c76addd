/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.wire.decode;

import io.spanglass.wire.RequestHead;
import io.spanglass.wire.ResponseHead;
import io.spanglass.wire.json.JsonField;

/**
 * OpenAI chat completions, as OpenAI, Azure OpenAI, vLLM, TGI and many gateways serve them. Every
 * field is optional: servers leave out what they like.
 *
 * <p>See https://platform.openai.com/docs/api-reference/chat and, for what differs,
 * https://docs.vllm.ai/en/latest/serving/openai_compatible_server.html.
 */
final class OpenAiChatCompletions implements WireApi {
  private static final JsonField<RequestFactsBuilder> REQUEST =
      OpenAiFields.generationRequest(
          /* recognizedByModel= */ true,
          OpenAiFields.messages(),
          JsonField.text("modalities", RequestFactsBuilder.WORD, RequestFactsBuilder::modality),
          JsonField.text(
              "reasoning_effort", RequestFactsBuilder.WORD, RequestFactsBuilder::reasoningLevel));

  private static final JsonField<ResponseFactsBuilder> RESPONSE =
      OpenAiFields.generation(
          OpenAiFields.choices(OpenAiFields.delta(), OpenAiFields.message("message")));

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
    return "chat_completions";
  }

  @Override
  public String[] pathSuffixes() {
    return new String[] {"/chat/completions"};
  }

  @Override
  public RequestDecoder newRequestDecoder() {
    return new JsonRequestDecoder(REQUEST);
  }

  @Override
  public RequestReader newRequestReader(RequestHead request) {
    return OpenAiFields.requestReader(REQUEST, request);
  }

  @Override
  public ResponseDecoder newResponseDecoder(ResponseListener listener) {
    return new JsonResponseDecoder(RESPONSE, listener);
  }

  @Override
  public ResponseReader newResponseReader(
      RequestHead request, ResponseHead response, ResponseListener listener) {
    JsonResponseDecoder decoder = new JsonResponseDecoder(RESPONSE, listener);
    ServerTime.readTgiHead(response, decoder.builder());
    return new ResponseReader(decoder, response);
  }
}
