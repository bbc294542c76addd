/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.javaagent.clients;

import io.opentelemetry.context.Context;
import io.opentelemetry.context.Scope;
import io.spanglass.testing.contract.ContractScenario.View;
import io.spanglass.testing.contract.Endpoints;
import io.spanglass.testing.contract.Feature;
import io.spanglass.testing.contract.Scenarios;
import io.spanglass.testing.contract.Transcript;
import io.spanglass.testing.server.Signals;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import okhttp3.Call;
import okhttp3.Connection;
import okhttp3.EventListener;
import okhttp3.MediaType;
import okhttp3.OkHttpClient;
import okhttp3.Protocol;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import okhttp3.ResponseBody;
import okhttp3.WebSocket;
import okhttp3.WebSocketListener;
import okhttp3.sse.EventSource;
import okhttp3.sse.EventSourceListener;
import okhttp3.sse.EventSources;
import okio.Buffer;
import okio.BufferedSink;
import okio.BufferedSource;
import okio.GzipSink;
import okio.Okio;
import org.jspecify.annotations.Nullable;

/**
 * What only OkHttp has: makes the calls and writes down everything that it sees of them. Compiled
 * against OkHttp 3.12 and run with that and every later one.
 */
final class OkHttpScenarios {

  private static final MediaType JSON = MediaType.parse("application/json");
  private static final Duration SHORT = Duration.ofMillis(1500);

  static void addTo(Scenarios scenarios) {
    for (OkHttpCase okHttpCase : OkHttpCase.values()) {
      Set<Feature> needs = EnumSet.of(Feature.BLOCKING);
      if (okHttpCase.isHttp2()) {
        needs.add(Feature.HTTP_2);
      }
      if (okHttpCase == OkHttpCase.STREAM_DUPLEX) {
        needs.add(Feature.DUPLEX);
      }
      scenarios.own(
          okHttpCase.name(),
          View.EXACT,
          needs,
          exchange -> okHttpCase.play(exchange, scenarios.signals()),
          (driver, id, transcript) ->
              play(okHttpCase, ((OkHttpDriver) driver).endpoints(), id, transcript),
          okHttpCase.expected(),
          okHttpCase.point());
    }
  }

  private static void play(
      OkHttpCase okHttpCase, Endpoints endpoints, String id, Transcript transcript)
      throws Exception {
    Player player = new Player(okHttpCase, endpoints, id, transcript);
    try {
      player.play();
    } finally {
      player.close();
    }
  }

  /** One case. */
  private static final class Player {
    private final OkHttpCase okHttpCase;
    private final Endpoints endpoints;
    private final String id;
    private final Transcript transcript;
    private final Signals.Remote signals;
    private final OkHttpClient client;
    private final Request request;
    private final List<Object> held = new ArrayList<>();
    private final List<String> events = new ArrayList<>();

    Player(OkHttpCase okHttpCase, Endpoints endpoints, String id, Transcript transcript)
        throws Exception {
      this.okHttpCase = okHttpCase;
      this.endpoints = endpoints;
      this.id = id;
      this.transcript = transcript;
      this.signals = new Signals.Remote(endpoints.signals());
      OkHttpClient.Builder builder =
          new OkHttpClient.Builder().eventListenerFactory(call -> new Events());
      if (okHttpCase.isHttp2()) {
        builder.sslSocketFactory(
            endpoints.sslContext().getSocketFactory(), endpoints.trustManager());
      }
      configure(builder);
      client = builder.build();
      request = request();
    }

    private void add(String what, @Nullable Object value) {
      transcript.add(what, normalize(String.valueOf(value)));
    }

    void close() {
      client.dispatcher().executorService().shutdown();
      client.connectionPool().evictAll();
      // Which of a call's last events come when depends on the other threads where it is broken
      // off.
      synchronized (events) {
        if (okHttpCase.expected().end().equals("completed")) {
          add("events", events);
        }
      }
    }

