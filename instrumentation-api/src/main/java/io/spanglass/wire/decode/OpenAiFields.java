/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.wire.decode;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.spanglass.wire.RequestHead;
import io.spanglass.wire.json.JsonField;
import io.spanglass.wire.json.JsonText;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The fields that OpenAI's APIs have in common: chat completions, completions and embeddings name
 * the same things alike.
 */
final class OpenAiFields {
  private static final byte[] TOOL = "tool".getBytes(US_ASCII);
  private static final byte[] FUNCTION = "function".getBytes(US_ASCII);

  private OpenAiFields() {}

  // Requests.

  /**
   * The model's name.
   *
   * @param recognizes whether it alone makes a document a request of the API. Not where the path is
   *     a word that other services use too.
   */
  static JsonField<RequestFactsBuilder> model(boolean recognizes) {
    return JsonField.text(
        "model",
        RequestFactsBuilder.NAME,
        (facts, text) -> {
          facts.model(text);
          if (recognizes) {
            facts.recognize();
          }
        });
  }

  /** What the model is given: a string, or an array of anything. */
  static JsonField<RequestFactsBuilder> prompt(String name) {
    return JsonField.<RequestFactsBuilder>named(name)
        .onText(0, (facts, text) -> facts.recognize())
        .onArrayStart(RequestFactsBuilder::recognize);
  }

  /** A conversation: always an array. */
  static JsonField<RequestFactsBuilder> messages() {
    return JsonField.<RequestFactsBuilder>named("messages")
        .onArrayStart(RequestFactsBuilder::recognize)
        .children(JsonField.text("role", RequestFactsBuilder.WORD, OpenAiFields::role));
  }

  private static void role(RequestFactsBuilder facts, JsonText role) {
    if (role.contentEquals(TOOL) || role.contentEquals(FUNCTION)) {
      facts.toolResult();
    }
  }

  static JsonField<RequestFactsBuilder> tools(String name) {
    return JsonField.<RequestFactsBuilder>named(name)
        .onObjectStart(RequestFactsBuilder::toolDefinition);
  }

  /** A request to generate: what all of these APIs have, and an API's own fields. */
  @SafeVarargs
  @SuppressWarnings("varargs") // The array is only passed on and read.
  static JsonField<RequestFactsBuilder> generationRequest(
      boolean recognizedByModel, JsonField<RequestFactsBuilder>... own) {
    return JsonField.<RequestFactsBuilder>named("")
        .children(
            with(
                own,
                model(recognizedByModel),
                JsonField.<RequestFactsBuilder>bool("stream", RequestFactsBuilder::stream)
                    // As a word, which servers in Python take too.
                    .onText(RequestFactsBuilder.WORD, RequestFactsBuilder::stream),
                JsonField.integer("max_tokens", RequestFactsBuilder::maxTokens),
                JsonField.integer(
                    "max_completion_tokens", RequestFactsBuilder::maxCompletionTokens),
                JsonField.number("temperature", RequestFactsBuilder::temperature),
                JsonField.number("top_p", RequestFactsBuilder::topP),
                JsonField.number("top_k", RequestFactsBuilder::topK),
                JsonField.number("frequency_penalty", RequestFactsBuilder::frequencyPenalty),
                JsonField.number("presence_penalty", RequestFactsBuilder::presencePenalty),
                JsonField.integer("seed", RequestFactsBuilder::seed),
                JsonField.integer("n", RequestFactsBuilder::choiceCount),
                tools("tools"),
                // Before there were others than functions.
                tools("functions"),
                JsonField.text(
                    "stop", RequestFactsBuilder.STOP_SEQUENCE, RequestFactsBuilder::stopSequence),
                JsonField.text(
                    "service_tier", RequestFactsBuilder.WORD, RequestFactsBuilder::serviceTier),
                JsonField.object(
                    "response_format",
                    JsonField.text(
                        "type", RequestFactsBuilder.WORD, RequestFactsBuilder::responseFormat))))
        .asDocument();
  }

