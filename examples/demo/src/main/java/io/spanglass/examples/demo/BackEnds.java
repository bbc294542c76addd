/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.examples.demo;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The back ends of the local stack, asked through their own query APIs. An answer that is not there
 * yet, or an error, is a missing node: the caller asks again.
 */
final class BackEnds {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration TIMEOUT = Duration.ofSeconds(10);

  private final HttpClient client =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(5))
          .build();
  private final Map<String, String> addresses;

  /**
   * Reads {@code NAME=URL} lines, as {@code collector-config/run-local env} prints them.
   *
   * @throws IOException if the file cannot be read
   */
  BackEnds(Path file) throws IOException {
    addresses = new LinkedHashMap<>();
    for (String line : Files.readAllLines(file)) {
      int equals = line.indexOf('=');
      if (equals > 0) {
        addresses.put(line.substring(0, equals), line.substring(equals + 1));
      }
    }
  }

  /** Null where the stack has no such part. */
  @Nullable String prometheus() {
    return addresses.get("PROMETHEUS_URL");
  }

  @Nullable String tempo() {
    return addresses.get("TEMPO_URL");
  }

  @Nullable String jaeger() {
    return addresses.get("JAEGER_URL");
  }

  @Nullable String loki() {
    return addresses.get("LOKI_URL");
  }

  String version(String url, String path, String pointer) throws InterruptedException {
    String version = get(url, path).at(pointer).asText("");
    return version.startsWith("v") ? version.substring(1) : version;
  }

  /** The result of an instant query: an array of {@code metric} and {@code value}. */
  JsonNode query(String promQl) throws InterruptedException {
    return get(prometheus(), "/api/v1/query?query=" + encode(promQl)).at("/data/result");
  }

  /** An array of series with {@code seriesLabels} and {@code exemplars}. */
  JsonNode exemplars(String selector, Instant since) throws InterruptedException {
    return get(
            prometheus(),
            "/api/v1/query_exemplars?query="
                + encode(selector)
                + "&start="
                + since.getEpochSecond()
                + "&end="
                + (Instant.now().getEpochSecond() + 1))
        .path("data");
  }

  /** How many spans the trace store has of a trace. */
  int spans(String traceId) throws InterruptedException {
    int spans = 0;
    if (tempo() != null) {
      JsonNode batches = get(tempo(), "/api/v2/traces/" + traceId).at("/trace/resourceSpans");
      for (JsonNode batch : batches) {
        for (JsonNode scope : batch.path("scopeSpans")) {
          spans += scope.path("spans").size();
        }
      }
    } else {
      JsonNode batches = get(jaeger(), "/api/v3/traces/" + traceId).at("/result/resourceSpans");
      for (JsonNode batch : batches) {
        for (JsonNode scope : batch.path("scopeSpans")) {
          spans += scope.path("spans").size();
        }
      }
    }
    return spans;
  }

  /** An array of traces. Tempo only. */
  JsonNode search(String traceQl) throws InterruptedException {
    return get(tempo(), "/api/search?limit=100&q=" + encode(traceQl)).path("traces");
  }

  /** How many lines of the services' logs belong to a trace. */
  int logLines(String logQl, Instant since) throws InterruptedException {
    JsonNode streams =
        get(
                loki(),
                "/loki/api/v1/query_range?limit=1000&query="
                    + encode(logQl)
                    + "&start="
                    + since.getEpochSecond()
                    + "000000000")
            .at("/data/result");
    int lines = 0;
    for (JsonNode stream : streams) {
      lines += stream.path("values").size();
    }
    return lines;
  }

  private JsonNode get(@Nullable String url, String path) throws InterruptedException {
    if (url == null) {
      return MissingNode.getInstance();
    }
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(url + path))
            .timeout(TIMEOUT)
            .header("Accept", "application/json")
            .header("X-Scope-OrgID", "services")
            .build();
    try {
      HttpResponse<byte[]> response = client.send(request, BodyHandlers.ofByteArray());
      return response.statusCode() == 200
          ? JSON.readTree(response.body())
          : MissingNode.getInstance();
    } catch (IOException e) {
      return MissingNode.getInstance();
    }
  }

  private static String encode(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }
}
