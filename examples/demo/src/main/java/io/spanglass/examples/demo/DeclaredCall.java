/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.examples.demo;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import org.jspecify.annotations.Nullable;

/**
 * A call that an application says it made, by a line of JSON on its standard output.
 *
 * @param app the application, which is its {@code service.name} too
 * @param client the HTTP client or library it called with
 * @param name what the application calls it
 * @param model the model it asked for
 * @param responseId the answer's id; null if it got none
 */
record DeclaredCall(
    String app,
    String client,
    String name,
    String api,
    String model,
    boolean stream,
    @Nullable String responseId) {

  private static final ObjectMapper JSON = new ObjectMapper();

  /** The call that a line declares; null if it declares none. */
  static @Nullable DeclaredCall parse(String app, String client, String line) {
    if (!line.startsWith("{")) {
      return null;
    }
    JsonNode json;
    try {
      json = JSON.readTree(line);
    } catch (JsonProcessingException e) {
      return null;
    }
    String name = json.path("call").textValue();
    String api = json.path("api").textValue();
    String model = json.path("model").textValue();
    if (name == null || api == null || model == null) {
      return null;
    }
    return new DeclaredCall(
        app,
        client,
        name,
        api,
        model,
        json.path("stream").asBoolean(),
        json.path("response_id").textValue());
  }
}
