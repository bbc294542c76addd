/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.examples.modelserver;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import com.sun.net.httpserver.Headers;
import java.io.IOException;
import java.util.concurrent.TimeUnit;

/**
 * {@code POST /generate}, {@code /generate_stream} and {@code /} of Text Generation Inference, as
 * its router has them at commit 003eaec: <a
 * href="https://github.com/huggingface/text-generation-inference">router/src/server.rs</a>. It
 * serves one model, which nobody names.
 */
final class TgiGenerate implements Protocol {

  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
  private static final TextNode MODEL = TextNode.valueOf("canned-1");

  @Override
  public ObjectNode asChat(JsonNode request, String path) throws ApiException {
    if (!request.path("inputs").isTextual()) {
      throw new ApiException(422, "Failed to deserialize: missing field `inputs`", "inputs", null);
    }
    ObjectNode chat = Conversions.chat(MODEL, request.path("inputs").textValue());
    Conversions.maxTokens(chat, request.path("parameters").path("max_new_tokens"));
    return chat.put(
        "stream", path.equals("/generate_stream") || request.path("stream").asBoolean());
  }

  @Override
  public void headers(Headers headers, Reply reply) {
    headers.set("x-compute-type", "cpu");
    if (reply.stream()) {
      return;
    }
    long total = TimeUnit.NANOSECONDS.toMillis(reply.elapsedNanos());
    headers.set("x-total-time", Long.toString(total));
    headers.set("x-validation-time", "0");
    // The wait for the first token is told as the queue's: this server has no other stage.
    headers.set("x-queue-time", Long.toString(total / 4));
    headers.set("x-inference-time", Long.toString(total - total / 4));
    headers.set(
        "x-time-per-token",
        Long.toString((total - total / 4) / Math.max(1, reply.answer().outputTokens())));
    headers.set("x-prompt-tokens", Long.toString(reply.promptTokens()));
    headers.set("x-generated-tokens", Long.toString(reply.answer().outputTokens()));
  }

  @Override
  public JsonNode whole(Reply reply) {
    ObjectNode body = JSON.objectNode().put("generated_text", reply.answer().whole());
    ObjectNode details = details(body, reply).putNull("seed");
    details.putArray("prefill");
    details.putArray("tokens");
    return body;
  }

  @Override
  public void start(Reply reply, Frames out) {}

  @Override
  public void piece(Reply reply, int index, String piece, Frames out) throws IOException {
    ObjectNode event = event(index + 1, piece, false);
    out.event(null, event.putNull("generated_text").putNull("details"));
  }

  @Override
  public void end(Reply reply, Frames out) throws IOException {
    ObjectNode event = event(reply.answer().pieces().size() + 1, "</s>", true);
    event.put("generated_text", reply.answer().whole());
    details(event, reply).putNull("seed").put("input_length", reply.promptTokens());
    out.event(null, event);
  }

  private static ObjectNode event(int index, String text, boolean special) {
    ObjectNode event = JSON.objectNode().put("index", index);
    event
        .putObject("token")
        .put("id", special ? 2 : 1000 + index)
        .put("text", text)
        .put("logprob", -0.25)
        .put("special", special);
    return event;
  }

  private static ObjectNode details(ObjectNode parent, Reply reply) {
    return parent
        .putObject("details")
        .put(
            "finish_reason",
            reply.answer().finishReason().equals("length") ? "length" : "eos_token")
        .put("generated_tokens", reply.answer().outputTokens());
  }

  @Override
  public JsonNode error(ApiException e) {
    return JSON.objectNode()
        .put("error", "Input validation error: " + e.getMessage())
        .put("error_type", "validation");
  }
}
