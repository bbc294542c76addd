/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.testing.jdk;

import io.spanglass.testing.contract.ClientCall;
import io.spanglass.testing.contract.ClientCall.Next;
import io.spanglass.testing.contract.ClientCall.Protocol;
import io.spanglass.testing.contract.ClientDriver;
import io.spanglass.testing.contract.Endpoints;
import io.spanglass.testing.contract.Feature;
import io.spanglass.testing.contract.Scenarios;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.http.HttpClient;
import java.net.http.HttpClient.Redirect;
import java.net.http.HttpClient.Version;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandler;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpResponse.BodySubscriber;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The JDK's {@code java.net.http.HttpClient}. */
public final class JdkHttpClientDriver implements ClientDriver {

  private final ConcurrentLinkedQueue<HttpClient> kept = new ConcurrentLinkedQueue<>();

  /** Those with a stream that nobody reads: without its client the stream would end. */
  private final ConcurrentLinkedQueue<HttpClient> left = new ConcurrentLinkedQueue<>();

  private @Nullable Env env;
  private HttpClient.@Nullable Builder http1;
  private HttpClient.@Nullable Builder http2;
  private @Nullable HttpClient sharedHttp1;
  private @Nullable HttpClient sharedHttp2;

  @Override
  public @Nullable String lacks(Feature feature) {
    return switch (feature) {
      case CANCEL_BLOCKING -> "A blocking call is interrupted; it has no other handle.";
      case CANCEL_READING ->
          "A stream that is being read is closed by its reader; the future is completed by then.";
      case INTERRUPT_READING ->
          Runtime.version().feature() < 21
              ? "On Java 17 an interrupt does not wake a reader of the client's stream."
              : null;
      case FORGET_WAITING ->
          Runtime.version().feature() < 21
              ? null
              : "From Java 21 on the client keeps what waits for a response.";
      case READ_TIMEOUT -> "The client knows no limit for the time between two pieces of a body.";
      default -> null;
    };
  }

  @Override
  public void open(Endpoints endpoints) throws Exception {
    env = new Env(endpoints);
    http1 = builder(endpoints, Version.HTTP_1_1);
    http2 = builder(endpoints, Version.HTTP_2);
    sharedHttp1 = http1.build();
    sharedHttp2 = http2.build();
  }

  private static HttpClient.Builder builder(Endpoints endpoints, Version version) throws Exception {
    return HttpClient.newBuilder()
        .sslContext(endpoints.sslContext())
        .followRedirects(Redirect.ALWAYS)
        .version(version);
  }

  private HttpClient client(ClientCall call) {
    boolean plain = call.protocol() == Protocol.HTTP_1;
    HttpClient shared = plain ? sharedHttp1 : sharedHttp2;
    HttpClient.Builder builder = plain ? http1 : http2;
    if (shared == null || builder == null) {
      throw new IllegalStateException("not open");
    }
    if (!call.fresh()) {
      return shared;
    }
    // The JDK stops a client that the application has let go of, at any time.
    HttpClient fresh = builder.build();
    kept.add(fresh);
    return fresh;
  }

  @Override
  public void release() {
    kept.clear();
    env().releaseClients();
  }

  Env env() {
    return Objects.requireNonNull(env, "not open");
  }

  @Override
  public void own(Scenarios list) {
    JdkScenarios.addTo(list);
  }

  /** Which of these makes a future's dependents run depends on who comes first. */
  @Override
  public String thread(String name) {
    return Set.of(
                "app-main",
                "helper",
                "HttpClient-N-Worker-N",
                // Of CompletableFuture, with many and with few processors.
                "ForkJoinPool.commonPool-worker-N",
                "Thread-N")
            .contains(name)
        ? "the application's or the client's"
        : name;
  }

  @Override
  public void perform(ClientCall call) throws Exception {
    switch (call.way().body()) {
      case WHOLE -> {
        HttpResponse<byte[]> response = respond(call, client(call), BodyHandlers.ofByteArray());
        call.received(response.body(), 0, response.body().length);
        call.ended();
      }
      case STREAM -> {
        HttpClient client = client(call);
        InputStream in = respond(call, client, BodyHandlers.ofInputStream()).body();
        call.type("body", in);
        if (read(call, in)) {
          left.add(client);
        }
      }
      default -> {
        Subscriber subscriber = new Subscriber(call);
        respond(
            call,
            client(call),
            info -> {
              call.responded(info.statusCode(), info.version().toString(), info.headers().map());
              return subscriber;
            });
      }
    }
  }