    private String url() {
      return (okHttpCase.isHttp2() ? endpoints.http2() : endpoints.http1())
          + "/"
          + id
          + (okHttpCase == OkHttpCase.OTHER_REQUEST ? "/v1/models" : "/v1/chat/completions");
    }

    private static String json() {
      return "{\"model\":\"gpt-4o-mini\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}],"
          + "\"stream\":true}";
    }

    @SuppressWarnings("deprecation") // In later versions.
    private Request request() {
      RequestBody body =
          okHttpCase == OkHttpCase.STREAM_DUPLEX
              ? new DuplexBody()
              : RequestBody.create(JSON, json());
      Request.Builder builder = new Request.Builder().url(url()).post(body).tag("the tag");
      if (okHttpCase == OkHttpCase.STREAM_GZIP_ASKED) {
        builder.header("Accept-Encoding", "gzip");
      }
      if (okHttpCase == OkHttpCase.STREAM_EXPECT_CONTINUE) {
        builder.header("Expect", "100-continue");
      }
      return builder.build();
    }

    private void configure(OkHttpClient.Builder builder) {
      switch (okHttpCase) {
        case STREAM_CHALLENGED ->
            builder.authenticator(
                (route, response) ->
                    response.request().newBuilder().header("Authorization", "Basic eDp5").build());
        case STREAM_GZIP_REQUEST ->
            builder.addInterceptor(
                chain -> {
                  RequestBody body = chain.request().body();
                  add("interceptor's body", body == request.body());
                  return chain.proceed(
                      chain
                          .request()
                          .newBuilder()
                          .header("Content-Encoding", "gzip")
                          .post(new GzipBody(body))
                          .build());
                });
        case CALL_TIMEOUT_IN_STREAM -> builder.callTimeout(SHORT);
        case INTERCEPTOR_PEEKS ->
            builder.addInterceptor(
                chain -> {
                  add("same request", chain.request() == request);
                  Response response = chain.proceed(chain.request());
                  BufferedSource source = response.body().source();
                  source.request(Long.MAX_VALUE);
                  add("peeked", source.buffer().clone().readUtf8());
                  held.add(response);
                  return response;
                });
        case INTERCEPTOR_RETRIES ->
            builder.addInterceptor(
                chain -> {
                  Response response = chain.proceed(chain.request());
                  add("first", response.code() + " " + response.body().string());
                  return chain.proceed(chain.request().newBuilder().header("Attempt", "2").build());
                });
        case INTERCEPTOR_SWITCHES_THREAD ->
            builder.addInterceptor(
                chain -> {
                  ExecutorService executor = Executors.newSingleThreadExecutor();
                  try {
                    return executor.submit(() -> chain.proceed(chain.request())).get();
                  } catch (InterruptedException | ExecutionException e) {
                    throw new IOException(e);
                  } finally {
                    executor.shutdown();
                  }
                });
        case INTERCEPTOR_WRAPS_BODY ->
            builder.addNetworkInterceptor(
                chain -> {
                  Response response = chain.proceed(chain.request());
                  add("network request", response.request() == chain.request());
                  add("network body", response.body().getClass().getName());
                  return response.newBuilder().body(new OwnResponse(response.body())).build();
                });
        case INTERCEPTOR_THROWS_BEFORE ->
            builder.addInterceptor(
                chain -> {
                  throw new IOException("no credentials");
                });
        case INTERCEPTOR_THROWS_AFTER ->
            builder.addInterceptor(
                chain -> {
                  try (Response unused = chain.proceed(chain.request())) {
                    throw new IOException("not allowed");
                  }
                });
        case INTERCEPTOR_ANSWERS ->
            builder.addInterceptor(
                chain -> {
                  @SuppressWarnings("deprecation")
                  Response response =
                      new Response.Builder()
                          .request(chain.request())
                          .protocol(Protocol.HTTP_1_1)
                          .code(200)
                          .message("from the cache")
                          .body(ResponseBody.create(JSON, "{}"))
                          .build();
                  held.add(response);
                  return response;
                });
        default -> {}
      }
    }

