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

    @Override
    public String request(boolean stream) {
      return "{\"model\":\"gpt-4o-mini\","
          + (stream ? "\"stream\":true,\"stream_options\":{\"include_usage\":true}," : "")
          + "\"temperature\":0.2,\"max_tokens\":300,\"messages\":["
          + "{\"role\":\"system\",\"content\":\"You answer questions about orders.\"},"
          + "{\"role\":\"user\",\"content\":\""
          + QUESTION
          + "\"}]}";
    }

    @Override
    public String requestWithImage(int bytes) {
      return "{\"model\":\"gpt-4o-mini\",\"messages\":[{\"role\":\"user\",\"content\":["
          + "{\"type\":\"text\",\"text\":\"What is in this image?\"},"
          + "{\"type\":\"image_url\",\"image_url\":{\"url\":\"data:image/jpeg;base64,"
          + image(bytes)
          + "\"}}]}],\"stream\":true,\"max_tokens\":300}";
    }

    @Override
    public String document() {
      return ID.formatted("chat.completion")
          + "\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\""
          + ANSWER
          + "\",\"refusal\":null,\"annotations\":[]},\"logprobs\":null,"
          + "\"finish_reason\":\"stop\"}],"
          + USAGE
          + "}";
    }

    @Override
    public String chunk(int index) {
      return chunk("{\"content\":\"" + word(index) + "\"}", "null");
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
  },

  COMPLETIONS("/v1/completions") {
    private static final String ID =
        "{\"id\":\"cmpl-BxCkQzZ0xS8Qk2oFQyq7Zc1u5J7nL\",\"object\":\"text_completion\","
            + "\"created\":1763800000,\"model\":\"gpt-3.5-turbo-instruct:20230824-v2\",";
    private static final String USAGE =
        "\"usage\":{\"prompt_tokens\":57,\"completion_tokens\":200,\"total_tokens\":257}}";

    @Override
    public String request(boolean stream) {
      return request(
          (stream ? "\"stream\":true,\"stream_options\":{\"include_usage\":true}," : "")
              + "\"temperature\":0.2,",
          QUESTION);
    }

    /** There are no images: a prompt of that size. */
    @Override
    public String requestWithImage(int bytes) {
      return request("\"stream\":true,", image(bytes));
    }

    private String request(String parameters, String prompt) {
      return "{\"model\":\"gpt-3.5-turbo-instruct\","
          + parameters
          + "\"max_tokens\":300,\"prompt\":\""
          + prompt
          + "\"}";
    }

    @Override
    public String document() {
      return ID + "\"choices\":[" + choice(ANSWER, "\"stop\"") + "]," + USAGE;
    }

    @Override
    public String chunk(int index) {
      return ID + "\"choices\":[" + choice(word(index), "null") + "]}";
    }

    @Override
    public String[] lastChunks() {
      return new String[] {
        ID + "\"choices\":[" + choice("", "\"stop\"") + "]}",
        ID + "\"choices\":[]," + USAGE,
        "[DONE]"
      };
    }

    private String choice(String text, String finishReason) {
      return "{\"text\":\""
          + text
          + "\",\"index\":0,\"logprobs\":null,\"finish_reason\":"
          + finishReason
          + "}";
    }
  },

  RESPONSES("/v1/responses") {
    private static final String OUTPUT =
        "\"output\":[{\"id\":\"msg_67\",\"type\":\"message\",\"status\":\"completed\",\"role\":\"assistant\","
            + "\"content\":[{\"type\":\"output_text\",\"text\":\"";
    private static final String USAGE =
        "\",\"annotations\":[]}]}],\"usage\":{\"input_tokens\":57,\"input_tokens_details\":{\"cached_tokens\":0},"
            + "\"output_tokens\":200,\"output_tokens_details\":{\"reasoning_tokens\":0},\"total_tokens\":257}}";

    @Override
    public String request(boolean stream) {
      return request(
          (stream ? "\"stream\":true," : "") + "\"temperature\":0.2,", "\"" + QUESTION + "\"");
    }

    @Override
    public String requestWithImage(int bytes) {
      return request(
          "\"stream\":true,",
          "[{\"role\":\"user\",\"content\":[{\"type\":\"input_image\",\"image_url\":\"data:image/png;base64,"
              + image(bytes)
              + "\"}]}]");
    }

    private String request(String parameters, String input) {
      return "{\"model\":\"gpt-5.1\","
          + parameters
          + "\"max_output_tokens\":300,\"input\":"
          + input
          + "}";
    }

    @Override
    public String document() {
      return "{\"id\":\"resp_67\",\"object\":\"response\",\"created_at\":1763800000,\"model\":\"gpt-5.1-2025-11-13\","
          + "\"status\":\"completed\","
          + OUTPUT
          + ANSWER
          + USAGE;
    }

    @Override
    public String chunk(int index) {
      return "{\"type\":\"response.output_text.delta\",\"sequence_number\":"
          + (index + 4)
          + ",\"item_id\":\"msg_67ccd3acc8d48190a77525dc6de64b4104becb25c45c1d41\",\"output_index\":0,"
          + "\"content_index\":0,\"delta\":\""
          + word(index)
          + "\",\"logprobs\":[]}";
    }

    @Override
    public String[] lastChunks() {
      return new String[] {
        "{\"type\":\"response.completed\",\"sequence_number\":204,\"response\":" + document() + "}"
      };
    }
  },

  ANTHROPIC_MESSAGES("/v1/messages") {
    @Override
    public String request(boolean stream) {
      return "{\"model\":\"claude-sonnet-4-5\",\"max_tokens\":300,"
          + (stream ? "\"stream\":true," : "")
          + "\"temperature\":0.2,\"system\":\"You answer questions about orders.\",\"messages\":["
          + "{\"role\":\"user\",\"content\":\""
          + QUESTION
          + "\"}]}";
    }

    @Override
    public String requestWithImage(int bytes) {
      return "{\"model\":\"claude-sonnet-4-5\",\"max_tokens\":300,\"stream\":true,\"messages\":["
          + "{\"role\":\"user\",\"content\":[{\"type\":\"image\",\"source\":{\"type\":\"base64\","
          + "\"media_type\":\"image/png\",\"data\":\""
          + image(bytes)
          + "\"}},{\"type\":\"text\",\"text\":\"What is in this image?\"}]}]}";
    }

    @Override
    public String document() {
      return "{\"id\":\"msg_013Zva2CMHLNnjNjTKqJ2EWc\",\"type\":\"message\",\"role\":\"assistant\","
          + "\"model\":\"claude-sonnet-4-5-20250929\",\"content\":[{\"type\":\"text\",\"text\":\""
          + ANSWER
          + "\"}],\"stop_reason\":\"end_turn\",\"stop_sequence\":null,\"usage\":{\"input_tokens\":57,"
          + "\"cache_creation_input_tokens\":0,\"cache_read_input_tokens\":0,\"output_tokens\":200}}";
    }

    @Override
    public String chunk(int index) {
      return "{\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\""
          + word(index)
          + "\"}}";
    }

    @Override
    public String[] lastChunks() {
      return new String[] {
        "{\"type\":\"content_block_stop\",\"index\":0}",
        "{\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\",\"stop_sequence\":null},"
            + "\"usage\":{\"output_tokens\":200}}",
        "{\"type\":\"message_stop\"}"
      };
    }

    @Override
    public byte[] frame(String chunk) {
      int from = chunk.indexOf("\"type\":") + 7;
      String type = chunk.substring(chunk.indexOf('"', from) + 1);
      return utf8("event: " + type.substring(0, type.indexOf('"')) + "\ndata: " + chunk + "\n\n");
    }
  },

  TGI_GENERATE("/generate_stream") {
    @Override
    public String request(boolean stream) {
      return "{\"inputs\":\""
          + QUESTION
          + "\",\"parameters\":{\"max_new_tokens\":300,\"temperature\":0.2,\"details\":true}}";
    }

    @Override
    public String requestWithImage(int bytes) {
      return "{\"inputs\":\"![](data:image/png;base64,"
          + image(bytes)
          + ")What is in this image?\",\"parameters\":{\"max_new_tokens\":300}}";
    }

    @Override
    public String document() {
      return "{\"generated_text\":\""
          + ANSWER
          + "\",\"details\":{\"finish_reason\":\"eos_token\",\"generated_tokens\":200,\"seed\":null,"
          + "\"prefill\":[],\"tokens\":[]}}";
    }

    @Override
    public String chunk(int index) {
      return chunk(index, word(index), "null,\"details\":null");
    }

    @Override
    public String[] lastChunks() {
      return new String[] {
        chunk(
            201,
            "</s>",
            "\""
                + ANSWER
                + "\",\"details\":{\"finish_reason\":\"eos_token\",\"generated_tokens\":200,"
                + "\"seed\":null,\"input_length\":57}")
      };
    }

    private String chunk(int index, String text, String rest) {
      return "{\"index\":"
          + index
          + ",\"token\":{\"id\":"
          + (1000 + index)
          + ",\"text\":\""
          + text
          + "\",\"logprob\":-0.25,\"special\":"
          + text.startsWith("<")
          + "},\"generated_text\":"
          + rest
          + "}";
    }

    @Override
    public byte[] frame(String chunk) {
      return utf8("data:" + chunk + "\n\n");
    }
  },

  OLLAMA_CHAT("/api/chat") {
    private static final String HEAD =
        "{\"model\":\"llama3.2\",\"created_at\":\"2026-11-28T08:52:19.385406455Z\",";
    private static final String COUNTS =
        "\"done_reason\":\"stop\",\"done\":true,\"total_duration\":4883583458,\"load_duration\":1334875,"
            + "\"prompt_eval_count\":57,\"prompt_eval_duration\":342546000,\"eval_count\":200,"
            + "\"eval_duration\":4535599000}";

    @Override
    public String request(boolean stream) {
      return "{\"model\":\"llama3.2\","
          + (stream ? "" : "\"stream\":false,")
          + "\"options\":{\"temperature\":0.2,\"num_predict\":300},\"messages\":["
          + "{\"role\":\"user\",\"content\":\""
          + QUESTION
          + "\"}]}";
    }

    @Override
    public String requestWithImage(int bytes) {
      return "{\"model\":\"llava\",\"messages\":[{\"role\":\"user\",\"content\":\"What is in this image?\","
          + "\"images\":[\""
          + image(bytes)
          + "\"]}]}";
    }

    @Override
    public String document() {
      return HEAD + "\"message\":{\"role\":\"assistant\",\"content\":\"" + ANSWER + "\"}," + COUNTS;
    }

    @Override
    public String chunk(int index) {
      return HEAD
          + "\"message\":{\"role\":\"assistant\",\"content\":\""
          + word(index)
          + "\"},\"done\":false}";
    }

    @Override
    public String[] lastChunks() {
      return new String[] {
        HEAD + "\"message\":{\"role\":\"assistant\",\"content\":\"\"}," + COUNTS
      };
    }

    @Override
    public byte[] frame(String chunk) {
      return utf8(chunk + "\n");
    }

    @Override
    public String streamContentType() {
      return "application/x-ndjson";
    }
  },

  COHERE_CHAT("/v2/chat") {
    private static final String USAGE =
        "\"usage\":{\"billed_units\":{\"input_tokens\":57,\"output_tokens\":200},"
            + "\"tokens\":{\"input_tokens\":120,\"output_tokens\":200}}";

    @Override
    public String request(boolean stream) {
      return "{\"model\":\"command-a-03-2025\","
          + (stream ? "\"stream\":true," : "")
          + "\"temperature\":0.2,\"max_tokens\":300,\"messages\":[{\"role\":\"user\",\"content\":\""
          + QUESTION
          + "\"}]}";
    }

    @Override
    public String requestWithImage(int bytes) {
      return "{\"model\":\"command-a-vision-07-2025\",\"stream\":true,\"messages\":[{\"role\":\"user\","
          + "\"content\":[{\"type\":\"image_url\",\"image_url\":{\"url\":\"data:image/png;base64,"
          + image(bytes)
          + "\"}}]}]}";
    }

    @Override
    public String document() {
      return "{\"id\":\"c14c80c3-18eb-4519-9460-6c92edd8cfb4\",\"finish_reason\":\"COMPLETE\",\"message\":{"
          + "\"role\":\"assistant\",\"content\":[{\"type\":\"text\",\"text\":\""
          + ANSWER
          + "\"}]},"
          + USAGE
          + "}";
    }

    @Override
    public String chunk(int index) {
      return "{\"type\":\"content-delta\",\"index\":0,\"delta\":{\"message\":{\"content\":{\"text\":\""
          + word(index)
          + "\"}}}}";
    }

    @Override
    public String[] lastChunks() {
      return new String[] {
        "{\"type\":\"content-end\",\"index\":0}",
        "{\"type\":\"message-end\",\"id\":\"c14c80c3\",\"delta\":{\"finish_reason\":\"COMPLETE\","
            + USAGE
            + "}}"
      };
    }
  },

  GEMINI("/v1beta/models/gemini-2.5-flash:streamGenerateContent") {
    @Override
    public String request(boolean stream) {
      return "{\"contents\":[{\"role\":\"user\",\"parts\":[{\"text\":\""
          + QUESTION
          + "\"}]}],\"generationConfig\":{\"temperature\":0.2,\"maxOutputTokens\":300}}";
    }

    @Override
    public String requestWithImage(int bytes) {
      return "{\"contents\":[{\"role\":\"user\",\"parts\":[{\"inlineData\":{\"mimeType\":\"image/png\","
          + "\"data\":\""
          + image(bytes)
          + "\"}},{\"text\":\"What is in this image?\"}]}]}";
    }

    @Override
    public String document() {
      return chunk(ANSWER, 200, ",\"finishReason\": \"STOP\"");
    }

    @Override
    public String chunk(int index) {
      return chunk(word(index), 1 + index, "");
    }

    @Override
    public String[] lastChunks() {
      return new String[] {chunk("", 200, ",\"finishReason\": \"STOP\"")};
    }

    private String chunk(String text, int tokens, String finishReason) {
      return "{\"candidates\": [{\"content\": {\"parts\": [{\"text\": \""
          + text
          + "\"}],\"role\": \"model\"}"
          + finishReason
          + ",\"index\": 0}],\"usageMetadata\": {\"promptTokenCount\": 57,\"candidatesTokenCount\": "
          + tokens
          + ",\"totalTokenCount\": "
          + (57 + tokens)
          + ",\"promptTokensDetails\": [{\"modality\": \"TEXT\",\"tokenCount\": 57}]},"
          + "\"modelVersion\": \"gemini-2.5-flash\",\"responseId\": \"mAitaLmkHPPlz7IPvtfUqQ4\"}";
    }

    @Override
    public byte[] frame(String chunk) {
      return utf8("data: " + chunk + "\r\n\r\n");
    }
  };

  private static final String QUESTION = "Where is the order of last week? ".repeat(12);
  private static final String ANSWER = "Your order left the warehouse on Monday. ".repeat(16);

  private static final String[] WORDS = {
    "Hello", " there", ",", " how", " can", " I", " help", "\\n\\n", " caf\u00e9", " \\\"quoted\\\""
  };

  private final String path;

  Sample(String path) {
    this.path = path;
  }

  public String path() {
    return path;
  }

  static String word(int index) {
    return WORDS[index % WORDS.length];
  }

  static String image(int bytes) {
    return "iVBORw0KGgoAAAANSUhE".repeat(bytes / 20);
  }

  static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
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
    return utf8("data: " + chunk + "\n\n");
  }

  public String streamContentType() {
    return "text/event-stream; charset=utf-8";
  }
}
