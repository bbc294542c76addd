/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.javaagent.okhttp;

import io.opentelemetry.api.GlobalOpenTelemetry;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Scope;
import io.spanglass.testing.server.Signals;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.SocketTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import okhttp3.Call;
import okhttp3.Callback;
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
 * The application's part: makes the calls and writes down everything that it sees of them. Compiled
 * against OkHttp 3.12 and run with that and every later one.
 */
final class OkHttpWorkload {

  /** Set by the other side when it has seen all that it waits for. */
  static final String FINISH = "finish";

  private static final MediaType JSON = MediaType.parse("application/json");

  private final Signals.Remote signals;
  private final String http1;
  private final String http2;
  private final int refusedPort;
  private final SSLContext tls;
  private final X509TrustManager trust;
  private final List<String> transcript = new ArrayList<>();
  private final List<Object> held = new ArrayList<>();

  private OkHttpWorkload(String[] args) throws Exception {
    http1 = args[1];
    http2 = args[2];
    refusedPort = Integer.parseInt(args[3]);
    signals = new Signals.Remote(Integer.parseInt(args[4]));
    KeyStore keys = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(Path.of(args[5]))) {
      keys.load(in, args[6].toCharArray());
    }
    TrustManagerFactory factory =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init(keys);
    trust = (X509TrustManager) factory.getTrustManagers()[0];
    tls = SSLContext.getInstance("TLS");
    tls.init(null, factory.getTrustManagers(), null);
  }

  /**
   * Arguments: names of cases separated by commas, addresses, the port of the signals, key store
   * and password, the transcript's file.
   */
  public static void main(String[] args) throws Exception {
    OkHttpWorkload workload = new OkHttpWorkload(args);
    Tracer tracer = GlobalOpenTelemetry.getTracer("app");
    for (String name : args[0].split(",", -1)) {
      OkHttpCase okHttpCase = OkHttpCase.valueOf(name);
      Thread thread = new Thread(() -> workload.run(tracer, okHttpCase), "app-" + name);
      thread.start();
      thread.join();
    }
    Files.write(Path.of(args[7]), workload.transcript);
    System.out.println("called");
    Thread collector = new Thread(OkHttpWorkload::collect);
    collector.setDaemon(true);
    collector.start();
    workload.signals.await(FINISH);
    System.exit(0);
  }

  /** What is dropped is found by the collector only. */
  private static void collect() {
    while (true) {
      System.gc();
      try {
        Thread.sleep(500);
      } catch (InterruptedException e) {
        return;
      }
    }
  }

  private void run(Tracer tracer, OkHttpCase okHttpCase) {
    transcript.add("=== " + okHttpCase);
    Span span = tracer.spanBuilder(okHttpCase.id()).startSpan();
    Player player = new Player(okHttpCase, span);
    try (Scope scope = span.makeCurrent()) {
      player.play();
    } catch (Throwable e) {
      player.exception("case", e);
    } finally {
      span.end();
      player.close();
    }
  }

  /** One case. */
  private final class Player {
    private final OkHttpCase okHttpCase;
    private final Span span;
    private final OkHttpClient client;
    private final Request request;
    private final List<String> events = new ArrayList<>();

    Player(OkHttpCase okHttpCase, Span span) {
      this.okHttpCase = okHttpCase;
      this.span = span;
      OkHttpClient.Builder builder =
          new OkHttpClient.Builder().eventListenerFactory(call -> new Events());
      if (okHttpCase.isHttp2()) {
        builder.sslSocketFactory(tls.getSocketFactory(), trust);
      }
      configure(builder);
      client = builder.build();
      request = request();
    }

    private synchronized void add(String what, @Nullable Object value) {
      transcript.add(what + ": " + normalize(String.valueOf(value)));
    }

    void exception(String what, Throwable thrown) {
      StringBuilder text = new StringBuilder();
      for (Throwable t = thrown; t != null; t = t.getCause()) {
        text.append(t.getClass().getName());
        if (t instanceof SocketTimeoutException) {
          // The socket's own and OkHttp's run out together; which comes first is chance.
          break;
        }
        text.append('(').append(t.getMessage()).append(") ");
        if (t instanceof InterruptedIOException) {
          // Below it is whatever the client was doing when the time was over.
          break;
        }
      }
      add(what, text);
    }

    void close() {
      client.dispatcher().executorService().shutdown();
      client.connectionPool().evictAll();
      // Which of a call's last events come when depends on the other threads where it is broken
      // off.
      synchronized (events) {
        if (String.valueOf(okHttpCase.end()).equals("completed")) {
          add("events", events);
        }
      }
    }

    private String url() {
      String base =
          okHttpCase == OkHttpCase.REFUSED
              ? "http://127.0.0.1:" + refusedPort
              : okHttpCase.isHttp2() ? http2 : http1;
      return base
          + "/"
          + okHttpCase.id()
          + (okHttpCase == OkHttpCase.OTHER_TRAFFIC ? "/v1/models" : "/v1/chat/completions");
    }

    private String json() {
      return "{\"model\":\""
          + OkHttpCase.MODEL
          + "\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi"
          + (okHttpCase == OkHttpCase.STREAM_LARGE_REQUEST ? "!".repeat(1_000_000) : "")
          + "\"}]"
          + (okHttpCase.isDocument() ? "" : ",\"stream\":true")
          + ",\"seed\":4711}";
    }

    @SuppressWarnings("deprecation") // In later versions.
    private Request request() {
      RequestBody body =
          okHttpCase == OkHttpCase.STREAM_OWN_BODY
              ? new OwnBody()
              : okHttpCase == OkHttpCase.STREAM_DUPLEX
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
        case CALL_TIMEOUT, CALL_TIMEOUT_ENQUEUED, CALL_TIMEOUT_IN_STREAM ->
            builder.callTimeout(400, TimeUnit.MILLISECONDS);
        case READ_TIMEOUT, READ_TIMEOUT_IN_STREAM, READ_TIMEOUT_HTTP2 ->
            builder.readTimeout(300, TimeUnit.MILLISECONDS);
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
        case DOCUMENT_ENQUEUED, STREAM_ENQUEUED, CALL_TIMEOUT_ENQUEUED -> enqueue();
        case STREAM_SSE_MODULE, CANCELLED_SSE_MODULE -> events();
        case STREAM_RESENT -> {
          Request warm = request.newBuilder().url(url() + "/warm").get().build();
          try (Response response = client.newCall(warm).execute()) {
            add("warm", response.body().string());
          }
          read(client.newCall(request).execute());
        }
        case STREAM_DUPLEX -> {
          Response response = client.newCall(request).execute();
          ((DuplexBody) request.body()).send(json());
          read(response);
        }
        case CLOSED_AFTER_DONE -> readUntil(client.newCall(request).execute(), "[DONE]").close();
        case CLOSED_EARLY -> {
          readUntil(client.newCall(request).execute(), "Hel").close();
          add("connections", client.connectionPool().connectionCount());
        }
        case CANCELLED_BEFORE_HEADERS -> {
          Call call = client.newCall(request);
          after(call::cancel);
          read(call.execute());
        }
        case CANCELLED_IN_STREAM, CANCELLED_HTTP2 -> {
          Call call = client.newCall(request);
          Response response = readUntil(call.execute(), "\n\n");
          Thread canceller = new Thread(call::cancel);
          canceller.start();
          canceller.join();
          broken(response);
          add("cancelled", call.isCanceled());
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
        case CALL_TIMEOUT_IN_STREAM, READ_TIMEOUT_IN_STREAM, READ_TIMEOUT_HTTP2 ->
            broken(readUntil(client.newCall(request).execute(), "\n\n"));
        case RESET_IN_STREAM, RESET_HTTP2 -> {
          Response response = readUntil(client.newCall(request).execute(), "\n\n");
          signals.set(okHttpCase.id());
          broken(response);
        }
        case INTERCEPTOR_PEEKS, INTERCEPTOR_ANSWERS -> {
          Response response = client.newCall(request).execute();
          add("same response", response == held.remove(held.size() - 1));
          read(response);
        }
        case OTHER_TRAFFIC -> other();
        case LEFT_UNREAD -> held.add(readUntil(client.newCall(request).execute(), "\n\n"));
        case DROPPED -> readUntil(client.newCall(request).execute(), "\n\n");
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
                signals.await(okHttpCase.id());
                action.run();
              });
      thread.start();
    }

    private void enqueue() throws Exception {
      CompletableFuture<String> done = new CompletableFuture<>();
      client
          .newCall(request)
          .enqueue(
              new Callback() {
                @Override
                public void onResponse(Call call, Response response) throws IOException {
                  add("callback in", Span.current().getSpanContext().equals(span.getSpanContext()));
                  read(response);
                  done.complete("response");
                }

                @Override
                public void onFailure(Call call, IOException e) {
                  add("callback in", Span.current().getSpanContext().equals(span.getSpanContext()));
                  exception("failure", e);
                  done.complete("failure");
                }
              });
      add("got", done.get(20, TimeUnit.SECONDS));
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

    private void other() throws Exception {
      try (Response response = client.newCall(request).execute()) {
        add("other", response.body().string());
      }
      CompletableFuture<String> done = new CompletableFuture<>();
      client.newWebSocket(
          new Request.Builder().url(http1 + "/" + okHttpCase.id() + "/v1/chat/completions").build(),
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
              exception("socket", failure);
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
        exception("broken", e);
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

    /** One that OkHttp knows nothing of. */
    private final class OwnBody extends RequestBody {
      private int writes;

      @Override
      public @Nullable MediaType contentType() {
        return JSON;
      }

      @Override
      public void writeTo(BufferedSink sink) throws IOException {
        add("written", ++writes);
        sink.writeUtf8(json());
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
