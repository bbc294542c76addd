/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.examples.modelserver;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;

/**
 * {@code POST /v1/responses}, as described at <a
 * href="https://platform.openai.com/docs/api-reference/responses">the OpenAI API reference</a>. It
 * keeps no response.
 */
final class Responses implements Protocol {

  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  @Override
  public ObjectNode asChat(JsonNode request, String path) {
    ObjectNode chat = JSON.objectNode();
    chat.set("model", request.path("model"));
    JsonNode input = request.path("input");
    if (input.isTextual()) {
      Conversions.message(chat, "user", input.textValue());
    }
    for (JsonNode item : input) {
      if (item.path("type").asText().equals("function_call_output")) {
        Conversions.message(chat, "tool", item.path("output").asText());
      } else if (item.has("role")) {
        chat.withArray("messages").add(item);
      }
    }
    for (JsonNode tool : request.path("tools")) {
      if (tool.path("type").asText().equals("function")) {
        Conversions.tool(chat, tool);
      }
    }
    Conversions.maxTokens(chat, request.path("max_output_tokens"));
    return chat.put("stream", request.path("stream").asBoolean());
  }

  @Override
  public JsonNode whole(Reply reply) {
    boolean cut = reply.answer().finishReason().equals("length");
    ObjectNode response = response(reply, cut ? "incomplete" : "completed");
    if (cut) {
      response.putObject("incomplete_details").put("reason", "max_output_tokens");
    }
    response.withArray("output").add(item(reply, cut ? "incomplete" : "completed", true));
    ObjectNode usage = response.putObject("usage").put("input_tokens", reply.promptTokens());
    usage
        .putObject("input_tokens_details")
        .put("cached_tokens", Tokens.cached(reply.promptTokens()));
    usage.put("output_tokens", reply.answer().outputTokens());
    usage.putObject("output_tokens_details").put("reasoning_tokens", 0);
    usage.put("total_tokens", reply.promptTokens() + reply.answer().outputTokens());
    return response;
  }

  @Override
  public void start(Reply reply, Frames out) throws IOException {
    send(out, "response.created", 0, "response", response(reply, "in_progress"));
    send(out, "response.in_progress", 1, "response", response(reply, "in_progress"));
    ObjectNode added = event("response.output_item.added", 2).put("output_index", 0);
    added.set("item", item(reply, "in_progress", false));
    out.event("response.output_item.added", added);
    if (reply.answer().toolName() == null) {
      ObjectNode part = position(reply, event("response.content_part.added", 3));
      part.set("part", text(""));
      out.event("response.content_part.added", part);
    }
  }

  @Override
  public void piece(Reply reply, int index, String piece, Frames out) throws IOException {
    String type =
        reply.answer().toolName() == null
            ? "response.output_text.delta"
            : "response.function_call_arguments.delta";
    out.event(type, position(reply, event(type, 4 + index)).put("delta", piece));
  }

  @Override
  public void end(Reply reply, Frames out) throws IOException {
    int number = 4 + reply.answer().pieces().size();
    if (reply.answer().toolName() == null) {
      String type = "response.output_text.done";
      out.event(type, position(reply, event(type, number++)).put("text", reply.answer().whole()));
      ObjectNode part = position(reply, event("response.content_part.done", number++));
      part.set("part", text(reply.answer().whole()));
      out.event("response.content_part.done", part);
    } else {
      String type = "response.function_call_arguments.done";
      out.event(
          type, position(reply, event(type, number++)).put("arguments", reply.answer().whole()));
    }
    ObjectNode done = event("response.output_item.done", number++).put("output_index", 0);
    done.set("item", item(reply, "completed", true));
    out.event("response.output_item.done", done);
    JsonNode whole = whole(reply);
    send(out, "response." + whole.path("status").asText(), number, "response", whole);
  }

  private static void send(Frames out, String type, int number, String name, JsonNode value)
      throws IOException {
    ObjectNode event = event(type, number);
    event.set(name, value);
    out.event(type, event);
  }

  private static ObjectNode event(String type, int number) {
    return JSON.objectNode().put("type", type).put("sequence_number", number);
  }

  private static ObjectNode position(Reply reply, ObjectNode event) {
    event.put("item_id", itemId(reply)).put("output_index", 0);
    return reply.answer().toolName() == null ? event.put("content_index", 0) : event;
  }

  private static String itemId(Reply reply) {
    return reply.id(reply.answer().toolName() == null ? "msg_" : "fc_");
  }

  private static ObjectNode response(Reply reply, String status) {
    ObjectNode response =
        JSON.objectNode()
            .put("id", reply.id())
            .put("object", "response")
            .put("created_at", reply.at().getEpochSecond())
            .put("status", status)
            .putNull("error")
            .put("model", reply.model());
    response.putArray("output");
    return response.put("service_tier", "default").putNull("usage");
  }

  private static ObjectNode item(Reply reply, String status, boolean whole) {
    String tool = reply.answer().toolName();
    ObjectNode item =
        JSON.objectNode()
            .put("id", itemId(reply))
            .put("type", tool == null ? "message" : "function_call")
            .put("status", status);
    if (tool != null) {
      return item.put("call_id", reply.id("call_"))
          .put("name", tool)
          .put("arguments", whole ? reply.answer().whole() : "");
    }
    item.put("role", "assistant");
    if (whole) {
      item.putArray("content").add(text(reply.answer().whole()));
    } else {
      item.putArray("content");
    }
    return item;
  }

  private static ObjectNode text(String text) {
    ObjectNode part = JSON.objectNode().put("type", "output_text").put("text", text);
    part.putArray("annotations");
    return part;
  }

  @Override
  public JsonNode error(ApiException e) {
    return Http.errorBody(e);
  }
}
