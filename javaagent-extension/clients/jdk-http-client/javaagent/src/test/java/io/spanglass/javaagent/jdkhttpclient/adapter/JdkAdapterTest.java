/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.javaagent.jdkhttpclient.adapter;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.spanglass.testing.AdapterTelemetry;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The adapter without the agent: what the client and the advice would call is called here. */
class JdkAdapterTest {
  private static final String BODY =
      "{\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}],\"stream\":true,\"model\":\"m-1\"}";
  private static final String CHUNK =
      "data: {\"id\":\"1\",\"object\":\"chat.completion.chunk\",\"model\":\"m-1\",\"choices\":"
          + "[{\"index\":0,\"delta\":{\"content\":\"Hi\"},\"finish_reason\":null}]}\n\n";

  private final Received received = new Received();

  @BeforeEach
  void reset() {
    AdapterTelemetry.reset();
  }

  private static HttpRequest request(HttpRequest.BodyPublisher body) {
    return HttpRequest.newBuilder(URI.create("http://localhost:1/v1/chat/completions"))
        .POST(body)
        .build();
  }

  private Object[] begin(HttpRequest request) {
    HttpResponse.BodyHandler<String> handler = info -> received;
    return Objects.requireNonNull(JdkExchange.begin(request, handler));
  }

  private static HttpResponse.BodySubscriber<?> answer(Object[] entered) {
    return ((HttpResponse.BodyHandler<?>) entered[1]).apply(new Head());
  }

  @Test
  void theEndIsKnownBeforeTheApplicationsCallbackRuns() {
    CompletableFuture<String> client = new CompletableFuture<>();
    Object[] entered = begin(request(HttpRequest.BodyPublishers.ofString(BODY)));
    CompletableFuture<?> returned =
        Objects.requireNonNull(JdkExchange.observe(entered[1], client)).thenApply(r -> r);
    List<String> endsInCallback = new ArrayList<>();
    CompletableFuture<?> unused =
        returned.thenAccept(
            response -> {
              HttpResponse.BodySubscriber<?> body = answer(entered);
              body.onSubscribe(new Nothing());
              body.onNext(List.of(ByteBuffer.wrap(CHUNK.getBytes(UTF_8))));
              body.onError(new IOException("broken"));
              // It need not return for that.
              AdapterTelemetry.spans().forEach(s -> endsInCallback.add(AdapterTelemetry.end(s)));
            });
    JdkExchange.end(entered, returned, null);
    client.complete("response");
    assertThat(endsInCallback).containsExactly("reset");
  }

  @Test
  void aFailureIsKnownBeforeTheApplicationsCallbackRuns() {
    CompletableFuture<String> client = new CompletableFuture<>();
    Object[] entered = begin(request(HttpRequest.BodyPublishers.ofString(BODY)));
    CompletableFuture<?> returned =
        Objects.requireNonNull(JdkExchange.observe(entered[1], client)).thenApply(r -> r);
    List<SpanData> spansInCallback = new ArrayList<>();
    CompletableFuture<?> unused =
        returned.exceptionally(
            failure -> {
              spansInCallback.addAll(AdapterTelemetry.spans());
              return null;
            });
    JdkExchange.end(entered, returned, null);
    client.completeExceptionally(new IOException("broken"));
    assertThat(spansInCallback)
        .singleElement()
        .satisfies(span -> assertThat(AdapterTelemetry.end(span)).isEqualTo("reset"));
  }

  @Test
  void aBodyThatIsPublishedAgainIsReadFromWhereItBroke() {
    // Not in memory, so nothing is read before.
    HttpRequest request =
        request(
            HttpRequest.BodyPublishers.fromPublisher(HttpRequest.BodyPublishers.ofString(BODY)));
    Object[] entered = begin(request);
    HttpRequest.BodyPublisher published =
        Objects.requireNonNull(
            JdkExchange.observe(request, (HttpRequest.BodyPublisher) new Twice(BODY)));
    // The connection breaks after the first ten bytes; the second time all of it is sent.
    published.subscribe(new Nowhere());
    published.subscribe(new Nowhere());
    HttpResponse.BodySubscriber<?> body = answer(entered);
    JdkExchange.end(entered, null, null);
    body.onSubscribe(new Nothing());
    body.onNext(List.of(ByteBuffer.wrap((CHUNK + "data: [DONE]\n\n").getBytes(UTF_8))));
    assertThat(AdapterTelemetry.spans())
        .singleElement()
        .satisfies(
            span -> {
              assertThat(span.getAttributes().get(AttributeKey.stringKey("gen_ai.request.model")))
                  .isEqualTo("m-1");
              assertThat(AdapterTelemetry.end(span)).isEqualTo("completed");
            });
  }

  @Test
  void aScopeThatCannotBeClosedDoesNotKeepTheCallOpen() {
    Object[] entered = begin(request(HttpRequest.BodyPublishers.ofString(BODY)));
    AdapterTelemetry.failScopes(true);
    try {
      // Into the agent's hands, which keeps it from the application.
      assertThatThrownBy(() -> JdkExchange.end(entered, new IOException("refused")))
          .isInstanceOf(IllegalStateException.class);
    } finally {
      AdapterTelemetry.failScopes(false);
    }
    assertThat(AdapterTelemetry.spans()).hasSize(1);
  }

