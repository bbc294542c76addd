/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.examples.vllm;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import org.jspecify.annotations.Nullable;

/**
 * A call as the application declared it, in one line of JSON: from its own code, so it can
 * contradict what was exported.
 *
 * @param app the application, which is its {@code service.name}
 * @param api {@code chat}, {@code text_completion} or {@code embeddings}
 * @param responseId null if the answer has none, or the application does not say
 * @param ending what the application saw of the end
 * @param error the type of the server's error object, where the application read it
 * @param finishReason of the first choice, where the application read it
 * @param tellsUsage whether the application looks at the usage; if so, without one it saw none
 * @param promptTokens the last usage that the application saw
 * @param completionTokens the last usage that the application saw
 */
record Call(
    String app,
    String name,
    String api,
    String model,
    boolean stream,
    @Nullable String responseId,
    Ending ending,
    @Nullable String error,
    @Nullable String finishReason,
    boolean tellsUsage,
    @Nullable Long promptTokens,
    @Nullable Long completionTokens) {

  enum Ending {
    FINISHED,
    CANCELLED,
    REFUSED
  }

  private static final ObjectMapper JSON = new ObjectMapper();

  /** The call that a line declares; null if it declares none. */
  static @Nullable Call parse(String app, String line) {
    if (!line.startsWith("{")) {
      return null;
    }
    JsonNode json;
    try {
      json = JSON.readTree(line);
    } catch (JsonProcessingException e) {
      return null;
    }
    if (!json.path("call").isTextual()) {
      return null;
    }
    Ending ending =
        json.path("cancelled").asBoolean()
            ? Ending.CANCELLED
            : json.has("error") || json.has("failure") ? Ending.REFUSED : Ending.FINISHED;
    // Only the tour says which status came, and it then tells all that it saw.
    boolean tour = json.has("status");
    return new Call(
        app,
        json.path("call").asText(),
        json.path("api").asText(),
        json.path("model").asText(),
        json.path("stream").asBoolean(),
        json.path("response_id").textValue(),
        ending,
        tour ? json.path("error").textValue() : null,
        json.path("finish_reason").textValue(),
        tour,
        number(json, "prompt_tokens"),
        number(json, "completion_tokens"));
  }

  private static @Nullable Long number(JsonNode json, String name) {
    return json.path(name).isNumber() ? Long.valueOf(json.get(name).asLong()) : null;
  }

  boolean isEmbeddings() {
    return api.equals("embeddings");
  }

  @Override
  public String toString() {
    return app + ", " + name;
  }
}
