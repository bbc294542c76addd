/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.wire.call;

import static java.util.Objects.requireNonNull;

import io.opentelemetry.context.Context;
import io.spanglass.call.Attempt;
import io.spanglass.call.Client;
import io.spanglass.call.Exchange;
import io.spanglass.call.ModelCalls;
import io.spanglass.wire.decode.WireApi;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A recorded exchange as the call of a client that pushes the body. */
public final class PlayedExchange {
  /** The name of its file, with the folder and without the ending. */
  public final String name;

  private final RecordedExchange exchange;

  private PlayedExchange(Path file, RecordedExchange exchange) {
    String path = OpenAiExchangesTest.EXCHANGES.relativize(file).toString();
    this.name = path.replace('\\', '/').replaceFirst("\\.http$", "");
    this.exchange = exchange;
  }

  /** All that are recorded, by their names. */
  public static List<PlayedExchange> all() throws IOException {
    List<PlayedExchange> all = new ArrayList<>();
    for (Path file : OpenAiExchangesTest.exchanges()) {
      all.add(new PlayedExchange(file, RecordedExchange.read(file).exchange()));
    }
    return all;
  }

  public WireApi api() {
    return exchange.api;
  }

  /** Makes the call, whole and without a failure of the connection. */
  public void play(ModelCalls calls) {
    byte[] request = exchange.requestBody;
    Exchange call =
        calls.begin(
            exchange.request,
            sink -> sink.accept(request, 0, request.length),
            new Client() {},
            Context.root());
    if (call == null) {
      return; // A request that is none of the API's, though its path is.
    }
    Attempt attempt = requireNonNull(call.attempt(null));
    call.returned();
    attempt.head(exchange.response());
    if (attempt.delivering()) {
      attempt.bytes(exchange.responseBody, 0, exchange.responseBody.length, System.nanoTime());
      attempt.delivered();
    }
    attempt.end();
  }
}