    void play() throws Exception {
      switch (okHttpCase) {
        case STREAM_SSE_MODULE, CANCELLED_SSE_MODULE -> events();
        case STREAM_RESENT -> {
          // Not of the call: below no span.
          try (Scope scope = Context.root().makeCurrent()) {
            String url = endpoints.http1() + "/warm/" + id;
            Request warm = new Request.Builder().url(url).build();
            try (Response response = client.newCall(warm).execute()) {
              add("warm", response.body().string());
            }
          }
          read(client.newCall(request).execute());
        }
        case STREAM_DUPLEX -> {
          Response response = client.newCall(request).execute();
          ((DuplexBody) request.body()).send(json());
          read(response);
        }
        case INTERRUPTED_HTTP2 -> {
          Thread thread = Thread.currentThread();
          after(thread::interrupt);
          try {
            read(client.newCall(request).execute());
          } finally {
            add("interrupted", Thread.interrupted());
          }
        }
        case CALL_TIMEOUT_IN_STREAM -> broken(readUntil(client.newCall(request).execute(), "\n\n"));
        case INTERCEPTOR_PEEKS, INTERCEPTOR_ANSWERS -> {
          Response response = client.newCall(request).execute();
          add("same response", response == held.remove(held.size() - 1));
          read(response);
        }
        case WEB_SOCKET -> webSocket();
        default -> {
          Call call = client.newCall(request);
          read(call.execute());
          add("idle connections", client.connectionPool().idleConnectionCount());
        }
      }
    }

    private void after(Runnable action) {
      Thread thread =
          new Thread(
              () -> {
                signals.await(id + "/received");
                action.run();
              });
      thread.start();
    }

    private void events() throws Exception {
      CompletableFuture<String> done = new CompletableFuture<>();
      EventSources.createFactory(client)
          .newEventSource(
              request,
              new EventSourceListener() {
                @Override
                public void onOpen(EventSource source, Response response) {
                  add("open", response.code() + " " + response.header("Content-Type"));
                }

                @Override
                public void onEvent(
                    EventSource source, @Nullable String id, @Nullable String type, String data) {
                  add("event", data);
                  if (okHttpCase == OkHttpCase.CANCELLED_SSE_MODULE) {
                    source.cancel();
                  }
                }

                @Override
                public void onClosed(EventSource source) {
                  done.complete("closed");
                }

                @Override
                public void onFailure(
                    EventSource source, @Nullable Throwable failure, @Nullable Response response) {
                  done.complete("failure");
                }
              });
      add("got", done.get(20, TimeUnit.SECONDS));
    }

    private void webSocket() throws Exception {
      CompletableFuture<String> done = new CompletableFuture<>();
      client.newWebSocket(
          new Request.Builder().url(url()).build(),
          new WebSocketListener() {
            @Override
            public void onMessage(WebSocket socket, String text) {
              add("message", text);
            }

            @Override
            public void onClosing(WebSocket socket, int code, String reason) {
              socket.close(code, null);
              done.complete("closing " + code);
            }

            @Override
            public void onFailure(
                WebSocket socket, Throwable failure, @Nullable Response response) {
              transcript.exception("socket", failure);
              done.complete("failure");
            }
          });
      add("web socket", done.get(20, TimeUnit.SECONDS));
    }

    private void head(Response response) {
      add(
          "response",
          response.protocol()
              + " "
              + response.code()
              + " "
              + response.message()
              + " "
              + response.headers().toMultimap());
      // With a redirect or a challenge it is another one.
      add("same request", response.request() == request);
      add("same request body", response.request().body() == request.body());
      add("request", response.request().method() + " " + response.request().headers());
      add("tag", response.request().tag());
      ResponseBody body = response.body();
      add(
          "body",
          body.getClass().getName() + " " + body.contentType() + " " + body.contentLength());
      add(
          "source",
          body.source().getClass().getName() + " " + body.source().timeout().hasDeadline());
      StringBuilder chain = new StringBuilder();
      for (Response prior = response.priorResponse();
          prior != null;
          prior = prior.priorResponse()) {
        chain.append(prior.code()).append(' ');
      }
      add("prior", chain);
      add("network", response.networkResponse() != null);
      add("cached", response.cacheResponse() != null);
      add("handshake", response.handshake() != null);
    }