  @Test
  void aSubscriberThatThrowsIsAnErrorWhateverItDoesBesides() {
    Object[] entered = begin(request(HttpRequest.BodyPublishers.ofString(BODY)));
    HttpResponse.BodySubscriber<?> body = answer(entered);
    JdkExchange.end(entered, null, null);
    body.onSubscribe(new Nothing());
    received.failure = new IllegalStateException("mine");
    assertThatThrownBy(
            () ->
                body.onNext(
                    List.of(
                        ByteBuffer.wrap(
                            "data: {\"error\":{\"code\":\"e\",\"message\":\"m\"}}\n\n"
                                .getBytes(UTF_8)))))
        .isSameAs(received.failure);
    assertThat(AdapterTelemetry.spans())
        .singleElement()
        .satisfies(
            span -> {
              assertThat(AdapterTelemetry.end(span)).isEqualTo("error");
              assertThat(span.getAttributes().get(AttributeKey.stringKey("error.type")))
                  .isEqualTo("java.lang.IllegalStateException");
            });
  }

  /** Cancels as it fails, as the client's own adapters of subscribers do. */
  @Test
  void aSubscriberThatCancelsAsItFailsIsAnError() {
    Object[] entered = begin(request(HttpRequest.BodyPublishers.ofString(BODY)));
    CompletableFuture<String> client = new CompletableFuture<>();
    CompletableFuture<?> returned = Objects.requireNonNull(JdkExchange.observe(entered[1], client));
    JdkExchange.end(entered, returned, null);
    HttpResponse.BodySubscriber<?> body = answer(entered);
    body.onSubscribe(new Nothing());
    received.cancels = true;
    body.onNext(List.of(ByteBuffer.wrap(CHUNK.getBytes(UTF_8))));
    client.completeExceptionally(new IllegalStateException("mine"));
    assertThat(AdapterTelemetry.spans())
        .singleElement()
        .satisfies(span -> assertThat(AdapterTelemetry.end(span)).isEqualTo("error"));
  }

  /** As over HTTP/2. */
  @Test
  void aCancelThatTheClientMakesAFailureOfIsACancel() {
    Object[] entered = begin(request(HttpRequest.BodyPublishers.ofString(BODY)));
    CompletableFuture<String> client = new CompletableFuture<>();
    CompletableFuture<?> returned = Objects.requireNonNull(JdkExchange.observe(entered[1], client));
    JdkExchange.end(entered, returned, null);
    HttpResponse.BodySubscriber<?> body = answer(entered);
    body.onSubscribe(new Nothing());
    received.cancels = true;
    body.onNext(List.of(ByteBuffer.wrap(CHUNK.getBytes(UTF_8))));
    client.completeExceptionally(new IOException("Stream 1 cancelled"));
    assertThat(AdapterTelemetry.spans())
        .singleElement()
        .satisfies(span -> assertThat(AdapterTelemetry.end(span)).isEqualTo("cancelled"));
  }

  @Test
  void theClientIsAskedNothingForOtherRequests() {
    HttpRequest other = HttpRequest.newBuilder(URI.create("http://localhost:1/v1/models")).build();
    assertThat(JdkExchange.begin(other, HttpResponse.BodyHandlers.ofString())).isNull();
  }

  private static final class Head implements HttpResponse.ResponseInfo {
    @Override
    public int statusCode() {
      return 200;
    }

    @Override
    public HttpHeaders headers() {
      return HttpHeaders.of(
          Map.of("content-type", List.of("text/event-stream")), (name, value) -> true);
    }

    @Override
    public HttpClient.Version version() {
      return HttpClient.Version.HTTP_1_1;
    }
  }

  /** The application's. */
  private static final class Received implements HttpResponse.BodySubscriber<String> {
    @Nullable RuntimeException failure;
    boolean cancels;
    private Flow.@Nullable Subscription subscription;

    @Override
    public CompletableFuture<String> getBody() {
      return CompletableFuture.completedFuture("");
    }

    @Override
    public void onSubscribe(Flow.Subscription subscription) {
      this.subscription = subscription;
      subscription.request(Long.MAX_VALUE);
    }

    @Override
    public void onNext(List<ByteBuffer> item) {
      if (cancels) {
        Objects.requireNonNull(subscription).cancel();
      }
      if (failure != null) {
        throw failure;
      }
    }

    @Override
    public void onError(Throwable failure) {}

    @Override
    public void onComplete() {}
  }

  private static final class Nothing implements Flow.Subscription {
    @Override
    public void request(long count) {}

    @Override
    public void cancel() {}
  }

  /** The client's. */
  private static final class Nowhere implements Flow.Subscriber<ByteBuffer> {
    @Override
    public void onSubscribe(Flow.Subscription subscription) {}

    @Override
    public void onNext(ByteBuffer item) {
      item.position(item.limit());
    }

    @Override
    public void onError(Throwable failure) {}

    @Override
    public void onComplete() {}
  }

  /** Publishes ten bytes, and then all. */
  private static final class Twice implements HttpRequest.BodyPublisher {
    private final byte[] body;
    private boolean again;

    Twice(String body) {
      this.body = body.getBytes(UTF_8);
    }

    @Override
    public long contentLength() {
      return body.length;
    }

    @Override
    public void subscribe(Flow.Subscriber<? super ByteBuffer> subscriber) {
      if (again) {
        subscriber.onNext(ByteBuffer.wrap(body));
        subscriber.onComplete();
      } else {
        subscriber.onNext(ByteBuffer.wrap(body, 0, 10));
      }
      again = true;
    }
  }
}
