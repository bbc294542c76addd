/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.wire.decode;

import io.spanglass.wire.RequestHead;
import io.spanglass.wire.ResponseHead;
import io.spanglass.wire.json.JsonField;
import org.jspecify.annotations.Nullable;

/**
 * OpenAI's legacy completions: a prompt that the model continues.
 *
 * <p>See https://platform.openai.com/docs/api-reference/completions and, for what differs,
 * https://docs.vllm.ai/en/latest/serving/openai_compatible_server.html and
 * https://github.com/ggml-org/llama.cpp/blob/master/tools/server/README.md.
 */
final class OpenAiCompletions implements WireApi {
  private static final JsonField<RequestFactsBuilder> REQUEST =
      OpenAiFields.generationRequest(
          /* recognizedByModel= */ false,
          OpenAiFields.prompt("prompt"),
          // vLLM's: what would have become of a prompt, encoded.
          OpenAiFields.prompt("prompt_embeds"),
          // llama.cpp's own: what to fill in, and how much of it.
          OpenAiFields.prompt("input_prefix"),
          OpenAiFields.prompt("input_suffix"),
          JsonField.integer("n_predict", RequestFactsBuilder::maxTokensIfAny));

  private static final JsonField<ResponseFactsBuilder> RESPONSE =
      OpenAiFields.generation(
          OpenAiFields.choices(
              OpenAiFields.text("text"),
              // Mistral's, to fill in the middle, answers as a chat does.
              OpenAiFields.delta(),
              OpenAiFields.message("message")),
          // llama.cpp's own: the document is the choice.
          JsonField.text("content", 0, ResponseFactsBuilder::soleContent),
          JsonField.bool("stop", ResponseFactsBuilder::soleStop),
          JsonField.text(
              "stop_type", ResponseFactsBuilder.WORD, ResponseFactsBuilder::finishReason),
          JsonField.integer("index", ResponseFactsBuilder::choiceIndex),
          JsonField.integer("tokens_evaluated", ResponseFactsBuilder::soleInput),
          JsonField.integer("tokens_predicted", ResponseFactsBuilder::soleOutput));

  @Override
  public String operation() {
    return "text_completion";
  }

  @Override
  public String inferredProvider() {
    return "openai";
  }

  @Override
  public @Nullable String apiType() {
    return null;
  }

  @Override
  public String[] pathSuffixes() {
    return new String[] {"/completions", "/completion", "/infill"};
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
