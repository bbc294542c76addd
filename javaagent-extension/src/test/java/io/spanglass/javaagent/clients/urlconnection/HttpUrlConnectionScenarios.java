/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.javaagent.clients.urlconnection;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.spanglass.testing.contract.Answers;
import io.spanglass.testing.contract.ContractScenario.Expected;
import io.spanglass.testing.contract.ContractScenario.View;
import io.spanglass.testing.contract.Endpoints;
import io.spanglass.testing.contract.Feature;
import io.spanglass.testing.contract.Point;
import io.spanglass.testing.contract.Scenarios;
import io.spanglass.testing.contract.Transcript;
import io.spanglass.testing.server.Framing;
import io.spanglass.testing.server.Script;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Authenticator;
import java.net.HttpURLConnection;
import java.net.PasswordAuthentication;
import java.net.URI;
import java.util.EnumSet;
import javax.net.ssl.HttpsURLConnection;
import org.jspecify.annotations.Nullable;

/** What only {@code HttpURLConnection} has. */
final class HttpUrlConnectionScenarios {

  private static final String PATH = "/v1/chat/completions";
  private static final byte[] BODY =
      "{\"model\":\"gpt-4o-mini\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}"
          .getBytes(UTF_8);

  /** Makes the call and tells of it. */
  private interface Call {
    void make(HttpURLConnection connection, Transcript transcript) throws Exception;
  }

  private final Scenarios scenarios;

  private HttpUrlConnectionScenarios(Scenarios scenarios) {
    this.scenarios = scenarios;
  }

  static void addTo(Scenarios scenarios) {
    HttpUrlConnectionScenarios own = new HttpUrlConnectionScenarios(scenarios);
    own.requests();
    own.responses();
    own.sentAgain();
    own.givenUp();
  }

  private void add(
      String name, Script script, @Nullable Expected expected, Call call, Point... points) {
    scenarios.own(
        name,
        View.ANY_CONNECTION,
        EnumSet.noneOf(Feature.class),
        script,
        (driver, id, transcript) -> {
          Endpoints endpoints = ((HttpUrlConnectionDriver) driver).endpoints();
          boolean https = name.startsWith("https");
          HttpURLConnection connection =
              open((https ? endpoints.http2() : endpoints.http1()) + "/" + id + PATH);
          if (https) {
            ((HttpsURLConnection) connection)
                .setSSLSocketFactory(endpoints.sslContext().getSocketFactory());
          }
          try {
            call.make(connection, transcript);
          } catch (IOException e) {
            transcript.exception("thrown", e);
          }
        },
        expected,
        points);
  }

  private static HttpURLConnection open(String url) throws IOException {
    HttpURLConnection connection = (HttpURLConnection) URI.create(url).toURL().openConnection();
    connection.setReadTimeout(60_000);
    connection.setDoOutput(true);
    connection.setRequestProperty("Content-Type", "application/json");
    return connection;
  }

  private static HttpURLConnection posted(HttpURLConnection connection) throws IOException {
    if (!connection.getRequestMethod().equals("POST")) {
      connection.setRequestMethod("POST");
    }
    try (OutputStream out = connection.getOutputStream()) {
      out.write(BODY);
    }
    return connection;
  }

  private static Script document() {
    return exchange -> {
      exchange.readBody();
      exchange.head(
          200,
          Framing.LENGTH,
          "Content-Type",
          "application/json",
          "Content-Length",
          Integer.toString(Answers.document().length));
      exchange.data(Answers.document());
      exchange.end();
    };
  }

  private static Script status(int status, String... headers) {
    return exchange -> {
      exchange.readBody();
      byte[] body = "{\"error\":{\"code\":\"scripted\",\"message\":\"no\"}}".getBytes(UTF_8);
      String[] all = new String[headers.length + 2];
      System.arraycopy(headers, 0, all, 0, headers.length);
      all[headers.length] = "Content-Length";
      all[headers.length + 1] = Integer.toString(body.length);
      exchange.head(status, Framing.LENGTH, all);
      exchange.data(body);
      exchange.end();
    };
  }

  private static void read(HttpURLConnection connection, Transcript transcript) throws IOException {
    try (InputStream in = connection.getInputStream()) {
      transcript.add("stream", in.getClass().getName() + " " + in.markSupported());
      transcript.bytes("read", in.readAllBytes());
    }
    transcript.add("status", connection.getResponseCode() + " " + connection.getResponseMessage());
    transcript.add("length", connection.getContentLength());
    transcript.add("method", connection.getRequestMethod());
    transcript.add("again", connection.getInputStream().getClass().getName());
  }

