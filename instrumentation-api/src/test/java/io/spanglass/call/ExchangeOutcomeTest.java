/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.call;

import static io.opentelemetry.api.common.AttributeKey.doubleKey;
import static io.opentelemetry.api.common.AttributeKey.longKey;
import static io.opentelemetry.api.common.AttributeKey.stringKey;
import static io.spanglass.call.Observed.ANSWER;
import static io.spanglass.call.Observed.DONE;
import static io.spanglass.call.Observed.LAST;
import static io.spanglass.call.Observed.USAGE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.metrics.data.HistogramPointData;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.samplers.Sampler;
import io.spanglass.wire.RequestHead;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What of the attempts, and of what the application got, makes the end of a call. */
class ExchangeOutcomeTest {
  private final Observed observed = new Observed();

  private void assertEnd(@Nullable String end, @Nullable String errorType) {
    SpanData span = observed.span();
    assertThat(span.getAttributes().get(stringKey("spanglass.stream.end"))).isEqualTo(end);
    assertThat(span.getAttributes().get(stringKey("error.type"))).isEqualTo(errorType);
    assertThat(span.getStatus().getStatusCode())
        .isEqualTo(errorType == null ? StatusCode.UNSET : StatusCode.ERROR);
  }

  private void assertOpen() {
    assertThat(observed.spans.getFinishedSpanItems()).isEmpty();
  }

  private long count(String metric) {
    return observed.histogram(metric).stream().mapToLong(HistogramPointData::getCount).sum();
  }

  private double duration() {
    return observed.histogram("gen_ai.client.operation.duration").iterator().next().getSum();
  }

