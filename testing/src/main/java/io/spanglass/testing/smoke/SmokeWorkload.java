/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.testing.smoke;

import io.opentelemetry.api.GlobalOpenTelemetry;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Scope;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The program: makes one call for each case that is named, below a span of the application that is
 * named after the case, and writes what it got to standard output. Then it ends when a line comes
 * in.
 *
 * <p>One class that uses nothing of this project: the rest is for a newer Java.
 */
public final class SmokeWorkload {

  /** Starts each line about what the application got. */
  public static final String GOT = "got ";

  /** Arguments: the server's address, then the cases. */
  public static void main(String[] args) throws Exception {
    Tracer tracer = GlobalOpenTelemetry.getTracer("app");
    for (int i = 1; i < args.length; i++) {
      Span span = tracer.spanBuilder(args[i]).startSpan();
      String got;
      try (Scope scope = span.makeCurrent()) {
        got = call(args[0], args[i]);
      } catch (Exception e) {
        got = e.toString();
      } finally {
        span.end();
      }
      System.out.println(GOT + args[i] + ": " + got.replace("\n", "|"));
    }
    System.out.println("called");
    if (System.in.read() < 0) {
      throw new IllegalStateException("told nothing");
    }
    System.exit(0);
  }

  private static String call(String server, String id) throws Exception {
    HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    boolean stream = !id.startsWith("document");
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(server + "/" + id + "/v1/chat/completions"))
            .header("Content-Type", "application/json")
            .POST(
                BodyPublishers.ofString(
                    "{\"model\":\"gpt-4o-mini\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]"
                        + (stream ? ",\"stream\":true}" : "}")))
            .build();
    switch (id) {
      case "document-async":
        HttpResponse<byte[]> bytes =
            client.sendAsync(request, BodyHandlers.ofByteArray()).get(20, TimeUnit.SECONDS);
        return bytes.statusCode() + " " + bytes.body().length + " bytes";
      case "stream-lines":
        HttpResponse<Stream<String>> lines = client.send(request, BodyHandlers.ofLines());
        try (Stream<String> body = lines.body()) {
          return lines.statusCode() + " " + body.collect(Collectors.toList());
        }
      case "cancelled-input-stream":
        HttpResponse<InputStream> open = client.send(request, BodyHandlers.ofInputStream());
        StringBuilder read = new StringBuilder();
        try (InputStream body = open.body()) {
          while (read.indexOf("Hel") < 0) {
            int b = body.read();
            if (b < 0) {
              return "ended early: " + read;
            }
            read.append((char) b);
          }
        }
        return open.statusCode() + " " + read;
      default:
        HttpResponse<String> text = client.send(request, BodyHandlers.ofString());
        return text.statusCode() + " " + text.body();
    }
  }

  private SmokeWorkload() {}
}
