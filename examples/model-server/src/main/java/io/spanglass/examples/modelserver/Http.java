/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.examples.modelserver;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.util.UUID;

/** Response headers, and answers that are one JSON document. */
final class Http {

  private Http() {}

  static void headers(HttpExchange exchange, String contentType) {
    exchange.getResponseHeaders().set("Content-Type", contentType);
    exchange.getResponseHeaders().set("X-Request-Id", "req_" + UUID.randomUUID());
  }

  static void json(HttpExchange exchange, int status, JsonNode body) throws IOException {
    byte[] bytes = ChatCompletions.JSON.writeValueAsBytes(body);
    headers(exchange, "application/json");
    exchange.sendResponseHeaders(status, bytes.length);
    exchange.getResponseBody().write(bytes);
    exchange.close();
  }

  static void error(HttpExchange exchange, ApiException e) throws IOException {
    json(exchange, e.status(), errorBody(e));
  }

  /** An error in OpenAI's shape. */
  static ObjectNode errorBody(ApiException e) {
    ObjectNode body = ChatCompletions.JSON.createObjectNode();
    body.putObject("error")
        .put("message", e.getMessage())
        .put("type", "invalid_request_error")
        .put("param", e.param())
        .put("code", e.code());
    return body;
  }
}