  private static Client client(boolean cancelled, boolean timedOut) {
    return new Client() {
      @Override
      public boolean isCancelled() {
        return cancelled;
      }

      @Override
      public boolean isTimedOut() {
        return timedOut;
      }
    };
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aClientThatFailsWhatTheApplicationHasClosedDoesNotMakeItAnError(boolean whole) {
    Call call = observed.begin();
    call.stream();
    call.deliver(ANSWER);
    if (whole) {
      call.deliver(LAST, DONE);
    }
    boolean delivering = call.attempt.delivering();
    call.attempt.closed();
    IOException failure = new IOException("subscription cancelled");
    CompletionException wrapped = new CompletionException(failure);
    call.attempt.failed(wrapped);
    call.exchange.failed(wrapped);
    // The same once more, as the client's method throws it, while the application is still served.
    IOException thrown = new IOException("subscription cancelled", failure);
    call.attempt.failed(thrown);
    call.exchange.failed(thrown);
    if (delivering) {
      call.attempt.delivered();
    }
    assertEnd(whole ? "completed" : "cancelled", null);
  }

  @Test
  void theEndIsWhenTheBodyBrokeAndNotWhenTheApplicationsCallbackCameBack() throws Exception {
    Call call = observed.begin();
    call.stream();
    call.deliver(ANSWER);
    long before = System.nanoTime();
    call.attempt.failed(new IOException());
    long broken = System.nanoTime() - before;
    Thread.sleep(60);
    call.exchange.returned();
    assertEnd("reset", "java.io.IOException");
    SpanData span = observed.span();
    assertThat(span.getEndEpochNanos() - span.getStartEpochNanos())
        .isLessThan(TimeUnit.MILLISECONDS.toNanos(60) + broken);
    assertThat(duration()).isLessThan(0.06 + broken / 1e9);
  }

  @Test
  void aBodyThatBreaksAfterTheReturnDoesNotWaitForTheApplication() {
    Call call = observed.begin();
    call.exchange.returned();
    call.stream();
    call.deliver(ANSWER);
    call.attempt.failed(new IOException());
    // The application's callback, which would come back here, never does.
    assertEnd("reset", "java.io.IOException");
  }

  @Test
  void anAnswerThatIsReadBeforeTheClientReturnsKeepsItsTime() throws Exception {
    Call call = observed.begin();
    call.answer();
    assertOpen();
    Thread.sleep(60);
    call.exchange.returned();
    assertEnd("completed", null);
    assertThat(duration()).isLessThan(0.06);
  }

  @Test
  void anAnswerThatIsReadAndAskedForOnceMoreCountsOnlyTheLast() {
    Call call = observed.begin();
    call.stream();
    call.deliver(ANSWER, LAST, USAGE, DONE);
    call.again();
    call.stream();
    call.deliver(ANSWER, LAST, DONE);
    assertOpen();
    call.exchange.returned();
    assertEnd("completed", null);
    assertThat(observed.span().getAttributes().get(longKey("gen_ai.usage.input_tokens"))).isNull();
    assertThat(count("gen_ai.client.operation.duration")).isEqualTo(1);
    assertThat(count("spanglass.client.time_to_first_token")).isEqualTo(1);
  }

  @Test
  void anAttemptThatWasReplacedIsReadNoMore() {
    Call call = observed.begin();
    call.stream();
    Attempt first = call.attempt;
    assertThat(first.delivering()).isTrue();
    call.again();
    call.stream();
    // Another thread still delivers the first.
    first.bytes(ByteBuffer.wrap((LAST + USAGE + DONE).getBytes(UTF_8)), System.nanoTime());
    first.delivered();
    first.applicationFailed(new IllegalStateException());
    call.deliver(ANSWER, LAST, DONE);
    call.exchange.returned();
    assertEnd("completed", null);
    assertThat(observed.span().getAttributes().get(stringKey("gen_ai.response.id")))
        .isEqualTo("c-1");
    assertThat(observed.span().getAttributes().get(longKey("gen_ai.usage.input_tokens"))).isNull();
  }

  @Test
  void twoThreadsOnTwoAttemptsLoseNothing() throws Exception {
    Call call = observed.begin();
    call.stream();
    Attempt first = call.attempt;
    assertThat(first.delivering()).isTrue();
    Thread other =
        new Thread(
            () -> {
              call.again();
              call.answer();
            });
    other.start();
    other.join();
    first.delivered();
    call.exchange.returned();
    assertEnd("completed", null);
    assertThat(observed.span().getAttributes().get(longKey("gen_ai.usage.output_tokens")))
        .isEqualTo(2);
  }

  @Test
  void twoDeliveriesAtOnceHaveNoOrderAndAreNotObserved() throws Exception {
    Call call = observed.start();
    call.stream();
    call.deliver(ANSWER);
    assertThat(call.attempt.delivering()).isTrue();
    Thread other =
        new Thread(
            () -> {
              assertThat(call.attempt.delivering()).isFalse();
              call.attempt.bytes(ByteBuffer.wrap(USAGE.getBytes(UTF_8)), 0);
            });
    other.start();
    other.join();
    call.delivered(LAST);
    call.attempt.end();
    assertEnd(null, null);
    assertThat(observed.span().getAttributes().get(stringKey("gen_ai.response.id")))
        .isEqualTo("c-1");
  }

  @Test
  void discardingDuringADeliveryIsNotUndone() {
    Call call = observed.start();
    call.stream();
    assertThat(call.attempt.delivering()).isTrue();
    call.exchange.discard();
    call.delivered(ANSWER, LAST, DONE);
    assertThat(observed.span().getAttributes().get(stringKey("spanglass.stream.end"))).isNull();
    assertThat(count("gen_ai.client.operation.duration")).isZero();
  }

  @Test
  void whatIsMadeOfTheClientsFailureIsTheClientsFailure() {
    Call call = observed.begin();
    IOException failure = new IOException();
    call.attempt.failed(failure);
    call.exchange.failed(new CompletionException(new IOException("wrapped", failure)));
    assertEnd("reset", "java.io.IOException");
  }

  @Test
  void anotherFailureIsOfTheApplicationsOwnCode() {
    Call call = observed.begin();
    call.attempt.failed(new SocketTimeoutException());
    call.exchange.failed(new IOException("an interceptor gave up"));
    assertEnd("error", "java.io.IOException");
  }

  @Test
  void anInterceptorThatThrowsAfterTheWholeAnswerFailsTheCall() {
    Call call = observed.begin();
    call.answer();
    call.exchange.failed(new IllegalStateException());
    assertEnd("error", "java.lang.IllegalStateException");
  }

  @Test
  void anInterceptorThatPutsSomethingInPlaceOfAFailureDoesNotHideIt() {
    Call call = observed.begin();
    call.attempt.failed(new IOException());
    call.exchange.returned();
    assertEnd("reset", "java.io.IOException");
  }

  @Test
  void anInterceptorThatAnswersByItselfHasMadeNoCall() {
    Exchange exchange =
        requireNonNull(
            observed.begin(
                "api.openai.com", Observed.PATH, null, Observed.REQUEST, Context.root()));
    exchange.returned();
    assertEnd(null, null);
    assertThat(count("gen_ai.client.operation.duration")).isZero();
  }

  @Test
  void anInterceptorThatThrowsBeforeAnythingWasSentIsAnError() {
    Exchange exchange =
        requireNonNull(
            observed.begin(
                "api.openai.com", Observed.PATH, null, Observed.REQUEST, Context.root()));
    exchange.failed(new IllegalStateException());
    assertEnd("error", "java.lang.IllegalStateException");
    assertThat(count("gen_ai.client.operation.duration")).isEqualTo(1);
  }

  @Test
  void whatTheApplicationGetsFromAnInterruptedSendIsNoFailure() {
    Call call = observed.begin();
    call.stream();
    call.deliver(ANSWER);
    // The body's subscriber is told first.
    call.attempt.failed(new IOException("closed"));
    call.exchange.failed(new InterruptedException());
    assertEnd("cancelled", null);
  }

  @ParameterizedTest
  @CsvSource({
    "false, false, reset, java.io.IOException",
    "true, false, cancelled,",
    "true, true, timeout, java.io.InterruptedIOException",
    "false, true, timeout, java.io.InterruptedIOException"
  })
  void theClientSaysWhatABrokenConnectionMeans(
      boolean cancelled, boolean timedOut, String end, @Nullable String errorType) {
    Call call = observed.begin(client(cancelled, timedOut));
    call.stream();
    call.deliver(ANSWER);
    IOException failure = new IOException("Canceled");
    call.attempt.failed(failure);
    call.exchange.failed(failure);
    assertEnd(end, errorType);
  }

  @Test
  void anInterruptedThreadHasCancelledAndADeadlineHasNot() {
    Call call = observed.begin();
    call.fail(new InterruptedIOException("interrupted"));
    assertEnd("cancelled", null);
    observed.spans.reset();
    call = observed.begin();
    call.fail(new InterruptedIOException("timeout"));
    assertEnd("timeout", "java.io.InterruptedIOException");
  }

  @Test
  void aBodyThatTheApplicationCannotGoOnWritingIsItsError() {
    Call call = observed.begin();
    call.attempt.requestBytes(new byte[] {'{'}, 0, 1);
    IOException failure = new IOException("disk");
    call.attempt.failed(failure);
    call.exchange.failed(failure);
    assertEnd("error", "java.io.IOException");
  }

  @Test
  void aBodyThatTheConnectionDoesNotTakeIsAReset() {
    Call call = observed.begin();
    call.attempt.requestBytes(new byte[] {'{'}, 0, 1);
    call.attempt.requestFailed();
    IOException failure = new IOException("Broken pipe");
    call.attempt.failed(failure);
    call.exchange.failed(failure);
    assertEnd("reset", "java.io.IOException");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        ANSWER,
        ANSWER + LAST + USAGE + DONE,
        "data: {\"error\":{\"code\":\"overloaded\"}}\n\n",
        ""
      })
  void whatTheApplicationsSubscriberThrowsIsAnError(String body) {
    Call call = observed.start();
    call.stream();
    assertThat(call.attempt.delivering()).isTrue();
    // Some subscribers cancel before they throw.
    call.attempt.closed();
    call.attempt.applicationFailed(new IllegalStateException());
    call.delivered(body);
    assertEnd("error", "java.lang.IllegalStateException");
  }

