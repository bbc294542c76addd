/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.examples.modelserver;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The canned answer to a request: a text, or one call of a tool. The same request always gets the
 * same answer.
 *
 * @param pieces the text, or the tool call's arguments, in the pieces in which a stream carries it
 * @param toolName the tool to call; null for a text
 * @param outputTokens tokens of the whole answer
 * @param finishReason {@code stop}, {@code length} or {@code tool_calls}
 */
record Answer(
    List<String> pieces, @Nullable String toolName, long outputTokens, String finishReason) {

  private static final List<String> TEXTS =
      List.of(
          "This answer is canned: it was written in advance, and no model was asked. It arrives in"
              + " small pieces at a steady pace, so that you can watch a stream as it comes in.",
          "No model wrote this. The server plays back a fixed text, word by word, with a pause"
              + " before the first word and a shorter one before each of the others.",
          "You are reading a canned answer. Point the application at a real endpoint and you will"
              + " get a real one; what is measured on the way is the same in both cases.");

  private static final int MAX_ECHO = 200;

  static Answer to(JsonNode request) throws ApiException {
    JsonNode messages = request.path("messages");
    JsonNode last = messages.path(messages.size() - 1);
    boolean afterTool = last.path("role").asText().equals("tool");
    if (!afterTool) {
      JsonNode function = toolToCall(request);
      if (function != null) {
        return toolCall(function);
      }
    }
    String text;
    if (afterTool) {
      String result = last.path("content").asText();
      int end = result.offsetByCodePoints(0, Math.min(MAX_ECHO, codePoints(result)));
      text = "This answer is canned. The tool returned: " + result.substring(0, end);
    } else {
      text = TEXTS.get((int) (Tokens.ofPrompt(request) % TEXTS.size()));
    }
    return text(text, maxTokens(request));
  }

  /** The text, or the arguments. */
  String whole() {
    return String.join("", pieces);
  }

  private static Answer text(String text, long maxTokens) {
    String finishReason = "stop";
    if (Tokens.ofText(text) > maxTokens) {
      text =
          text.substring(
              0, text.offsetByCodePoints(0, (int) maxTokens * Tokens.CODE_POINTS_PER_TOKEN));
      finishReason = "length";
    }
    return new Answer(words(text), null, Tokens.ofText(text), finishReason);
  }

  private static Answer toolCall(JsonNode function) {
    String name = function.path("name").asText();
    String arguments = value(function.path("parameters"), 0).toString();
    return new Answer(
        words(arguments, "(?<=[,:{])"),
        name,
        Tokens.ofText(name) + Tokens.ofText(arguments),
        "tool_calls");
  }

  private static List<String> words(String text) {
    return words(text, "(?= )");
  }

  private static List<String> words(String text, String boundary) {
    return List.of(text.split(boundary, -1));
  }

  private static int codePoints(String text) {
    return text.codePointCount(0, text.length());
  }

  private static long maxTokens(JsonNode request) throws ApiException {
    for (String name : List.of("max_completion_tokens", "max_tokens")) {
      JsonNode value = request.path(name);
      if (value.isMissingNode() || value.isNull()) {
        continue;
      }
      if (!value.isIntegralNumber() || value.longValue() < 1) {
        throw new ApiException(
            400, "Invalid '" + name + "': a whole number of at least 1 is expected.", name, null);
      }
      return value.longValue();
    }
    return Long.MAX_VALUE;
  }

  /** The function that the request's {@code tool_choice} names, or the first of its tools. */
  private static @Nullable JsonNode toolToCall(JsonNode request) {
    JsonNode choice = request.path("tool_choice");
    if (choice.asText().equals("none")) {
      return null;
    }
    String wanted = choice.path("function").path("name").asText();
    for (JsonNode tool : request.path("tools")) {
      JsonNode function = tool.path("function");
      if (function.isObject()
          && (wanted.isEmpty() || wanted.equals(function.path("name").asText()))) {
        return function;
      }
    }
    return null;
  }

  /** A value that fits a JSON schema, as far as types and enumerations go. */
  private static JsonNode value(JsonNode schema, int depth) {
    JsonNodeFactory json = JsonNodeFactory.instance;
    if (schema.path("enum").size() > 0) {
      return schema.path("enum").path(0);
    }
    return switch (schema.path("type").asText()) {
      case "string" -> json.textNode("canned");
      case "integer" -> json.numberNode(1);
      case "number" -> json.numberNode(1.5);
      case "boolean" -> json.booleanNode(true);
      case "array" -> json.arrayNode();
      default -> {
        ObjectNode object = json.objectNode();
        if (depth < 16) {
          for (Map.Entry<String, JsonNode> property : schema.path("properties").properties()) {
            object.set(property.getKey(), value(property.getValue(), depth + 1));
          }
        }
        yield object;
      }
    };
  }
}
