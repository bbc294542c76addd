/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.wire.decode;

import io.spanglass.wire.RequestHead;
import io.spanglass.wire.json.JsonField;
import org.jspecify.annotations.Nullable;

/**
 * OpenAI embeddings, as OpenAI, Azure OpenAI, vLLM and many others serve them. The vectors are
 * passed over: how many numbers they have is what the request asks for, or not known.
 *
 * <p>See https://platform.openai.com/docs/api-reference/embeddings.
 */
final class OpenAiEmbeddings implements WireApi {
  private static final JsonField<RequestFactsBuilder> REQUEST =
      JsonField.document(
          OpenAiFields.model(/* recognizes= */ false),
          OpenAiFields.prompt("input"),
          // vLLM's, in place of an input.
          OpenAiFields.messages(),
          JsonField.integer("dimensions", RequestFactsBuilder::dimensionCount),
          JsonField.text(
              "encoding_format", RequestFactsBuilder.WORD, RequestFactsBuilder::encodingFormat));

  private static final JsonField<ResponseFactsBuilder> RESPONSE =
      OpenAiFields.response(OpenAiFields.responseModel(), OpenAiFields.inputUsage());

  @Override
  public String operation() {
    return "embeddings";
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
    return new String[] {"/embeddings"};
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
}