  @Test
  void whatTheApplicationsSubscriberThrowsAfterTheAnswerIsAnError() {
    Call call = observed.begin();
    call.answer();
    call.attempt.applicationFailed(new IllegalStateException());
    call.exchange.failed(new IOException());
    assertEnd("error", "java.lang.IllegalStateException");
  }

  @Test
  void cancellingAFutureWhoseAnswerWasWholeChangesNothing() {
    Call call = observed.begin();
    call.answer();
    call.exchange.failed(new CancellationException());
    assertEnd("completed", null);
  }

  @Test
  void bytesThatAFormerAttemptHasShownAreReadOnce() {
    Call call = observed.beginStreamed(null);
    byte[] body = "{\"model\":\"gpt-4o\",\"messages\":[],\"seed\":12345}".getBytes(UTF_8);
    // The connection breaks within the seed.
    call.attempt.requestBytes(body, 0, body.length - 3);
    call.attempt.requestFailed();
    call.attempt.failed(new IOException());
    call.again();
    for (int at = 0; at < body.length; at += 4) {
      call.attempt.requestBytes(body, at, Math.min(4, body.length - at));
    }
    call.attempt.requestEnd();
    call.answer();
    call.exchange.returned();
    assertEnd("completed", null);
    assertThat(observed.span().getAttributes().get(longKey("gen_ai.request.seed")))
        .isEqualTo(12345);
    assertThat(observed.span().getName()).isEqualTo("chat gpt-4o");
  }

