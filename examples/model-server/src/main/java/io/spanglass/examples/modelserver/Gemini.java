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
 * {@code POST /v1beta/models/MODEL:generateContent} and {@code :streamGenerateContent}, as
 * described at <a href="https://ai.google.dev/api/generate-content">Gemini's API reference</a>. A
 * stream is always one of events, as with {@code alt=sse}.
 */
final class Gemini implements Protocol {

  static final String PREFIX = "/v1beta/models/";
  static final String WHOLE = ":generateContent";
  static final String STREAM = ":streamGenerateContent";

  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  /** Whether a path is one of this API. */
  static boolean isPath(String path) {
    return path.startsWith(PREFIX) && (path.endsWith(WHOLE) || path.endsWith(STREAM));
  }

  @Override
  public ObjectNode asChat(JsonNode request, String path) {
    ObjectNode chat = JSON.objectNode();
    chat.put("model", path.substring(PREFIX.length(), path.lastIndexOf(':')));
    chat.put("stream", path.endsWith(STREAM));
    for (JsonNode content : request.path("contents")) {
      StringBuilder text = new StringBuilder();
      JsonNode result = null;
      for (JsonNode part : content.path("parts")) {
        text.append(part.path("text").asText());
        result = part.has("functionResponse") ? part.path("functionResponse") : result;
      }
      if (result == null) {
        Conversions.message(chat, content.path("role").asText("user"), text.toString());
      } else {
        Conversions.message(chat, "tool", result.path("response").toString());
      }
    }
    for (JsonNode tool : request.path("tools")) {
      for (JsonNode declaration : tool.path("functionDeclarations")) {
        Conversions.tool(chat, declaration);
      }
    }
    Conversions.maxTokens(chat, request.path("generationConfig").path("maxOutputTokens"));
    return chat;
  }

  @Override
  public JsonNode whole(Reply reply) {
    return chunk(reply, reply.answer().whole(), reply.answer().outputTokens(), true);
  }

  @Override
  public void start(Reply reply, Frames out) {}

  @Override
  public void piece(Reply reply, int index, String piece, Frames out) throws IOException {
    boolean last = index == reply.answer().pieces().size() - 1;
    if (reply.answer().toolName() != null) {
      if (last) {
        // A tool call comes whole.
        out.event(null, whole(reply));
      }
      return;
    }
    String written = String.join("", reply.answer().pieces().subList(0, index + 1));
    out.event(null, chunk(reply, piece, Tokens.ofText(written), last));
  }

  @Override
  public void end(Reply reply, Frames out) {}

  private static ObjectNode chunk(Reply reply, String text, long tokens, boolean last) {
    ObjectNode chunk = JSON.objectNode();
    ObjectNode candidate = chunk.putArray("candidates").addObject();
    ObjectNode content = candidate.putObject("content");
    ObjectNode part = content.putArray("parts").addObject();
    String tool = reply.answer().toolName();
    if (tool == null) {
      part.put("text", text);
    } else {
      part.putObject("functionCall").put("name", tool).set("args", Conversions.json(text));
    }
    content.put("role", "model");
    String reason = last ? finishReason(reply) : null;
    if (reason != null) {
      candidate.put("finishReason", reason);
    }
    candidate.put("index", 0);
    ObjectNode usage =
        chunk
            .putObject("usageMetadata")
            .put("promptTokenCount", reply.promptTokens())
            .put("candidatesTokenCount", tokens)
            .put("totalTokenCount", reply.promptTokens() + tokens);
    long cached = Tokens.cached(reply.promptTokens());
    if (cached > 0) {
      usage.put("cachedContentTokenCount", cached);
    }
    return chunk.put("modelVersion", reply.model()).put("responseId", reply.id());
  }

  private static @Nullable String finishReason(Reply reply) {
    return reply.answer().finishReason().equals("length") ? "MAX_TOKENS" : "STOP";
  }

  @Override
  public JsonNode error(ApiException e) {
    ObjectNode body = JSON.objectNode();
    body.putObject("error")
        .put("code", e.status())
        .put("message", e.getMessage())
        .put("status", e.status() == 404 ? "NOT_FOUND" : "INVALID_ARGUMENT");
    return body;
  }
}
