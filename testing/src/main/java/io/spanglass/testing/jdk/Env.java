/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.testing.jdk;

import io.spanglass.testing.contract.Endpoints;
import io.spanglass.testing.server.Signals;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpClient.Version;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import javax.net.ssl.SSLContext;

/** The application's surroundings: addresses, clients, and the signals to the servers' scripts. */
final class Env {

  /** Which protocol, and how it is come to. */
  enum Protocol {
    /** HTTP/1.1 only. */
    HTTP_1,
    /** HTTP/1.1 because the server ignores the offer to upgrade. */
    HTTP_1_UPGRADE_IGNORED,
    /** HTTP/2 over TLS. */
    HTTP_2,
    /** HTTP/2 in clear text, on a connection that was upgraded before. */
    HTTP_2_CLEAR_TEXT;

    boolean isHttp2() {
      return this == HTTP_2 || this == HTTP_2_CLEAR_TEXT;
    }
  }

  final Endpoints endpoints;
  final Signals.Remote signals;
  private final SSLContext ssl;
  private final Map<String, HttpClient> clients = new HashMap<>();

  private final List<HttpClient> kept = new ArrayList<>();

  /** Counts what the client gives to the application's executor. */
  static final class CountingExecutor implements Executor {

    private final AtomicInteger tasks = new AtomicInteger();
    private final ExecutorService threads =
        Executors.newCachedThreadPool(
            task -> {
              Thread thread = new Thread(task, "app-executor");
              thread.setDaemon(true);
              return thread;
            });

    @Override
    public void execute(Runnable task) {
      tasks.incrementAndGet();
      threads.execute(task);
    }

    int tasks() {
      return tasks.get();
    }
  }

  Env(Endpoints endpoints) throws Exception {
    this.endpoints = endpoints;
    this.signals = new Signals.Remote(endpoints.signals());
    this.ssl = endpoints.sslContext();
  }

  /** A client for one scenario, which stays reachable until {@link #releaseClients}. */
  synchronized HttpClient fresh(Protocol protocol) {
    return keep(builder(protocol).build());
  }

  /** The JDK stops a client that the application has let go of, at any time. */
  synchronized HttpClient keep(HttpClient client) {
    kept.add(client);
    return client;
  }

  /**
   * A client with an HTTP/2 connection in clear text. Only a request without a body is upgraded;
   * the next one finds the connection.
   */
  HttpClient upgraded() throws IOException, InterruptedException {
    HttpClient client = fresh(Protocol.HTTP_2_CLEAR_TEXT);
    client.send(
        HttpRequest.newBuilder(uri(Protocol.HTTP_2_CLEAR_TEXT, "/upgrade")).build(),
        BodyHandlers.discarding());
    return client;
  }

  synchronized void releaseClients() {
    kept.clear();
  }

  HttpClient.Builder builder(Protocol protocol) {
    return HttpClient.newBuilder()
        .sslContext(ssl)
        .connectTimeout(Duration.ofSeconds(20))
        .version(protocol == Protocol.HTTP_1 ? Version.HTTP_1_1 : Version.HTTP_2);
  }

  /** The client that most exchanges of a protocol share. */
  synchronized HttpClient client(Protocol protocol) {
    return client(protocol, "", builder -> {});
  }

  /** A client that the exchanges with the same name share. */
  synchronized HttpClient client(
      Protocol protocol, String name, Consumer<HttpClient.Builder> settings) {
    return clients.computeIfAbsent(
        protocol + name,
        key -> {
          HttpClient.Builder builder = builder(protocol);
          settings.accept(builder);
          return builder.build();
        });
  }

  URI uri(Protocol protocol, String path) {
    return URI.create(
        switch (protocol) {
              case HTTP_1, HTTP_1_UPGRADE_IGNORED -> endpoints.http1();
              case HTTP_2 -> endpoints.http2();
              case HTTP_2_CLEAR_TEXT -> endpoints.http2ClearText();
            }
            + path);
  }
}
