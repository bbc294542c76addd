/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.testing;

import io.spanglass.testing.contract.Answers;
import io.spanglass.testing.contract.Bodies;
import io.spanglass.testing.server.Framing;
import io.spanglass.testing.server.ServerExchange;
import io.spanglass.testing.smoke.SmokeWorkload;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A model call with a known outcome, for programs that run on any Java: what the server does. The
 * application's part is in {@link SmokeWorkload}.
 */
public enum SmokeCase {
  DOCUMENT("completed", 11L, 7L),
  DOCUMENT_ASYNC("completed", 11L, 7L),
  STREAM("completed", 11L, 7L),
  STREAM_LINES("completed", 11L, 7L),
  CANCELLED_INPUT_STREAM("cancelled", 11L, 3L),
  RESET_BEFORE_HEADERS("reset", null, null),
  TOO_MANY_REQUESTS("error", null, null);

  private final String end;
  private final @Nullable Long inputTokens;
  private final @Nullable Long outputTokens;

  SmokeCase(String end, @Nullable Long inputTokens, @Nullable Long outputTokens) {
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

  /** Whether the status of the span is to be an error. */
  public boolean isError() {
    return end.equals("reset") || end.equals("error");
  }

  /** The name of the application's span and the first segment of the path. */
  public String id() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** The server's part. */
  void play(ServerExchange exchange) throws Exception {
    exchange.readBody();
    switch (this) {
      case DOCUMENT, DOCUMENT_ASYNC -> document(exchange, 200, Answers.document());
      case TOO_MANY_REQUESTS -> document(exchange, 429, Bodies.error("rate_limit_exceeded"));
      case RESET_BEFORE_HEADERS -> exchange.reset();
      case CANCELLED_INPUT_STREAM -> {
        begin(exchange, Answers.role(), Answers.first());
        exchange.awaitClientGone();
      }
      default -> {
        begin(exchange, Answers.role(), Answers.first(), Answers.last(), Answers.DONE);
        exchange.end();
      }
    }
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

  private static void begin(ServerExchange exchange, byte[]... pieces) throws Exception {
    exchange.head(200, Framing.CHUNKED, "Content-Type", "text/event-stream");
    for (byte[] piece : pieces) {
      exchange.data(piece);
    }
  }
}
