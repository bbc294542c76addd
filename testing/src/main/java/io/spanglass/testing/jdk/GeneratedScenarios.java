/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.testing.jdk;

import io.spanglass.testing.contract.Bodies;
import io.spanglass.testing.contract.ContractScenario.View;
import io.spanglass.testing.contract.Reply;
import io.spanglass.testing.contract.Reply.Response;
import io.spanglass.testing.jdk.Env.Protocol;
import io.spanglass.testing.jdk.JdkCall.Call;
import io.spanglass.testing.server.Framing;
import io.spanglass.testing.server.Script;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Exchanges put together at random, the same for the same seed in every process. */
final class GeneratedScenarios {

  static void addTo(JdkScenarios scenarios, long seed, int count) {
    Random random = new Random(seed);
    for (int i = 0; i < count; i++) {
      one(new Random(random.nextLong()), scenarios);
    }
  }

  private static void one(Random random, JdkScenarios scenarios) {
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
    Handlers anyHandler = pick(random, Handlers.values());
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
        get
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
                "/chat/completions/history");
    String requestBody = Bodies.chatRequest(random, reply.name().startsWith("STREAM"));
    Response response = reply.response(random);
    // What these make of bytes that are no text depends on where TCP happens to cut them.
    Handlers handler =
        anyHandler.isLineSubscriber() && !isText(response.body()) ? Handlers.LINES : anyHandler;
    List<byte[]> pieces = Bodies.cut(random, response.body(), 1 + random.nextInt(25));
    int[] pauses = Response.pauses(random, pieces.size());

    Script script =
        exchange -> {
          if (expectContinue && !get && exchange.request().header("expect") != null) {
            exchange.interim(100);
          }
          exchange.readBody();
          response.play(exchange, framing, pieces, pauses);
        };
    Protocol chosen = protocol;
    Call chosenCall = call;
    scenarios.add(
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
        View.ANY_CONNECTION,
        script,
        (env, t, base) -> {
          List<Runnable> atEnd = new ArrayList<>();
          HttpRequest.Builder builder =
              HttpRequest.newBuilder(env.uri(chosen, base + path))
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

  private static boolean isText(byte[] bytes) {
    try {
      StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes));
      return true;
    } catch (CharacterCodingException e) {
      return false;
    }
  }

  @SafeVarargs
  private static <T> T pick(Random random, T... values) {
    return values[random.nextInt(values.length)];
  }

  private GeneratedScenarios() {}
}
