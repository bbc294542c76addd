/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.javaagent.clients;

import io.spanglass.testing.contract.Answers;
import io.spanglass.testing.contract.Bodies;
import io.spanglass.testing.contract.ContractScenario.Expected;
import io.spanglass.testing.contract.Point;
import io.spanglass.testing.server.Framing;
import io.spanglass.testing.server.ReceivedRequest;
import io.spanglass.testing.server.ServerExchange;
import io.spanglass.testing.server.Signals;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Base64;

/**
 * What only OkHttp has: what a server does with the requests, and what is to be known of the call.
 */
enum OkHttpCase {
  /** The application asks for it and gets the raw bytes. */
  STREAM_GZIP_ASKED(Point.DONE, Expected.stream()),
  STREAM_SSE_MODULE(Point.DONE, Expected.stream()),
  STREAM_REDIRECTED(Point.REDIRECTS, Expected.stream()),
  STREAM_CHALLENGED(Point.DONE, Expected.stream()),
  /** A connection that was used before breaks when the request is sent. */
  STREAM_RESENT(Point.DONE, Expected.stream()),
  STREAM_GZIP_REQUEST(Point.DONE, Expected.stream()),
  STREAM_EXPECT_CONTINUE(Point.DONE, Expected.stream()),
  /** From OkHttp 4 on: the body is sent when the response's head has come. */
  STREAM_DUPLEX(Point.DONE, Expected.stream()),
  CANCELLED_SSE_MODULE(Point.CANCELLED_READING, Expected.afterFirst("cancelled")),
  INTERRUPTED_HTTP2(Point.CANCELLED_WAITING, Expected.before("cancelled")),
  CALL_TIMEOUT_IN_STREAM(Point.TIMEOUT_READING, Expected.afterFirst("timeout")),
  /** Reads the whole body ahead and leaves it to be read again. */
  INTERCEPTOR_PEEKS(Point.DONE, Expected.stream()),
  INTERCEPTOR_RETRIES(Point.DONE, Expected.stream()),
  INTERCEPTOR_SWITCHES_THREAD(Point.DONE, Expected.stream()),
  /** On the network, with a class of its own for the body. */
  INTERCEPTOR_WRAPS_BODY(Point.DONE, Expected.stream()),
  INTERCEPTOR_THROWS_BEFORE(Point.NESTING, Expected.before("error")),
  INTERCEPTOR_THROWS_AFTER(Point.NESTING, Expected.before("error")),
  /** Nothing is sent. */
  INTERCEPTOR_ANSWERS(Point.NESTING, Expected.before("")),
  OTHER_REQUEST(Point.OTHER_TRAFFIC, Expected.NONE),
  WEB_SOCKET(Point.OTHER_TRAFFIC, Expected.NONE);

  private final Point point;

  @SuppressWarnings("ImmutableEnumChecker") // A record of values.
  private final Expected expected;

  OkHttpCase(Point point, Expected expected) {
    this.point = point;
    this.expected = expected;
  }

  Point point() {
    return point;
  }

  Expected expected() {
    return expected;
  }

  boolean isHttp2() {
    return name().endsWith("HTTP2") || this == STREAM_DUPLEX;
  }

  /** The server's part, of each request. */
  void play(ServerExchange exchange, Signals signals) throws Exception {
    ReceivedRequest request = exchange.request();
    switch (this) {
      case STREAM_DUPLEX -> {
        exchange.head(200, Framing.CHUNKED, "Content-Type", "text/event-stream");
        exchange.readBody();
        finish(exchange);
        return;
      }
      case WEB_SOCKET -> {
        webSocket(exchange);
        return;
      }
      case STREAM_EXPECT_CONTINUE -> exchange.interim(100);
      default -> {}
    }
    exchange.readBody();
    switch (this) {
      case OTHER_REQUEST -> document(exchange, 200, Bodies.utf8("{}"));
      case STREAM_GZIP_ASKED -> {
        exchange.head(
            200, Framing.CHUNKED, "Content-Type", "text/event-stream", "Content-Encoding", "gzip");
        exchange.data(Bodies.gzip(Answers.stream()));
        exchange.end();
      }
      case STREAM_REDIRECTED -> {
        if (request.path().endsWith("?again")) {
          stream(exchange);
        } else {
          // OkHttp 3.12 follows 302 only, and with a GET.
          exchange.head(
              302, Framing.LENGTH, "Location", request.path() + "?again", "Content-Length", "0");
          exchange.end();
        }
      }
      case STREAM_CHALLENGED -> {
        if (request.header("authorization") == null) {
          document(exchange, 401, Bodies.error("invalid_api_key"));
        } else {
          stream(exchange);
        }
      }
      case STREAM_RESENT -> {
        if (request.indexOnConnection() > 0) {
          exchange.reset();
        } else {
          stream(exchange);
        }
      }
      case INTERRUPTED_HTTP2 -> {
        signals.set(key(request));
        exchange.awaitClientGone();
      }
      case CANCELLED_SSE_MODULE, CALL_TIMEOUT_IN_STREAM -> {
        exchange.head(200, Framing.CHUNKED, "Content-Type", "text/event-stream");
        exchange.data(Answers.first());
        exchange.awaitClientGone();
      }
      case INTERCEPTOR_RETRIES -> {
        if (request.header("attempt") == null) {
          document(exchange, 429, Bodies.error("rate_limit_exceeded"));
        } else {
          stream(exchange);
        }
      }
      default -> stream(exchange);
    }
  }

  /** What server and application meet at. */
  static String key(ReceivedRequest request) {
    return request.path().split("[/?]", -1)[1] + "/received";
  }

  private static void document(ServerExchange exchange, int status, byte[] body) throws Exception {
    exchange.head(
        status,
        Framing.LENGTH,
        "Content-Type",
        "application/json",
        "Content-Length",
        Integer.toString(body.length));
    exchange.data(body);
    exchange.end();
  }

  private static void stream(ServerExchange exchange) throws Exception {
    exchange.head(200, Framing.CHUNKED, "Content-Type", "text/event-stream");
    finish(exchange);
  }

  private static void finish(ServerExchange exchange) throws Exception {
    exchange.data(Answers.first());
    exchange.data(Answers.last());
    exchange.data(Answers.DONE);
    exchange.end();
  }

  /** Closed at once. */
  private static void webSocket(ServerExchange exchange) throws Exception {
    String key = exchange.request().header("sec-websocket-key");
    byte[] accept =
        MessageDigest.getInstance("SHA-1")
            .digest(
                (key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11")
                    .getBytes(StandardCharsets.ISO_8859_1));
    exchange.raw(
        ("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                + "Sec-WebSocket-Accept: "
                + Base64.getEncoder().encodeToString(accept)
                + "\r\n\r\n")
            .getBytes(StandardCharsets.ISO_8859_1));
    // Text "hi", then a close frame with the code 1000.
    exchange.raw(new byte[] {(byte) 0x81, 2, 'h', 'i', (byte) 0x88, 2, 3, (byte) 0xe8});
    exchange.awaitClientGone();
  }
}
