/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.testing.jdk;

import io.spanglass.testing.contract.Transcript;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandler;
import java.net.http.HttpResponse.PushPromiseHandler;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** One request and what the application can see of its outcome. */
final class JdkCall {

  /** Which method of the client. */
  enum Call {
    SEND,
    SEND_ASYNC,
    SEND_ASYNC_PUSH
  }

  /** What the application does with a body. */
  @FunctionalInterface
  interface Reader<T> {
    void read(T body) throws Exception;
  }

  /** Writes the body down as it is; for bodies that are null by type, too. */
  static <T> Reader<T> noting(Transcript transcript) {
    return body -> transcript.add("body object", body);
  }

  private static final long TIMEOUT_SECONDS = 30;

  static <T> void perform(
      Transcript transcript,
      HttpClient client,
      Call call,
      HttpRequest request,
      BodyHandler<T> handler,
      Reader<T> reader) {
    try {
      HttpResponse<T> response;
      if (call == Call.SEND) {
        response = client.send(request, handler);
      } else {
        CompletableFuture<HttpResponse<T>> future =
            call == Call.SEND_ASYNC
                ? client.sendAsync(request, handler)
                : client.sendAsync(request, handler, ignorePushes());
        response = await(transcript, future);
      }
      response(transcript, request, response);
      reader.read(response.body());
    } catch (Throwable e) {
      transcript.exception("thrown", e);
    }
  }

  /** Waits for a future and writes down the state in which it ends. */
  static <T> T await(Transcript transcript, CompletableFuture<T> future) throws Exception {
    try {
      T result = future.get(TIMEOUT_SECONDS, TimeUnit.SECONDS);
      transcript.add("future", state(future));
      return result;
    } catch (ExecutionException e) {
      transcript.add("future", state(future));
      // Dependents see the same exception, wrapped once.
      try {
        future.thenApply(value -> value).join();
      } catch (Throwable dependent) {
        transcript.exception("dependent", dependent);
      }
      try {
        future.join();
      } catch (Throwable joined) {
        transcript.exception("join", joined);
      }
      future
          .exceptionally(
              thrown -> {
                transcript.exception("exceptionally", thrown);
                return null;
              })
          .join();
      throw e;
    }
  }

  static String state(CompletableFuture<?> future) {
    return "done="
        + future.isDone()
        + " cancelled="
        + future.isCancelled()
        + " exceptionally="
        + future.isCompletedExceptionally();
  }

  static <T> void response(Transcript transcript, HttpRequest request, HttpResponse<T> response) {
    transcript.add("status", response.statusCode());
    transcript.add("version", response.version());
    transcript.add("headers", headers(response.headers().map()));
    transcript.add("uri", response.uri().getPath());
    HttpRequest echoed = response.request();
    transcript.add("same request", same(echoed, request));
    transcript.add("same publisher", publisher(echoed) == publisher(request));
    transcript.add("request class", echoed.getClass().getName());
    Map<String, List<String>> headers = headers(echoed.headers().map());
    // What a propagator adds shows here, too.
    headers.remove("traceparent");
    transcript.add("request headers", headers);
    transcript.add("request method", echoed.method());
    transcript.add("tls", response.sslSession().isPresent());
    HttpResponse<T> previous = response.previousResponse().orElse(null);
    while (previous != null) {
      transcript.add(
          "previous",
          previous.statusCode()
              + " "
              + previous.uri().getPath()
              + " "
              + previous.request().method()
              + " same="
              + same(previous.request(), request)
              + " class="
              + previous.request().getClass().getName()
              + " body="
              + previous.body());
      previous = previous.previousResponse().orElse(null);
    }
  }

  @SuppressWarnings("ReferenceEquality") // Whether it is the same object is the question.
  static boolean same(HttpRequest a, HttpRequest b) {
    return a == b;
  }

  private static HttpRequest.@Nullable BodyPublisher publisher(HttpRequest request) {
    return request.bodyPublisher().orElse(null);
  }

  private static Map<String, List<String>> headers(Map<String, List<String>> headers) {
    return new TreeMap<>(headers);
  }

  private static <T> PushPromiseHandler<T> ignorePushes() {
    return (initiating, pushed, acceptor) -> {};
  }

  private JdkCall() {}
}