  /** Reads a request. At Azure the path names the model, by the name of its deployment. */
  static RequestReader requestReader(JsonField<RequestFactsBuilder> fields, RequestHead head) {
    RequestFactsBuilder facts = new RequestFactsBuilder();
    facts.modelInPath(PathModel.behind(head.rawPath(), "/deployments/", '/'));
    return new RequestReader(new JsonRequestDecoder(fields, facts), head);
  }

  // Responses.

  /** An answer that is generated, or a chunk of one: what all have, and an API's own fields. */
  @SafeVarargs
  @SuppressWarnings("varargs") // The array is only passed on and read.
  static JsonField<ResponseFactsBuilder> generation(JsonField<ResponseFactsBuilder>... own) {
    return response(
        with(
            own,
            JsonField.firstText("id", ResponseFactsBuilder.NAME, ResponseFactsBuilder::id),
            responseModel(),
            JsonField.firstText(
                "system_fingerprint",
                ResponseFactsBuilder.NAME,
                ResponseFactsBuilder::systemFingerprint),
            JsonField.firstText(
                "service_tier", ResponseFactsBuilder.WORD, ResponseFactsBuilder::serviceTier),
            usage(ResponseFactsBuilder.AT_TOP),
            // Of Groq.
            JsonField.object("x_groq", usage(ResponseFactsBuilder.ON_CHOICE), error("error"))));
  }

  /**
   * The choices of an answer.
   *
   * @param output where in a choice its output stands
   */
  @SafeVarargs
  @SuppressWarnings("varargs") // The array is only passed on and read.
  static JsonField<ResponseFactsBuilder> choices(JsonField<ResponseFactsBuilder>... output) {
    return JsonField.<ResponseFactsBuilder>named("choices")
        .onObjectStart(ResponseFactsBuilder::choiceStart)
        .onObjectEnd(ResponseFactsBuilder::choiceEnd)
        .children(
            with(
                output,
                JsonField.integer("index", ResponseFactsBuilder::choiceIndex),
                JsonField.text(
                    "finish_reason", ResponseFactsBuilder.WORD, ResponseFactsBuilder::finishReason),
                // Of Moonshot.
                usage(ResponseFactsBuilder.ON_CHOICE),
                error("error")));
  }

  /** A response: an API's own fields, and what all have, errors of all kinds. */
  @SafeVarargs
  @SuppressWarnings("varargs") // The array is only passed on and read.
  static JsonField<ResponseFactsBuilder> response(JsonField<ResponseFactsBuilder>... own) {
    return JsonField.<ResponseFactsBuilder>named("")
        .onObjectStart(ResponseFactsBuilder::object)
        .onObjectEnd(ResponseFactsBuilder::objectEnd)
        .children(
            with(
                own,
                error("error"),
                error("errors"),
                // The document as an error of its own.
                JsonField.text("object", ResponseFactsBuilder.WORD, ResponseFactsBuilder::kind),
                JsonField.text("type", ResponseFactsBuilder.WORD, ResponseFactsBuilder::ownType),
                JsonField.text(
                    "error_type", ResponseFactsBuilder.WORD, ResponseFactsBuilder::ownType),
                JsonField.<ResponseFactsBuilder>text(
                        "code", ResponseFactsBuilder.WORD, ResponseFactsBuilder::ownCode)
                    .onLong(ResponseFactsBuilder::ownCode),
                ownMessage("message"),
                ownMessage("msg"),
                ownMessage("detail"),
                ownMessage("details")))
        .asDocument();
  }

  private static JsonField<ResponseFactsBuilder> ownMessage(String name) {
    return JsonField.text(name, ResponseFactsBuilder.WORD, ResponseFactsBuilder::message);
  }

  static JsonField<ResponseFactsBuilder> responseModel() {
    return JsonField.firstText("model", ResponseFactsBuilder.NAME, ResponseFactsBuilder::model);
  }

