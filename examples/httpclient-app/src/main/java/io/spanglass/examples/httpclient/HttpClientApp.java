/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.examples.httpclient;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
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
import java.util.logging.Logger;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Calls an OpenAI-compatible endpoint four times with the JDK's client: a chat, a streaming chat, a
 * streaming chat that it stops reading in the middle, and a model that does not exist. Prints one
 * line of JSON for each call.
 */
public final class HttpClientApp {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Logger LOG = Logger.getLogger(HttpClientApp.class.getName());
  private static final int CHUNKS_BEFORE_CANCEL = 5;

  // HTTP/1.1: some model servers lose the body of a request that offers to upgrade to HTTP/2.
  private final HttpClient client =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(20))
          .build();
  private final URI chatCompletions;

  private HttpClientApp(String baseUrl) {
    chatCompletions = URI.create(baseUrl.replaceAll("/+$", "") + "/chat/completions");
  }

  /**
   * Arguments: the base URL (with its {@code /v1}) and the model; the key in OPENAI_API_KEY. With
   * {@code --api} behind them, calls of the APIs of others ({@link ApiTour}).
   */
  public static void main(String[] args) throws InterruptedException {
    boolean tour = args.length == 3 && args[2].equals("--api");
    if (args.length != 2 && !tour) {
      System.err.println("Usage: java -jar httpclient-app.jar BASE_URL MODEL [--api]");
      System.exit(2);
    }
    if (tour) {
      new ApiTour(args[0], args[1]).run();
      return;
    }
    HttpClientApp app = new HttpClientApp(args[0]);
    String model = args[1];
    app.chat("chat", model, "What is a span? Answer in one sentence.");
    app.stream("streaming chat", model, "What is a trace? Answer in one sentence.", false);
    app.stream("cancelled stream", model, "Tell me a story about a histogram.", true);
    app.chat("unknown model", model + "-that-does-not-exist", "Is anybody there?");
  }

  private void chat(String call, String model, String question) throws InterruptedException {
    ObjectNode result = result(call, model, false);
    try {
      HttpResponse<String> response =
          client.send(request(body(model, question)), BodyHandlers.ofString());
      if (response.statusCode() == 200) {
        JsonNode answer = JSON.readTree(response.body());
        result.put("response_id", answer.path("id").textValue());
        result.put("answer", answer.at("/choices/0/message/content").textValue());
      } else {
        result.put("error", error(response.statusCode(), response.body()));
      }
    } catch (IOException e) {
      result.put("error", e.toString());
    }
    System.out.println(result);
    LOG.info(call + (result.has("error") ? " failed" : " answered"));
  }

  private void stream(String call, String model, String question, boolean cancel)
      throws InterruptedException {
    ObjectNode result = result(call, model, true);
    ObjectNode body = body(model, question).put("stream", true);
    body.putObject("stream_options").put("include_usage", true);
    try {
      HttpResponse<Stream<String>> response = client.send(request(body), BodyHandlers.ofLines());
      // Closing the stream before its end cancels the exchange.
      try (Stream<String> lines = response.body()) {
        if (response.statusCode() == 200) {
          read(lines, cancel ? CHUNKS_BEFORE_CANCEL : Integer.MAX_VALUE, result);
        } else {
          result.put(
              "error", error(response.statusCode(), lines.collect(Collectors.joining("\n"))));
        }
      }
    } catch (IOException | UncheckedIOException e) {
      result.put("error", e.toString());
    }
    System.out.println(result);
    LOG.info(call + (result.has("error") ? " failed" : " answered"));
  }

  private static void read(Stream<String> lines, int maxChunks, ObjectNode result)
      throws IOException {
    StringBuilder answer = new StringBuilder();
    int chunks = 0;
    Iterator<String> iterator = lines.iterator();
    while (chunks < maxChunks && iterator.hasNext()) {
      String line = iterator.next();
      if (!line.startsWith("data:") || line.endsWith("[DONE]")) {
        continue;
      }
      JsonNode chunk = JSON.readTree(line.substring("data:".length()));
      if (chunk.has("id")) {
        result.put("response_id", chunk.path("id").textValue());
      }
      if (chunk.has("error")) {
        result.put("error", chunk.at("/error/message").asText(""));
      }
      String content = chunk.at("/choices/0/delta/content").asText("");
      if (!content.isEmpty()) {
        answer.append(content);
        chunks++;
      }
    }
    result.put("answer", answer.toString());
    result.put("chunks", chunks).put("cancelled", chunks == maxChunks);
  }

  private HttpRequest request(ObjectNode body) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(chatCompletions)
            .timeout(Duration.ofMinutes(5))
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString(body.toString()));
    String key = System.getenv("OPENAI_API_KEY");
    if (key != null) {
      request.header("Authorization", "Bearer " + key);
    }
    return request.build();
  }

  private static ObjectNode body(String model, String question) {
    ObjectNode body = JSON.createObjectNode().put("model", model);
    body.putArray("messages").addObject().put("role", "user").put("content", question);
    return body;
  }

  private static ObjectNode result(String call, String model, boolean stream) {
    return JSON.createObjectNode()
        .put("call", call)
        .put("api", "chat")
        .put("model", model)
        .put("stream", stream);
  }

  private static String error(int status, String body) {
    String message;
    try {
      message = JSON.readTree(body).at("/error/message").asText("");
    } catch (IOException e) {
      message = body;
    }
    return status + " " + message;
  }
}
