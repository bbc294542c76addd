/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.examples.modelserver;

import com.fasterxml.jackson.databind.JsonNode;

/**
 * The server's rule for counting tokens. It is simple and always gives the same number; it is no
 * tokenizer of any model.
 *
 * <ul>
 *   <li>A text has one token for each four Unicode code points, rounded up.
 *   <li>A message has four tokens, those of its text and tool calls, and 85 for each image.
 *   <li>A prompt has three tokens, those of its messages and those of its tools' JSON.
 *   <li>Of a prompt of 1024 tokens and more, the part up to the last multiple of 128 counts as read
 *       from the cache.
 * </ul>
 */
final class Tokens {

  static final int CODE_POINTS_PER_TOKEN = 4;

  private Tokens() {}

  static long ofText(String text) {
    long codePoints = text.codePointCount(0, text.length());
    return (codePoints + CODE_POINTS_PER_TOKEN - 1) / CODE_POINTS_PER_TOKEN;
  }

  static long ofPrompt(JsonNode request) {
    long sum = 3;
    for (JsonNode message : request.path("messages")) {
      sum += 4 + ofContent(message.path("content"));
      for (JsonNode call : message.path("tool_calls")) {
        JsonNode function = call.path("function");
        sum += ofText(function.path("name").asText()) + ofText(function.path("arguments").asText());
      }
    }
    for (JsonNode tool : request.path("tools")) {
      sum += ofText(tool.toString());
    }
    return sum;
  }

  static long cached(long promptTokens) {
    return promptTokens < 1024 ? 0 : promptTokens / 128 * 128;
  }

  private static long ofContent(JsonNode content) {
    if (content.isTextual()) {
      return ofText(content.textValue());
    }
    long sum = 0;
    for (JsonNode part : content) {
      sum +=
          part.path("type").asText().equals("image_url") ? 85 : ofText(part.path("text").asText());
    }
    return sum;
  }
}
