/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.javaagent.okhttp;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.spanglass.testing.server.Framing;
import io.spanglass.testing.server.ReceivedRequest;
import io.spanglass.testing.server.ServerExchange;
import io.spanglass.testing.server.Signals;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Base64;
import java.util.Locale;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;

/** What a server does with the requests of one call, and what is to be known of the call. */
enum OkHttpCase {
  DOCUMENT("completed", 11L, 7L),
  DOCUMENT_ENQUEUED("completed", 11L, 7L),
  STREAM("completed", 11L, 7L),
  STREAM_ENQUEUED("completed", 11L, 7L),
  STREAM_HTTP2("completed", 11L, 7L),
  /** OkHttp asks for it and decodes it. */
  STREAM_GZIP("completed", 11L, 7L),
  /** The application asks for it and gets the raw bytes. */
  STREAM_GZIP_ASKED("completed", 11L, 7L),
  STREAM_SSE_MODULE("completed", 11L, 7L),
  STREAM_REDIRECTED("completed", 11L, 7L),
  STREAM_CHALLENGED("completed", 11L, 7L),
  /** A connection that was used before breaks when the request is sent. */
  STREAM_RESENT("completed", 11L, 7L),
  STREAM_LARGE_REQUEST("completed", 11L, 7L),
  STREAM_OWN_BODY("completed", 11L, 7L),
  STREAM_GZIP_REQUEST("completed", 11L, 7L),
  STREAM_EXPECT_CONTINUE("completed", 11L, 7L),
  /** From OkHttp 4 on: the body is sent when the response's head has come. */
  STREAM_DUPLEX("completed", 11L, 7L),
  /** The connection stays open. */
  CLOSED_AFTER_DONE("completed", 11L, 7L),
  CLOSED_EARLY("cancelled", 11L, 3L),
  CANCELLED_BEFORE_HEADERS("cancelled", null, null),
  CANCELLED_IN_STREAM("cancelled", 11L, 3L),
  CANCELLED_HTTP2("cancelled", 11L, 3L),
  CANCELLED_SSE_MODULE("cancelled", 11L, 3L),
  INTERRUPTED_HTTP2("cancelled", null, null),
  CALL_TIMEOUT("timeout", null, null),
  CALL_TIMEOUT_ENQUEUED("timeout", null, null),
  CALL_TIMEOUT_IN_STREAM("timeout", 11L, 3L),
  READ_TIMEOUT("timeout", null, null),
  READ_TIMEOUT_IN_STREAM("timeout", 11L, 3L),
  READ_TIMEOUT_HTTP2("timeout", 11L, 3L),
  RESET_BEFORE_HEADERS("reset", null, null),
  RESET_IN_STREAM("reset", 11L, 3L),
  RESET_HTTP2("reset", 11L, 3L),
  REFUSED("error", null, null),
  TOO_MANY_REQUESTS("error", null, null),
  /** Reads the whole body ahead and leaves it to be read again. */
  INTERCEPTOR_PEEKS("completed", 11L, 7L),
  INTERCEPTOR_RETRIES("completed", 11L, 7L),
  INTERCEPTOR_SWITCHES_THREAD("completed", 11L, 7L),
  /** On the network, with a class of its own for the body. */
  INTERCEPTOR_WRAPS_BODY("completed", 11L, 7L),
  INTERCEPTOR_THROWS_BEFORE("error", null, null),
  INTERCEPTOR_THROWS_AFTER("error", null, null),
  /** Nothing is sent. */
  INTERCEPTOR_ANSWERS(null, null, null),
  OTHER_TRAFFIC(null, null, null),
  /** The application holds on to a stream that it has stopped reading. */
  LEFT_UNREAD("abandoned", 11L, 3L),
  /** The application forgets a stream without closing it. */
  DROPPED("abandoned", 11L, 3L);

  static final String MODEL = "gpt-4o-mini";
  static final String RESPONSE_MODEL = "gpt-4o-mini-2024-07-18";

  private static final byte[] DOCUMENT_BODY =
      utf8(
          "{\"id\":\"chatcmpl-1\",\"object\":\"chat.completion\",\"created\":1,\"model\":\""
              + RESPONSE_MODEL
              + "\",\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":"
              + "\"Hello\"},\"finish_reason\":\"stop\"}],"
              + "\"usage\":{\"prompt_tokens\":11,\"completion_tokens\":7,\"total_tokens\":18}}");

  /** With usage so far, as servers send it that report it continuously. */
  private static final byte[] FIRST =
      chunk("{\"role\":\"assistant\",\"content\":\"Hel\"},\"finish_reason\":null", 3);

  private static final byte[] LAST = chunk("{\"content\":\"lo\"},\"finish_reason\":\"stop\"", 7);
  private static final byte[] DONE = utf8("data: [DONE]\n\n");

  private final @Nullable String end;
  private final @Nullable Long inputTokens;
  private final @Nullable Long outputTokens;

  OkHttpCase(@Nullable String end, @Nullable Long inputTokens, @Nullable Long outputTokens) {
    this.end = end;
    this.inputTokens = inputTokens;
    this.outputTokens = outputTokens;
  }

  /** The expected {@code spanglass.stream.end}; null where no call is counted. */
  @Nullable String end() {
    return end;
  }

  @Nullable Long inputTokens() {
    return inputTokens;
  }

  @Nullable Long outputTokens() {
    return outputTokens;
  }

  boolean isError() {
    return "reset".equals(end) || "timeout".equals(end) || "error".equals(end);
  }

  boolean isHttp2() {
    return name().endsWith("HTTP2") || this == STREAM_DUPLEX;
  }

  boolean isDocument() {
    return name().startsWith("DOCUMENT");
  }

