/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.examples.modelserver;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

/** What several protocols need to say a thing in the words of chat completions. */
final class Conversions {

  private Conversions() {}

  /** A conversation of one message of the user's. */
  static ObjectNode chat(JsonNode model, String prompt) {
    ObjectNode chat = JsonNodeFactory.instance.objectNode();
    chat.set("model", model);
    message(chat, "user", prompt);
    return chat;
  }

  static void message(ObjectNode chat, String role, String content) {
    chat.withArray("messages").addObject().put("role", role).put("content", content);
  }

  static void maxTokens(ObjectNode chat, JsonNode maxTokens) {
    if (maxTokens.isIntegralNumber() && maxTokens.longValue() > 0) {
      chat.set("max_tokens", maxTokens);
    }
  }

  /** Adds the tool that a declaration with name and parameters stands for. */
  static void tool(ObjectNode chat, JsonNode declaration) {
    ArrayNode tools = chat.withArray("tools");
    tools.addObject().set("function", declaration);
  }

  /** The arguments of a tool call, which are JSON in a text. */
  static JsonNode json(String arguments) {
    try {
      return ChatCompletions.JSON.readTree(arguments);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }
}
