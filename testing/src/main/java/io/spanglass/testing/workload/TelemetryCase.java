/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.testing.workload;

import io.spanglass.testing.server.Framing;
import io.spanglass.testing.server.ServerExchange;
import io.spanglass.testing.server.Signals;
import io.spanglass.testing.workload.Env.Protocol;
import io.spanglass.testing.workload.RecordingSubscriber.Fault;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpClient.Redirect;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A model call with a known outcome: what the server does, what the application does. */
public enum TelemetryCase {
  DOCUMENT("completed", 11L, 7L),
  DOCUMENT_ASYNC("completed", 11L, 7L),
  DOCUMENT_HTTP2("completed", 11L, 7L),
  STREAM("completed", 11L, 7L),
  STREAM_LINES("completed", 11L, 7L),
  STREAM_HTTP2("completed", 11L, 7L),
  STREAM_GZIP("completed", 11L, 7L),
  STREAM_REDIRECTED("completed", 11L, 7L),
  STREAM_CUSTOM_PUBLISHER("completed", 11L, 7L),
  /** Every choice has its finish reason, then the body ends without {@code [DONE]}. */
  STREAM_WITHOUT_DONE("completed", 11L, 7L),
  /** The application closes when it has read {@code [DONE]}; the connection stays open. */
  CLOSED_AFTER_DONE("completed", 11L, 7L),
  CANCELLED_BEFORE_HEADERS("cancelled", null, null),
  CANCELLED_INPUT_STREAM("cancelled", 11L, 3L),
  CANCELLED_SUBSCRIPTION("cancelled", 11L, 3L),
  CANCELLED_FUTURE("cancelled", 11L, 3L),
  CANCELLED_HTTP2("cancelled", 11L, 3L),
  INTERRUPTED("cancelled", null, null),
  RESET_BEFORE_HEADERS("reset", null, null),
  RESET_IN_STREAM("reset", 11L, 3L),
  RESET_IN_STREAM_HTTP2("reset", 11L, 3L),
  TIMEOUT("timeout", null, null),
  REFUSED("error", null, null),
  TOO_MANY_REQUESTS("error", null, null),
  SUBSCRIBER_THROWS("error", null, null),
  HANDLER_THROWS("error", null, null),
  /**
   * The client and the application both forget the call. Newer clients than that of Java 17 do not:
   * they keep a list of what is pending.
   */
  ABANDONED("abandoned", null, null),
  /** The application drops a stream without a word; the connection stays open. */
  LEFT_UNREAD("abandoned", 11L, 3L);

  private static final String MODEL = "gpt-4o-mini";

  private final String end;
  private final @Nullable Long inputTokens;
  private final @Nullable Long outputTokens;

  TelemetryCase(String end, @Nullable Long inputTokens, @Nullable Long outputTokens) {
    this.end = end;
    this.inputTokens = inputTokens;
    this.outputTokens = outputTokens;
  }

  /** The expected {@code spanglass.stream.end}. */
  public String end() {
    return end;
  }

  /** What the server reported until the end, null for nothing. */
  public @Nullable Long inputTokens() {
    return inputTokens;
  }

  /** What the server reported until the end, null for nothing. */
  public @Nullable Long outputTokens() {
    return outputTokens;
  }

  public boolean isStream() {
    return !name().startsWith("DOCUMENT");
  }

  /** Whether the status of the span is to be an error. */
  public boolean isError() {
    return end.equals("reset") || end.equals("timeout") || end.equals("error");
  }

  /**
   * Whether the agent ends its HTTP span, too: it does not when the returned future is cancelled
   * before it was completed, nor when that is never completed.
   */
  public boolean hasHttpSpan() {
    return this != CANCELLED_BEFORE_HEADERS && this != CANCELLED_FUTURE && this != ABANDONED;
  }

  /** Whether a request reaches the server. */
  public boolean reachesServer() {
    return this != REFUSED && this != ABANDONED;
  }

