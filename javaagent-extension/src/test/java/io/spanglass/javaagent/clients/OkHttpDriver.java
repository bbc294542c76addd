/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.javaagent.clients;

import io.spanglass.testing.contract.ClientCall;
import io.spanglass.testing.contract.ClientCall.Next;
import io.spanglass.testing.contract.ClientDriver;
import io.spanglass.testing.contract.Endpoints;
import io.spanglass.testing.contract.Feature;
import io.spanglass.testing.contract.Scenarios;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import okhttp3.Call;
import okhttp3.Callback;
import okhttp3.ConnectionPool;
import okhttp3.Dispatcher;
import okhttp3.MediaType;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import okhttp3.ResponseBody;
import okio.BufferedSink;
import org.jspecify.annotations.Nullable;

/** OkHttp, by what 3.12 to 5 have in common. */
public final class OkHttpDriver implements ClientDriver {

  private @Nullable OkHttpClient shared;
  private @Nullable Endpoints endpoints;

  @Override
  public @Nullable String lacks(Feature feature) {
    return switch (feature) {
      case PUSH -> "Bodies are read by your code; none is pushed to it.";
      case INTERRUPT_WAITING ->
          "A thread that waits for a response on a socket is not woken by an interrupt.";
      case REDIRECTS -> is312() ? "OkHttp 3.12 does not follow status 307 of a POST." : null;
      case DUPLEX -> is312() ? "OkHttp 3.12 sends a body before it reads the response." : null;
      default -> null;
    };
  }

  private static boolean is312() {
    try {
      Class.forName("okhttp3.OkHttp");
      return false;
    } catch (ClassNotFoundException e) {
      return true;
    }
  }

  @Override
  public void open(Endpoints endpoints) throws Exception {
    this.endpoints = endpoints;
    Dispatcher dispatcher = new Dispatcher();
    dispatcher.setMaxRequests(2000);
    dispatcher.setMaxRequestsPerHost(2000);
    shared =
        new OkHttpClient.Builder()
            .sslSocketFactory(endpoints.sslContext().getSocketFactory(), endpoints.trustManager())
            .dispatcher(dispatcher)
            .readTimeout(60, TimeUnit.SECONDS)
            .build();
  }

  Endpoints endpoints() {
    return Objects.requireNonNull(endpoints, "not open");
  }

  @Override
  public void own(Scenarios list) {
    OkHttpScenarios.addTo(list);
  }

  @Override
  public void perform(ClientCall call) throws Exception {
    Request request = request(call);
    Call okHttpCall = client(call).newCall(request);
    call.issued(okHttpCall::cancel);
    if (!call.way().isAsync()) {
      take(call, request, okHttpCall.execute());
      return;
    }
    CompletableFuture<Void> end = new CompletableFuture<>();
    okHttpCall.enqueue(
        new Callback() {
          @Override
          public void onFailure(Call failed, IOException failure) {
            call.calledBack("failure");
            end.completeExceptionally(failure);
          }

          @Override
          public void onResponse(Call answered, Response response) {
            call.calledBack("response");
            call.same("call", answered.equals(okHttpCall));
            try {
              take(call, request, response);
              end.complete(null);
            } catch (Throwable e) {
              end.completeExceptionally(e);
            }
          }
        });
    try {
      end.get(60, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IOException) {
        throw (IOException) e.getCause();
      }
      throw e;
    }
  }

  private OkHttpClient client(ClientCall call) {
    OkHttpClient.Builder builder = Objects.requireNonNull(shared).newBuilder();
    if (call.fresh()) {
      builder.connectionPool(new ConnectionPool());
    }
    if (call.callTimeout() != null) {
      builder.callTimeout(call.callTimeout());
    }
    if (call.readTimeout() != null) {
      builder.readTimeout(call.readTimeout());
    }
    return builder.build();
  }

  private static Request request(ClientCall call) {
    Request.Builder builder = new Request.Builder().url(call.uri().toString());
    List<String> headers = call.headers();
    for (int i = 0; i < headers.size(); i += 2) {
      builder.addHeader(headers.get(i), headers.get(i + 1));
    }
    return builder.method(call.method(), body(call)).build();
  }

  private static @Nullable RequestBody body(ClientCall call) {
    MediaType json = MediaType.parse("application/json");
    return switch (call.body()) {
      case NONE -> null;
      case IN_MEMORY -> RequestBody.create(json, call.content());
      case WRITTEN, FAILING -> new WrittenBody(json, call);
    };
  }

  private static void take(ClientCall call, Request request, Response response) throws IOException {
    call.type("response", response);
    call.same("request", response.request().equals(request));
    call.responded(
        response.code(), response.protocol().toString(), response.headers().toMultimap());
    ResponseBody body = Objects.requireNonNull(response.body());
    call.type("body", body);
    call.type("source", body.source());
    boolean close = true;
    try {
      if (call.way().body() == Feature.WHOLE) {
        byte[] bytes = body.bytes();
        call.received(bytes, 0, bytes.length);
        call.ended();
      } else {
        close = read(call, body.byteStream());
      }
    } finally {
      if (close) {
        response.close();
      }
    }
  }

  /** Returns whether the response is to be closed. */
  private static boolean read(ClientCall call, InputStream in) throws IOException {
    byte[] buffer = new byte[65536];
    for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
      Next next = call.received(buffer, 0, n);
      if (next != Next.READ_ON) {
        return next == Next.CLOSE;
      }
    }
    call.ended();
    return true;
  }

  /** Of unknown length. */
  private static final class WrittenBody extends RequestBody {

    private final @Nullable MediaType type;
    private final ClientCall call;

    WrittenBody(@Nullable MediaType type, ClientCall call) {
      this.type = type;
      this.call = call;
    }

    @Override
    public @Nullable MediaType contentType() {
      return type;
    }

    @Override
    public void writeTo(BufferedSink sink) throws IOException {
      List<byte[]> pieces = call.pieces();
      for (int i = 0; i < pieces.size(); i++) {
        if (call.body() == ClientCall.Body.FAILING && i == pieces.size() - 1) {
          throw call.bodyFailure();
        }
        sink.write(pieces.get(i));
        sink.flush();
      }
    }
  }
}
