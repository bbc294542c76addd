/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.examples.vllm;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;

/**
 * What vLLM counts, from its {@code /metrics}; see
 * https://docs.vllm.ai/en/latest/usage/metrics.html.
 *
 * @param promptTokens of all prompts that were taken up, cached or not
 * @param cachedPromptTokens those of them that came from the prefix cache
 * @param generationTokens that were made, whoever still wanted them
 * @param finished requests that came to their own end
 * @param firstTokens requests that got a first token
 * @param firstTokenSeconds the sum of the times to it
 */
record ServerMetrics(
    long promptTokens,
    long cachedPromptTokens,
    long generationTokens,
    long finished,
    long firstTokens,
    double firstTokenSeconds) {

  static final ServerMetrics NONE = new ServerMetrics(0, 0, 0, 0, 0, 0);

  private static final HttpClient CLIENT =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  /** Of a server now. */
  static ServerMetrics of(String baseUrl) throws IOException, InterruptedException {
    URI uri = URI.create(baseUrl).resolve("/metrics");
    HttpResponse<String> response =
        CLIENT.send(
            HttpRequest.newBuilder(uri).timeout(Duration.ofMinutes(1)).build(),
            BodyHandlers.ofString());
    if (response.statusCode() != 200) {
      throw new IOException(uri + " answered " + response.statusCode());
    }
    return parse(response.body());
  }

  /** Reads the Prometheus text format; the series of a name are added up. */
  static ServerMetrics parse(String text) {
    return new ServerMetrics(
        (long) sum(text, "vllm:prompt_tokens_total"),
        (long) sum(text, "vllm:prompt_tokens_cached_total"),
        (long) sum(text, "vllm:generation_tokens_total"),
        (long) sum(text, "vllm:request_success_total"),
        (long) sum(text, "vllm:time_to_first_token_seconds_count"),
        sum(text, "vllm:time_to_first_token_seconds_sum"));
  }

  private static double sum(String text, String name) {
    double sum = 0;
    boolean found = false;
    for (String line : text.split("\n", -1)) {
      if (line.startsWith(name)
          && line.length() > name.length()
          && (line.charAt(name.length()) == '{' || line.charAt(name.length()) == ' ')) {
        sum += Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1));
        found = true;
      }
    }
    if (!found) {
      throw new IllegalArgumentException("vLLM has no metric " + name);
    }
    return sum;
  }

  ServerMetrics minus(ServerMetrics before) {
    return new ServerMetrics(
        promptTokens - before.promptTokens,
        cachedPromptTokens - before.cachedPromptTokens,
        generationTokens - before.generationTokens,
        finished - before.finished,
        firstTokens - before.firstTokens,
        firstTokenSeconds - before.firstTokenSeconds);
  }

  ServerMetrics plus(ServerMetrics other) {
    return new ServerMetrics(
        promptTokens + other.promptTokens,
        cachedPromptTokens + other.cachedPromptTokens,
        generationTokens + other.generationTokens,
        finished + other.finished,
        firstTokens + other.firstTokens,
        firstTokenSeconds + other.firstTokenSeconds);
  }
}
