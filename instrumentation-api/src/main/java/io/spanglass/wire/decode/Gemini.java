/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.wire.decode;

import io.spanglass.wire.RequestHead;
import io.spanglass.wire.ResponseHead;
import io.spanglass.wire.frame.SniffingFraming;
import io.spanglass.wire.json.JsonField;
import org.jspecify.annotations.Nullable;

/**
 * Gemini's own API, https://ai.google.dev/api/generate-content and
 * https://ai.google.dev/api/embeddings, also as Vertex AI serves it:
 * https://cloud.google.com/vertex-ai/generative-ai/docs/model-reference/inference. The model is in
 * the path. A stream is events where the query asks for them, else one array.
 */
final class Gemini implements WireApi {
  private static final String STREAM = ":streamGenerateContent";

  private final String operation;
  private final JsonField<RequestFactsBuilder> request;
  private final JsonField<ResponseFactsBuilder> response;
  private final String[] pathSuffixes;

  private Gemini(
      String operation,
      JsonField<RequestFactsBuilder> request,
      JsonField<ResponseFactsBuilder> response,
      String... pathSuffixes) {
    this.operation = operation;
    this.request = request;
    this.response = response;
    this.pathSuffixes = pathSuffixes;
  }

  static Gemini generateContent() {
    return new Gemini(
        "generate_content",
        JsonField.document(
            JsonField.<RequestFactsBuilder>named("contents")
                .onObjectStart(RequestFactsBuilder::recognize)
                .onArrayStart(RequestFactsBuilder::recognize)
                .children(
                    JsonField.object(
                        "parts", toolResult("functionResponse"), toolResult("function_response"))),
            JsonField.object(
                "tools", tools("functionDeclarations"), tools("function_declarations")),
            // The names of the protocol buffers are taken as well as those of JSON.
            generationConfig("generationConfig"),
            generationConfig("generation_config")),
        JsonField.document(
            JsonField.firstText("responseId", ResponseFactsBuilder.NAME, ResponseFactsBuilder::id),
            model(),
            JsonField.<ResponseFactsBuilder>named("candidates")
                .onObjectStart(ResponseFactsBuilder::choiceStart)
                .onObjectEnd(ResponseFactsBuilder::choiceEnd)
                .children(
                    JsonField.integer("index", ResponseFactsBuilder::choiceIndex),
                    JsonField.text(
                        "finishReason",
                        ResponseFactsBuilder.WORD,
                        ResponseFactsBuilder::finishReason),
                    JsonField.object("content", parts())),
            // The prompt was refused, and there is no candidate.
            JsonField.object(
                "promptFeedback",
                JsonField.text(
                    "blockReason",
                    ResponseFactsBuilder.WORD,
                    ResponseFactsBuilder::onlyFinishReason)),
            usage(),
            error()),
        ":generateContent",
        STREAM);
  }

  static Gemini embedContent() {
    return new Gemini(
        "embeddings",
        JsonField.document(
            content(),
            dimensions(),
            JsonField.<RequestFactsBuilder>named("requests")
                .onArrayStart(RequestFactsBuilder::recognize)
                .children(dimensions())),
        JsonField.document(usage(), error()),
        ":embedContent",
        ":batchEmbedContents");
  }

  private static JsonField<RequestFactsBuilder> content() {
    return JsonField.<RequestFactsBuilder>named("content")
        .onObjectStart(RequestFactsBuilder::recognize);
  }

  private static JsonField<RequestFactsBuilder> dimensions() {
    return JsonField.integer("outputDimensionality", RequestFactsBuilder::dimensionCount);
  }

  private static JsonField<RequestFactsBuilder> toolResult(String name) {
    return JsonField.<RequestFactsBuilder>named(name)
        .onObjectStart(RequestFactsBuilder::toolResult);
  }

  private static JsonField<RequestFactsBuilder> tools(String name) {
    return JsonField.<RequestFactsBuilder>named(name)
        .onObjectStart(RequestFactsBuilder::toolDefinition);
  }

  private static JsonField<RequestFactsBuilder> generationConfig(String name) {
    return JsonField.object(
        name,
        JsonField.number("temperature", RequestFactsBuilder::temperature),
        JsonField.number("topP", RequestFactsBuilder::topP),
        JsonField.number("top_p", RequestFactsBuilder::topP),
        JsonField.number("topK", RequestFactsBuilder::topK),
        JsonField.number("top_k", RequestFactsBuilder::topK),
        JsonField.integer("candidateCount", RequestFactsBuilder::choiceCount),
        JsonField.integer("candidate_count", RequestFactsBuilder::choiceCount),
        JsonField.integer("maxOutputTokens", RequestFactsBuilder::maxTokens),
        JsonField.integer("max_output_tokens", RequestFactsBuilder::maxTokens),
        stop("stopSequences"),
        stop("stop_sequences"),
        JsonField.number("presencePenalty", RequestFactsBuilder::presencePenalty),
        JsonField.number("presence_penalty", RequestFactsBuilder::presencePenalty),
        JsonField.number("frequencyPenalty", RequestFactsBuilder::frequencyPenalty),
        JsonField.number("frequency_penalty", RequestFactsBuilder::frequencyPenalty),
        JsonField.integer("seed", RequestFactsBuilder::seed),
        JsonField.text(
            "responseMimeType", RequestFactsBuilder.WORD, RequestFactsBuilder::mediaType),
        JsonField.text(
            "response_mime_type", RequestFactsBuilder.WORD, RequestFactsBuilder::mediaType),
        JsonField.text(
            "responseModalities", RequestFactsBuilder.WORD, RequestFactsBuilder::modality),
        JsonField.text(
            "response_modalities", RequestFactsBuilder.WORD, RequestFactsBuilder::modality));
  }

