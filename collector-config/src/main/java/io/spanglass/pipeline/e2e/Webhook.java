/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.pipeline.e2e;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Where Alertmanager sends its notifications. */
final class Webhook implements AutoCloseable {

  /** One alert of a notification. */
  record Alert(String status, JsonNode labels, JsonNode annotations) {
    String label(String name) {
      return labels.path(name).asText();
    }
  }

  private final HttpServer server;
  private final List<Alert> alerts = new CopyOnWriteArrayList<>();

  Webhook() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          try (exchange) {
            JsonNode notification = Http.JSON.readTree(exchange.getRequestBody());
            for (JsonNode alert : notification.path("alerts")) {
              alerts.add(
                  new Alert(
                      alert.path("status").asText(),
                      alert.path("labels"),
                      alert.path("annotations")));
            }
            exchange.sendResponseHeaders(200, -1);
          }
        });
    server.start();
  }

  String url() {
    return "http://127.0.0.1:" + server.getAddress().getPort() + "/";
  }

  /** All alerts so far, in the order of their coming. */
  List<Alert> alerts() {
    return List.copyOf(alerts);
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
