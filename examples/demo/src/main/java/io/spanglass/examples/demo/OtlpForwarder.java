/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.examples.demo;

import io.spanglass.testing.OtlpReceiver;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/**
 * Passes every OTLP request on to another OTLP/HTTP endpoint, one after the other and without
 * keeping the exporting application waiting.
 */
final class OtlpForwarder implements OtlpReceiver.Listener {

  private final String endpoint;
  private final HttpClient client =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(5))
          .build();
  private final ExecutorService executor =
      Executors.newSingleThreadExecutor(
          task -> {
            Thread thread = new Thread(task, "otlp-forwarder");
            thread.setDaemon(true);
            return thread;
          });
  private final Map<String, Integer> failures = new LinkedHashMap<>();
  private int forwarded;

  OtlpForwarder(URI endpoint) {
    this.endpoint = endpoint.toString().replaceAll("/+$", "");
  }

  @Override
  public void onRequest(String path, byte[] body) {
    executor.execute(() -> forward(path, body));
  }

  private void forward(String path, byte[] body) {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(endpoint + path))
            .timeout(Duration.ofSeconds(10))
            .header("Content-Type", "application/x-protobuf")
            .POST(BodyPublishers.ofByteArray(body))
            .build();
    String failure = null;
    try {
      HttpResponse<Void> response = client.send(request, BodyHandlers.discarding());
      if (response.statusCode() / 100 != 2) {
        failure = "status " + response.statusCode();
      }
    } catch (IOException e) {
      failure = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      failure = "interrupted";
    }
    synchronized (this) {
      if (failure == null) {
        forwarded++;
      } else {
        failures.merge(request.uri() + ": " + failure, 1, Integer::sum);
      }
    }
  }

  /** Waits, at most a minute, until everything is passed on; returns what failed. */
  List<String> finish() throws InterruptedException {
    executor.shutdown();
    boolean done = executor.awaitTermination(1, TimeUnit.MINUTES);
    synchronized (this) {
      List<String> result = new ArrayList<>();
      failures.forEach((failure, times) -> result.add(times + " to " + failure));
      if (!done) {
        result.add(endpoint + ": not done after a minute");
      }
      return result;
    }
  }

  /** How many requests were passed on. */
  synchronized int forwarded() {
    return forwarded;
  }
}