  private void requests() {
    add(
        "body of a fixed length",
        document(),
        Expected.document(),
        (connection, transcript) -> {
          connection.setRequestMethod("POST");
          connection.setFixedLengthStreamingMode(BODY.length);
          try (OutputStream out = connection.getOutputStream()) {
            transcript.add("out", out.getClass().getName());
            out.write(BODY[0]);
            out.write(BODY, 1, 10);
            out.flush();
            out.write(BODY, 11, BODY.length - 11);
          }
          read(connection, transcript);
        });
    add(
        "body in small chunks, not closed",
        document(),
        Expected.document(),
        (connection, transcript) -> {
          connection.setRequestMethod("POST");
          connection.setChunkedStreamingMode(16);
          OutputStream out = connection.getOutputStream();
          for (byte b : BODY) {
            out.write(b);
          }
          read(connection, transcript);
        });
    add(
        "fewer bytes than were announced",
        exchange -> exchange.awaitClientGone(),
        new Expected(1, "error", null, null, false, false),
        (connection, transcript) -> {
          connection.setRequestMethod("POST");
          connection.setFixedLengthStreamingMode(BODY.length + 1);
          OutputStream out = connection.getOutputStream();
          out.write(BODY);
          read(connection, transcript);
        });
    add(
        "connected first, as Spring does",
        document(),
        Expected.document(),
        (connection, transcript) -> {
          connection.setRequestMethod("POST");
          connection.connect();
          read(posted(connection), transcript);
        });
    add(
        "POST because there is a body",
        document(),
        Expected.document(),
        (connection, transcript) -> {
          try (OutputStream out = connection.getOutputStream()) {
            out.write(BODY);
          }
          read(connection, transcript);
        });
    add(
        "expects 100-continue",
        exchange -> {
          exchange.interim(100);
          document().play(exchange);
        },
        Expected.document(),
        (connection, transcript) -> {
          connection.setRequestMethod("POST");
          connection.setRequestProperty("Expect", "100-continue");
          connection.setFixedLengthStreamingMode(BODY.length);
          try (OutputStream out = connection.getOutputStream()) {
            out.write(BODY);
          }
          read(connection, transcript);
        });
    add(
        "https",
        document(),
        Expected.document(),
        (connection, transcript) -> {
          transcript.add("class", connection.getClass().getName());
          read(posted(connection), transcript);
          transcript.add("cipher", !((HttpsURLConnection) connection).getCipherSuite().isEmpty());
        });
    add(
        "https, streamed",
        document(),
        Expected.document(),
        (connection, transcript) -> {
          connection.setRequestMethod("POST");
          connection.setChunkedStreamingMode(0);
          connection.connect();
          read(posted(connection), transcript);
        });
  }

  private void responses() {
    add(
        "marked and reset",
        exchange -> {
          exchange.readBody();
          exchange.head(200, Framing.CLOSE, "Content-Type", "application/json");
          exchange.data(Answers.document());
          exchange.end();
        },
        Expected.document(),
        (connection, transcript) -> {
          try (InputStream in = posted(connection).getInputStream()) {
            transcript.add("mark supported", in.markSupported());
            in.mark(100);
            transcript.add("first", in.read());
            transcript.bytes("some", in.readNBytes(20));
            in.reset();
            transcript.bytes("again", in.readNBytes(30));
            transcript.add("skipped", in.skip(5));
            transcript.add("available", in.available());
            transcript.bytes("rest", in.readAllBytes());
            transcript.add("end", in.read());
          }
        });
    add(
        "read byte by byte",
        document(),
        Expected.document(),
        (connection, transcript) -> {
          int sum = 0;
          InputStream in = posted(connection).getInputStream();
          for (int b = in.read(); b >= 0; b = in.read()) {
            sum += b;
          }
          transcript.add("sum", sum);
        });
    add(
        "error that is not read",
        status(429, "Content-Type", "application/json"),
        new Expected(1, "error", null, null, false, true),
        (connection, transcript) -> {
          transcript.add("status", posted(connection).getResponseCode());
          transcript.add("header", connection.getHeaderField("Content-Type"));
          connection.disconnect();
        });
    add(
        "nothing but the status",
        document(),
        new Expected(1, "cancelled", null, null, false, true),
        (connection, transcript) -> {
          transcript.add("status", posted(connection).getResponseCode());
          connection.disconnect();
          transcript.add("status", connection.getHeaderField("Content-Type"));
        });
  }

  private void sentAgain() {
    add(
        "challenged",
        exchange -> {
          if (exchange.request().header("authorization") == null) {
            status(401, "WWW-Authenticate", "Basic realm=\"r\"").play(exchange);
          } else {
            document().play(exchange);
          }
        },
        Expected.document(),
        (connection, transcript) -> {
          connection.setAuthenticator(
              new Authenticator() {
                @Override
                protected PasswordAuthentication getPasswordAuthentication() {
                  transcript.add("asked", getRequestingScheme());
                  return new PasswordAuthentication("user", new char[] {'x'});
                }
              });
          read(posted(connection), transcript);
        });
    add(
        "connection that the server has closed",
        exchange -> {
          if (exchange.request().path().endsWith("?again")) {
            exchange.readBody();
            // Once more: the client sends it again.
            if (exchange.request().indexOnConnection() > 0) {
              exchange.close();
              return;
            }
          }
          document().play(exchange);
        },
        null,
        (connection, transcript) -> {
          read(posted(connection), transcript);
          read(posted(open(connection.getURL() + "?again")), transcript);
        });
  }

  private void givenUp() {
    add(
        "connected and left",
        document(),
        null,
        (connection, transcript) -> {
          connection.setRequestMethod("POST");
          connection.connect();
          transcript.add("method", connection.getRequestMethod());
          connection.disconnect();
        });
    add(
        "disconnected before the response is asked for",
        exchange -> exchange.awaitClientGone(),
        new Expected(1, "cancelled", null, null, false, false),
        (connection, transcript) -> {
          connection.setRequestMethod("POST");
          connection.setChunkedStreamingMode(0);
          OutputStream out = connection.getOutputStream();
          out.write(BODY);
          out.flush();
          connection.disconnect();
          transcript.add("method", connection.getRequestMethod());
        });
    add(
        "disconnected in the stream",
        exchange -> {
          exchange.readBody();
          exchange.head(200, Framing.CHUNKED, "Content-Type", "text/event-stream");
          exchange.data(Answers.first());
          exchange.awaitClientGone();
        },
        Expected.afterFirst("cancelled"),
        (connection, transcript) -> {
          InputStream in = posted(connection).getInputStream();
          transcript.bytes("read", in.readNBytes(Answers.first().length));
          connection.disconnect();
          transcript.add("then", read(in));
        });
  }

  private static String read(InputStream in) {
    try {
      return Integer.toString(in.read());
    } catch (IOException e) {
      return e.getClass().getName() + " " + e.getMessage();
    }
  }
}
