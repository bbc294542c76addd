/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.testing.jdk;

import io.opentelemetry.api.GlobalOpenTelemetry;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Scope;
import io.spanglass.testing.server.Signals;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpClient.Version;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * The program: many streamed calls, one after the other, each below a span of the application with
 * the name {@code t<number>}, which is also the first segment of the path. Then it waits until it
 * is told to end.
 */
public final class StreamsWorkload {

  /** Set by the other side when the program may end. */
  public static final String FINISH = "finish";

  /** {@link System#nanoTime} of the application just before it issued the request. */
  public static final String ISSUED = "x-issued-nanos";

  /** Arguments: address of the server, port of the signals, how many. */
  public static void main(String[] args) throws Exception {
    String server = args[0];
    Signals.Remote signals = new Signals.Remote(Integer.parseInt(args[1]));
    int count = Integer.parseInt(args[2]);

    Tracer tracer = GlobalOpenTelemetry.getTracer("app");
    HttpClient client = HttpClient.newBuilder().version(Version.HTTP_1_1).build();
    for (int i = 0; i < count; i++) {
      Span span = tracer.spanBuilder("t" + i).startSpan();
      try (Scope scope = span.makeCurrent()) {
        call(client, server, i).get(60, TimeUnit.SECONDS);
      } finally {
        span.end();
      }
    }
    System.out.println("called");
    signals.await(FINISH);
    System.exit(0);
  }

  private static CompletableFuture<?> call(HttpClient client, String server, int number) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(server + "/t" + number + "/v1/chat/completions"))
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString("{\"model\":\"gpt-4o-mini\",\"stream\":true}"));
    request.header(ISSUED, Long.toString(System.nanoTime()));
    HttpRequest built = request.build();
    return switch (number % 4) {
      case 0 -> client.sendAsync(built, BodyHandlers.ofString());
      case 1 ->
          client
              .sendAsync(built, BodyHandlers.ofLines())
              .thenAcceptAsync(
                  response -> {
                    try (Stream<String> lines = response.body()) {
                      lines.forEach(line -> {});
                    }
                  },
                  task -> new Thread(task, "reader").start());
      case 2 -> {
        RecordingSubscriber subscriber = new RecordingSubscriber();
        yield client.sendAsync(built, info -> subscriber);
      }
      default -> client.sendAsync(built, BodyHandlers.ofByteArray());
    };
  }

  private StreamsWorkload() {}
}