  /** What the call cost: the input, and what else the API counts. */
  /**
   * What the call used.
   *
   * @param place where it stands: {@link ResponseFactsBuilder#AT_TOP}, say
   */
  static JsonField<ResponseFactsBuilder> usage(int place) {
    return JsonField.<ResponseFactsBuilder>named("usage")
        .onObjectStart(ResponseFactsBuilder::usageStart)
        .onObjectEnd(facts -> facts.usageEnd(place))
        .children(
            count("prompt_tokens", Usage::input),
            count("completion_tokens", Usage::output),
            count("total_tokens", Usage::total),
            inputDetails("prompt_tokens_details"),
            outputDetails("completion_tokens_details"),
            // The names of OpenAI's Responses API, which others use here too.
            count("input_tokens", Usage::inputElsewhere),
            count("output_tokens", Usage::outputElsewhere),
            inputDetails("input_tokens_details"),
            outputDetails("output_tokens_details"),
            // Of SGLang.
            count("reasoning_tokens", Usage::reasoningElsewhere),
            // Of DeepSeek.
            count("prompt_cache_hit_tokens", Usage::cacheReadElsewhere),
            // Of Moonshot.
            count("cached_tokens", Usage::cacheReadElsewhere),
            // Of Anthropic, through LiteLLM.
            count("cache_read_input_tokens", Usage::cacheReadElsewhere),
            count("cache_creation_input_tokens", Usage::cacheWrite));
  }

  /** What an API without output used. */
  static JsonField<ResponseFactsBuilder> inputUsage() {
    return JsonField.<ResponseFactsBuilder>named("usage")
        .onObjectStart(ResponseFactsBuilder::usageStart)
        .onObjectEnd(ResponseFactsBuilder::inputUsageEnd)
        .children(
            count("prompt_tokens", Usage::input),
            count("input_tokens", Usage::inputElsewhere),
            count("total_tokens", Usage::total));
  }

  private static JsonField<ResponseFactsBuilder> inputDetails(String name) {
    return JsonField.object(
        name,
        count("cached_tokens", Usage::cacheRead),
        count("cache_write_tokens", Usage::cacheWrite),
        // Of vLLM and LiteLLM.
        count("created_cache_tokens", Usage::cacheWrite),
        count("cache_creation_tokens", Usage::cacheWrite),
        count("audio_tokens", Usage::audioInput));
  }

  private static JsonField<ResponseFactsBuilder> outputDetails(String name) {
    return JsonField.object(
        name,
        count("reasoning_tokens", Usage::reasoning),
        count("audio_tokens", Usage::audioOutput),
        count("accepted_prediction_tokens", Usage::acceptedPrediction),
        count("rejected_prediction_tokens", Usage::rejectedPrediction));
  }

  /** One count of a usage. */
  static JsonField<ResponseFactsBuilder> count(String name, JsonField.LongAction<Usage> action) {
    return JsonField.integer(name, (facts, count) -> action.on(facts.counts(), count));
  }

  static JsonField<ResponseFactsBuilder> error() {
    return error("error");
  }

  /** An error, if it says anything: a text, a number, or an object with something in it. */
  static JsonField<ResponseFactsBuilder> error(String name) {
    return error(
        name,
        code("code"),
        JsonField.text("type", ResponseFactsBuilder.WORD, ResponseFactsBuilder::errorType));
  }

  /**
   * An error of an API that names it elsewhere.
   *
   * @param names what names it
   */
  @SafeVarargs
  @SuppressWarnings("varargs") // The array is only passed on and read.
  static JsonField<ResponseFactsBuilder> error(
      String name, JsonField<ResponseFactsBuilder>... names) {
    return JsonField.<ResponseFactsBuilder>named(name)
        .onText(ResponseFactsBuilder.WORD, ResponseFactsBuilder::error)
        .onLong(ResponseFactsBuilder::error)
        .onBoolean(ResponseFactsBuilder::errorSays)
        .children(names)
        .others(saying(saying(saying(null))));
  }