  /** The name of the application's span and the first segment of the path. */
  public String id() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** The server's part. */
  void play(ServerExchange exchange, Signals signals) throws Exception {
    exchange.readBody();
    switch (this) {
      case DOCUMENT, DOCUMENT_ASYNC, DOCUMENT_HTTP2 -> {
        byte[] body = Answers.document();
        exchange.head(
            200,
            Framing.LENGTH,
            "Content-Type",
            "application/json",
            "Content-Length",
            Integer.toString(body.length));
        exchange.data(body);
        exchange.end();
      }
      case STREAM_REDIRECTED -> {
        String path = exchange.request().path();
        if (path.endsWith("?again")) {
          stream(exchange, Answers.first(), Answers.last(), Answers.DONE);
        } else {
          exchange.head(307, Framing.LENGTH, "Location", path + "?again", "Content-Length", "0");
          exchange.end();
        }
      }
      case STREAM_GZIP -> {
        exchange.head(
            200, Framing.CHUNKED, "Content-Type", "text/event-stream", "Content-Encoding", "gzip");
        byte[] all =
            Bodies.gzip(
                Answers.join(Answers.role(), Answers.first(), Answers.last(), Answers.DONE));
        for (byte[] piece : Bodies.cut(new Random(1), all, 5)) {
          exchange.data(piece);
        }
        exchange.end();
      }
      case STREAM_WITHOUT_DONE -> stream(exchange, Answers.first(), Answers.last());
      case CLOSED_AFTER_DONE -> {
        begin(exchange, Answers.role(), Answers.first(), Answers.last(), Answers.DONE);
        exchange.awaitClientGone();
      }
      case CANCELLED_BEFORE_HEADERS, INTERRUPTED, TIMEOUT -> {
        signals.set(id() + "/received");
        exchange.awaitClientGone();
      }
      case CANCELLED_INPUT_STREAM, CANCELLED_SUBSCRIPTION, CANCELLED_FUTURE, CANCELLED_HTTP2 -> {
        begin(exchange, Answers.role(), Answers.first());
        exchange.awaitClientGone();
      }
      case LEFT_UNREAD -> {
        begin(exchange, Answers.first());
        exchange.awaitClientGone();
      }
      case RESET_BEFORE_HEADERS -> exchange.reset();
      case RESET_IN_STREAM, RESET_IN_STREAM_HTTP2 -> {
        begin(exchange, Answers.role(), Answers.first());
        signals.await(id() + "/" + (Answers.role().length + Answers.first().length));
        exchange.reset();
      }
      case TOO_MANY_REQUESTS -> {
        byte[] body = Bodies.error("rate_limit_exceeded");
        exchange.head(
            429,
            Framing.LENGTH,
            "Content-Type",
            "application/json",
            "Content-Length",
            Integer.toString(body.length));
        exchange.data(body);
        exchange.end();
      }
      case SUBSCRIBER_THROWS, HANDLER_THROWS -> {
        begin(exchange, Answers.role());
        exchange.awaitClientGone();
      }
      default -> stream(exchange, Answers.role(), Answers.first(), Answers.last(), Answers.DONE);
    }
  }

  private static void begin(ServerExchange exchange, byte[]... pieces) throws Exception {
    exchange.head(200, Framing.CHUNKED, "Content-Type", "text/event-stream");
    for (byte[] piece : pieces) {
      exchange.data(piece);
    }
  }

  private static void stream(ServerExchange exchange, byte[]... pieces) throws Exception {
    begin(exchange, pieces);
    exchange.end();
  }

  private Protocol protocol() {
    return name().endsWith("HTTP2") ? Protocol.HTTP_2 : Protocol.HTTP_1;
  }

