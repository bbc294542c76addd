/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.examples.modelserver;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;

/**
 * An HTTP server on the loopback interface that speaks the APIs of OpenAI, Anthropic, TGI, Ollama
 * and Gemini with canned answers and scripted timing. Use it in-process with {@link #start}, or run
 * its jar.
 */
public final class ModelServer implements AutoCloseable {

  private static final String USAGE =
      """
      Usage: java -jar model-server.jar [--port N] [--ttft-ms N] [--chunk-ms N]

      Speaks the APIs of OpenAI, Anthropic, TGI, Ollama and Gemini on 127.0.0.1. It is no model: its answers are canned.

        --port N      TCP port; 0, the default, takes a free one
        --ttft-ms N   milliseconds to the first chunk with output (default 250)
        --chunk-ms N  milliseconds between chunks (default 30)

      When it listens, it prints one line of JSON: {"ready":true,"base_url":"…","port":N}
      """;

  private static final Set<String> PATHS =
      Set.of("/v1/chat/completions", "/v1/models", "/requests");

  /** The APIs besides chat completions, by path; Gemini's paths name the model. */
  private static final Map<String, Protocol> PROTOCOLS =
      Map.of(
          "/v1/responses", new Responses(),
          "/v1/messages", new AnthropicMessages(),
          "/", new TgiGenerate(),
          "/generate", new TgiGenerate(),
          "/generate_stream", new TgiGenerate(),
          "/api/chat", new Ollama(/* chat= */ true),
          "/api/generate", new Ollama(/* chat= */ false));

  private static final Protocol GEMINI = new Gemini();

  private final HttpServer http;
  private final ExecutorService executor;
  private final RequestLog log = new RequestLog();
  private final ChatCompletions chat;
  private final Conversations conversations;
  private final long created;

  private ModelServer(ServerOptions options, Clock clock, Supplier<String> ids) throws IOException {
    // Read once per JVM, when its first server is made: without it Nagle's algorithm holds small
    // chunks back until the client acknowledges the one before.
    System.setProperty("sun.net.httpserver.nodelay", "true");
    http =
        HttpServer.create(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), options.port()), 0);
    created = clock.instant().getEpochSecond();
    chat = new ChatCompletions(options, log, clock, ids);
    conversations = new Conversations(options, log, clock, ids);
    executor =
        Executors.newCachedThreadPool(
            task -> {
              Thread thread = new Thread(task, "model-server");
              thread.setDaemon(true);
              return thread;
            });
    http.setExecutor(executor);
    http.createContext("/", this::handle);
  }

  /**
   * Starts a server; it is ready when this returns.
   *
   * @throws IOException if the port cannot be had
   */
  public static ModelServer start(ServerOptions options) throws IOException {
    String run = Long.toHexString(ThreadLocalRandom.current().nextLong() | Long.MIN_VALUE);
    AtomicLong number = new AtomicLong();
    return start(
        options,
        Clock.systemUTC(),
        () -> "chatcmpl-" + run + String.format("%06d", number.incrementAndGet()));
  }

  static ModelServer start(ServerOptions options, Clock clock, Supplier<String> ids)
      throws IOException {
    ModelServer server = new ModelServer(options, clock, ids);
    server.http.start();
    return server;
  }

  /** The port it listens on. */
  public int port() {
    return http.getAddress().getPort();
  }

  /** What clients of the OpenAI API call the base URL, {@code http://127.0.0.1:PORT/v1}. */
  public String baseUrl() {
    return "http://127.0.0.1:" + port() + "/v1";
  }

  /** The last chat completions, at most 1000, in the order of their arrival. */
  public List<ServedRequest> requests() {
    return log.snapshot();
  }

  /**
   * Waits until no chat completion is being answered. The server notices that a client has gone
   * only when it writes the next chunk.
   *
   * @return false if that took longer than {@code timeoutMs} milliseconds
   */
  public boolean awaitIdle(long timeoutMs) throws InterruptedException {
    return log.awaitIdle(timeoutMs);
  }

  /** Stops at once; answers in progress are cut off. */
  @Override
  public void close() {
    http.stop(0);
    executor.shutdownNow();
  }

  private void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      String path = exchange.getRequestURI().getPath();
      String method = exchange.getRequestMethod();
      Protocol protocol = Gemini.isPath(path) ? GEMINI : PROTOCOLS.get(path);
      if (protocol != null && method.equals("POST")) {
        conversations.handle(exchange, protocol, path);
        return;
      }
      switch (method + " " + path) {
        case "POST /v1/chat/completions" -> chat.handle(exchange);
        case "GET /v1/models" -> Http.json(exchange, 200, models());
        case "GET /requests" ->
            Http.json(exchange, 200, ChatCompletions.JSON.valueToTree(requests()));
        default ->
            Http.error(
                exchange,
                PATHS.contains(path) || protocol != null
                    ? new ApiException(
                        405,
                        "Not allowed to " + method + " on " + path + ".",
                        null,
                        "method_not_supported")
                    : new ApiException(
                        404, "Invalid URL (" + method + " " + path + ")", null, null));
      }
    }
  }

  private ObjectNode models() {
    ObjectNode body = ChatCompletions.JSON.createObjectNode().put("object", "list");
    ArrayNode data = body.putArray("data");
    for (String id : new TreeSet<>(ChatCompletions.MODELS.keySet())) {
      data.addObject()
          .put("id", id)
          .put("object", "model")
          .put("created", created)
          .put("owned_by", "spanglass-examples");
    }
    return body;
  }

  /** Runs the server until the process is ended. */
  public static void main(String[] args) throws IOException {
    ServerOptions options = ServerOptions.DEFAULTS;
    try {
      for (int i = 0; i < args.length; i++) {
        String name = args[i];
        if (name.equals("--help")) {
          System.out.print(USAGE);
          return;
        }
        options =
            switch (name) {
              case "--port" -> options.withPort((int) number(args, ++i));
              case "--ttft-ms" -> options.withTtftMs(number(args, ++i));
              case "--chunk-ms" -> options.withChunkMs(number(args, ++i));
              default -> throw new IllegalArgumentException("unknown option " + name);
            };
      }
    } catch (IllegalArgumentException e) {
      System.err.println("model-server: " + e.getMessage() + "\n\n" + USAGE);
      System.exit(2);
    }
    ModelServer server = start(options);
    ObjectNode ready = ChatCompletions.JSON.createObjectNode().put("ready", true);
    System.out.println(ready.put("base_url", server.baseUrl()).put("port", server.port()));
  }

  private static long number(String[] args, int index) {
    if (index == args.length) {
      throw new IllegalArgumentException(args[index - 1] + " needs a number");
    }
    try {
      return Math.toIntExact(Long.parseLong(args[index]));
    } catch (NumberFormatException | ArithmeticException e) {
      throw new IllegalArgumentException(
          args[index - 1] + " needs a number, not \"" + args[index] + "\"");
    }
  }
}