  @Test
  void aBodyThatAnInterceptorEncodesOtherwiseIsNotMixedWithTheFirst() {
    Call call = observed.beginStreamed(null);
    byte[] body = "{\"model\":\"gpt-4o\",\"messages\":[]}".getBytes(UTF_8);
    call.attempt.requestBytes(body, 0, 20);
    RequestHead encoded = Observed.head("api.openai.com", Observed.PATH, "zstd");
    call.attempt = call.exchange.attempt(encoded);
    call.attempt.requestBytes("}}}}}}}}}}}}}}}}}}}}}}}}}}".getBytes(UTF_8), 0, 26);
    call.again();
    call.attempt.requestBytes(body, 0, body.length);
    call.answer();
    call.exchange.returned();
    assertThat(observed.span().getName()).isEqualTo("chat gpt-4o");
    assertThat(observed.metric("spanglass.internal.errors")).isNull();
  }

  @ParameterizedTest
  @CsvSource({
    "https, [::1], -1, ::1, 443",
    "HTTP, [2001:db8::1], -1, 2001:db8::1, 80",
    "http, ::1, 8080, ::1, 8080",
    "HTTPS, h, -1, h, 443",
    "Http, h, -1, h, 80"
  })
  void addressesAreWithoutBracketsAndSchemesKnowNoCase(
      String scheme, String host, int port, String address, long effective) {
    Exchange exchange =
        requireNonNull(
            observed.calls.begin(
                Observed.head("POST", scheme, host, port, Observed.PATH, null),
                null,
                new Client() {},
                Context.root()));
    exchange.cancelled();
    assertThat(observed.span().getAttributes().get(stringKey("server.address"))).isEqualTo(address);
    assertThat(observed.span().getAttributes().get(longKey("server.port"))).isEqualTo(effective);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "<html><body>Welcome</body></html>",
        "{\"model\":\"m\",\"choices\":[",
      })
  void whatIsNoAnswerIsNotCompletedWhateverItsStatus(String body) {
    Call call = observed.start();
    call.head(200, "application/json", null);
    call.deliver(body);
    call.attempt.end();
    assertEnd("error", "invalid_response");
  }

  @ParameterizedTest
  @ValueSource(strings = {"data: [DONE]\n", "data:  [DONE]  \n", "data: [DONE]"})
  void closingAtTheLineOfTheEndMarkIsTheEnd(String mark) {
    Call call = observed.start();
    call.stream();
    call.deliver(ANSWER, mark);
    call.attempt.closed();
    assertEnd("completed", null);
  }

  @Test
  void severalDocumentsInARowAreAStreamWhoseFirstChunkIsTheFirst() {
    Call call = observed.start();
    call.head(200, "application/x-ndjson", null);
    long start = System.nanoTime();
    String chunk = "{\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\"}}]}\n";
    call.deliverAt(start + 1_000_000_000L, chunk);
    call.deliverAt(start + 2_000_000_000L, chunk);
    call.deliverAt(start + 4_000_000_000L, chunk.replace("}}", "},\"finish_reason\":\"stop\"}"));
    call.attempt.end();
    assertEnd("completed", null);
    assertThat(observed.span().getAttributes().get(doubleKey("spanglass.time_to_first_token")))
        .isBetween(1.0, 1.999);
    HistogramPointData between =
        observed.histogram("gen_ai.client.operation.time_per_output_chunk").iterator().next();
    assertThat(between.getCount()).isEqualTo(2);
    assertThat(between.getSum()).isEqualTo(3.0);
  }

  @Test
  void atTheEndOfTheProcessAllThatIsUnderWayEndsWithWhatIsKnown() {
    Call streaming = observed.begin();
    streaming.exchange.returned();
    streaming.stream();
    streaming.deliver(ANSWER, USAGE);
    Call delivering = observed.begin();
    delivering.stream();
    assertThat(delivering.attempt.delivering()).isTrue();
    Exchange unsent =
        requireNonNull(
            observed.begin(
                "api.openai.com", Observed.PATH, null, Observed.REQUEST, Context.root()));
    Call answered = observed.begin();
    answered.answer();
    Exchange sdk = observed.calls.beginOperation(Context.root());
    Call refused =
        new Call(
            requireNonNull(
                observed.begin(
                    "api.openai.com", Observed.PATH, null, Observed.REQUEST, sdk.context())));
    refused.exchange.returned();
    refused.head(429, "application/json", null);
    refused.attempt.end();

    observed.calls.endAll();
    assertThat(observed.spans.getFinishedSpanItems())
        .extracting(span -> span.getAttributes().get(stringKey("spanglass.stream.end")))
        .containsExactlyInAnyOrder("abandoned", "abandoned", "abandoned", "completed", "error");
    assertThat(count("gen_ai.client.operation.duration")).isEqualTo(5);
    assertThat(count("gen_ai.client.token.usage")).isEqualTo(4);
    // Whatever comes now changes nothing.
    delivering.delivered(LAST, DONE);
    unsent.returned();
    sdk.returned();
    observed.calls.endAll();
    assertThat(observed.spans.getFinishedSpanItems()).hasSize(5);
    assertThat(observed.metric("spanglass.internal.errors")).isNull();
  }

  @Test
  void closingEndsCallsStopsTheThreadAndObservesNoMore() throws Exception {
    Observed closing =
        new Observed(
            Sampler.alwaysOn(), Map.of("otel.instrumentation.genai.abandoned-after", "1h"));
    long before = threads();
    Call call = closing.start();
    call.stream();
    assertThat(threads()).isEqualTo(before + 1);
    closing.calls.close();
    assertThat(closing.span().getAttributes().get(stringKey("spanglass.stream.end")))
        .isEqualTo("abandoned");
    for (int i = 0; i < 500 && threads() > before; i++) {
      Thread.sleep(10);
    }
    assertThat(threads()).isEqualTo(before);
    assertThat(
            closing.begin("api.openai.com", Observed.PATH, null, Observed.REQUEST, Context.root()))
        .isNull();
    closing.calls.close();
  }

  private static long threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().equals("spanglass-live-calls") && thread.isAlive())
        .count();
  }

  @Test
  void anSdksExchangeHoldsExchangesOfWhichTheLastCounts() {
    Exchange sdk = observed.calls.beginOperation(Context.root());
    for (int i = 0; i < 2; i++) {
      Call call =
          new Call(
              requireNonNull(
                  observed.begin(
                      "api.openai.com", Observed.PATH, null, Observed.REQUEST, sdk.context())));
      // The client itself repeats the request, which is no attempt of the SDK's.
      call.again();
      call.head(i == 0 ? 503 : 200, "text/event-stream", null);
      call.exchange.returned();
      call.deliver(i == 0 ? "" : ANSWER + LAST + USAGE + DONE);
      call.attempt.end();
    }
    assertOpen();
    sdk.returned();
    assertEnd("completed", null);
    assertThat(observed.span().getAttributes().get(longKey("spanglass.attempts"))).isEqualTo(2);
  }

  @Test
  void noMethodThrowsWhateverTheClientAndTheHeadsThrow() {
    AtomicBoolean broken = new AtomicBoolean();
    Client client =
        new Client() {
          @Override
          public boolean isCancelled() {
            throw new IllegalStateException();
          }
        };
    RequestHead head =
        new RequestHead() {
          private <T> T value(T value) {
            if (broken.get()) {
              throw new LinkageError();
            }
            return value;
          }

          @Override
          public String method() {
            return value("POST");
          }

          @Override
          public @Nullable String scheme() {
            return value("https");
          }

          @Override
          public @Nullable String host() {
            return value("h");
          }

          @Override
          public int port() {
            return value(1);
          }

          @Override
          public @Nullable String rawPath() {
            return value(Observed.PATH);
          }

          @Override
          public @Nullable String rawQuery() {
            throw new LinkageError();
          }

          @Override
          public @Nullable String header(String name) {
            if (broken.get()) {
              throw new LinkageError();
            }
            return null;
          }
        };
    Exchange exchange = requireNonNull(observed.calls.begin(head, null, client, Context.root()));
    broken.set(true);
    assertThat(observed.calls.begin(head, null, client, Context.root())).isNull();
    Attempt attempt = exchange.attempt(head);
    attempt.requestBytes(new byte[1], 0, 9);
    attempt.requestEnd();
    attempt.bytes(new byte[1], 0, 9, 0);
    attempt.failed(new IOException());
    exchange.failed(new IOException());
    exchange.cancelled();
    assertThat(observed.spans.getFinishedSpanItems()).hasSize(1);
  }
}
