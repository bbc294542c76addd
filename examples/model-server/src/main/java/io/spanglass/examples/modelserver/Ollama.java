/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.examples.modelserver;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * {@code POST /api/chat} and {@code /api/generate}, as described at <a
 * href="https://docs.ollama.com/api">Ollama's API reference</a>.
 */
final class Ollama implements Protocol {

  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  private final boolean chat;

  /**
   * @param chat whether it is the path for conversations, and not the one for prompts
   */
  Ollama(boolean chat) {
    this.chat = chat;
  }

  @Override
  public ObjectNode asChat(JsonNode request, String path) {
    ObjectNode asChat;
    if (chat) {
      asChat = JSON.objectNode();
      asChat.set("model", request.path("model"));
      asChat.set("messages", request.path("messages"));
      for (JsonNode tool : request.path("tools")) {
        Conversions.tool(asChat, tool.path("function"));
      }
    } else {
      asChat = Conversions.chat(request.path("model"), request.path("prompt").asText());
    }
    Conversions.maxTokens(asChat, request.path("options").path("num_predict"));
    return asChat.put("stream", request.path("stream").asBoolean(true));
  }

  @Override
  public String streamContentType() {
    return "application/x-ndjson";
  }

  @Override
  public JsonNode whole(Reply reply) {
    return last(line(reply, reply.answer().whole(), reply.answer().toolName()), reply);
  }

  @Override
  public void start(Reply reply, Frames out) {}

  @Override
  public void piece(Reply reply, int index, String piece, Frames out) throws IOException {
    String tool = reply.answer().toolName();
    if (tool == null) {
      out.line(line(reply, piece, null).put("done", false));
    } else if (index == reply.answer().pieces().size() - 1) {
      // A tool call comes whole.
      out.line(line(reply, reply.answer().whole(), tool).put("done", false));
    }
  }

  @Override
  public void end(Reply reply, Frames out) throws IOException {
    out.line(last(line(reply, "", null), reply));
  }

  private ObjectNode line(Reply reply, String text, @Nullable String tool) {
    ObjectNode line =
        JSON.objectNode().put("model", reply.model()).put("created_at", reply.at().toString());
    if (!chat) {
      return line.put("response", text);
    }
    ObjectNode message = line.putObject("message").put("role", "assistant");
    if (tool == null) {
      message.put("content", text);
    } else {
      ObjectNode function =
          message.put("content", "").putArray("tool_calls").addObject().putObject("function");
      function.put("name", tool).set("arguments", Conversions.json(text));
    }
    return line;
  }

  private static ObjectNode last(ObjectNode line, Reply reply) {
    long nanos = reply.elapsedNanos();
    long prompt = nanos / 4;
    return line.put(
            "done_reason", reply.answer().finishReason().equals("length") ? "length" : "stop")
        .put("done", true)
        .put("total_duration", nanos)
        .put("load_duration", 0)
        .put("prompt_eval_count", reply.promptTokens())
        .put("prompt_eval_duration", prompt)
        .put("eval_count", reply.answer().outputTokens())
        .put("eval_duration", nanos - prompt);
  }

  @Override
  public JsonNode error(ApiException e) {
    return JSON.objectNode().put("error", e.getMessage());
  }
}