  boolean isEnqueued() {
    return name().endsWith("ENQUEUED");
  }

  /** The name of the application's span and the first segment of the path. */
  String id() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  static OkHttpCase of(ReceivedRequest request) {
    String id = request.path().split("[/?]", -1)[1];
    return valueOf(id.toUpperCase(Locale.ROOT).replace('-', '_'));
  }

  /** The server's part, of each request. */
  void play(ServerExchange exchange, Signals signals) throws Exception {
    ReceivedRequest request = exchange.request();
    if (request.path().endsWith("/warm") || this == OTHER_TRAFFIC) {
      other(exchange);
      return;
    }
    if (this == STREAM_DUPLEX) {
      exchange.head(200, Framing.CHUNKED, "Content-Type", "text/event-stream");
      exchange.readBody();
      finish(exchange);
      return;
    }
    if (this == STREAM_EXPECT_CONTINUE) {
      exchange.interim(100);
    }
    exchange.readBody();
    switch (this) {
      case DOCUMENT, DOCUMENT_ENQUEUED -> document(exchange, 200, DOCUMENT_BODY);
      case STREAM_GZIP, STREAM_GZIP_ASKED -> {
        exchange.head(
            200, Framing.CHUNKED, "Content-Type", "text/event-stream", "Content-Encoding", "gzip");
        byte[] all = gzip(FIRST, LAST, DONE);
        for (int at = 0; at < all.length; at += 50) {
          exchange.data(Arrays.copyOfRange(all, at, Math.min(all.length, at + 50)));
        }
        exchange.end();
      }
      case STREAM_REDIRECTED -> {
        if (request.path().endsWith("?again")) {
          stream(exchange);
        } else {
          // OkHttp 3.12 follows 302 only, and with a GET.
          exchange.head(
              302,
              Framing.LENGTH,
              "Location",
              request.path() + "?again",
              "Content-Type",
              "application/json",
              "Content-Length",
              "2");
          exchange.data(utf8("{}"));
          exchange.end();
        }
      }
      case STREAM_CHALLENGED -> {
        if (request.header("authorization") == null) {
          document(exchange, 401, utf8("{\"error\":{\"code\":\"invalid_api_key\"}}"));
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
      case CLOSED_AFTER_DONE -> {
        begin(exchange, FIRST, LAST, DONE);
        exchange.awaitClientGone();
      }
      case CANCELLED_BEFORE_HEADERS,
          INTERRUPTED_HTTP2,
          CALL_TIMEOUT,
          CALL_TIMEOUT_ENQUEUED,
          READ_TIMEOUT -> {
        signals.set(id());
        exchange.awaitClientGone();
      }
      case CLOSED_EARLY,
          CANCELLED_IN_STREAM,
          CANCELLED_HTTP2,
          CANCELLED_SSE_MODULE,
          CALL_TIMEOUT_IN_STREAM,
          READ_TIMEOUT_IN_STREAM,
          READ_TIMEOUT_HTTP2,
          LEFT_UNREAD,
          DROPPED -> {
        begin(exchange, FIRST);
        exchange.awaitClientGone();
      }
      case RESET_BEFORE_HEADERS -> exchange.reset();
      case RESET_IN_STREAM, RESET_HTTP2 -> {
        begin(exchange, FIRST);
        signals.await(id());
        exchange.reset();
      }
      case TOO_MANY_REQUESTS -> tooMany(exchange);
      case INTERCEPTOR_RETRIES -> {
        if (request.header("attempt") == null) {
          tooMany(exchange);
        } else {
          stream(exchange);
        }
      }
      default -> stream(exchange);
    }
  }

  private static void tooMany(ServerExchange exchange) throws IOException {
    document(exchange, 429, utf8("{\"error\":{\"code\":\"rate_limit_exceeded\"}}"));
  }

  private static void document(ServerExchange exchange, int status, byte[] body)
      throws IOException {
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

  private static void stream(ServerExchange exchange) throws IOException {
    exchange.head(200, Framing.CHUNKED, "Content-Type", "text/event-stream");
    finish(exchange);
  }

  private static void begin(ServerExchange exchange, byte[]... pieces) throws IOException {
    exchange.head(200, Framing.CHUNKED, "Content-Type", "text/event-stream");
    for (byte[] piece : pieces) {
      exchange.data(piece);
    }
  }

  private static void finish(ServerExchange exchange) throws IOException {
    exchange.data(FIRST);
    exchange.data(LAST);
    exchange.data(DONE);
    exchange.end();
  }

  /** What is no model call: a web socket, which is closed at once, and anything else. */
  private static void other(ServerExchange exchange) throws Exception {
    exchange.readBody();
    String key = exchange.request().header("sec-websocket-key");
    if (key == null) {
      document(exchange, 200, utf8("{}"));
      return;
    }
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

  private static byte[] chunk(String delta, int tokens) {
    return utf8(
        "data: {\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"created\":1,"
            + "\"model\":\""
            + RESPONSE_MODEL
            + "\",\"choices\":[{\"index\":0,\"delta\":"
            + delta
            + "}],\"usage\":{\"prompt_tokens\":11,\"completion_tokens\":"
            + tokens
            + "}}\n\n");
  }

  private static byte[] gzip(byte[]... pieces) throws IOException {
    ByteArrayOutputStream zipped = new ByteArrayOutputStream();
    try (GZIPOutputStream out = new GZIPOutputStream(zipped)) {
      for (byte[] piece : pieces) {
        out.write(piece);
      }
    }
    return zipped.toByteArray();
  }

  private static byte[] utf8(String text) {
    return text.getBytes(UTF_8);
  }
}
