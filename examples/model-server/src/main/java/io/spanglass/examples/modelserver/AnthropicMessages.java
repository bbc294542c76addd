/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.examples.modelserver;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;

/**
 * {@code POST /v1/messages}, as described at <a
 * href="https://platform.claude.com/docs/en/api/messages">Anthropic's API reference</a>.
 */
final class AnthropicMessages implements Protocol {

  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  @Override
  public ObjectNode asChat(JsonNode request, String path) throws ApiException {
    if (!request.path("max_tokens").isIntegralNumber()) {
      throw new ApiException(400, "max_tokens: Field required", "max_tokens", null);
    }
    ObjectNode chat = JSON.objectNode();
    chat.set("model", request.path("model"));
    chat.set("stream", request.path("stream"));
    chat.set("max_tokens", request.path("max_tokens"));
    ArrayNode messages = chat.putArray("messages");
    for (JsonNode message : request.path("messages")) {
      JsonNode last = message.path("content").path(message.path("content").size() - 1);
      if (last.path("type").asText().equals("tool_result")) {
        messages.addObject().put("role", "tool").put("content", last.path("content").asText());
      } else {
        messages.add(message);
      }
    }
    ArrayNode tools = chat.putArray("tools");
    for (JsonNode tool : request.path("tools")) {
      ObjectNode function = tools.addObject().putObject("function");
      function.set("name", tool.path("name"));
      function.set("parameters", tool.path("input_schema"));
    }
    return chat;
  }

  @Override
  public JsonNode whole(Reply reply) {
    ObjectNode message = message(reply);
    ObjectNode block = message.withArray("content").addObject();
    if (reply.answer().toolName() == null) {
      block.put("type", "text").put("text", reply.answer().whole());
    } else {
      toolUse(block, reply).set("input", Conversions.json(reply.answer().whole()));
    }
    message.put("stop_reason", stopReason(reply)).putNull("stop_sequence");
    message.set("usage", usage(reply).put("output_tokens", reply.answer().outputTokens()));
    return message;
  }

  @Override
  public void start(Reply reply, Frames out) throws IOException {
    ObjectNode start = JSON.objectNode().put("type", "message_start");
    ObjectNode message = message(reply).putNull("stop_reason").putNull("stop_sequence");
    message.set("usage", usage(reply).put("output_tokens", 1));
    start.set("message", message);
    out.event("message_start", start);
    ObjectNode block = JSON.objectNode().put("type", "content_block_start").put("index", 0);
    if (reply.answer().toolName() == null) {
      block.putObject("content_block").put("type", "text").put("text", "");
    } else {
      toolUse(block.putObject("content_block"), reply).putObject("input");
    }
    out.event("content_block_start", block);
    out.event("ping", JSON.objectNode().put("type", "ping"));
  }

  @Override
  public void piece(Reply reply, int index, String piece, Frames out) throws IOException {
    ObjectNode event = JSON.objectNode().put("type", "content_block_delta").put("index", 0);
    ObjectNode delta = event.putObject("delta");
    if (reply.answer().toolName() == null) {
      delta.put("type", "text_delta").put("text", piece);
    } else {
      delta.put("type", "input_json_delta").put("partial_json", piece);
    }
    out.event("content_block_delta", event);
  }

  @Override
  public void end(Reply reply, Frames out) throws IOException {
    out.event(
        "content_block_stop", JSON.objectNode().put("type", "content_block_stop").put("index", 0));
    ObjectNode event = JSON.objectNode().put("type", "message_delta");
    event.putObject("delta").put("stop_reason", stopReason(reply)).putNull("stop_sequence");
    event.putObject("usage").put("output_tokens", reply.answer().outputTokens());
    out.event("message_delta", event);
    out.event("message_stop", JSON.objectNode().put("type", "message_stop"));
  }

  private static ObjectNode message(Reply reply) {
    ObjectNode message =
        JSON.objectNode()
            .put("id", reply.id("msg_"))
            .put("type", "message")
            .put("role", "assistant")
            .put("model", reply.model());
    message.putArray("content");
    return message;
  }

  private static ObjectNode toolUse(ObjectNode block, Reply reply) {
    return block
        .put("type", "tool_use")
        .put("id", reply.id("toolu_"))
        .put("name", reply.answer().toolName());
  }

  /** The input without what was cached, which this API counts apart. */
  private static ObjectNode usage(Reply reply) {
    long cached = Tokens.cached(reply.promptTokens());
    return JSON.objectNode()
        .put("input_tokens", reply.promptTokens() - cached)
        .put("cache_creation_input_tokens", 0)
        .put("cache_read_input_tokens", cached);
  }

  private static String stopReason(Reply reply) {
    return switch (reply.answer().finishReason()) {
      case "length" -> "max_tokens";
      case "tool_calls" -> "tool_use";
      default -> "end_turn";
    };
  }

  @Override
  public JsonNode error(ApiException e) {
    ObjectNode body = JSON.objectNode().put("type", "error");
    body.putObject("error")
        .put("type", e.status() == 404 ? "not_found_error" : "invalid_request_error")
        .put("message", e.getMessage());
    return body;
  }
}
