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
 * Ollama's own API: https://docs.ollama.com/api. It streams lines of JSON unless a request says
 * that it must not, and each line says whether it is the last.
 */
final class Ollama implements WireApi {
  /** Ollama's, unless it is told another. */
  private static final int PORT = 11434;

  private static final byte[] TOOL = "tool".getBytes(US_ASCII);

  private final String operation;
  private final boolean streams;
  private final JsonField<RequestFactsBuilder> request;
  private final JsonField<ResponseFactsBuilder> response;
  private final String[] pathSuffixes;

  private Ollama(
      String operation,
      boolean streams,
      JsonField<RequestFactsBuilder> request,
      JsonField<ResponseFactsBuilder> response,
      String... pathSuffixes) {
    this.operation = operation;
    this.streams = streams;
    this.request = request;
    this.response = response;
    this.pathSuffixes = pathSuffixes;
  }

  static Ollama chat() {
    return new Ollama(
        "chat",
        /* streams= */ true,
        generationRequest(
            JsonField.<RequestFactsBuilder>named("messages")
                .onArrayStart(facts -> facts.recognizeWith(RequestFactsBuilder.INPUT))
                .children(
                    JsonField.text("role", RequestFactsBuilder.WORD, Ollama::role),
                    // Web front ends have a path of this name, too, and messages of another form.
                    JsonField.<RequestFactsBuilder>named("parts")
                        .onArrayStart(RequestFactsBuilder::reject)),
            JsonField.<RequestFactsBuilder>named("tools")
                .onObjectStart(RequestFactsBuilder::toolDefinition)),
        answer(
            JsonField.<ResponseFactsBuilder>named("message")
                .onObjectStart(ResponseFactsBuilder::onlyChoice)
                .children(
                    OpenAiFields.text("content"),
                    OpenAiFields.reasoning("thinking"),
                    JsonField.<ResponseFactsBuilder>named("tool_calls")
                        .onObjectStart(ResponseFactsBuilder::toolCall)
                        .children(
                            JsonField.object(
                                "function",
                                JsonField.text(
                                    "name",
                                    ResponseFactsBuilder.NAME,
                                    ResponseFactsBuilder::toolName))))),
        "/api/chat");
  }

  static Ollama generate() {
    return new Ollama(
        "text_completion",
        /* streams= */ true,
        generationRequest(
            JsonField.text(
                "prompt", 0, (facts, text) -> facts.recognizeWith(RequestFactsBuilder.INPUT))),
        answer(
            JsonField.text("response", 0, ResponseFactsBuilder::onlyAnswer),
            OpenAiFields.reasoning("thinking")),
        "/api/generate");
  }

  /** With its older form, which takes a prompt and tells no counts. */
  static Ollama embed() {
    return new Ollama(
        "embeddings",
        /* streams= */ false,
        JsonField.document(
            model(),
            OpenAiFields.prompt("input"),
            OpenAiFields.prompt("prompt"),
            JsonField.integer("dimensions", RequestFactsBuilder::dimensionCount),
            // Of gateways that serve OpenAI's API under this path.
            JsonField.text(
                "encoding_format", RequestFactsBuilder.WORD, RequestFactsBuilder::encodingFormat)),
        JsonField.document(
            OpenAiFields.responseModel(),
            JsonField.integer("prompt_eval_count", ResponseFactsBuilder::inputTokens),
            OpenAiFields.inputUsage(),
            time("total_duration", ServerTime.TOTAL),
            time("load_duration", ServerTime.LOAD),
            OpenAiFields.error()),
        "/api/embed",
        "/api/embeddings");
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

  @SafeVarargs
  @SuppressWarnings("varargs") // The array is only passed on and read.
  private static JsonField<RequestFactsBuilder> generationRequest(
      JsonField<RequestFactsBuilder>... own) {
    return JsonField.<RequestFactsBuilder>named("")
        .children(
            OpenAiFields.with(
                own,
                model(),
                JsonField.bool("stream", RequestFactsBuilder::stream),
                JsonField.<RequestFactsBuilder>named("format")
                    .onText(RequestFactsBuilder.WORD, RequestFactsBuilder::responseFormat)
                    .onObjectStart(RequestFactsBuilder::jsonOutput),
                JsonField.object(
                    "options",
                    JsonField.integer("num_predict", RequestFactsBuilder::maxTokensIfAny),
                    JsonField.number("temperature", RequestFactsBuilder::temperature),
                    JsonField.number("top_p", RequestFactsBuilder::topP),
                    JsonField.number("top_k", RequestFactsBuilder::topK),
                    JsonField.number("frequency_penalty", RequestFactsBuilder::frequencyPenalty),
                    JsonField.number("presence_penalty", RequestFactsBuilder::presencePenalty),
                    JsonField.integer("seed", RequestFactsBuilder::seed),
                    JsonField.text(
                        "stop",
                        RequestFactsBuilder.STOP_SEQUENCE,
                        RequestFactsBuilder::stopSequence))))
        .asDocument();
  }

  @SafeVarargs
  @SuppressWarnings("varargs") // The array is only passed on and read.
  private static JsonField<ResponseFactsBuilder> answer(JsonField<ResponseFactsBuilder>... own) {
    return JsonField.<ResponseFactsBuilder>named("")
        .children(
            OpenAiFields.with(
                own,
                OpenAiFields.responseModel(),
                JsonField.bool("done", ResponseFactsBuilder::isLast),
                JsonField.text(
                    "done_reason",
                    ResponseFactsBuilder.WORD,
                    ResponseFactsBuilder::onlyFinishReason),
                // Absent where the prompt was in the cache.
                JsonField.integer("prompt_eval_count", ResponseFactsBuilder::inputTokens),
                JsonField.integer("eval_count", ResponseFactsBuilder::outputTokens),
                time("total_duration", ServerTime.TOTAL),
                time("load_duration", ServerTime.LOAD),
                time("prompt_eval_duration", ServerTime.PROMPT),
                time("eval_duration", ServerTime.GENERATION),
                OpenAiFields.error()))
        .asDocument();
  }

  /** In nanoseconds. */
  private static JsonField<ResponseFactsBuilder> time(String name, int stage) {
    return JsonField.integer(name, (facts, nanos) -> facts.serverTime(stage, nanos));
  }

  private static void role(RequestFactsBuilder facts, JsonText role) {
    if (role.contentEquals(TOOL)) {
      facts.toolResult();
    }
  }

  @Override
  public String operation() {
    return operation;
  }

  @Override
  public String inferredProvider() {
    return "ollama";
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
    return request.port() != PORT;
  }

  @Override
  public RequestDecoder newRequestDecoder() {
    RequestFactsBuilder facts = new RequestFactsBuilder();
    facts.stream = streams;
    return new JsonRequestDecoder(request, facts);
  }

  @Override
  public ResponseDecoder newResponseDecoder(ResponseListener listener) {
    return new JsonResponseDecoder(response, listener);
  }
}
