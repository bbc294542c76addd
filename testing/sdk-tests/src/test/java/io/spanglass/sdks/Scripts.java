/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.sdks;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.spanglass.testing.server.Framing;
import io.spanglass.testing.server.RawHttpServer;
import io.spanglass.testing.server.ReceivedRequest;
import io.spanglass.testing.server.Script;
import io.spanglass.testing.server.ServerExchange;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;

/**
 * A server whose answers follow from the path's first segment: what is written before its first
 * {@code -} is the kind of scenario, and each scenario counts its own attempts.
 */
final class Scripts {
  private static final String CHAT =
      "{\"id\":\"c-1\",\"object\":\"chat.completion\",\"created\":1,\"model\":\"gpt-4o-mini-2024\",\"choices\":"
          + "[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"Hi\",\"refusal\":null},\"logprobs\":null,"
          + "\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":2,"
          + "\"total_tokens\":5}}";
  private static final String REFUSED =
      "{\"error\":{\"message\":\"slow down\",\"type\":\"requests\",\"param\":null,"
          + "\"code\":\"rate_limit_exceeded\"}}";
  private static final String MESSAGE =
      "{\"id\":\"m-1\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"claude-x\",\"content\":"
          + "[{\"type\":\"text\",\"text\":\"Hi\"}],\"stop_reason\":\"end_turn\",\"stop_sequence\":null,"
          + "\"usage\":{\"input_tokens\":3,\"output_tokens\":2}}";
  private static final String[] MESSAGE_EVENTS = {
    "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"m-1\",\"type\":\"message\","
        + "\"role\":\"assistant\",\"model\":\"claude-x\",\"content\":[],\"stop_reason\":null,"
        + "\"stop_sequence\":null,\"usage\":{\"input_tokens\":3,\"output_tokens\":1}}}\n\n",
    "event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":"
        + "{\"type\":\"text\",\"text\":\"\"}}\n\n",
    "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":"
        + "{\"type\":\"text_delta\",\"text\":\"Hi\"}}\n\n",
    "event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":0}\n\n",
    "event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\","
        + "\"stop_sequence\":null},\"usage\":{\"output_tokens\":2}}\n\n",
    "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n"
  };

  private static final Pattern STREAM = Pattern.compile("\"stream\"\\s*:\\s*true");

  private final Map<String, AtomicInteger> attempts = new ConcurrentHashMap<>();

  static RawHttpServer server() throws IOException {
    Scripts scripts = new Scripts();
    return RawHttpServer.start(scripts::script);
  }

  private Script script(ReceivedRequest request) {
    String scenario = request.path().split("/", -1)[1];
    String kind = scenario.split("-", -1)[0];
    int attempt = attempts.computeIfAbsent(scenario, name -> new AtomicInteger()).incrementAndGet();
    boolean messages = request.path().endsWith("/messages");
    return exchange -> {
      byte[] body = exchange.readBody();
      boolean stream = STREAM.matcher(new String(body, UTF_8)).find();
      switch (kind) {
        case "retry" -> {
          if (attempt <= 2) {
            refuse(exchange);
          } else {
            answer(exchange, stream, messages);
          }
        }
        case "exhausted" -> refuse(exchange);
        case "silent" -> exchange.awaitClientGone();
        case "late" -> {
          exchange.sleep(500);
          answer(exchange, stream, messages);
        }
        case "open" -> {
          head(exchange);
          exchange.data(chunk("\"model\":\"gpt-4o-mini-2024\",", "{\"content\":\"Hi\"}", "null"));
          exchange.awaitClientGone();
        }
        case "nomodel" -> {
          head(exchange);
          exchange.data(chunk("", "{\"role\":\"assistant\",\"content\":\"Hi\"}", "null"));
          exchange.data(chunk("", "{\"content\":\" there\"}", "null"));
          exchange.data(chunk("", "{}", "\"stop\""));
          exchange.data("data: [DONE]\n\n".getBytes(UTF_8));
          exchange.end();
        }
        default -> answer(exchange, stream, messages);
      }
    };
  }

  private static void answer(ServerExchange exchange, boolean stream, boolean messages)
      throws Exception {
    if (!stream) {
      json(exchange, 200, messages ? MESSAGE : CHAT);
      return;
    }
    head(exchange);
    if (messages) {
      for (String event : MESSAGE_EVENTS) {
        exchange.data(event.getBytes(UTF_8));
      }
    } else {
      String model = "\"model\":\"gpt-4o-mini-2024\",";
      exchange.data(chunk(model, "{\"role\":\"assistant\",\"content\":\"\"}", "null"));
      exchange.data(chunk(model, "{\"content\":\"Hi\"}", "null"));
      exchange.data(chunk(model, "{\"content\":\" there\"}", "null"));
      exchange.data(chunk(model, "{}", "\"stop\""));
      exchange.data(
          ("data: {\"id\":\"c-1\",\"object\":\"chat.completion.chunk\",\"created\":1,"
                  + model
                  + "\"choices\":[],"
                  + "\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":2,\"total_tokens\":5}}\n\n")
              .getBytes(UTF_8));
      exchange.data("data: [DONE]\n\n".getBytes(UTF_8));
    }
    exchange.end();
  }

  private static void refuse(ServerExchange exchange) throws Exception {
    exchange.head(
        429,
        Framing.CHUNKED,
        "Content-Type",
        "application/json",
        // What the SDKs wait for, in place of half a second and more.
        "Retry-After-Ms",
        "20");
    exchange.data(REFUSED.getBytes(UTF_8));
    exchange.end();
  }

  private static void json(ServerExchange exchange, int status, String body) throws Exception {
    exchange.head(status, Framing.CHUNKED, "Content-Type", "application/json");
    exchange.data(body.getBytes(UTF_8));
    exchange.end();
  }

  private static void head(ServerExchange exchange) throws Exception {
    exchange.head(200, Framing.CHUNKED, "Content-Type", "text/event-stream");
  }

  private static byte[] chunk(String model, String delta, String finish) {
    return ("data: {\"id\":\"c-1\",\"object\":\"chat.completion.chunk\",\"created\":1,"
            + model
            + "\"choices\":[{\"index\":0,\"delta\":"
            + delta
            + ",\"logprobs\":null,\"finish_reason\":"
            + finish
            + "}]}\n\n")
        .getBytes(UTF_8);
  }
}
