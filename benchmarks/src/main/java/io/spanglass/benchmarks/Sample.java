/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.benchmarks;

import java.nio.charset.StandardCharsets;

/**
 * An API with requests and answers as its servers send them: what all benchmarks read. An API that
 * is added here is in every table.
 */
public enum Sample {
  CHAT_COMPLETIONS("/v1/chat/completions") {
    private static final String ID =
        "{\"id\":\"chatcmpl-BxCkQzZ0xS8Qk2oFQyq7Zc1u5J7nL\",\"object\":\"%s\","
            + "\"created\":1763800000,\"model\":\"gpt-4o-mini-2024-07-18\","
            + "\"service_tier\":\"default\",\"system_fingerprint\":\"fp_560af6e559\",";
    private static final String USAGE =
        "\"usage\":{\"prompt_tokens\":57,\"completion_tokens\":200,\"total_tokens\":257,"
            + "\"prompt_tokens_details\":{\"cached_tokens\":0,\"audio_tokens\":0},"
            + "\"completion_tokens_details\":{\"reasoning_tokens\":0,\"audio_tokens\":0,"
            + "\"accepted_prediction_tokens\":0,\"rejected_prediction_tokens\":0}}";

    private static final String[] WORDS = {
      "Hello",
      " there",
      ",",
      " how",
      " can",
      " I",
      " help",
      "\\n\\n",
      " caf\u00e9",
      " \\\"quoted\\\""
    };

    @Override
    public String request(boolean stream) {
      return "{\"model\":\"gpt-4o-mini\","
          + (stream ? "\"stream\":true,\"stream_options\":{\"include_usage\":true}," : "")
          + "\"temperature\":0.2,\"max_tokens\":300,\"messages\":["
          + "{\"role\":\"system\",\"content\":\"You answer questions about orders.\"},"
          + "{\"role\":\"user\",\"content\":\""
          + "Where is the order of last week? ".repeat(12)
          + "\"}]}";
    }

    @Override
    public String requestWithImage(int bytes) {
      return "{\"model\":\"gpt-4o-mini\",\"messages\":[{\"role\":\"user\",\"content\":["
          + "{\"type\":\"text\",\"text\":\"What is in this image?\"},"
          + "{\"type\":\"image_url\",\"image_url\":{\"url\":\"data:image/jpeg;base64,"
          + "iVBORw0KGgoAAAANSUhE".repeat(bytes / 20)
          + "\"}}]}],\"stream\":true,\"max_tokens\":300}";
    }

    @Override
    public String document() {
      return ID.formatted("chat.completion")
          + "\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\""
          + "Your order left the warehouse on Monday. ".repeat(16)
          + "\",\"refusal\":null,\"annotations\":[]},\"logprobs\":null,"
          + "\"finish_reason\":\"stop\"}],"
          + USAGE
          + "}";
    }

    @Override
    public String chunk(int index) {
      return chunk("{\"content\":\"" + WORDS[index % WORDS.length] + "\"}", "null");
    }

    @Override
    public String[] lastChunks() {
      return new String[] {
        chunk("{}", "\"stop\""),
        ID.formatted("chat.completion.chunk") + "\"choices\":[]," + USAGE + "}",
        "[DONE]"
      };
    }

    private String chunk(String delta, String finishReason) {
      return ID.formatted("chat.completion.chunk")
          + "\"choices\":[{\"index\":0,\"delta\":"
          + delta
          + ",\"logprobs\":null,\"finish_reason\":"
          + finishReason
          + "}],\"usage\":null,\"obfuscation\":\"aG4kq0ZtWm\"}";
    }
  };

  private final String path;

  Sample(String path) {
    this.path = path;
  }

  public String path() {
    return path;
  }

  /** A request of about 600 bytes, without needless spaces as all that follows. */
  public abstract String request(boolean stream);

  /** A request with one image of about so many bytes in base64. */
  public abstract String requestWithImage(int bytes);

  /** An answer in one document, with usage. */
  public abstract String document();

  /** A chunk of a stream with some text in it. All are alike but for the text. */
  public abstract String chunk(int index);

  /** What follows in a stream when the text is over. */
  public abstract String[] lastChunks();

  /** A chunk as it stands on the wire, by default an event without a name. */
  public byte[] frame(String chunk) {
    return ("data: " + chunk + "\n\n").getBytes(StandardCharsets.UTF_8);
  }

  public String streamContentType() {
    return "text/event-stream; charset=utf-8";
  }
}
