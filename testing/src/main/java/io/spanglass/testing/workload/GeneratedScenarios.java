/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.testing.workload;

import io.spanglass.testing.server.Framing;
import io.spanglass.testing.server.Script;
import io.spanglass.testing.server.ServerExchange;
import io.spanglass.testing.workload.Env.Protocol;
import io.spanglass.testing.workload.Exchange.Call;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Exchanges put together at random, the same for the same seed in every process. */
final class GeneratedScenarios {

  private enum Reply {
    STREAM,
    STREAM_WITHOUT_USAGE,
    STREAM_WITHOUT_DONE,
    STREAM_MALFORMED,
    STREAM_GZIP,
    STREAM_HUGE_LINE,
    DOCUMENT,
    DOCUMENT_MALFORMED,
    DOCUMENT_GZIP,
    DOCUMENT_DEFLATE,
    NOT_REALLY_GZIP,
    UNKNOWN_ENCODING,
    EMPTY,
    NO_CONTENT,
    CLIENT_ERROR,
    SERVER_ERROR,
    TRUNCATED
  }

  @SuppressWarnings("ArrayRecordComponent") // Never compared.
  private record Response(int status, List<String> headers, byte[] body, boolean truncated) {}

  static List<Scenario> all(long seed, int count) {
    Random random = new Random(seed);
    List<Scenario> scenarios = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      scenarios.add(one(new Random(random.nextLong()), "g" + i));
    }
    return scenarios;
  }

  private static Scenario one(Random random, String id) {
    Protocol protocol = pick(random, Protocol.values());
    if (random.nextInt(3) == 0) {
      protocol = Protocol.HTTP_1;
    }
    Call call = pick(random, Call.values());
    if (protocol == Protocol.HTTP_2_CLEAR_TEXT && call == Call.SEND_ASYNC_PUSH) {
      // With a push handler the client opens a connection of its own and upgrades it with a body,
      // which the server cannot do.
      call = Call.SEND_ASYNC;
    }
    Handlers handler = pick(random, Handlers.values());
    Publishers publisher = pick(random, Publishers.values());
    Reply reply = pick(random, Reply.values());
    // In clear text HTTP/2 the server sends all of a failed response or nothing of it, as it
    // happens; what is broken off there is a scenario of its own.
    if (reply == Reply.TRUNCATED && protocol.isHttp2()) {
      reply = Reply.STREAM;
    }
    boolean expectContinue = random.nextInt(10) == 0 && publisher != Publishers.NO_BODY;
    Framing framing = pick(random, Framing.values());
    boolean get = random.nextInt(10) == 0;
    String path =
        "/"
            + id
            + (get
                ? "/v1/models"
                : pick(
                    random,
                    "/v1/chat/completions",
                    "/v1/chat/completions",
                    "/v1/chat/completions",
                    "/openai/deployments/d/chat/completions?api-version=2024-02-01",
                    "/gateway/v1/chat/completions?x=%20y",
                    "/v1/embeddings",
                    "/orders",
                    "/chat/completions/history"));
    String requestBody = Bodies.chatRequest(random, reply.name().startsWith("STREAM"));
    Response response = response(random, reply);
    List<byte[]> pieces = Bodies.cut(random, response.body(), 1 + random.nextInt(25));
    int[] pauses = random.ints(pieces.size(), 0, 40).map(n -> n < 37 ? 0 : n - 36).toArray();

    Script script =
        exchange -> {
          if (expectContinue && !get && exchange.request().header("expect") != null) {
            exchange.interim(100);
          }
          exchange.readBody();
          play(exchange, response, framing, pieces, pauses);
        };
    Protocol chosen = protocol;
    Call chosenCall = call;
    return new Scenario(
        id,
        String.join(
            " ",
            protocol.name(),
            call.name(),
            handler.name(),
            get ? "GET" : publisher.name(),
            reply.name(),
            framing.name(),
            expectContinue ? "expectContinue" : "",
            path),
        Scenario.View.EXACT,
        script,
        (env, t) -> {
          List<Runnable> atEnd = new ArrayList<>();
          HttpRequest.Builder builder =
              HttpRequest.newBuilder(env.uri(chosen, path))
                  .header("Content-Type", "application/json")
                  .header("X-Test", "a")
                  .header("X-Test", "b");
          if (get) {
            builder.GET();
          } else {
            builder.POST(publisher.of(requestBody, atEnd, t));
            builder.expectContinue(expectContinue);
          }
          HttpClient client =
              chosen == Protocol.HTTP_2_CLEAR_TEXT ? env.upgraded() : env.client(chosen);
          handler.perform(t, client, chosenCall, builder.build());
          atEnd.forEach(Runnable::run);
        });
  }

  private static void play(
      ServerExchange exchange,
      Response response,
      Framing framing,
      List<byte[]> pieces,
      int[] pauses)
      throws Exception {
    List<String> headers = new ArrayList<>(response.headers());
    Framing used = framing;
    if (response.status() == 204) {
      used = Framing.LENGTH;
    } else if (response.truncated()) {
      // A chunk or a length that promises more than there is; both break off in the middle.
      used = framing == Framing.CLOSE ? Framing.LENGTH : framing;
      if (used == Framing.LENGTH) {
        headers.addAll(List.of("Content-Length", Integer.toString(response.body().length + 50)));
      }
    } else if (used == Framing.LENGTH) {
      headers.addAll(List.of("Content-Length", Integer.toString(response.body().length)));
    }
    exchange.head(response.status(), used, headers.toArray(String[]::new));
    for (int i = 0; i < pieces.size(); i++) {
      if (pieces.get(i).length > 0) {
        exchange.data(pieces.get(i));
      }
      if (pauses[i] > 0) {
        exchange.sleep(pauses[i]);
      }
    }
    if (response.truncated()) {
      exchange.close();
    } else {
      exchange.end();
    }
  }

  private static Response response(Random random, Reply reply) {
    List<String> sse =
        List.of("Content-Type", "text/event-stream", "X-Reply", "one", "X-Reply", "2");
    List<String> json = List.of("Content-Type", "application/json; charset=utf-8");
    int chunks = random.nextInt(30);
    return switch (reply) {
      case STREAM -> ok(sse, Bodies.stream(random, chunks, true, true));
      case STREAM_WITHOUT_USAGE -> ok(sse, Bodies.stream(random, chunks, false, true));
      case STREAM_WITHOUT_DONE -> ok(sse, Bodies.stream(random, chunks, true, false));
      case STREAM_MALFORMED -> ok(sse, Bodies.malformedStream(random));
      case STREAM_GZIP ->
          ok(
              with(sse, "Content-Encoding", "gzip"),
              Bodies.gzip(Bodies.stream(random, chunks, true, true)));
      case STREAM_HUGE_LINE -> ok(sse, Bodies.hugeLine(200_000 + random.nextInt(1_000_000)));
      case DOCUMENT -> ok(json, Bodies.completion(random));
      case DOCUMENT_MALFORMED -> ok(json, Bodies.malformedDocument(random));
      case DOCUMENT_GZIP ->
          ok(with(json, "Content-Encoding", "gzip"), Bodies.gzip(Bodies.completion(random)));
      case DOCUMENT_DEFLATE ->
          ok(with(json, "Content-Encoding", "deflate"), Bodies.deflate(Bodies.completion(random)));
      case NOT_REALLY_GZIP -> ok(with(json, "Content-Encoding", "gzip"), Bodies.completion(random));
      case UNKNOWN_ENCODING ->
          ok(with(json, "Content-Encoding", "br"), Bodies.gzip(Bodies.completion(random)));
      case EMPTY -> ok(random.nextBoolean() ? sse : json, new byte[0]);
      case NO_CONTENT -> new Response(204, List.of("X-Empty", "yes"), new byte[0], false);
      case CLIENT_ERROR ->
          new Response(
              pick(random, 400, 404, 413, 429),
              with(json, "Retry-After", "1"),
              Bodies.error("invalid_request_error"),
              false);
      case SERVER_ERROR ->
          new Response(pick(random, 500, 502, 503), json, Bodies.error("server_error"), false);
      case TRUNCATED -> new Response(200, sse, Bodies.stream(random, chunks, true, false), true);
    };
  }

  private static Response ok(List<String> headers, byte[] body) {
    return new Response(200, headers, body, false);
  }

  private static List<String> with(List<String> headers, String name, String value) {
    List<String> more = new ArrayList<>(headers);
    more.addAll(List.of(name, value));
    return more;
  }

  @SafeVarargs
  private static <T> T pick(Random random, T... values) {
    return values[random.nextInt(values.length)];
  }

  private GeneratedScenarios() {}
}