  /** A code of an error, a word or a number. */
  static JsonField<ResponseFactsBuilder> code(String name) {
    return JsonField.<ResponseFactsBuilder>text(
            name, ResponseFactsBuilder.WORD, ResponseFactsBuilder::errorCode)
        .onLong(ResponseFactsBuilder::errorCode);
  }

  /** What says something if it is not empty, or something in it says something. */
  private static JsonField<ResponseFactsBuilder> saying(
      @Nullable JsonField<ResponseFactsBuilder> within) {
    JsonField<ResponseFactsBuilder> field =
        JsonField.<ResponseFactsBuilder>named("")
            .onText(ResponseFactsBuilder.WORD, ResponseFactsBuilder::errorSays)
            .onDouble(ResponseFactsBuilder::errorSays)
            .onBoolean(ResponseFactsBuilder::errorSays);
    return within == null ? field : field.children().others(within);
  }

  /** A string that is output of the model, if it is not empty. */
  static JsonField<ResponseFactsBuilder> text(String name) {
    return JsonField.text(name, 0, ResponseFactsBuilder::answer);
  }

  /** The same fields stand in a chunk's {@code delta} and in a whole answer's {@code message}. */
  static JsonField<ResponseFactsBuilder> message(String name) {
    return JsonField.object(
        name,
        // A string, or of Mistral an array of parts.
        text("content").children(text("text"), reasoning("thinking")),
        text("refusal"),
        // An object in the answer of audio models.
        JsonField.<ResponseFactsBuilder>named("audio").onObjectStart(ResponseFactsBuilder::answer),
        // Of DeepSeek and others; vLLM and OpenRouter use the shorter name.
        reasoning("reasoning_content"),
        reasoning("reasoning"),
        toolCalls(),
        functionCall());
  }

  /** A choice's part of a stream. That it is one, a single document says with this alone. */
  static JsonField<ResponseFactsBuilder> delta() {
    return message("delta").onObjectStart(ResponseFactsBuilder::delta);
  }

  static JsonField<ResponseFactsBuilder> reasoning(String name) {
    return JsonField.<ResponseFactsBuilder>named(name)
        .onText(0, ResponseFactsBuilder::reasoning)
        .onObjectStart(ResponseFactsBuilder::reasoning);
  }

  private static JsonField<ResponseFactsBuilder> toolCalls() {
    return JsonField.<ResponseFactsBuilder>named("tool_calls")
        .onObjectStart(ResponseFactsBuilder::toolCallStart)
        .onObjectEnd(ResponseFactsBuilder::toolCallEnd)
        .children(
            JsonField.integer("index", ResponseFactsBuilder::toolIndex),
            JsonField.text("id", ResponseFactsBuilder.NAME, ResponseFactsBuilder::toolId),
            JsonField.object("function", toolName()),
            JsonField.object("custom", toolName()));
  }

  /** The call of a function before there were tools: one for a choice. */
  private static JsonField<ResponseFactsBuilder> functionCall() {
    return JsonField.<ResponseFactsBuilder>named("function_call")
        .onObjectStart(
            facts -> {
              facts.toolCallStart();
              facts.toolIndex(0);
            })
        .onObjectEnd(ResponseFactsBuilder::toolCallEnd)
        .children(toolName());
  }

  private static JsonField<ResponseFactsBuilder> toolName() {
    return JsonField.text("name", ResponseFactsBuilder.NAME, ResponseFactsBuilder::toolCallName);
  }

  @SafeVarargs
  @SuppressWarnings("varargs") // The array is only passed on and read.
  static <T> JsonField<T>[] with(JsonField<T>[] own, JsonField<T>... common) {
    // The first of a name counts.
    JsonField<T>[] all = Arrays.copyOf(own, own.length + common.length);
    System.arraycopy(common, 0, all, own.length, common.length);
    return all;
  }
}
