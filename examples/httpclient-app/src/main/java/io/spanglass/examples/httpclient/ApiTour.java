/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.examples.httpclient;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.logging.Logger;
import java.util.stream.Stream;

/**
 * Calls a server that speaks the APIs of several providers, once or twice by each of them. Like
 * {@link HttpClientApp} it knows nothing of OpenTelemetry, and prints one line of JSON for each
 * call.
 */
final class ApiTour {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Logger LOG = Logger.getLogger(ApiTour.class.getName());

  /** Where answers, or the first events of streams, have their ids. */
  private static final List<String> IDS = List.of("/id", "/message/id", "/responseId");

  private static final String QUESTION = "What is a span? Answer in one sentence.";

  private final HttpClient client =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(20))
          .build();
  private final URI server;
  private final String model;

  ApiTour(String baseUrl, String model) {
    this.server = URI.create(baseUrl).resolve("/");
    this.model = model;
  }

  void run() throws InterruptedException {
    ObjectNode messages = JSON.createObjectNode().put("model", model).put("max_tokens", 300);
    messages.putArray("messages").addObject().put("role", "user").put("content", QUESTION);
    call("Anthropic Messages", "/v1/messages", messages, false);
    call("Anthropic Messages, stream", "/v1/messages", messages.put("stream", true), true);
    ObjectNode generate = JSON.createObjectNode().put("inputs", QUESTION);
    generate.putObject("parameters").put("details", true);
    call("TGI generate", "/generate", generate, false);
    call("TGI generate, stream", "/generate_stream", generate, true);
    ObjectNode chat = JSON.createObjectNode().put("model", model);
    chat.putArray("messages").addObject().put("role", "user").put("content", QUESTION);
    call("Ollama chat, stream", "/api/chat", chat, true);
    ObjectNode prompt = JSON.createObjectNode().put("model", model).put("prompt", QUESTION);
    call("Ollama generate", "/api/generate", prompt.put("stream", false), false);
    ObjectNode contents = JSON.createObjectNode();
    contents
        .putArray("contents")
        .addObject()
        .put("role", "user")
        .putArray("parts")
        .addObject()
        .put("text", QUESTION);
    String path = "/v1beta/models/" + model;
    call("Gemini", path + ":generateContent", contents, false);
    call("Gemini, stream", path + ":streamGenerateContent?alt=sse", contents, true);
  }

  private void call(String call, String path, JsonNode body, boolean stream)
      throws InterruptedException {
    ObjectNode result =
        JSON.createObjectNode()
            .put("call", call)
            .put("api", path)
            .put("model", model)
            .put("stream", stream);
    HttpRequest request =
        HttpRequest.newBuilder(server.resolve(path))
            .timeout(Duration.ofMinutes(5))
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString(body.toString()))
            .build();
    try {
      HttpResponse<Stream<String>> response = client.send(request, BodyHandlers.ofLines());
      try (Stream<String> lines = response.body()) {
        if (response.statusCode() != 200) {
          result.put("error", Integer.toString(response.statusCode()));
        }
        int documents = 0;
        for (Iterator<String> iterator = lines.iterator(); iterator.hasNext(); ) {
          JsonNode document = document(iterator.next());
          if (document.isObject()) {
            documents++;
            for (String id : IDS) {
              if (document.at(id).isTextual()) {
                result.put("response_id", document.at(id).textValue());
              }
            }
          }
        }
        result.put("documents", documents);
      }
    } catch (IOException | UncheckedIOException e) {
      result.put("error", e.toString());
    }
    System.out.println(result);
    LOG.info(call + (result.has("error") ? " failed" : " answered"));
  }

  /** What a line carries, of events, of lines of JSON, or of a document in one line. */
  private static JsonNode document(String line) {
    try {
      return JSON.readTree(line.startsWith("data:") ? line.substring(5) : line);
    } catch (JsonProcessingException e) {
      return MissingNode.getInstance();
    }
  }
}
