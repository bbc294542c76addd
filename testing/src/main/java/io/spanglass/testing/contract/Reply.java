/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.testing.contract;

import io.spanglass.testing.server.Framing;
import io.spanglass.testing.server.ServerExchange;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** The kinds of response that generated exchanges get, right and wrong. */
public enum Reply {
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
  TRUNCATED;

  /**
   * A response.
   *
   * @param headers names and values in turn
   * @param truncated whether it ends before it is whole
   */
  @SuppressWarnings("ArrayRecordComponent") // Never compared.
  public record Response(int status, List<String> headers, byte[] body, boolean truncated) {

    /** Milliseconds before the next piece, mostly none. */
    public static int[] pauses(Random random, int count) {
      return random.ints(count, 0, 40).map(n -> n < 37 ? 0 : n - 36).toArray();
    }

    /** Sends it in these pieces; {@code framing} as far as the response allows it. */
    public void play(ServerExchange exchange, Framing framing, List<byte[]> pieces, int[] pauses)
        throws Exception {
      List<String> headers = new ArrayList<>(headers());
      Framing used = framing;
      if (status == 204) {
        used = Framing.LENGTH;
      } else if (truncated) {
        // A chunk or a length that promises more than there is; both break off in the middle.
        used = framing == Framing.CLOSE ? Framing.LENGTH : framing;
        if (used == Framing.LENGTH) {
          headers.addAll(List.of("Content-Length", Integer.toString(body.length + 50)));
        }
      } else if (used == Framing.LENGTH) {
        headers.addAll(List.of("Content-Length", Integer.toString(body.length)));
      }
      exchange.head(status, used, headers.toArray(String[]::new));
      for (int i = 0; i < pieces.size(); i++) {
        if (pieces.get(i).length > 0) {
          exchange.data(pieces.get(i));
        }
        if (pauses[i] > 0) {
          exchange.sleep(pauses[i]);
        }
      }
      if (truncated) {
        exchange.close();
      } else {
        exchange.end();
      }
    }
  }

  /** One of this kind. */
  public Response response(Random random) {
    List<String> sse =
        List.of("Content-Type", "text/event-stream", "X-Reply", "one", "X-Reply", "2");
    List<String> json = List.of("Content-Type", "application/json; charset=utf-8");
    int chunks = random.nextInt(30);
    return switch (this) {
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
              new int[] {400, 404, 413, 429}[random.nextInt(4)],
              with(json, "Retry-After", "1"),
              Bodies.error("invalid_request_error"),
              false);
      case SERVER_ERROR ->
          new Response(
              new int[] {500, 502, 503}[random.nextInt(3)],
              json,
              Bodies.error("server_error"),
              false);
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
}