    private void read(Response response) throws IOException {
      head(response);
      try (response) {
        add("read", response.body().source().readByteString().hex());
        add("exhausted", response.body().source().exhausted());
      }
    }

    private Response readUntil(Response response, String text) throws IOException {
      head(response);
      Buffer read = new Buffer();
      while (!read.clone().readUtf8().contains(text)) {
        if (response.body().source().read(read, 8192) < 0) {
          throw new IOException("ended before " + text);
        }
      }
      add("read", read.readUtf8());
      return response;
    }

    private void broken(Response response) {
      try (response) {
        add("read on", response.body().source().readUtf8());
      } catch (IOException e) {
        transcript.exception("broken", e);
      }
    }

    /** What an application can see of the connection's life. */
    private final class Events extends EventListener {
      private void event(String name) {
        synchronized (events) {
          events.add(name);
        }
      }

      @Override
      public void connectionAcquired(Call call, Connection connection) {
        event("acquired");
      }

      @Override
      public void connectionReleased(Call call, Connection connection) {
        event("released");
      }

      @Override
      public void requestHeadersEnd(Call call, Request sent) {
        event("request " + (sent.body() == request.body()));
      }

      @Override
      public void requestBodyEnd(Call call, long bytes) {
        event("sent " + bytes);
      }

      @Override
      public void responseHeadersEnd(Call call, Response response) {
        event("head " + response.code());
      }

      @Override
      public void responseBodyStart(Call call) {
        event("body");
      }

      @Override
      public void responseBodyEnd(Call call, long bytes) {
        event("received " + bytes);
      }

      @Override
      public void callEnd(Call call) {
        event("end");
      }

      @Override
      public void callFailed(Call call, IOException failure) {
        event("failed");
      }
    }
  }

  /** Kept open by the application; known to OkHttp 4 and later. */
  private static final class DuplexBody extends RequestBody {
    private final CompletableFuture<BufferedSink> sink = new CompletableFuture<>();

    @Override
    public @Nullable MediaType contentType() {
      return JSON;
    }

    // Overrides in OkHttp 3.14 and later; public as it is there.
    @SuppressWarnings({"UnusedMethod", "EffectivelyPrivate"})
    public boolean isDuplex() {
      return true;
    }

    @Override
    public void writeTo(BufferedSink sink) {
      this.sink.complete(sink);
    }

    void send(String text) throws Exception {
      try (BufferedSink open = sink.get(20, TimeUnit.SECONDS)) {
        open.writeUtf8(text);
      }
    }
  }

  private static final class GzipBody extends RequestBody {
    private final RequestBody body;

    GzipBody(RequestBody body) {
      this.body = body;
    }

    @Override
    public @Nullable MediaType contentType() {
      return body.contentType();
    }

    @Override
    public void writeTo(BufferedSink sink) throws IOException {
      try (BufferedSink zipped = Okio.buffer(new GzipSink(sink))) {
        body.writeTo(zipped);
      }
    }
  }

  private static final class OwnResponse extends ResponseBody {
    private final ResponseBody body;

    OwnResponse(ResponseBody body) {
      this.body = body;
    }

    @Override
    public @Nullable MediaType contentType() {
      return body.contentType();
    }

    @Override
    public long contentLength() {
      return body.contentLength();
    }

    @Override
    public BufferedSource source() {
      return body.source();
    }
  }

  private static String normalize(String text) {
    return text.replaceAll("@[0-9a-f]+", "@N").replaceAll("127.0.0.1:\\d+", "127.0.0.1:N");
  }
}
