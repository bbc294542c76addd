/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.javaagent.clients.urlconnection;

import io.spanglass.testing.contract.ClientCall;
import io.spanglass.testing.contract.ClientCall.Body;
import io.spanglass.testing.contract.ClientCall.Next;
import io.spanglass.testing.contract.ClientDriver;
import io.spanglass.testing.contract.Endpoints;
import io.spanglass.testing.contract.Feature;
import io.spanglass.testing.contract.Scenarios;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The JDK's {@code java.net.HttpURLConnection}. */
public final class HttpUrlConnectionDriver implements ClientDriver {

  private static final int BUFFER = 65536;
  private static final Duration LONG = Duration.ofSeconds(60);

  private @Nullable Endpoints endpoints;

  @Override
  public @Nullable String lacks(Feature feature) {
    return switch (feature) {
      case ASYNC -> "It has no call that returns at once.";
      case PUSH -> "Bodies are read by your code; none is pushed to it.";
      case CANCEL_WAITING, CANCEL_READING ->
          "A disconnect waits for the thread that reads the stream.";
      case INTERRUPT_WAITING, INTERRUPT_READING ->
          "A thread that waits on a socket is not woken by an interrupt.";
      case FORGET_WAITING -> "A call that waits for its response is held by the thread that waits.";
      case HTTP_2 -> "It speaks HTTP/1.1 only.";
      case BODY_AHEAD -> "Your code writes the body after the call has begun.";
      case FAILING_BODY -> "Your code writes the body outside of the client.";
      case DUPLEX -> "The body is sent before the response is read.";
      default -> null;
    };
  }

  /** One pool of connections serves all of a process. */
  @Override
  public boolean sharesConnections() {
    return true;
  }

  @Override
  public void open(Endpoints endpoints) {
    this.endpoints = endpoints;
  }

  Endpoints endpoints() {
    return Objects.requireNonNull(endpoints, "not open");
  }

  @Override
  public void own(Scenarios list) {
    HttpUrlConnectionScenarios.addTo(list);
  }

  @Override
  public void perform(ClientCall call) throws Exception {
    HttpURLConnection connection = (HttpURLConnection) call.uri().toURL().openConnection();
    call.issued(connection::disconnect);
    List<String> headers = call.headers();
    for (int i = 0; i < headers.size(); i += 2) {
      connection.addRequestProperty(headers.get(i), headers.get(i + 1));
    }
    connection.setReadTimeout(
        (int)
            Objects.requireNonNullElse(
                    call.callTimeout(), Objects.requireNonNullElse(call.readTimeout(), LONG))
                .toMillis());
    write(call, connection);
    InputStream in = respond(call, connection);
    call.type("connection", connection);
    call.responded(status(connection), "HTTP/1.1", headers(connection));
    call.type("stream", in);
    if (in == null) {
      call.ended();
    } else if (call.way().body() == Feature.WHOLE) {
      try (in) {
        byte[] bytes = in.readAllBytes();
        call.received(bytes, 0, bytes.length);
      }
      call.ended();
    } else {
      read(call, in);
    }
  }

  private static void write(ClientCall call, HttpURLConnection connection) throws IOException {
    connection.setRequestMethod(call.method());
    if (call.body() == Body.NONE) {
      return;
    }
    connection.setDoOutput(true);
    if (call.body() == Body.IN_MEMORY) {
      try (OutputStream out = connection.getOutputStream()) {
        call.type("out", out);
        out.write(call.content());
      }
      return;
    }
    connection.setChunkedStreamingMode(0);
    try (OutputStream out = connection.getOutputStream()) {
      call.type("out", out);
      for (byte[] piece : call.pieces()) {
        out.write(piece);
        out.flush();
      }
    }
  }

  /** As applications do it: some ask for the status first, some do not. */
  private static @Nullable InputStream respond(ClientCall call, HttpURLConnection connection)
      throws IOException {
    if (call.way().body() == Feature.WHOLE) {
      return connection.getResponseCode() >= 400
          ? connection.getErrorStream()
          : connection.getInputStream();
    }
    try {
      InputStream in = connection.getInputStream();
      call.same("stream", same(in, connection.getInputStream()));
      return in;
    } catch (IOException e) {
      InputStream in = connection.getErrorStream();
      if (in == null) {
        throw e;
      }
      call.same("error stream", same(in, connection.getErrorStream()));
      return in;
    }
  }

  @SuppressWarnings("ReferenceEquality") // Whether it is the same object is the question.
  private static boolean same(InputStream a, InputStream b) {
    return a == b;
  }

  static int status(HttpURLConnection connection) throws IOException {
    return connection.getResponseCode();
  }

  /** The status line has no name. */
  static Map<String, List<String>> headers(HttpURLConnection connection) {
    Map<String, List<String>> headers = new TreeMap<>();
    connection
        .getHeaderFields()
        .forEach((name, values) -> headers.put(Objects.requireNonNullElse(name, ""), values));
    return headers;
  }

  /** Takes what is there: how the client cuts a chunk depends on what its buffer held before. */
  private static void read(ClientCall call, InputStream in) throws IOException {
    byte[] buffer = new byte[BUFFER];
    for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
      while (n < BUFFER && in.available() > 0) {
        int more = in.read(buffer, n, BUFFER - n);
        if (more < 0) {
          break;
        }
        n += more;
      }
      Next next = call.received(buffer, 0, n);
      if (next != Next.READ_ON) {
        if (next == Next.CLOSE) {
          in.close();
        }
        return;
      }
    }
    in.close();
    call.ended();
  }
}
