/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.examples.httpclient;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Iterator;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Asks an OpenAI-compatible server, vLLM above all, for everything that it can answer or refuse,
 * one call after the other. Like {@link HttpClientApp} it knows nothing of OpenTelemetry.
 *
 * <p>After each call it prints one line of JSON that says what the application saw, and with {@code
 * --step} waits for a line on standard input, so that somebody can look at the server in between.
 */
public final class ServerTour {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int CHUNKS_BEFORE_CANCEL = 12;
  private static final int NEVER = Integer.MAX_VALUE;

  private static final String WEATHER_TOOL =
      "{\"type\":\"function\",\"function\":{\"name\":\"temperature\",\"strict\":true,"
          + "\"parameters\":{\"type\":\"object\",\"properties\":{\"city\":{\"type\":\"string\",\"enum\":[\"Lima\",\"Oslo\"]}},"
          + "\"required\":[\"city\"],\"additionalProperties\":false}}}";

  // HTTP/1.1: some model servers lose the body of a request that offers to upgrade to HTTP/2.
  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final BufferedReader go =
      new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
  private final String baseUrl;
  private final String model;
  private final String embeddingsBaseUrl;
  private final String embeddingsModel;
  private final boolean step;

  private ServerTour(
      String baseUrl,
      String model,
      String embeddingsBaseUrl,
      String embeddingsModel,
      boolean step) {
    this.baseUrl = baseUrl;
    this.model = model;
    this.embeddingsBaseUrl = embeddingsBaseUrl;
    this.embeddingsModel = embeddingsModel;
    this.step = step;
  }

  /** Arguments: base URL, model, base URL and model for embeddings, and perhaps --step. */
  public static void main(String[] args) throws IOException, InterruptedException {
    if (args.length < 4 || args.length > 5 || (args.length == 5 && !args[4].equals("--step"))) {
      System.err.println(
          "Usage: java -cp httpclient-app.jar "
              + ServerTour.class.getName()
              + " BASE_URL MODEL EMBEDDINGS_BASE_URL EMBEDDINGS_MODEL [--step]");
      System.exit(2);
    }
    new ServerTour(args[0], args[1], args[2], args[3], args.length == 5).run();
  }

  private void run() throws IOException, InterruptedException {
    call("chat", "chat", chat(24));
    call("stream with usage", "chat", withUsage(streamed(chat(48)), false));
    call("stream without usage", "chat", streamed(chat(48)));
    call("stream with continuous usage", "chat", withUsage(streamed(chat(48)), true));
    call("cancelled stream without usage", "chat", streamed(chat(500)), CHUNKS_BEFORE_CANCEL);
    call(
        "cancelled stream with continuous usage",
        "chat",
        withUsage(streamed(chat(500)), true),
        CHUNKS_BEFORE_CANCEL);
    call("wrong model", "chat", chat(8).put("model", model + "-that-does-not-exist"));
    call(
        "wrong model, streamed",
        "chat",
        streamed(chat(8)).put("model", model + "-that-does-not-exist"));
    call("too long a prompt", "chat", tooLong(chat(8)));
    toolRound();
    call("completion", "text_completion", completion(16));
    call(
        "completion stream with usage",
        "text_completion",
        withUsage(streamed(completion(32)), false));
    call("completion stream without usage", "text_completion", streamed(completion(32)));
    call("embeddings", "embeddings", embeddings());
    call("embeddings in base64", "embeddings", embeddings().put("encoding_format", "base64"));
    call(
        "embeddings of too long a text",
        "embeddings",
        embeddings().put("input", "hello world ".repeat(400)));
  }

  private void toolRound() throws IOException, InterruptedException {
    // The server holds even random weights to the grammar of a tool call; without temperature they
    // would write white space for ever.
    ObjectNode request =
        chat(400).put("tool_choice", "required").put("temperature", 1).put("seed", 1);
    request.putArray("tools").add(JSON.readTree(WEATHER_TOOL));
    request.remove("ignore_eos");
    JsonNode answer = call("tool round, question", "chat", request);
    JsonNode message = answer.at("/choices/0/message");
    ObjectNode next = chat(24);
    ArrayNode messages = next.withArray("messages");
    messages.add(message.isObject() ? message : JSON.createObjectNode().put("role", "assistant"));
    messages
        .addObject()
        .put("role", "tool")
        .put("tool_call_id", message.at("/tool_calls/0/id").asText("none"))
        .put("content", "17 degrees");
    call("tool round, answer", "chat", next);
  }