  private static JsonField<RequestFactsBuilder> stop(String name) {
    return JsonField.text(
        name, RequestFactsBuilder.STOP_SEQUENCE, RequestFactsBuilder::stopSequence);
  }

  private static JsonField<ResponseFactsBuilder> model() {
    return JsonField.firstText(
        "modelVersion", ResponseFactsBuilder.NAME, ResponseFactsBuilder::model);
  }

  private static JsonField<ResponseFactsBuilder> parts() {
    return JsonField.<ResponseFactsBuilder>named("parts")
        .onObjectStart(ResponseFactsBuilder::partStart)
        .onObjectEnd(ResponseFactsBuilder::partEnd)
        .children(
            JsonField.text("text", 0, ResponseFactsBuilder::partText),
            JsonField.bool("thought", ResponseFactsBuilder::partIsReasoning),
            // An image, or speech.
            JsonField.<ResponseFactsBuilder>named("inlineData")
                .onObjectStart(ResponseFactsBuilder::answer),
            JsonField.<ResponseFactsBuilder>named("functionCall")
                .onObjectStart(ResponseFactsBuilder::toolCall)
                .children(
                    JsonField.text(
                        "name", ResponseFactsBuilder.NAME, ResponseFactsBuilder::toolName)));
  }

  /** Running sums in a stream. Of a cached prompt the count holds all of it. */
  private static JsonField<ResponseFactsBuilder> usage() {
    return JsonField.<ResponseFactsBuilder>named("usageMetadata")
        .onObjectStart(ResponseFactsBuilder::usage)
        .children(
            JsonField.integer("promptTokenCount", ResponseFactsBuilder::inputTokens),
            JsonField.integer("toolUsePromptTokenCount", ResponseFactsBuilder::toolInputTokens),
            JsonField.integer("cachedContentTokenCount", ResponseFactsBuilder::cacheReadTokens),
            JsonField.integer("candidatesTokenCount", ResponseFactsBuilder::outputTokens),
            JsonField.integer("thoughtsTokenCount", ResponseFactsBuilder::separateReasoningTokens),
            details(
                "promptTokensDetails",
                ResponseFactsBuilder::textInputTokens,
                ResponseFactsBuilder::imageInputTokens,
                ResponseFactsBuilder::audioInputTokens),
            details(
                "cacheTokensDetails",
                ResponseFactsBuilder::textCacheReadTokens,
                ResponseFactsBuilder::imageCacheReadTokens,
                ResponseFactsBuilder::audioCacheReadTokens),
            details(
                "candidatesTokensDetails",
                ResponseFactsBuilder::textOutputTokens,
                ResponseFactsBuilder::imageOutputTokens,
                ResponseFactsBuilder::audioOutputTokens));
  }

  private static JsonField<ResponseFactsBuilder> details(
      String name,
      JsonField.LongAction<ResponseFactsBuilder> text,
      JsonField.LongAction<ResponseFactsBuilder> image,
      JsonField.LongAction<ResponseFactsBuilder> audio) {
    return JsonField.<ResponseFactsBuilder>named(name)
        .onObjectStart(ResponseFactsBuilder::modalityStart)
        .onObjectEnd(
            facts -> {
              text.on(facts, facts.tokensOf(ResponseFactsBuilder.TEXT));
              image.on(facts, facts.tokensOf(ResponseFactsBuilder.IMAGE));
              audio.on(facts, facts.tokensOf(ResponseFactsBuilder.AUDIO));
            })
        .children(
            JsonField.text("modality", ResponseFactsBuilder.WORD, ResponseFactsBuilder::modality),
            JsonField.integer("tokenCount", ResponseFactsBuilder::modalityTokens));
  }

  /** The word, and not the number beside it, which is that of the status line. */
  private static JsonField<ResponseFactsBuilder> error() {
    return OpenAiFields.error("error", OpenAiFields.code("status"));
  }

  @Override
  public String operation() {
    return operation;
  }

  @Override
  public String inferredProvider() {
    return "gcp.gen_ai";
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
  public RequestDecoder newRequestDecoder() {
    return new JsonRequestDecoder(request);
  }

  @Override
  public RequestReader newRequestReader(RequestHead head) {
    RequestFactsBuilder facts = new RequestFactsBuilder();
    String path = head.rawPath();
    facts.modelInPath(model(path));
    facts.stream = path != null && path.endsWith(STREAM);
    return new RequestReader(new JsonRequestDecoder(request, facts), head);
  }

  /** Also a tuned one, which stands behind another word. */
  private static @Nullable String model(@Nullable String path) {
    String model = PathModel.behind(path, "/models/", ':');
    if (model == null) {
      model = PathModel.behind(path, "/tunedModels/", ':');
    }
    return model != null ? model : PathModel.behind(path, "/endpoints/", ':');
  }

  @Override
  public ResponseDecoder newResponseDecoder(ResponseListener listener) {
    return new JsonResponseDecoder(response, listener);
  }

  @Override
  public ResponseReader newResponseReader(
      RequestHead request, ResponseHead response, ResponseListener listener) {
    String path = request.rawPath();
    ResponseDecoder decoder = newResponseDecoder(listener);
    return new ResponseReader(
        decoder,
        response,
        new SniffingFraming(
            decoder,
            response.header("Content-Type"),
            /* arrays= */ path != null && path.endsWith(STREAM)));
  }
}