  /** The application's part; exceptions that belong to the case are swallowed. */
  void call(Env env) throws Exception {
    HttpClient client = env.fresh(protocol());
    HttpRequest request = request(env).build();
    switch (this) {
      case DOCUMENT, DOCUMENT_HTTP2 -> client.send(request, BodyHandlers.ofString());
      case DOCUMENT_ASYNC -> get(client.sendAsync(request, BodyHandlers.ofByteArray()));
      case STREAM_LINES -> {
        try (var lines = client.send(request, BodyHandlers.ofLines()).body()) {
          lines.forEach(line -> {});
        }
      }
      case STREAM_REDIRECTED ->
          env.keep(env.builder(Protocol.HTTP_1).followRedirects(Redirect.ALWAYS).build())
              .send(request, BodyHandlers.ofString());
      case CLOSED_AFTER_DONE ->
          readThenClose(client.send(request, BodyHandlers.ofInputStream()).body(), "[DONE]");
      case CANCELLED_INPUT_STREAM, CANCELLED_HTTP2 ->
          readThenClose(get(client.sendAsync(request, BodyHandlers.ofInputStream())).body(), "Hel");
      case LEFT_UNREAD -> client.send(request, BodyHandlers.ofInputStream());
      case CANCELLED_SUBSCRIPTION -> {
        RecordingSubscriber subscriber =
            new RecordingSubscriber(
                Fault.NONE, 1, Answers.role().length + Answers.first().length, received -> {});
        client.send(request, info -> subscriber);
      }
      case CANCELLED_BEFORE_HEADERS -> {
        CompletableFuture<HttpResponse<String>> future =
            client.sendAsync(request, BodyHandlers.ofString());
        env.signals.await(id() + "/received");
        future.cancel(true);
      }
      case CANCELLED_FUTURE -> {
        CompletableFuture<Integer> received = new CompletableFuture<>();
        RecordingSubscriber subscriber =
            new RecordingSubscriber(
                Fault.NONE,
                1,
                -1,
                bytes -> {
                  if (bytes == Answers.role().length + Answers.first().length) {
                    // On a thread of its own: what we note of these bytes, we note after this.
                    CompletableFuture.delayedExecutor(100, TimeUnit.MILLISECONDS)
                        .execute(() -> received.complete(bytes));
                  }
                });
        CompletableFuture<HttpResponse<byte[]>> future =
            client.sendAsync(request, info -> subscriber);
        received.get(20, TimeUnit.SECONDS);
        future.cancel(true);
      }
      case INTERRUPTED -> {
        Thread thread = Thread.currentThread();
        CompletableFuture<Void> interrupter =
            CompletableFuture.runAsync(
                () -> {
                  env.signals.await(id() + "/received");
                  thread.interrupt();
                });
        failing(() -> client.send(request, BodyHandlers.ofString()));
        interrupter.join();
      }
      case RESET_BEFORE_HEADERS -> failing(() -> client.send(request, BodyHandlers.ofString()));
      case RESET_IN_STREAM, RESET_IN_STREAM_HTTP2 ->
          failing(
              () ->
                  client.send(
                      request,
                      info ->
                          new RecordingSubscriber(
                              Fault.NONE,
                              1,
                              -1,
                              received -> env.signals.set(id() + "/" + received))));
      case TIMEOUT -> {
        HttpRequest limited = request(env).timeout(Duration.ofMillis(300)).build();
        failing(() -> client.send(limited, BodyHandlers.ofString()));
      }
      case REFUSED -> {
        HttpRequest refused =
            HttpRequest.newBuilder(
                    URI.create(
                        "http://127.0.0.1:"
                            + env.addresses.refusedPort()
                            + "/"
                            + id()
                            + "/v1/chat/completions"))
                .POST(BodyPublishers.ofString(body()))
                .build();
        failing(() -> client.send(refused, BodyHandlers.ofString()));
      }
      case SUBSCRIBER_THROWS ->
          failing(
              () ->
                  client.send(
                      request,
                      info -> new RecordingSubscriber(Fault.ON_NEXT, 1, -1, received -> {})));
      case HANDLER_THROWS ->
          failing(
              () ->
                  client.send(
                      request,
                      info -> {
                        throw new IllegalStateException("application's handler");
                      }));
      case ABANDONED ->
          // With an executor that forgets its tasks nothing goes on and nothing is held.
          get(
              CompletableFuture.completedFuture(
                  HttpClient.newBuilder()
                      .executor(task -> {})
                      .build()
                      .sendAsync(request, BodyHandlers.ofString())
                      .isDone()));
      default -> client.send(request, BodyHandlers.ofString());
    }
  }

  private HttpRequest.Builder request(Env env) {
    HttpRequest.Builder builder =
        HttpRequest.newBuilder(env.uri(protocol(), "/" + id() + "/v1/chat/completions"))
            .header("Content-Type", "application/json");
    if (this == STREAM_CUSTOM_PUBLISHER) {
      return builder.POST(
          new RecordingPublisher(Publishers.pieces(Bodies.utf8(body())), -1, false));
    }
    return builder.POST(BodyPublishers.ofString(body()));
  }

  private String body() {
    return "{\"model\":\""
        + MODEL
        + "\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]"
        + (isStream() ? ",\"stream\":true,\"stream_options\":{\"include_usage\":true}" : "")
        + "}";
  }

  private static <T> T get(CompletableFuture<T> future) throws Exception {
    return future.get(20, TimeUnit.SECONDS);
  }

  private static void readThenClose(InputStream in, String until) throws Exception {
    StringBuilder read = new StringBuilder();
    while (read.indexOf(until) < 0) {
      int b = in.read();
      if (b < 0) {
        throw new IllegalStateException("ended before " + until);
      }
      read.append((char) b);
    }
    in.close();
  }

  private interface Call {
    Object run() throws Exception;
  }

  private static void failing(Call call) {
    Object result;
    try {
      result = call.run();
    } catch (Exception e) {
      return;
    }
    throw new IllegalStateException("no exception but " + result);
  }
}
