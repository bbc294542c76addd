/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.benchmarks;

import java.nio.charset.StandardCharsets;

/** A stream as OpenAI sends it: what the benchmarks read. */
final class ChatStream {
  private static final String HEAD =
      "{\"id\":\"chatcmpl-BxCkQzZ0xS8Qk2oFQyq7Zc1u5J7nL\",\"object\":\"chat.completion.chunk\","
          + "\"created\":1763800000,\"model\":\"gpt-4o-mini-2024-07-18\",\"service_tier\":\"default\","
          + "\"system_fingerprint\":\"fp_560af6e559\",";
  private static final String[] WORDS = {
    "Hello", " there", ",", " how", " can", " I", " help", "\\n\\n", " caf\u00e9", " \\\"quoted\\\""
  };

  private ChatStream() {}

  /** The JSON documents of the chunks that carry content. */
  static byte[][] chunks(int count) {
    byte[][] chunks = new byte[count][];
    for (int i = 0; i < count; i++) {
      chunks[i] =
          (HEAD
                  + "\"choices\":[{\"index\":0,\"delta\":{\"content\":\""
                  + WORDS[i % WORDS.length]
                  + "\"},\"logprobs\":null,\"finish_reason\":null}],\"usage\":null,"
                  + "\"obfuscation\":\"aG4kq0ZtWm\"}")
              .getBytes(StandardCharsets.UTF_8);
    }
    return chunks;
  }

  /** The same as events, as they stand on the wire. */
  static byte[][] events(int count) {
    byte[][] events = chunks(count);
    for (int i = 0; i < count; i++) {
      events[i] =
          ("data: " + new String(events[i], StandardCharsets.UTF_8) + "\n\n")
              .getBytes(StandardCharsets.UTF_8);
    }
    return events;
  }

  /** Events of the same length, none of the shape of the next ones: their last name differs. */
  static byte[][] changing(int count) {
    byte[][] events = events(count);
    for (int i = 0; i < count; i++) {
      String name = "obf" + (char) ('a' + i % 26) + (char) ('a' + i / 26 % 26) + "ation";
      events[i] =
          new String(events[i], StandardCharsets.UTF_8)
              .replace("obfuscation", name)
              .getBytes(StandardCharsets.UTF_8);
    }
    return events;
  }

  /** The same as Python writes JSON. */
  static byte[][] withSpaces(byte[][] events) {
    byte[][] spaced = new byte[events.length][];
    for (int i = 0; i < events.length; i++) {
      spaced[i] =
          new String(events[i], StandardCharsets.UTF_8)
              .replace("\":", "\": ")
              .replace(",\"", ", \"")
              .getBytes(StandardCharsets.UTF_8);
    }
    return spaced;
  }

  /** A request with one image of so many bytes in base64. */
  static byte[] requestWithImage(int bytes) {
    return ("{\"model\":\"gpt-4o-mini\",\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"text\","
            + "\"text\":\"What is in this image?\"},{\"type\":\"image_url\",\"image_url\":{\"url\":"
            + "\"data:image/jpeg;base64,"
            + "iVBORw0KGgoAAAANSUhE".repeat(bytes / 20)
            + "\"}}]}],\"stream\":true,\"max_tokens\":300}")
        .getBytes(StandardCharsets.UTF_8);
  }
}
