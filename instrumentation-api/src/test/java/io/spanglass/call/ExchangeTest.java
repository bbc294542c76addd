/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.call;

import static io.opentelemetry.api.common.AttributeKey.booleanKey;
import static io.opentelemetry.api.common.AttributeKey.doubleKey;
import static io.opentelemetry.api.common.AttributeKey.longKey;
import static io.opentelemetry.api.common.AttributeKey.stringArrayKey;
import static io.opentelemetry.api.common.AttributeKey.stringKey;
import static io.spanglass.call.Observed.ANSWER;
import static io.spanglass.call.Observed.DONE;
import static io.spanglass.call.Observed.LAST;
import static io.spanglass.call.Observed.REQUEST;
import static io.spanglass.call.Observed.USAGE;
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
import java.io.ByteArrayOutputStream;
import java.io.IOException;
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
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ExchangeTest {
  private Observed observed = new Observed();

  private void assertEnd(@Nullable String end, StatusCode status, @Nullable String errorType) {
    SpanData span = observed.span();
    assertThat(span.getAttributes().get(stringKey("spanglass.stream.end"))).isEqualTo(end);
    assertThat(span.getStatus().getStatusCode()).isEqualTo(status);
    assertThat(span.getAttributes().get(stringKey("error.type"))).isEqualTo(errorType);
  }

  @Test
  void aStreamGivesOneSpanWithAllThatTheWireShows() {
    Span parent = observed.sdk.getTracer("app").spanBuilder("parent").startSpan();
    String body =
        "{\"model\":\"gpt-4o\",\"messages\":[{\"role\":\"user\",\"content\":\"secret\"}],\"stream\":true,"
            + "\"temperature\":0.5,\"top_p\":0.9,\"max_tokens\":64,\"seed\":7,\"n\":2,\"stop\":[\"a\",\"b\"],"
            + "\"frequency_penalty\":0.1,\"presence_penalty\":0.2,\"top_k\":4,\"service_tier\":\"flex\","
            + "\"response_format\":{\"type\":\"json_object\"}}";
    Call call =
        new Call(
            requireNonNull(
                observed.begin(
                    "api.openai.com", Observed.PATH, null, body, Context.root().with(parent))));
    call.exchange.returned();
    assertThat(Span.fromContext(call.exchange.context()).getSpanContext().getTraceId())
        .isEqualTo(parent.getSpanContext().getTraceId());
    call.stream();
    call.deliver(
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
    Call call = observed.start("api.openai.com", "{\"messages\":[]}");
    call.head(200, "application/json", null);
    call.deliver("{}");
    call.attempt.end();
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
    Call call =
        observed.start(
            "api.openai.com",
            "/v1/embeddings",
            "{\"model\":\"e\",\"input\":[\"secret\"],\"dimensions\":256,\"encoding_format\":\"base64\"}");
    call.head(200, "application/json", null);
    call.deliver(
        "{\"object\":\"list\",\"data\":[{\"object\":\"embedding\",\"index\":0,\"embedding\":\"AAAAPw==\"}],"
            + "\"model\":\"e-1\",\"usage\":{\"prompt_tokens\":3,\"total_tokens\":3,\"completion_tokens\":0}}");
    call.attempt.end();
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
    Call call =
        observed.start(
            "api.openai.com",
            "/v1/completions",
            "{\"model\":\"t\",\"prompt\":\"secret\",\"stream\":true,\"max_tokens\":2}");
    call.stream();
    call.deliver(
        "data: {\"id\":\"c\",\"model\":\"t-1\",\"choices\":[{\"index\":0,\"text\":\"\",\"finish_reason\":null}]}\n\n");
    call.deliver("data: {\"choices\":[{\"index\":0,\"text\":\"a\",\"finish_reason\":null}]}\n\n");
    call.deliver(
        "data: {\"choices\":[{\"index\":0,\"text\":\"b\",\"finish_reason\":\"length\"}]}\n\n");
    call.deliver(USAGE, DONE);
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
    watched.start("llm.internal", REQUEST).attempt.closed();
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
    Call call = observed.beginStreamed(null);
    ByteBuffer body = ByteBuffer.wrap(REQUEST.getBytes(UTF_8));
    while (body.hasRemaining()) {
      call.attempt.requestBytes(body.slice().limit(1));
      body.get();
    }
    call.attempt.requestEnd();
    call.exchange.returned();
    call.stream();
    call.deliver(ANSWER, LAST, DONE);
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
    // The preview ends within the seed.
    String start = "{\"model\":\"gpt-4o\",\"messages\":[],\"user\":\"";
    String body =
        start + "x".repeat(RequestBody.PREVIEW_LIMIT - start.length() - 12) + "\",\"seed\":12345}";
    Call call =
        new Call(
            requireNonNull(
                observed.begin("api.openai.com", Observed.PATH, null, body, Context.root())));
    call.exchange.returned();
    for (byte b : body.getBytes(UTF_8)) {
      call.attempt.requestBytes(ByteBuffer.wrap(new byte[] {b}).asReadOnlyBuffer());
    }
    call.attempt.requestEnd();
    // What is sent behind its end is of no interest.
    call.attempt.requestBytes(ByteBuffer.wrap("{\"model\":\"other\"}".getBytes(UTF_8)));
    call.attempt.closed();
    assertThat(observed.span().getAttributes().get(longKey("gen_ai.request.seed")))
        .isEqualTo(12345);
    assertThat(observed.span().getName()).isEqualTo("chat gpt-4o");
  }

  @Test
  void aBodyThatIsSeenWholeMustBeOneOfTheApi() {
    for (String body : List.of("{\"query\":1}", "{}", "[]")) {
      assertThat(observed.begin("search.example", Observed.PATH, null, body, Context.root()))
          .isNull();
    }
    assertThat(observed.spans.getFinishedSpanItems()).isEmpty();
  }

  @Test
  void aRequestBodyInAnEncodingThatIsNotReadIsStillACall() {
    Call call =
        new Call(
            requireNonNull(
                observed.begin("api.openai.com", Observed.PATH, "zstd", "123", Context.root())));
    call.exchange.returned();
    call.stream();
    call.deliver(ANSWER, LAST, DONE);
    assertThat(observed.span().getName()).isEqualTo("chat");
  }

  @Test
  void completed() {
    Call call = observed.start();
    call.stream();
    call.deliver(ANSWER, LAST, USAGE);
    assertThat(observed.spans.getFinishedSpanItems()).isEmpty();
    call.deliver(DONE);
    assertEnd("completed", StatusCode.UNSET, null);
    call.attempt.end();
    call.attempt.closed();
    call.fail(new IOException());
    call.exchange.returned();
    call.attempt.failed(new IOException());
    call.deliver(ANSWER);
    assertEnd("completed", StatusCode.UNSET, null);
  }

  @Test
  void theEndIsTheTerminatorsTime() {
    Call call = observed.start();
    call.stream();
    long start = System.nanoTime();
    call.deliverAt(start + 1_000_000_000L, ANSWER);
    call.deliverAt(start + 3_000_000_000L, LAST, DONE);
    call.attempt.end();
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
    Call call = observed.start();
    call.stream();
    call.deliver(ANSWER, USAGE);
    call.attempt.closed();
    assertEnd("cancelled", StatusCode.UNSET, null);
    assertThat(observed.span().getAttributes().get(longKey("gen_ai.usage.output_tokens")))
        .isEqualTo(2);
    assertThat(observed.histogram("gen_ai.client.token.usage")).hasSize(2);
  }

  @Test
  void cancelledBeforeTheHead() {
    observed.start().attempt.closed();
    assertEnd("cancelled", StatusCode.UNSET, null);
  }

  @Test
  void abandoned() throws InterruptedException {
    Call call = observed.start();
    call.stream();
    call.deliver(ANSWER, USAGE);
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

  private Call leftUnread() {
    Call call = observed.begin();
    call.attempt.demand(1);
    call.stream();
    call.exchange.returned();
    call.deliver(ANSWER, USAGE);
    return call;
  }

  @Test
  void abandonedWhenItIsLeftUnread() {
    leftUnread().exchange.abandonIfUnread(System.nanoTime() + AFTER, AFTER);
    assertEnd("abandoned", StatusCode.UNSET, null);
  }

  @Test
  void notAbandonedBeforeTheTimeIsUp() {
    leftUnread().exchange.abandonIfUnread(System.nanoTime() + AFTER / 2, AFTER);
    assertThat(observed.spans.getFinishedSpanItems()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(longs = {1, Long.MAX_VALUE})
  void notAbandonedWhileTheApplicationWaits(long asked) {
    Call call = leftUnread();
    call.attempt.demand(asked);
    call.attempt.demand(asked);
    call.attempt.demand(0);
    call.attempt.demand(-1);
    call.deliver(ANSWER);
    call.exchange.abandonIfUnread(System.nanoTime() + AFTER, AFTER);
    assertThat(observed.spans.getFinishedSpanItems()).isEmpty();
  }

  @Test
  void notAbandonedBeforeTheApplicationHasItsResponse() {
    Call call = observed.begin();
    call.stream();
    call.exchange.abandonIfUnread(System.nanoTime() + AFTER, AFTER);
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
    Call call = observed.start();
    call.exchange.discard();
    call.attempt.closed();
    call.exchange.discard();
    assertThat(observed.spans.getFinishedSpanItems()).hasSize(1);
    assertThat(observed.histogram("gen_ai.client.operation.duration")).isEmpty();
  }

  @Test
  void ofAHeaderOnlyKnownEncodingsAreTold() {
    Call call = observed.start();
    call.head(200, "application/json", "Bearer sk-canary");
    call.attempt.end();
    assertThat(observed.span().getAttributes().get(stringKey("spanglass.body.unread")))
        .isEqualTo("content-encoding: other");
  }

  @Test
  void textThatIsNoStreamIsNoIncompleteOne() {
    Call call = observed.start();
    call.head(200, "text/plain", null);
    call.deliver("error: the gateway is tired\n\n");
    call.attempt.end();
    assertEnd("error", StatusCode.ERROR, "invalid_response");
  }

  // In a method of its own, so that no frame holds the holder.
  private static void registerHolder(Call call) {
    call.exchange.endWith(new Object());
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
    Call call = observed.start();
    call.stream();
    call.deliver(ANSWER, USAGE);
    call.fail(failure);
    assertEnd(end, StatusCode.ERROR, errorType);
    // The message may quote what passed on the wire.
    assertThat(observed.span().getStatus().getDescription()).isEmpty();
    assertThat(observed.span().getEvents()).isEmpty();
    assertThat(observed.histogram("gen_ai.client.token.usage")).hasSize(2);
  }

  @Test
  void anExceptionThatMeansCancellingIsNoError() {
    Call call = observed.start();
    call.fail(new CancellationException());
    assertEnd("cancelled", StatusCode.UNSET, null);
  }

  @Test
  void anIncompleteStreamIsAnError() {
    Call call = observed.start();
    call.stream();
    call.deliver(ANSWER);
    call.attempt.end();
    assertEnd("error", StatusCode.ERROR, "stream_incomplete");
  }

  @Test
  void anHttpErrorHasTheProvidersCode() {
    Call call = observed.start();
    call.head(429, "application/json", null);
    call.deliver("{\"error\":{\"message\":\"secret\",\"code\":\"rate_limit_exceeded\"}}");
    call.attempt.end();
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
    Call call = observed.start();
    call.head(503, "application/json", null);
    call.deliver(body);
    call.attempt.end();
    assertEnd("error", StatusCode.ERROR, "503");
  }

  @Test
  void anHttpErrorWhoseBodyTheApplicationDoesNotReadIsAnError() {
    Call call = observed.start();
    call.head(500, "application/json", null);
    call.attempt.closed();
    assertEnd("error", StatusCode.ERROR, "500");
  }

  @Test
  void whatCameBeforeTheRequestWasSentAgainIsNotTheAnswer() {
    Call call = observed.begin();
    call.head(429, "application/json", null);
    call.deliver("{\"error\":{\"code\":\"rate_limit_exceeded\"}}");
    call.again();
    call.stream();
    call.deliver(ANSWER, LAST, USAGE, DONE);
    assertThat(observed.spans.getFinishedSpanItems()).isEmpty();
    call.exchange.returned();

    assertEnd("completed", StatusCode.UNSET, null);
    assertThat(observed.span().getAttributes().get(longKey("gen_ai.usage.input_tokens")))
        .isEqualTo(3);
    assertThat(observed.histogram("gen_ai.client.operation.duration")).hasSize(1);
  }

  @Test
  void aStreamThatBrokeOffAndWasSentForAgainLeavesNothingOnTheSpan() {
    Call call = observed.begin();
    call.stream();
    call.deliver(ANSWER, USAGE);
    call.again();
    call.head(503, "text/plain", null);
    call.exchange.returned();
    call.attempt.end();

    assertEnd("error", StatusCode.ERROR, "503");
    Attributes attributes = observed.span().getAttributes();
    assertThat(attributes.get(stringKey("gen_ai.response.id"))).isNull();
    assertThat(attributes.get(longKey("gen_ai.usage.input_tokens"))).isNull();
    assertThat(attributes.get(doubleKey("spanglass.time_to_first_token"))).isNull();
  }

  @Test
  void aRequestThatIsSentAgainAfterTheAnswerWasWholeHasTheLastAnswer() {
    Call call = observed.begin();
    call.stream();
    call.deliver(ANSWER, LAST, DONE);
    call.again();
    call.head(500, "text/plain", null);
    call.attempt.end();
    call.exchange.returned();

    assertEnd("error", StatusCode.ERROR, "500");
    assertThat(observed.metric("gen_ai.client.token.usage")).isNull();
  }

  @Test
  void aBodyThatBreaksOffWaitsForWhatTheApplicationGets() {
    Call call = observed.begin();
    call.stream();
    call.attempt.failed(new IOException());
    assertThat(observed.spans.getFinishedSpanItems()).isEmpty();
    call.exchange.failed(new SocketTimeoutException());
    assertEnd("timeout", StatusCode.ERROR, "java.net.SocketTimeoutException");
  }

  @Test
  void aBodyThatBreaksOffAfterTheApplicationGotTheResponseEndsTheCall() {
    Call call = observed.begin();
    call.stream();
    call.exchange.returned();
    call.attempt.failed(new IOException());
    assertEnd("reset", StatusCode.ERROR, "java.io.IOException");
  }

  @Test
  void aBodyThatBrokeOffBeforeTheApplicationGotTheResponseEndsTheCallThen() {
    Call call = observed.begin();
    call.stream();
    call.attempt.failed(new IOException());
    call.exchange.returned();
    assertEnd("reset", StatusCode.ERROR, "java.io.IOException");
  }

  @Test
  void anEncodedStreamIsReadWithoutFault() throws IOException {
    ByteArrayOutputStream encoded = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(encoded)) {
      gzip.write((ANSWER + LAST + USAGE + DONE).getBytes(UTF_8));
    }
    Call call = observed.start();
    call.head(200, "text/event-stream", "gzip");
    call.attempt.bytes(ByteBuffer.wrap(encoded.toByteArray()), System.nanoTime());
    assertEnd("completed", StatusCode.UNSET, null);
    assertThat(observed.metric("spanglass.internal.errors")).isNull();
  }

  @Test
  void anEncodingThatIsNotReadIsSaid() {
    Call call = observed.start();
    call.head(200, "text/event-stream", "br");
    call.deliver("\u0001\u0002");
    call.attempt.end();
    assertEnd("completed", StatusCode.UNSET, null);
    assertThat(observed.span().getAttributes().get(stringKey("spanglass.body.unread")))
        .isEqualTo("content-encoding: br");
  }

  @Test
  @SuppressWarnings("NullAway") // What no adapter does: a fault in the middle of reading.
  void afterAFaultOfOursTheCallIsNotObservedAndNoEndIsClaimed() {
    Call call = observed.start();
    call.stream();
    call.deliver(ANSWER);
    call.attempt.bytes(null, System.nanoTime());
    call.deliver(LAST, DONE);
    assertThat(observed.spans.getFinishedSpanItems()).isEmpty();
    call.attempt.end();
    assertEnd(null, StatusCode.UNSET, null);
    assertThat(observed.span().getAttributes().get(stringKey("gen_ai.response.id")))
        .isEqualTo("c-1");
    assertThat(observed.internalErrors("response")).isEqualTo(1);
  }

  @Test
  @SuppressWarnings("NullAway")
  void aFaultOfOursInTheRequestIsCountedAndTheCallGoesOn() {
    Call call = observed.beginStreamed(null);
    call.exchange.returned();
    call.attempt.requestBytes(null);
    call.attempt.requestBytes(ByteBuffer.wrap(REQUEST.getBytes(UTF_8)));
    call.exchange.endWith(null);
    call.attempt.closed();
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
    faulty.start().attempt.closed();
    assertThat(faulty.internalErrors("telemetry")).isEqualTo(1);
    assertThat(faulty.spans.getFinishedSpanItems()).hasSize(1);
  }
}
