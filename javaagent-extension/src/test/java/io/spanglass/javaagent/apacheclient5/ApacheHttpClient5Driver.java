/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.javaagent.apacheclient5;

import io.spanglass.testing.contract.ClientCall;
import io.spanglass.testing.contract.ClientCall.Next;
import io.spanglass.testing.contract.ClientDriver;
import io.spanglass.testing.contract.Endpoints;
import io.spanglass.testing.contract.Feature;
import io.spanglass.testing.contract.Scenarios;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.apache.hc.client5.http.classic.methods.HttpUriRequestBase;
import org.apache.hc.client5.http.config.RequestConfig;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.CloseableHttpResponse;
import org.apache.hc.client5.http.impl.classic.HttpClients;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManagerBuilder;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpEntity;
import org.apache.hc.core5.http.io.EofSensorInputStream;
import org.apache.hc.core5.http.io.entity.ByteArrayEntity;
import org.apache.hc.core5.http.io.entity.EntityTemplate;
import org.apache.hc.core5.http.io.entity.EntityUtils;
import org.jspecify.annotations.Nullable;

/** The classic client of Apache HttpClient 5: whole bodies in a handler, streams without one. */
public final class ApacheHttpClient5Driver implements ClientDriver {

  /** A client that is collected closes its connections. */
  private final ConcurrentLinkedQueue<CloseableHttpClient> kept = new ConcurrentLinkedQueue<>();

  private @Nullable CloseableHttpClient shared;
  private @Nullable Endpoints endpoints;

  @Override
  public @Nullable String lacks(Feature feature) {
    return switch (feature) {
      case ASYNC, PUSH ->
          "Calls block, and bodies are read by your code: it is the classic client.";
      case INTERRUPT_WAITING, INTERRUPT_READING ->
          "A thread that waits on a socket is not woken by an interrupt.";
      case HTTP_2 -> "The classic client speaks HTTP/1.1 only.";
      case DUPLEX -> "A body is sent before the response is read.";
      default -> null;
    };
  }

  @Override
  public void open(Endpoints endpoints) {
    this.endpoints = endpoints;
    shared = client();
  }

  Endpoints endpoints() {
    return Objects.requireNonNull(endpoints, "not open");
  }

  private static CloseableHttpClient client() {
    return HttpClients.custom()
        .setConnectionManager(
            PoolingHttpClientConnectionManagerBuilder.create()
                .setMaxConnTotal(2000)
                .setMaxConnPerRoute(2000)
                .build())
        .build();
  }

  @Override
  public void own(Scenarios list) {
    ApacheHttpClient5Scenarios.addTo(list);
  }

  @Override
  public void perform(ClientCall call) throws Exception {
    CloseableHttpClient client = shared;
    if (call.fresh() || client == null) {
      client = client();
      kept.add(client);
    }
    HttpUriRequestBase request = request(call);
    call.issued(request::cancel);
    if (call.way().body() == Feature.WHOLE) {
      byte[] bytes =
          client.execute(
              request,
              response -> {
                call.calledBack("response");
                head(call, response);
                return EntityUtils.toByteArray(response.getEntity());
              });
      if (bytes != null) {
        call.received(bytes, 0, bytes.length);
      }
      call.ended();
      return;
    }
    CloseableHttpResponse response = client.execute(request);
    boolean close = true;
    try {
      head(call, response);
      HttpEntity entity = response.getEntity();
      if (entity != null) {
        call.type("stream", entity.getContent());
        close = read(call, entity.getContent());
      }
    } finally {
      if (close) {
        response.close();
      }
    }
  }

  private static HttpUriRequestBase request(ClientCall call) {
    HttpUriRequestBase request = new HttpUriRequestBase(call.method(), call.uri());
    List<String> headers = call.headers();
    for (int i = 0; i < headers.size(); i += 2) {
      request.addHeader(headers.get(i), headers.get(i + 1));
    }
    request.setEntity(
        switch (call.body()) {
          case NONE -> null;
          case IN_MEMORY -> new ByteArrayEntity(call.content(), null);
          case WRITTEN, FAILING -> new EntityTemplate(-1, null, null, out -> write(call, out));
        });
    // There is one limit for both.
    Duration timeout = call.callTimeout() != null ? call.callTimeout() : call.readTimeout();
    request.setConfig(
        RequestConfig.custom()
            .setResponseTimeout(
                timeout == null ? 60_000 : timeout.toMillis(), TimeUnit.MILLISECONDS)
            .build());
    return request;
  }

  private static void write(ClientCall call, OutputStream out) throws IOException {
    List<byte[]> pieces = call.pieces();
    for (int i = 0; i < pieces.size(); i++) {
      if (call.body() == ClientCall.Body.FAILING && i == pieces.size() - 1) {
        throw call.bodyFailure();
      }
      out.write(pieces.get(i));
      out.flush();
    }
  }

  private static void head(ClientCall call, ClassicHttpResponse response) {
    call.type("response", response);
    call.type("entity", response.getEntity());
    Map<String, List<String>> headers = new LinkedHashMap<>();
    for (Header header : response.getHeaders()) {
      headers
          .computeIfAbsent(header.getName(), name -> new ArrayList<>())
          .add(String.valueOf(header.getValue()));
    }
    call.responded(response.getCode(), String.valueOf(response.getVersion()), headers);
  }

  /** Returns whether the response is to be closed. */
  private static boolean read(ClientCall call, InputStream in) throws IOException {
    byte[] buffer = new byte[65536];
    for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
      Next next = call.received(buffer, 0, n);
      if (next == Next.CLOSE) {
        // Closing would read on, until the server has nothing more.
        ((EofSensorInputStream) in).abort();
      }
      if (next != Next.READ_ON) {
        return false;
      }
    }
    call.ended();
    return true;
  }
}
