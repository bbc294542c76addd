/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.pipeline.e2e;

import io.opentelemetry.api.GlobalOpenTelemetry;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Scope;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.logging.Logger;
import java.util.stream.Stream;

/**
 * A service that lives long enough to have rates. Reads lines {@code KIND BASE_URL MODEL COUNT
 * PARALLEL} from its standard input, makes so many calls, each in a span and with a log line of its
 * own, and prints {@code call KIND TRACE_ID} for each and {@code done} at the end. It ends with its
 * input.
 */
public final class Traffic {

  private static final Logger LOG = Logger.getLogger("traffic");
  private static final int LINES_BEFORE_CANCEL = 6;

  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final Tracer tracer = GlobalOpenTelemetry.getTracer("traffic");

  /** No arguments. */
  public static void main(String[] args) throws Exception {
    Traffic traffic = new Traffic();
    BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      String[] words = line.split(" ", -1);
      traffic.run(
          words[0], words[1], words[2], Integer.parseInt(words[3]), Integer.parseInt(words[4]));
      System.out.println("done");
    }
  }

  private void run(String kind, String baseUrl, String model, int count, int parallel)
      throws Exception {
    ExecutorService executor = Executors.newFixedThreadPool(parallel);
    try {
      List<Future<?>> calls = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        calls.add(
            executor.submit(
                () -> {
                  call(kind, baseUrl, model);
                  return null;
                }));
      }
      for (Future<?> call : calls) {
        call.get();
      }
    } finally {
      executor.shutdown();
    }
  }

  private void call(String kind, String baseUrl, String model)
      throws IOException, InterruptedException {
    Span span = tracer.spanBuilder("ask").startSpan();
    try (Scope ignored = span.makeCurrent()) {
      switch (kind) {
        case "chat" -> client.send(request(baseUrl, model, false), BodyHandlers.ofString());
        case "error" ->
            client.send(request(baseUrl, model + "-unknown", false), BodyHandlers.ofString());
        case "stream" -> read(request(baseUrl, model, true), Integer.MAX_VALUE);
        case "cancel" -> read(request(baseUrl, model, true), LINES_BEFORE_CANCEL);
        default -> throw new IllegalArgumentException(kind);
      }
      LOG.info("asked, " + kind);
    } finally {
      span.end();
    }
    System.out.println("call " + kind + " " + span.getSpanContext().getTraceId());
  }

  private void read(HttpRequest request, int maxLines) throws IOException, InterruptedException {
    HttpResponse<Stream<String>> response = client.send(request, BodyHandlers.ofLines());
    try (Stream<String> lines = response.body()) {
      long read = lines.limit(maxLines).count();
      if (read == 0) {
        throw new IOException("an empty stream");
      }
    }
  }

  private static HttpRequest request(String baseUrl, String model, boolean stream) {
    String body =
        """
        {"model":"%s","stream":%s,%s"messages":[{"role":"user","content":"What is a trace?"}]}
        """
            .formatted(model, stream, stream ? "\"stream_options\":{\"include_usage\":true}," : "");
    return HttpRequest.newBuilder(URI.create(baseUrl + "/chat/completions"))
        .header("Content-Type", "application/json")
        .POST(BodyPublishers.ofString(body))
        .build();
  }

  private Traffic() {}
}