  private ObjectNode chat(int maxTokens) {
    ObjectNode body = JSON.createObjectNode().put("model", model);
    body.putArray("messages")
        .addObject()
        .put("role", "user")
        .put("content", "What is a histogram? Answer in one sentence.");
    // vLLM's ignore_eos makes the answer as long as was asked for.
    return body.put("max_tokens", maxTokens).put("temperature", 0).put("ignore_eos", true);
  }

  private ObjectNode completion(int maxTokens) {
    return JSON.createObjectNode()
        .put("model", model)
        .put("prompt", "def histogram(")
        .put("max_tokens", maxTokens)
        .put("temperature", 0)
        .put("ignore_eos", true);
  }

  private ObjectNode embeddings() {
    ObjectNode body = JSON.createObjectNode().put("model", embeddingsModel);
    body.putArray("input").add("a span has a start and an end").add("a histogram has buckets");
    return body;
  }

  private static ObjectNode streamed(ObjectNode body) {
    return body.put("stream", true);
  }

  private static ObjectNode withUsage(ObjectNode body, boolean continuous) {
    ObjectNode options = body.putObject("stream_options").put("include_usage", true);
    if (continuous) {
      options.put("continuous_usage_stats", true);
    }
    return body;
  }

  private static ObjectNode tooLong(ObjectNode body) {
    ((ObjectNode) body.at("/messages/0")).put("content", "bucket ".repeat(3000));
    return body;
  }

  private JsonNode call(String name, String api, ObjectNode body)
      throws IOException, InterruptedException {
    return call(name, api, body, NEVER);
  }

  /** Makes a call and prints what came of it; the whole answer of one that is no stream. */
  private JsonNode call(String name, String api, ObjectNode body, int cancelAfter)
      throws IOException, InterruptedException {
    boolean stream = body.path("stream").asBoolean();
    ObjectNode result =
        JSON.createObjectNode()
            .put("call", name)
            .put("api", api)
            .put("model", body.path("model").asText())
            .put("stream", stream);
    JsonNode answer = JSON.missingNode();
    try {
      HttpRequest request = request(api, body);
      if (stream) {
        HttpResponse<Stream<String>> response = client.send(request, BodyHandlers.ofLines());
        result.put("status", response.statusCode());
        // Closing the stream before its end cancels the exchange.
        try (Stream<String> lines = response.body()) {
          if (response.statusCode() == 200) {
            read(lines, cancelAfter, result);
          } else {
            answer(result, JSON.readTree(lines.collect(Collectors.joining("\n"))));
          }
        }
      } else {
        HttpResponse<String> response = client.send(request, BodyHandlers.ofString());
        result.put("status", response.statusCode());
        answer = JSON.readTree(response.body());
        answer(result, answer);
      }
    } catch (IOException | UncheckedIOException e) {
      result.put("failure", e.toString());
    }
    System.out.println(result);
    if (step) {
      go.readLine();
    }
    return answer;
  }

  private HttpRequest request(String api, ObjectNode body) {
    String url =
        switch (api) {
          case "chat" -> baseUrl + "/chat/completions";
          case "text_completion" -> baseUrl + "/completions";
          default -> embeddingsBaseUrl + "/embeddings";
        };
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(url))
            .timeout(Duration.ofMinutes(5))
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString(body.toString()));
    String key = System.getenv("OPENAI_API_KEY");
    if (key != null) {
      request.header("Authorization", "Bearer " + key);
    }
    return request.build();
  }

  private static void read(Stream<String> lines, int cancelAfter, ObjectNode result)
      throws IOException {
    int chunks = 0;
    boolean done = false;
    Iterator<String> iterator = lines.iterator();
    while (chunks < cancelAfter && iterator.hasNext()) {
      String line = iterator.next();
      if (line.startsWith("data: [DONE]")) {
        done = true;
      } else if (line.startsWith("data:")) {
        chunks++;
        answer(result, JSON.readTree(line.substring("data:".length())));
      }
    }
    result.put("chunks", chunks).put("cancelled", !done);
  }

  /** Takes over what a whole answer, or a chunk, says of itself. */
  private static void answer(ObjectNode result, JsonNode answer) {
    if (answer.path("id").isTextual()) {
      result.set("response_id", answer.get("id"));
    }
    if (answer.path("usage").isObject()) {
      result.put("prompt_tokens", answer.at("/usage/prompt_tokens").asLong());
      result.put("completion_tokens", answer.at("/usage/completion_tokens").asLong());
    }
    if (answer.at("/choices/0/finish_reason").isTextual()) {
      result.set("finish_reason", answer.at("/choices/0/finish_reason"));
    }
    if (answer.has("error")) {
      result.put("error", answer.at("/error/type").asText("error"));
    }
  }
}
