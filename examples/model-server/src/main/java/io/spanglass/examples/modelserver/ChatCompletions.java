/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.examples.modelserver;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * {@code POST /v1/chat/completions}, as described at <a
 * href="https://platform.openai.com/docs/api-reference/chat">the OpenAI API reference</a>.
 */
final class ChatCompletions {

  /** The models served, and the snapshot that answers in each one's name. */
  static final Map<String, String> MODELS =
      Map.of(
          "canned-1", "canned-1-2026-11-22",
          "canned-1-mini", "canned-1-mini-2026-11-22",
          "canned-1-2026-11-22", "canned-1-2026-11-22",
          "canned-1-mini-2026-11-22", "canned-1-mini-2026-11-22");

  private static final int MAX_REQUEST_BYTES = 64 << 20;
  private static final String FINGERPRINT = "fp_canned";

  static final ObjectMapper JSON =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder().maxStringLength(MAX_REQUEST_BYTES).build())
                  .build())
          .build();

  private final ServerOptions options;
  private final RequestLog log;
  private final Clock clock;
  private final Supplier<String> ids;

  ChatCompletions(ServerOptions options, RequestLog log, Clock clock, Supplier<String> ids) {
    this.options = options;
    this.log = log;
    this.clock = clock;
    this.ids = ids;
  }

  void handle(HttpExchange exchange) throws IOException {
    long received = System.nanoTime();
    RequestLog.Entry entry =
        log.begin(received, exchange.getRequestHeaders().getFirst("traceparent"));
    try {
      JsonNode request = read(exchange);
      String model = request.path("model").textValue();
      boolean stream = request.path("stream").asBoolean();
      entry.request(model, stream);
      String snapshot = validate(request, model);
      Answer answer = Answer.to(request);
      Response response =
          new Response(
              ids.get(),
              clock.instant().getEpochSecond(),
              snapshot,
              Tokens.ofPrompt(request),
              answer);
      entry.answer(response.id, response.promptTokens);
      entry.status(200);
      if (stream) {
        boolean usage = request.path("stream_options").path("include_usage").asBoolean();
        stream(exchange, response, usage, entry);
      } else {
        sleepUntil(outputTime(entry, answer.pieces().size() - 1));
        entry.outputTokens(answer.outputTokens());
        Http.json(exchange, 200, response.whole());
      }
    } catch (ApiException e) {
      entry.status(e.status());
      Http.error(exchange, e);
    } catch (IOException e) {
      // The only thing that fails here is the connection: the client has gone.
      entry.aborted();
      throw e;
    } finally {
      entry.end();
    }
  }

  /** The request, which must be a JSON object. */
  static JsonNode read(HttpExchange exchange) throws ApiException, IOException {
    byte[] body = exchange.getRequestBody().readNBytes(MAX_REQUEST_BYTES + 1);
    if (body.length > MAX_REQUEST_BYTES) {
      throw new ApiException(413, "The request is larger than 64 MiB.", null, null);
    }
    JsonNode request;
    try {
      request = JSON.readTree(body);
    } catch (JsonProcessingException e) {
      request = null;
    }
    if (request == null || !request.isObject()) {
      throw new ApiException(
          400, "The body of your request could not be parsed as a JSON object.", null, null);
    }
    return request;
  }

  /** Returns the snapshot that answers. */
  static String validate(JsonNode request, @Nullable String model) throws ApiException {
    if (model == null) {
      throw new ApiException(400, "You must provide a model parameter.", null, null);
    }
    JsonNode messages = request.path("messages");
    if (messages.isMissingNode() || messages.isNull()) {
      throw new ApiException(
          400, "Missing required parameter: 'messages'.", "messages", "missing_required_parameter");
    }
    if (!messages.isArray() || messages.isEmpty()) {
      throw new ApiException(
          400, "Invalid 'messages': a list of at least one message is expected.", "messages", null);
    }
    String snapshot = MODELS.get(model);
    if (snapshot == null) {
      throw new ApiException(
          404,
          "The model `" + model + "` does not exist or you do not have access to it.",
          null,
          "model_not_found");
    }
    if (request.path("n").asInt(1) != 1) {
      throw new ApiException(400, "This server gives one choice only.", "n", null);
    }
    return snapshot;
  }

  private void stream(
      HttpExchange exchange, Response response, boolean usage, RequestLog.Entry entry)
      throws IOException {
    Http.headers(exchange, "text/event-stream; charset=utf-8");
    exchange.sendResponseHeaders(200, 0);
    OutputStream out = exchange.getResponseBody();
    Answer answer = response.answer;

    // Real servers begin with a chunk that holds nothing but the role. Here it comes well before
    // the output, so that taking it for the first token shows.
    sleepUntil(entry.receivedNanos() + TimeUnit.MILLISECONDS.toNanos(options.ttftMs()) / 2);
    ObjectNode role = JSON.createObjectNode().put("role", "assistant");
    String tool = answer.toolName();
    if (tool == null) {
      role.put("content", "");
    } else {
      role.putNull("content");
    }
    write(out, response.chunk(role.putNull("refusal"), null, usage));

    int step = 0;
    entry.outputTokens(0);
    StringBuilder written = new StringBuilder();
    if (tool != null) {
      sleepUntil(outputTime(entry, step++));
      write(
          out,
          response.chunk(Response.toolCallDelta(response.toolCallId(), tool, ""), null, usage));
      entry.firstTokenWritten(System.nanoTime());
      entry.outputTokens(Tokens.ofText(tool));
    }
    for (String piece : answer.pieces()) {
      sleepUntil(outputTime(entry, step++));
      ObjectNode delta =
          tool == null
              ? JSON.createObjectNode().put("content", piece)
              : Response.toolCallDelta(null, null, piece);
      write(out, response.chunk(delta, null, usage));
      entry.firstTokenWritten(System.nanoTime());
      written.append(piece);
      entry.outputTokens(
          Tokens.ofText(written.toString()) + (tool == null ? 0 : Tokens.ofText(tool)));
    }
    write(out, response.chunk(JSON.createObjectNode(), answer.finishReason(), usage));
    if (usage) {
      ObjectNode chunk = response.head("chat.completion.chunk");
      chunk.putArray("choices");
      chunk.set("usage", response.usage());
      write(out, chunk);
    }
    out.write("data: [DONE]\n\n".getBytes(StandardCharsets.US_ASCII));
    out.close();
  }

  private static void write(OutputStream out, ObjectNode chunk) throws IOException {
    out.write(("data: " + chunk + "\n\n").getBytes(StandardCharsets.UTF_8));
    out.flush();
  }

  /**
   * When the chunk with the given number is due: counted from the arrival, so pauses don't add up.
   */
  private long outputTime(RequestLog.Entry entry, int step) {
    return entry.receivedNanos()
        + TimeUnit.MILLISECONDS.toNanos(options.ttftMs() + options.chunkMs() * step);
  }

  static void sleepUntil(long nanoTime) {
    long left;
    while ((left = nanoTime - System.nanoTime()) > 0 && !Thread.currentThread().isInterrupted()) {
      LockSupport.parkNanos(left);
    }
  }

  /** One answer's JSON. */
  private static final class Response {
    private final String id;
    private final long created;
    private final String model;
    private final long promptTokens;
    private final Answer answer;

    Response(String id, long created, String model, long promptTokens, Answer answer) {
      this.id = id;
      this.created = created;
      this.model = model;
      this.promptTokens = promptTokens;
      this.answer = answer;
    }

    ObjectNode head(String object) {
      return JSON.createObjectNode()
          .put("id", id)
          .put("object", object)
          .put("created", created)
          .put("model", model)
          .put("service_tier", "default")
          .put("system_fingerprint", FINGERPRINT);
    }

    ObjectNode chunk(ObjectNode delta, @Nullable String finishReason, boolean usage) {
      ObjectNode chunk = head("chat.completion.chunk");
      ObjectNode choice = chunk.putArray("choices").addObject().put("index", 0);
      choice.set("delta", delta);
      choice.putNull("logprobs").put("finish_reason", finishReason);
      if (usage) {
        chunk.putNull("usage");
      }
      return chunk;
    }

    ObjectNode whole() {
      ObjectNode body = head("chat.completion");
      ObjectNode choice = body.putArray("choices").addObject().put("index", 0);
      ObjectNode message = choice.putObject("message").put("role", "assistant");
      String tool = answer.toolName();
      if (tool == null) {
        message.put("content", answer.whole());
      } else {
        message.putNull("content");
        ArrayNode calls = message.putArray("tool_calls");
        calls
            .addObject()
            .put("id", toolCallId())
            .put("type", "function")
            .putObject("function")
            .put("name", tool)
            .put("arguments", answer.whole());
      }
      message.putNull("refusal");
      choice.putNull("logprobs").put("finish_reason", answer.finishReason());
      body.set("usage", usage());
      return body;
    }

    ObjectNode usage() {
      ObjectNode usage =
          JSON.createObjectNode()
              .put("prompt_tokens", promptTokens)
              .put("completion_tokens", answer.outputTokens())
              .put("total_tokens", promptTokens + answer.outputTokens());
      usage
          .putObject("prompt_tokens_details")
          .put("cached_tokens", Tokens.cached(promptTokens))
          .put("audio_tokens", 0);
      usage
          .putObject("completion_tokens_details")
          .put("reasoning_tokens", 0)
          .put("audio_tokens", 0)
          .put("accepted_prediction_tokens", 0)
          .put("rejected_prediction_tokens", 0);
      return usage;
    }

    String toolCallId() {
      return "call_" + id.substring(id.lastIndexOf('-') + 1);
    }

    static ObjectNode toolCallDelta(@Nullable String id, @Nullable String name, String arguments) {
      ObjectNode delta = JSON.createObjectNode();
      ObjectNode call = delta.putArray("tool_calls").addObject().put("index", 0);
      if (id != null) {
        call.put("id", id).put("type", "function");
      }
      ObjectNode function = call.putObject("function");
      if (name != null) {
        function.put("name", name);
      }
      function.put("arguments", arguments);
      return delta;
    }
  }
}
