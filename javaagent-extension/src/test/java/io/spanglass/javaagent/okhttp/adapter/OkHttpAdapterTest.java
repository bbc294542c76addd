/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.javaagent.okhttp.adapter;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.opentelemetry.api.common.AttributeKey;
import io.spanglass.javaagent.AdapterTelemetry;
import io.spanglass.testing.server.Framing;
import io.spanglass.testing.server.RawHttpServer;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import okhttp3.Interceptor;
import okhttp3.MediaType;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import okhttp3.ResponseBody;
import okio.BufferedSink;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The adapter without the agent: two interceptors stand where the advice is. */
class OkHttpAdapterTest {
  private static final String BODY =
      "{\"model\":\"m-1\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}],\"stream\":true}";

  private static RawHttpServer server;

  /** How many answers were given; each reports as many tokens. */
  private static int answers;

  @BeforeAll
  static void start() throws IOException {
    server =
        RawHttpServer.start(
            request ->
                exchange -> {
                  exchange.readBody();
                  exchange.head(200, Framing.CHUNKED, "Content-Type", "text/event-stream");
                  exchange.data(answer(++answers).getBytes(UTF_8));
                  exchange.end();
                });
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  @BeforeEach
  void reset() {
    answers = 0;
    AdapterTelemetry.reset();
  }

  private static String answer(int tokens) {
    String head = "data: {\"id\":\"1\",\"object\":\"chat.completion.chunk\",\"model\":\"m-1\",";
    return head
        + "\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hi\"},\"finish_reason\":\"stop\"}]}\n\n"
        + head
        + "\"choices\":[],\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":"
        + tokens
        + ",\"total_tokens\":9}}\n\ndata: [DONE]\n\n";
  }

  private static Request request(RequestBody body) {
    return new Request.Builder().url(server.url() + "/v1/chat/completions").post(body).build();
  }

  private static RequestBody inMemory() {
    return RequestBody.create(MediaType.parse("application/json"), BODY);
  }

  /** The client as the agent makes it, with an interceptor of the application. */
  private static OkHttpClient client(Interceptor application) {
    return new OkHttpClient.Builder()
        .addInterceptor(OkHttpAdapterTest::firstLink)
        .addInterceptor(application)
        .addNetworkInterceptor(OkHttpAdapterTest::lastLink)
        .build();
  }

  private static Response firstLink(Interceptor.Chain chain) throws IOException {
    Object entered = OkHttpExchange.begin(chain, chain.request());
    Throwable thrown = null;
    try {
      return chain.proceed(chain.request());
    } catch (Throwable t) {
      thrown = t;
      throw t;
    } finally {
      if (entered != null) {
        OkHttpExchange.end(entered, thrown);
      }
    }
  }

  private static Response lastLink(Interceptor.Chain chain) throws IOException {
    Object attempt = OkHttpExchange.send(chain);
    try {
      Response response = chain.proceed(chain.request());
      ResponseBody body = OkHttpExchange.observe(response, Objects.requireNonNull(response.body()));
      return body == null ? response : response.newBuilder().body(body).build();
    } catch (Throwable t) {
      if (attempt != null) {
        OkHttpExchange.sendFailed(attempt, t);
      }
      throw t;
    }
  }

  private static @Nullable Long outputTokens() {
    return AdapterTelemetry.spans()
        .get(0)
        .getAttributes()
        .get(AttributeKey.longKey("gen_ai.usage.output_tokens"));
  }

  @Test
  void theAnswerThatTheApplicationGetsCountsThoughAnInterceptorReadAnotherToItsEnd()
      throws IOException {
    OkHttpClient client =
        client(
            chain -> {
              try (Response first = chain.proceed(chain.request())) {
                assertThat(Objects.requireNonNull(first.body()).string()).contains("[DONE]");
              }
              assertThat(AdapterTelemetry.spans()).isEmpty();
              return chain.proceed(chain.request());
            });
    try (Response response = client.newCall(request(inMemory())).execute()) {
      assertThat(Objects.requireNonNull(response.body()).string()).isEqualTo(answer(2));
    }
    assertThat(AdapterTelemetry.spans())
        .singleElement()
        .satisfies(span -> assertThat(AdapterTelemetry.end(span)).isEqualTo("completed"));
    assertThat(outputTokens()).isEqualTo(2);
  }

  @Test
  void whatAnInterceptorThrowsIsAnErrorAndNotAReset() {
    OkHttpClient client =
        client(
            chain -> {
              chain.proceed(chain.request()).close();
              throw new IOException("mine");
            });
    assertThatThrownBy(() -> client.newCall(request(inMemory())).execute()).hasMessage("mine");
    assertThat(AdapterTelemetry.spans())
        .singleElement()
        .satisfies(span -> assertThat(AdapterTelemetry.end(span)).isEqualTo("error"));
  }

  @Test
  void anAnswerOfAnInterceptorIsNoModelCall() throws IOException {
    OkHttpClient client =
        client(
            chain ->
                new Response.Builder()
                    .request(chain.request())
                    .protocol(okhttp3.Protocol.HTTP_1_1)
                    .code(200)
                    .message("OK")
                    .body(ResponseBody.create(null, "{}"))
                    .build());
    client.newCall(request(inMemory())).execute().close();
    assertThat(AdapterTelemetry.spans())
        .allSatisfy(span -> assertThat(AdapterTelemetry.end(span)).isNull());
  }

  /** Of a body that lies in memory the model is known before anything is sent. */
  @Test
  void aBodyInMemoryIsLookedIntoAndOneOfTheApplicationIsNot() {
    assertThat(OkHttpRequestBody.of(inMemory())).isNotNull();
    assertThat(OkHttpRequestBody.of(null)).isNull();
    assertThat(
            OkHttpRequestBody.of(
                new RequestBody() {
                  @Override
                  public @Nullable MediaType contentType() {
                    return null;
                  }

                  @Override
                  public void writeTo(BufferedSink sink) {
                    throw new AssertionError("written");
                  }
                }))
        .isNull();
    StringBuilder seen = new StringBuilder();
    Objects.requireNonNull(OkHttpRequestBody.of(inMemory()))
        .writeTo((bytes, offset, length) -> seen.append(new String(bytes, offset, length, UTF_8)));
    assertThat(seen.toString()).isEqualTo(BODY);
  }

  /** By reference: the same array, not a copy. */
  @Test
  void aLargeBodyIsNotCopied() {
    byte[] large = new byte[1024 * 1024];
    List<byte[]> seen = new ArrayList<>();
    Objects.requireNonNull(OkHttpRequestBody.of(RequestBody.create(null, large)))
        .writeTo((bytes, offset, length) -> seen.add(bytes));
    assertThat(seen).singleElement().isSameAs(large);
  }
}
