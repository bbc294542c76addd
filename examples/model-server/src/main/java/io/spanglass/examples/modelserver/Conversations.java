/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.examples.modelserver;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Clock;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** Answers requests of any {@link Protocol}, with the timing that {@link ChatCompletions} has. */
final class Conversations {

  private final ServerOptions options;
  private final RequestLog log;
  private final Clock clock;
  private final Supplier<String> ids;

  Conversations(ServerOptions options, RequestLog log, Clock clock, Supplier<String> ids) {
    this.options = options;
    this.log = log;
    this.clock = clock;
    this.ids = ids;
  }

  void handle(HttpExchange exchange, Protocol protocol, String path) throws IOException {
    RequestLog.Entry entry =
        log.begin(System.nanoTime(), exchange.getRequestHeaders().getFirst("traceparent"));
    try {
      ObjectNode request = protocol.asChat(ChatCompletions.read(exchange), path);
      String model = request.path("model").textValue();
      boolean stream = request.path("stream").asBoolean();
      entry.request(model, stream);
      String snapshot = ChatCompletions.validate(request, model);
      Answer answer = Answer.to(request);
      Protocol.Reply reply =
          new Protocol.Reply(
              ids.get(),
              clock.instant(),
              snapshot,
              stream,
              Tokens.ofPrompt(request),
              answer,
              /* elapsedNanos= */ 0);
      entry.answer(reply.id(), reply.promptTokens());
      entry.status(200);
      if (stream) {
        stream(exchange, protocol, reply, entry);
      } else {
        ChatCompletions.sleepUntil(dueNanos(entry, answer.pieces().size() - 1));
        entry.outputTokens(answer.outputTokens());
        Protocol.Reply late = reply.after(elapsed(entry));
        protocol.headers(exchange.getResponseHeaders(), late);
        Http.json(exchange, 200, protocol.whole(late));
      }
    } catch (ApiException e) {
      entry.status(e.status());
      Http.json(exchange, e.status(), protocol.error(e));
    } catch (IOException e) {
      // The only thing that fails here is the connection: the client has gone.
      entry.aborted();
      throw e;
    } finally {
      entry.end();
    }
  }

  private void stream(
      HttpExchange exchange, Protocol protocol, Protocol.Reply reply, RequestLog.Entry entry)
      throws IOException {
    Http.headers(exchange, protocol.streamContentType());
    protocol.headers(exchange.getResponseHeaders(), reply);
    exchange.sendResponseHeaders(200, 0);
    OutputStream out = exchange.getResponseBody();
    Protocol.Frames frames = new Protocol.Frames(out);
    Answer answer = reply.answer();
    ChatCompletions.sleepUntil(
        entry.receivedNanos() + TimeUnit.MILLISECONDS.toNanos(options.ttftMs()) / 2);
    protocol.start(reply, frames);
    entry.outputTokens(0);
    String tool = answer.toolName();
    StringBuilder written = new StringBuilder();
    for (int i = 0; i < answer.pieces().size(); i++) {
      String piece = answer.pieces().get(i);
      ChatCompletions.sleepUntil(dueNanos(entry, i));
      protocol.piece(reply, i, piece, frames);
      entry.firstTokenWritten(System.nanoTime());
      written.append(piece);
      entry.outputTokens(
          Tokens.ofText(written.toString()) + (tool == null ? 0 : Tokens.ofText(tool)));
    }
    protocol.end(reply.after(elapsed(entry)), frames);
    out.close();
  }

  private static long elapsed(RequestLog.Entry entry) {
    return System.nanoTime() - entry.receivedNanos();
  }

  private long dueNanos(RequestLog.Entry entry, int step) {
    return entry.receivedNanos()
        + TimeUnit.MILLISECONDS.toNanos(options.ttftMs() + options.chunkMs() * step);
  }
}
