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
 * The own API of Text Generation Inference, as its router serves it: {@code router/src/server.rs}
 * and {@code router/src/lib.rs} of https://github.com/huggingface/text-generation-inference, and
 * https://huggingface.github.io/text-generation-inference/. No request and no answer names a model.
 */
final class TgiGenerate implements WireApi {
  private static final JsonField<RequestFactsBuilder> REQUEST =
      JsonField.document(
          JsonField.text("inputs", 0, (facts, text) -> facts.recognize()),
          JsonField.bool("stream", RequestFactsBuilder::stream),
          JsonField.object(
              "parameters",
              JsonField.integer("max_new_tokens", RequestFactsBuilder::maxTokens),
              JsonField.number("temperature", RequestFactsBuilder::temperature),
              JsonField.number("top_p", RequestFactsBuilder::topP),
              JsonField.number("top_k", RequestFactsBuilder::topK),
              JsonField.number("frequency_penalty", RequestFactsBuilder::frequencyPenalty),
              JsonField.integer("seed", RequestFactsBuilder::seed),
              JsonField.text(
                  "stop", RequestFactsBuilder.STOP_SEQUENCE, RequestFactsBuilder::stopSequence),
              JsonField.object(
                  "grammar",
                  JsonField.text(
                      "type", RequestFactsBuilder.WORD, RequestFactsBuilder::responseFormat))));

  /** A document, the only element of an array, or an event. */
  private static final JsonField<ResponseFactsBuilder> RESPONSE =
      JsonField.document(
          JsonField.<ResponseFactsBuilder>named("token")
              .onObjectStart(ResponseFactsBuilder::partStart)
              .onObjectEnd(ResponseFactsBuilder::partEnd)
              .children(
                  JsonField.text("text", 0, ResponseFactsBuilder::partText),
                  JsonField.bool("special", ResponseFactsBuilder::partIsMark)),
          // Not null in the last event only.
          JsonField.text("generated_text", 0, ResponseFactsBuilder::wholeAnswer),
          // Those of the sequences that best_of left out are not the answer's.
          JsonField.object(
              "details",
              JsonField.text(
                  "finish_reason",
                  ResponseFactsBuilder.WORD,
                  ResponseFactsBuilder::onlyFinishReason),
              JsonField.integer("input_length", ResponseFactsBuilder::inputTokens),
              JsonField.integer("generated_tokens", ResponseFactsBuilder::outputTokens)),
          OpenAiFields.error(),
          JsonField.text("error_type", ResponseFactsBuilder.WORD, ResponseFactsBuilder::errorCode));

  private final boolean streams;
  private final String[] pathSuffixes;

  /**
   * @param streams whether the path alone asks for a stream
   * @param pathSuffixes none where only the configuration tells that a server is a TGI
   */
  TgiGenerate(boolean streams, String... pathSuffixes) {
    this.streams = streams;
    this.pathSuffixes = pathSuffixes;
  }

  @Override
  public String operation() {
    return "text_completion";
  }

  @Override
  public String inferredProvider() {
    return "huggingface";
  }

  @Override
  public @Nullable String apiType() {
    return null;
  }

  @Override
  public String[] pathSuffixes() {
    return pathSuffixes.clone();
  }

  @Override
  public boolean isPathAmbiguous(RequestHead request) {
    return true;
  }

  @Override
  public RequestDecoder newRequestDecoder() {
    RequestFactsBuilder facts = new RequestFactsBuilder();
    facts.stream = streams;
    return new JsonRequestDecoder(REQUEST, facts);
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