  /** Returns whether the body was left as it is. */
  private static boolean read(ClientCall call, InputStream in) throws IOException {
    byte[] buffer = new byte[65536];
    for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
      Next next = call.received(buffer, 0, n);
      if (next != Next.READ_ON) {
        if (next == Next.CLOSE) {
          in.close();
        }
        return next == Next.LEAVE;
      }
    }
    in.close();
    call.ended();
    return false;
  }

  private static <T> HttpResponse<T> respond(
      ClientCall call, HttpClient client, BodyHandler<T> handler) throws Exception {
    HttpRequest request = request(call);
    HttpResponse<T> response =
        call.way().isAsync()
            ? await(call, client.sendAsync(request, handler))
            : client.send(request, handler);
    if (call.way().body() != Feature.PUSH) {
      call.responded(
          response.statusCode(), response.version().toString(), response.headers().map());
    }
    call.type("response", response);
    call.same("request", same(response.request(), request));
    call.same("publisher", response.request().bodyPublisher().equals(request.bodyPublisher()));
    return response;
  }

  @SuppressWarnings("ReferenceEquality") // Whether it is the same object is the question.
  private static boolean same(HttpRequest a, HttpRequest b) {
    return a == b;
  }

  private static <T> T await(ClientCall call, CompletableFuture<T> future) throws Exception {
    call.issued(() -> future.cancel(true));
    call.type("future", future);
    CompletableFuture<T> dependent =
        future.thenApply(
            response -> {
              call.calledBack("response");
              return response;
            });
    try {
      T response = future.get(30, TimeUnit.SECONDS);
      dependent.join();
      return response;
    } catch (ExecutionException e) {
      // Cancelled by the application, or completed by the client that noticed: who comes first.
      if (e.getCause() instanceof CancellationException) {
        throw new CancellationException();
      }
      throw e;
    }
  }

  private static HttpRequest request(ClientCall call) {
    HttpRequest.Builder builder =
        HttpRequest.newBuilder(call.uri()).method(call.method(), publisher(call));
    if (call.callTimeout() != null) {
      builder.timeout(call.callTimeout());
    }
    for (int i = 0; i < call.headers().size(); i += 2) {
      builder.header(call.headers().get(i), call.headers().get(i + 1));
    }
    return builder.build();
  }

  private static BodyPublisher publisher(ClientCall call) {
    return switch (call.body()) {
      case NONE -> BodyPublishers.noBody();
      case IN_MEMORY -> BodyPublishers.ofByteArray(call.content());
      case WRITTEN ->
          // Its length is unknown to the client, unlike that of byte arrays.
          BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(call.content()));
      case FAILING -> BodyPublishers.ofByteArrays(() -> failing(call));
    };
  }

  private static Iterator<byte[]> failing(ClientCall call) {
    List<byte[]> pieces = new ArrayList<>(call.pieces());
    Iterator<byte[]> iterator = pieces.subList(0, pieces.size() - 1).iterator();
    return new Iterator<>() {
      @Override
      public boolean hasNext() {
        return true;
      }

      @Override
      public byte[] next() {
        if (!iterator.hasNext()) {
          throw new UncheckedIOException(call.bodyFailure());
        }
        return iterator.next();
      }
    };
  }

  /** Asks for as many items as the call wants, each time that it got so many. */
  private static final class Subscriber implements BodySubscriber<String> {

    private final ClientCall call;
    private final CompletableFuture<String> body = new CompletableFuture<>();
    private Flow.@Nullable Subscription subscription;
    private boolean closed;

    Subscriber(ClientCall call) {
      this.call = call;
    }

    @Override
    public CompletionStage<String> getBody() {
      return body;
    }

    @Override
    public void onSubscribe(Flow.Subscription subscription) {
      call.pushed("onSubscribe");
      this.subscription = subscription;
      subscription.request(call.demand());
    }

    @Override
    public void onNext(List<ByteBuffer> buffers) {
      if (closed || subscription == null) {
        return;
      }
      call.pushed("onNext");
      int length = buffers.stream().mapToInt(ByteBuffer::remaining).sum();
      ByteBuffer joined = ByteBuffer.allocate(length);
      buffers.forEach(joined::put);
      if (call.received(joined.array(), 0, length) == Next.CLOSE) {
        closed = true;
        subscription.cancel();
        body.complete("cancelled");
      } else if (call.demand() != Long.MAX_VALUE) {
        subscription.request(call.demand());
      }
    }

    @Override
    public void onError(Throwable throwable) {
      if (!closed) {
        call.pushed("onError " + throwable.getClass().getName());
        body.completeExceptionally(throwable);
      }
    }

    @Override
    public void onComplete() {
      call.pushed("onComplete");
      call.ended();
      body.complete("complete");
    }
  }
}
