/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.http;

import static io.opentelemetry.api.common.AttributeKey.booleanKey;
import static io.opentelemetry.api.common.AttributeKey.doubleKey;
import static io.opentelemetry.api.common.AttributeKey.longKey;
import static io.opentelemetry.api.common.AttributeKey.stringArrayKey;
import static io.opentelemetry.api.common.AttributeKey.stringKey;
import static io.spanglass.http.Observed.ANSWER;
import static io.spanglass.http.Observed.DONE;
import static io.spanglass.http.Observed.LAST;
import static io.spanglass.http.Observed.REQUEST;
import static io.spanglass.http.Observed.USAGE;
import static io.spanglass.http.Observed.buffers;
import static io.spanglass.http.Observed.deliver;
import static io.spanglass.http.Observed.stream;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.api.common.AttributeType;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.trace.ReadWriteSpan;
import io.opentelemetry.sdk.trace.ReadableSpan;
import io.opentelemetry.sdk.trace.SpanProcessor;
import io.opentelemetry.sdk.trace.data.LinkData;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.samplers.Sampler;
import io.opentelemetry.sdk.trace.samplers.SamplingResult;
import io.spanglass.wire.call.StreamEnd;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ModelCallTest {
  private Observed observed = new Observed();

  private void assertEnd(String end, StatusCode status, @Nullable String errorType) {
    SpanData span = observed.span();
    assertThat(span.getAttributes().get(stringKey("spanglass.stream.end"))).isEqualTo(end);
    assertThat(span.getStatus().getStatusCode()).isEqualTo(status);
    assertThat(span.getAttributes().get(stringKey("error.type"))).isEqualTo(errorType);
  }

  @Test
  void aStreamGivesOneSpanWithAllThatTheWireShows() {
    Span parent = observed.sdk.getTracer("app").spanBuilder("parent").startSpan();
    ModelRequest request = observed.request("api.openai.com");
    byte[] body =
        ("{\"model\":\"gpt-4o\",\"messages\":[{\"role\":\"user\",\"content\":\"secret\"}],\"stream\":true,"
                + "\"temperature\":0.5,\"top_p\":0.9,\"max_tokens\":64,\"seed\":7,\"n\":2,\"stop\":[\"a\",\"b\"],"
                + "\"frequency_penalty\":0.1,\"presence_penalty\":0.2,\"top_k\":4,\"service_tier\":\"flex\","
                + "\"response_format\":{\"type\":\"json_object\"}}")
            .getBytes(UTF_8);
    request.onPreview(body, 0, body.length, /* whole= */ true);
    ModelCall call = observed.calls.start(request, Context.root().with(parent));
    assertThat(call).isNotNull();
    if (call == null) {
      return;
    }
    assertThat(Span.fromContext(call.context()).getSpanContext().getTraceId())
        .isEqualTo(parent.getSpanContext().getTraceId());
    stream(call);
    deliver(
        call,
        "data: {\"id\":\"c-1\",\"model\":\"gpt-4o-2024\",\"system_fingerprint\":\"fp\",\"service_tier\":\"default\","
            + "\"choices\":[{\"index\":0,\"delta\":{\"content\":\"secret\"},\"finish_reason\":\"stop\"},"
            + "{\"index\":1,\"delta\":{},\"finish_reason\":\"length\"}]}\n\n",
        "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":2,\"prompt_tokens_details\":"
            + "{\"cached_tokens\":1,\"created_cache_tokens\":2},\"completion_tokens_details\":{\"reasoning_tokens\":1}}}\n\n",
        DONE);

    SpanData span = observed.span();
    assertThat(span.getName()).isEqualTo("chat gpt-4o");
    assertThat(span.getKind()).isEqualTo(SpanKind.CLIENT);
    assertThat(span.getParentSpanId()).isEqualTo(parent.getSpanContext().getSpanId());
    assertThat(span.getStatus().getStatusCode()).isEqualTo(StatusCode.UNSET);
    assertThat(span.getInstrumentationScopeInfo().getName()).isEqualTo("io.spanglass.genai");
    assertThat(span.getInstrumentationScopeInfo().getVersion()).matches("\\d+\\.\\d+\\.\\d+.*");
    assertThat(span.getInstrumentationScopeInfo().getSchemaUrl())
        .isEqualTo("https://opentelemetry.io/schemas/1.41.1");
    Attributes attributes = span.getAttributes();
    Attributes times =
        attributes.toBuilder()
            .removeIf(
                key ->
                    !key.getKey().equals("gen_ai.response.time_to_first_chunk")
                        && !key.getKey().equals("spanglass.time_to_first_token"))
            .build();
    assertThat(times.size()).isEqualTo(2);
    double duration = (span.getEndEpochNanos() - span.getStartEpochNanos()) / 1e9;
    times.forEach((key, value) -> assertThat((Double) value).isBetween(0.0, duration));
    assertThat(attributes.toBuilder().removeIf(key -> times.get(key) != null).build())
        .isEqualTo(
            Attributes.builder()
                .put("gen_ai.operation.name", "chat")
                .put("gen_ai.provider.name", "openai")
                .put("gen_ai.request.model", "gpt-4o")
                .put("server.address", "api.openai.com")
                .put("server.port", 443)
                .put("gen_ai.request.stream", true)
                .put("gen_ai.request.temperature", 0.5)
                .put("gen_ai.request.top_p", 0.9)
                .put("gen_ai.request.top_k", 4.0)
                .put("gen_ai.request.max_tokens", 64)
                .put("gen_ai.request.seed", 7)
                .put("gen_ai.request.choice.count", 2)
                .put(stringArrayKey("gen_ai.request.stop_sequences"), List.of("a", "b"))
                .put("gen_ai.request.frequency_penalty", 0.1)
                .put("gen_ai.request.presence_penalty", 0.2)
                .put("gen_ai.output.type", "json")
                .put("openai.request.service_tier", "flex")
                .put("openai.api.type", "chat_completions")
                .put("gen_ai.response.id", "c-1")
                .put("gen_ai.response.model", "gpt-4o-2024")
                .put(stringArrayKey("gen_ai.response.finish_reasons"), List.of("stop", "length"))
                .put("gen_ai.usage.input_tokens", 3)
                .put("gen_ai.usage.output_tokens", 2)
                .put("gen_ai.usage.cache_read.input_tokens", 1)
                .put("gen_ai.usage.cache_creation.input_tokens", 2)
                .put("gen_ai.usage.reasoning.output_tokens", 1)
                .put("openai.response.service_tier", "default")
                .put("openai.response.system_fingerprint", "fp")
                .put("spanglass.stream.end", "completed")
                .build());
    parent.end();
  }

  @Test
  void whatIsAbsentIsNotOnTheSpan() {
    ModelCall call = observed.start("api.openai.com", "{\"messages\":[]}");
    call.onResponseHead(200, "application/json", null);
    deliver(call, "{}");
    call.onResponseEnd();
    SpanData span = observed.span();
    assertThat(span.getName()).isEqualTo("chat");
    assertThat(span.getAttributes().toBuilder().build())
        .isEqualTo(
            Attributes.builder()
                .put("gen_ai.operation.name", "chat")
                .put("gen_ai.provider.name", "openai")
                .put("server.address", "api.openai.com")
                .put("server.port", 443)
                .put("openai.api.type", "chat_completions")
                .put("spanglass.stream.end", "completed")
                .build());
    assertThat(observed.metric("gen_ai.client.token.usage")).isNull();
    assertThat(observed.metric("spanglass.client.token.usage.details")).isNull();
    assertThat(observed.metric("spanglass.client.time_to_first_token")).isNull();
    assertThat(observed.metric("gen_ai.client.operation.time_to_first_chunk")).isNull();
  }

  @Test
  void theSpanOfEmbeddingsHasWhatTheyCost() {
    ModelCall call =
        observed.start(
            "api.openai.com",
            "/v1/embeddings",
            "{\"model\":\"e\",\"input\":[\"secret\"],\"dimensions\":256,\"encoding_format\":\"base64\"}");
    call.onResponseHead(200, "application/json", null);
    deliver(
        call,
        "{\"object\":\"list\",\"data\":[{\"object\":\"embedding\",\"index\":0,\"embedding\":\"AAAAPw==\"}],"
            + "\"model\":\"e-1\",\"usage\":{\"prompt_tokens\":3,\"total_tokens\":3,\"completion_tokens\":0}}");
    call.onResponseEnd();
    SpanData span = observed.span();
    assertThat(span.getName()).isEqualTo("embeddings e");
    assertThat(span.getAttributes().toBuilder().build())
        .isEqualTo(
            Attributes.builder()
                .put("gen_ai.operation.name", "embeddings")
                .put("gen_ai.provider.name", "openai")
                .put("gen_ai.request.model", "e")
                .put("server.address", "api.openai.com")
                .put("server.port", 443)
                .put("gen_ai.embeddings.dimension.count", 256)
                .put(stringArrayKey("gen_ai.request.encoding_formats"), List.of("base64"))
                .put("gen_ai.response.model", "e-1")
                .put("gen_ai.usage.input_tokens", 3)
                .put("spanglass.stream.end", "completed")
                .build());
    assertThat(observed.histogram("gen_ai.client.token.usage"))
        .extracting(point -> point.getAttributes().get(stringKey("gen_ai.token.type")))
        .containsExactly("input");
    assertThat(observed.histogram("gen_ai.client.operation.duration"))
        .extracting(point -> point.getAttributes().get(stringKey("gen_ai.operation.name")))
        .containsExactly("embeddings");
  }

  @Test
  void aStreamOfCompletionsHasItsTimesAndUsage() {
    ModelCall call =
        observed.start(
            "api.openai.com",
            "/v1/completions",
            "{\"model\":\"t\",\"prompt\":\"secret\",\"stream\":true,\"max_tokens\":2}");
    stream(call);
    deliver(
        call,
        "data: {\"id\":\"c\",\"model\":\"t-1\",\"choices\":[{\"index\":0,\"text\":\"\",\"finish_reason\":null}]}\n\n");
    deliver(call, "data: {\"choices\":[{\"index\":0,\"text\":\"a\",\"finish_reason\":null}]}\n\n");
    deliver(
        call,
        "data: {\"choices\":[{\"index\":0,\"text\":\"b\",\"finish_reason\":\"length\"}]}\n\n");
    deliver(call, USAGE, DONE);
    SpanData span = observed.span();
    Attributes attributes = span.getAttributes();
    assertThat(span.getName()).isEqualTo("text_completion t");
    Double firstChunk = attributes.get(doubleKey("gen_ai.response.time_to_first_chunk"));
    Double firstToken = attributes.get(doubleKey("spanglass.time_to_first_token"));
    // The first chunk holds no text yet.
    assertThat(requireNonNull(firstToken)).isGreaterThan(requireNonNull(firstChunk));
    assertThat(
            attributes.toBuilder()
                .removeIf(key -> key.getType().equals(AttributeType.DOUBLE))
                .build())
        .isEqualTo(
            Attributes.builder()
                .put("gen_ai.operation.name", "text_completion")
                .put("gen_ai.provider.name", "openai")
                .put("gen_ai.request.model", "t")
                .put("server.address", "api.openai.com")
                .put("server.port", 443)
                .put("gen_ai.request.stream", true)
                .put("gen_ai.request.max_tokens", 2)
                .put("gen_ai.response.id", "c")
                .put("gen_ai.response.model", "t-1")
                .put(stringArrayKey("gen_ai.response.finish_reasons"), List.of("length"))
                .put("gen_ai.usage.input_tokens", 3)
                .put("gen_ai.usage.output_tokens", 2)
                .put("gen_ai.usage.cache_read.input_tokens", 1)
                .put("spanglass.stream.end", "completed")
                .build());
  }

  @Test
  void samplersSeeTheCallAtItsStart() {
    List<Attributes> seen = new ArrayList<>();
    List<String> names = new ArrayList<>();
    Sampler sampler =
        new Sampler() {
          @Override
          public SamplingResult shouldSample(
              Context parent,
              String traceId,
              String name,
              SpanKind kind,
              Attributes attributes,
              List<LinkData> links) {
            // A copy: the SDK goes on writing to what it shows.
            seen.add(attributes.toBuilder().build());
            names.add(kind + " " + name);
            return SamplingResult.recordAndSample();
          }

          @Override
          public String getDescription() {
            return "watching";
          }
        };
    Observed watched = new Observed(sampler, Map.of());
    watched.start("llm.internal", REQUEST).onCancel();
    assertThat(names).containsExactly("CLIENT chat gpt-4o");
    assertThat(seen)
        .containsExactly(
            Attributes.builder()
                .put("gen_ai.operation.name", "chat")
                .put("gen_ai.provider.name", "openai")
                .put("gen_ai.request.model", "gpt-4o")
                .put("server.address", "llm.internal")
                .put("server.port", 443)
                .put("spanglass.provider.inferred", true)
                .build());
  }

  @Test
  void aModelThatIsKnownOnlyWhileTheBodyIsSentNamesTheSpanThen() {
    ModelRequest request = observed.request("api.openai.com");
    ModelCall call = observed.start(request);
    ByteBuffer body = ByteBuffer.wrap(REQUEST.getBytes(UTF_8));
    while (body.hasRemaining()) {
      request.onBytes(body.slice().limit(1));
      body.get();
    }
    request.onEnd();
    stream(call);
    deliver(call, ANSWER, LAST, DONE);
    SpanData span = observed.span();
    assertThat(span.getName()).isEqualTo("chat gpt-4o");
    assertThat(span.getAttributes().get(stringKey("gen_ai.request.model"))).isEqualTo("gpt-4o");
    assertThat(span.getAttributes().get(booleanKey("gen_ai.request.stream"))).isTrue();
    assertThat(
            observed
                .histogram("gen_ai.client.operation.duration")
                .iterator()
                .next()
                .getAttributes()
                .get(stringKey("gen_ai.request.model")))
        .isEqualTo("gpt-4o");
  }

  @Test
  void whatWasReadAsPreviewIsNotReadAgain() {
    ModelRequest request = observed.request("api.openai.com");
    byte[] body = "{\"model\":\"gpt-4o\",\"messages\":[],\"seed\":12345}".getBytes(UTF_8);
    // The preview ends within the seed.
    request.onPreview(body, 0, body.length - 3, /* whole= */ false);
    ModelCall call = observed.start(request);
    for (byte b : body) {
      request.onBytes(ByteBuffer.wrap(new byte[] {b}).asReadOnlyBuffer());
    }
    request.onEnd();
    // A body that is sent once more is of no interest.
    request.onBytes(ByteBuffer.wrap("{\"model\":\"other\"}".getBytes(UTF_8)));
    call.onCancel();
    assertThat(observed.span().getAttributes().get(longKey("gen_ai.request.seed")))
        .isEqualTo(12345);
    assertThat(observed.span().getName()).isEqualTo("chat gpt-4o");
  }

  @Test
  void aBodyThatIsSeenWholeMustBeOneOfTheApi() {
    for (String body : List.of("{\"query\":1}", "{}", "[]")) {
      ModelRequest request = observed.request("search.example");
      byte[] bytes = body.getBytes(UTF_8);
      request.onPreview(bytes, 0, bytes.length, /* whole= */ true);
      assertThat(observed.calls.start(request, Context.root())).isNull();
    }
    assertThat(observed.spans.getFinishedSpanItems()).isEmpty();
  }

  @Test
  void aRequestBodyInAnEncodingThatIsNotReadIsStillACall() {
    ModelRequest request =
        requireNonNull(
            observed.calls.recognize("POST", "api.openai.com", 443, Observed.PATH, "zstd"));
    byte[] bytes = {1, 2, 3};
    request.onPreview(bytes, 0, 3, /* whole= */ true);
    ModelCall call = observed.start(request);
    stream(call);
    deliver(call, ANSWER, LAST, DONE);
    assertThat(observed.span().getName()).isEqualTo("chat");
  }

  @Test
  void completed() {
    ModelCall call = observed.start();
    stream(call);
    deliver(call, ANSWER, LAST, USAGE);
    assertThat(observed.spans.getFinishedSpanItems()).isEmpty();
    deliver(call, DONE);
    assertEnd("completed", StatusCode.UNSET, null);
    call.onResponseEnd();
    call.onCancel();
    call.onFailure(new IOException());
    call.onReturned();
    call.onBodyFailure(new IOException());
    deliver(call, ANSWER);
    assertEnd("completed", StatusCode.UNSET, null);
  }

  @Test
  void theEndIsTheTerminatorsTime() {
    ModelCall call = observed.start();
    stream(call);
    long start = System.nanoTime();
    call.beforeDelivery();
    call.afterDelivery(buffers(ANSWER), start + 1_000_000_000L);
    call.beforeDelivery();
    call.afterDelivery(buffers(LAST, DONE), start + 3_000_000_000L);
    call.onResponseEnd();
    SpanData span = observed.span();
    // Arrived three seconds after this test looked at the clock, as far as the call was told.
    assertThat(span.getEndEpochNanos() - span.getStartEpochNanos())
        .isGreaterThanOrEqualTo(3_000_000_000L);
    assertThat(span.getAttributes().get(doubleKey("spanglass.time_to_first_token")))
        .isBetween(1.0, 2.999);
    double betweenChunks =
        observed
            .histogram("gen_ai.client.operation.time_per_output_chunk")
            .iterator()
            .next()
            .getSum();
    assertThat(betweenChunks).isEqualTo(2.0);
  }

  @Test
  void cancelledKeepsWhatWasSeen() {
    ModelCall call = observed.start();
    stream(call);
    deliver(call, ANSWER, USAGE);
    call.onCancel();
    assertEnd("cancelled", StatusCode.UNSET, null);
    assertThat(observed.span().getAttributes().get(longKey("gen_ai.usage.output_tokens")))
        .isEqualTo(2);
    assertThat(observed.histogram("gen_ai.client.token.usage")).hasSize(2);
  }

  @Test
  void cancelledBeforeTheHead() {
    observed.start().onCancel();
    assertEnd("cancelled", StatusCode.UNSET, null);
  }

  @Test
  void abandoned() throws InterruptedException {
    ModelCall call = observed.start();
    stream(call);
    deliver(call, ANSWER, USAGE);
    registerHolder(call);
    while (observed.spans.getFinishedSpanItems().isEmpty()) {
      System.gc();
      Thread.sleep(10);
    }
    assertEnd("abandoned", StatusCode.UNSET, null);
    assertThat(observed.span().getAttributes().get(longKey("gen_ai.usage.input_tokens")))
        .isEqualTo(3);
  }

  private static final long AFTER = TimeUnit.MINUTES.toNanos(10);

  private ModelCall leftUnread() {
    ModelCall call = observed.start();
    call.onDemand(1);
    stream(call);
    call.onReturned();
    deliver(call, ANSWER, USAGE);
    return call;
  }

  @Test
  void abandonedWhenItIsLeftUnread() {
    leftUnread().endIfAbandoned(System.nanoTime() + AFTER, AFTER);
    assertEnd("abandoned", StatusCode.UNSET, null);
  }

  @Test
  void notAbandonedBeforeTheTimeIsUp() {
    leftUnread().endIfAbandoned(System.nanoTime() + AFTER / 2, AFTER);
    assertThat(observed.spans.getFinishedSpanItems()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(longs = {1, Long.MAX_VALUE})
  void notAbandonedWhileTheApplicationWaits(long asked) {
    ModelCall call = leftUnread();
    call.onDemand(asked);
    call.onDemand(asked);
    call.onDemand(0);
    call.onDemand(-1);
    deliver(call, ANSWER);
    call.endIfAbandoned(System.nanoTime() + AFTER, AFTER);
    assertThat(observed.spans.getFinishedSpanItems()).isEmpty();
  }

  @Test
  void notAbandonedBeforeTheApplicationHasItsResponse() {
    ModelCall call = observed.start();
    stream(call);
    call.endIfAbandoned(System.nanoTime() + AFTER, AFTER);
    assertThat(observed.spans.getFinishedSpanItems()).isEmpty();
  }

  @Test
  void streamsThatAreLeftUnreadAreLookedFor() throws InterruptedException {
    observed =
        new Observed(
            Sampler.alwaysOn(), Map.of("otel.instrumentation.genai.abandoned-after", "20ms"));
    leftUnread();
    while (observed.spans.getFinishedSpanItems().isEmpty()) {
      Thread.sleep(10);
    }
    assertEnd("abandoned", StatusCode.UNSET, null);
  }

  @Test
  void aDiscardedCallEndsItsSpanAndRecordsNothing() {
    ModelCall call = observed.start();
    call.discard();
    call.onCancel();
    call.discard();
    assertThat(observed.spans.getFinishedSpanItems()).hasSize(1);
    assertThat(observed.histogram("gen_ai.client.operation.duration")).isEmpty();
  }

  @Test
  void ofAHeaderOnlyKnownEncodingsAreTold() {
    ModelCall call = observed.start();
    call.onResponseHead(200, "application/json", "Bearer sk-canary");
    call.onResponseEnd();
    assertThat(observed.span().getAttributes().get(stringKey("spanglass.body.unread")))
        .isEqualTo("content-encoding: other");
  }

  @Test
  void textThatIsNoStreamIsNoIncompleteOne() {
    ModelCall call = observed.start();
    call.onResponseHead(200, "text/plain", null);
    deliver(call, "error: the gateway is tired\n\n");
    call.onResponseEnd();
    assertEnd("completed", StatusCode.UNSET, null);
  }

  // In a method of its own, so that no frame holds the holder.
  private static void registerHolder(ModelCall call) {
    call.endWithHolder(new Object());
  }

  static List<Arguments> failures() {
    return List.of(
        Arguments.of(new IOException("Connection reset"), "reset", "java.io.IOException"),
        Arguments.of(
            new CompletionException(new SocketTimeoutException()),
            "timeout",
            "java.net.SocketTimeoutException"),
        Arguments.of(new ConnectException(), "error", "java.net.ConnectException"),
        Arguments.of(new IllegalStateException(), "error", "java.lang.IllegalStateException"));
  }

  @ParameterizedTest
  @MethodSource("failures")
  void failed(Throwable failure, String end, String errorType) {
    ModelCall call = observed.start();
    stream(call);
    deliver(call, ANSWER, USAGE);
    call.onFailure(failure);
    assertEnd(end, StatusCode.ERROR, errorType);
    // The message may quote what passed on the wire.
    assertThat(observed.span().getStatus().getDescription()).isEmpty();
    assertThat(observed.span().getEvents()).isEmpty();
    assertThat(observed.histogram("gen_ai.client.token.usage")).hasSize(2);
  }

  @Test
  void anExceptionThatMeansCancellingIsNoError() {
    ModelCall call = observed.start();
    call.onFailure(new CancellationException());
    assertEnd("cancelled", StatusCode.UNSET, null);
  }

  @Test
  void anIncompleteStreamIsAnError() {
    ModelCall call = observed.start();
    stream(call);
    deliver(call, ANSWER);
    call.onResponseEnd();
    assertEnd("error", StatusCode.ERROR, "stream_incomplete");
  }

  @Test
  void anHttpErrorHasTheProvidersCode() {
    ModelCall call = observed.start();
    call.onResponseHead(429, "application/json", null);
    deliver(call, "{\"error\":{\"message\":\"secret\",\"code\":\"rate_limit_exceeded\"}}");
    call.onResponseEnd();
    assertEnd("error", StatusCode.ERROR, "rate_limit_exceeded");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "oops",
        "{\"error\":{\"code\":\"Your key sk-12 is wrong\"}}",
        "{\"error\":\"secret\"}"
      })
  void anHttpErrorWithoutCodeHasItsStatus(String body) {
    ModelCall call = observed.start();
    call.onResponseHead(503, "application/json", null);
    deliver(call, body);
    call.onResponseEnd();
    assertEnd("error", StatusCode.ERROR, "503");
  }

  @Test
  void anHttpErrorWhoseBodyTheApplicationDoesNotReadIsAnError() {
    ModelCall call = observed.start();
    call.onResponseHead(500, "application/json", null);
    call.onReturned();
    call.onCancel();
    assertEnd("error", StatusCode.ERROR, "500");
  }

  @Test
  void whatCameBeforeTheRequestWasSentAgainIsNotTheAnswer() {
    ModelCall call = observed.start();
    call.onResponseHead(429, "application/json", null);
    deliver(call, "{\"error\":{\"code\":\"rate_limit_exceeded\"}}");
    call.onResend();
    stream(call);
    deliver(call, ANSWER, LAST, USAGE, DONE);

    assertEnd("completed", StatusCode.UNSET, null);
    assertThat(observed.span().getAttributes().get(longKey("gen_ai.usage.input_tokens")))
        .isEqualTo(3);
    assertThat(observed.histogram("gen_ai.client.operation.duration")).hasSize(1);
  }

  @Test
  void aStreamThatBrokeOffAndWasSentForAgainLeavesNothingOnTheSpan() {
    ModelCall call = observed.start();
    stream(call);
    deliver(call, ANSWER, USAGE);
    call.onResend();
    call.onResponseHead(503, "text/plain", null);
    call.onReturned();
    call.onResponseEnd();

    assertEnd("error", StatusCode.ERROR, "503");
    Attributes attributes = observed.span().getAttributes();
    assertThat(attributes.get(stringKey("gen_ai.response.id"))).isNull();
    assertThat(attributes.get(longKey("gen_ai.usage.input_tokens"))).isNull();
    assertThat(attributes.get(doubleKey("spanglass.time_to_first_token"))).isNull();
  }

  @Test
  void aRequestThatIsSentAgainAfterTheAnswerWasWholeChangesNothing() {
    ModelCall call = observed.start();
    stream(call);
    deliver(call, ANSWER, LAST, DONE);
    call.onResend();
    call.onResponseHead(500, "text/plain", null);
    call.onResponseEnd();

    assertEnd("completed", StatusCode.UNSET, null);
  }

  @ParameterizedTest
  @EnumSource(StreamEnd.class)
  void anAdapterCanKnowMoreThanTheExceptionsType(StreamEnd end) {
    ModelCall call = observed.start();
    stream(call);
    deliver(call, ANSWER);
    call.onFailure(end, new InterruptedIOException("timeout"));

    assertEnd(
        end.value(),
        end.isFailure() ? StatusCode.ERROR : StatusCode.UNSET,
        end.isFailure() ? "java.io.InterruptedIOException" : null);
  }

  @Test
  void aBodyThatBreaksOffWaitsForWhatTheApplicationGets() {
    ModelCall call = observed.start();
    stream(call);
    call.onBodyFailure(new IOException());
    assertThat(observed.spans.getFinishedSpanItems()).isEmpty();
    call.onFailure(new SocketTimeoutException());
    assertEnd("timeout", StatusCode.ERROR, "java.net.SocketTimeoutException");
  }

  @Test
  void aBodyThatBreaksOffAfterTheApplicationGotTheResponseEndsTheCall() {
    ModelCall call = observed.start();
    stream(call);
    call.onReturned();
    call.onBodyFailure(new IOException());
    assertEnd("reset", StatusCode.ERROR, "java.io.IOException");
  }

  @Test
  void aBodyThatBrokeOffBeforeTheApplicationGotTheResponseEndsTheCallThen() {
    ModelCall call = observed.start();
    stream(call);
    call.onBodyFailure(new IOException());
    call.onReturned();
    assertEnd("reset", StatusCode.ERROR, "java.io.IOException");
  }

  @Test
  void anEncodedStreamIsReadWithoutFault() throws IOException {
    ByteArrayOutputStream encoded = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(encoded)) {
      gzip.write((ANSWER + LAST + USAGE + DONE).getBytes(UTF_8));
    }
    ModelCall call = observed.start();
    call.onResponseHead(200, "text/event-stream", "gzip");
    call.beforeDelivery();
    call.afterDelivery(
        new ByteBuffer[] {ByteBuffer.wrap(encoded.toByteArray())}, System.nanoTime());
    assertEnd("completed", StatusCode.UNSET, null);
    assertThat(observed.metric("spanglass.internal.errors")).isNull();
  }

  @Test
  void anEncodingThatIsNotReadIsSaid() {
    ModelCall call = observed.start();
    call.onResponseHead(200, "text/event-stream", "br");
    deliver(call, "\u0001\u0002");
    call.onResponseEnd();
    assertEnd("completed", StatusCode.UNSET, null);
    assertThat(observed.span().getAttributes().get(stringKey("spanglass.body.unread")))
        .isEqualTo("content-encoding: br");
  }

  @Test
  @SuppressWarnings("NullAway") // What no adapter does: a fault in the middle of reading.
  void aFaultOfOursWhileReadingIsCountedAndTheCallGoesOn() {
    ModelCall call = observed.start();
    stream(call);
    call.beforeDelivery();
    call.afterDelivery(new ByteBuffer[] {null}, System.nanoTime());
    deliver(call, ANSWER, LAST, DONE);
    assertEnd("completed", StatusCode.UNSET, null);
    assertThat(observed.internalErrors("response")).isEqualTo(1);
  }

  @Test
  @SuppressWarnings("NullAway")
  void aFaultOfOursInTheRequestIsCountedAndTheCallGoesOn() {
    ModelRequest request = observed.request("api.openai.com");
    request.onBytes(null);
    ModelCall call = observed.start(request);
    request.onBytes(ByteBuffer.wrap(REQUEST.getBytes(UTF_8)));
    call.endWithHolder(null);
    call.onCancel();
    assertEnd("cancelled", StatusCode.UNSET, null);
    assertThat(observed.internalErrors("request")).isEqualTo(1);
    assertThat(observed.internalErrors("lifecycle")).isEqualTo(1);
  }

  @Test
  void aFaultOfTheSdkIsCountedAndNotSeenByTheCaller() {
    SpanProcessor failing =
        new SpanProcessor() {
          @Override
          public void onStart(Context parent, ReadWriteSpan span) {}

          @Override
          public boolean isStartRequired() {
            return false;
          }

          @Override
          public void onEnd(ReadableSpan span) {
            throw new IllegalStateException("full");
          }

          @Override
          public boolean isEndRequired() {
            return true;
          }
        };
    Observed faulty = new Observed(Sampler.alwaysOn(), Map.of(), failing);
    faulty.start().onCancel();
    assertThat(faulty.internalErrors("telemetry")).isEqualTo(1);
    assertThat(faulty.spans.getFinishedSpanItems()).hasSize(1);
  }
}
