/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.sdks;

import dev.langchain4j.exception.HttpException;
import dev.langchain4j.http.client.HttpClient;
import dev.langchain4j.http.client.HttpClientBuilder;
import dev.langchain4j.http.client.HttpRequest;
import dev.langchain4j.http.client.SuccessfulHttpResponse;
import dev.langchain4j.http.client.sse.ServerSentEventListener;
import dev.langchain4j.http.client.sse.ServerSentEventParser;
import java.io.IOException;
import java.time.Duration;
import java.util.Objects;
import okhttp3.Call;
import okhttp3.Callback;
import okhttp3.MediaType;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import org.jspecify.annotations.Nullable;

/** LangChain4j's interface for HTTP clients, on OkHttp, as applications write it. */
final class LangChain4jOnOkHttp implements HttpClient {
  private final OkHttpClient client;

  private LangChain4jOnOkHttp(OkHttpClient client) {
    this.client = client;
  }

  static HttpClientBuilder builder() {
    return new Builder();
  }

  private Call call(HttpRequest request) {
    Request.Builder builder = new Request.Builder().url(request.url());
    request
        .headers()
        .forEach((name, values) -> values.forEach(value -> builder.addHeader(name, value)));
    MediaType json = MediaType.parse("application/json");
    return client.newCall(builder.post(RequestBody.create(request.body(), json)).build());
  }

  @Override
  public SuccessfulHttpResponse execute(HttpRequest request) throws HttpException {
    try (Response response = call(request).execute()) {
      String body = Objects.requireNonNull(response.body()).string();
      if (!response.isSuccessful()) {
        throw new HttpException(response.code(), body);
      }
      return head(response).body(body).build();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void execute(
      HttpRequest request, ServerSentEventParser parser, ServerSentEventListener listener) {
    call(request)
        .enqueue(
            new Callback() {
              @Override
              public void onFailure(Call call, IOException e) {
                listener.onError(e);
              }

              @Override
              public void onResponse(Call call, Response response) throws IOException {
                try (response) {
                  if (!response.isSuccessful()) {
                    String body = Objects.requireNonNull(response.body()).string();
                    listener.onError(new HttpException(response.code(), body));
                    return;
                  }
                  listener.onOpen(head(response).build());
                  parser.parse(Objects.requireNonNull(response.body()).byteStream(), listener);
                  listener.onClose();
                }
              }
            });
  }

  private static SuccessfulHttpResponse.Builder head(Response response) {
    return SuccessfulHttpResponse.builder()
        .statusCode(response.code())
        .headers(response.headers().toMultimap());
  }

  private static final class Builder implements HttpClientBuilder {
    private final OkHttpClient.Builder client = new OkHttpClient.Builder();
    private @Nullable Duration connectTimeout;
    private @Nullable Duration readTimeout;

    @Override
    public @Nullable Duration connectTimeout() {
      return connectTimeout;
    }

    @Override
    public HttpClientBuilder connectTimeout(@Nullable Duration timeout) {
      connectTimeout = timeout;
      return this;
    }

    @Override
    public @Nullable Duration readTimeout() {
      return readTimeout;
    }

    @Override
    public HttpClientBuilder readTimeout(@Nullable Duration timeout) {
      readTimeout = timeout;
      return this;
    }

    @Override
    public HttpClient build() {
      if (connectTimeout != null) {
        client.connectTimeout(connectTimeout);
      }
      if (readTimeout != null) {
        client.readTimeout(readTimeout);
      }
      return new LangChain4jOnOkHttp(client.build());
    }
  }
}
