/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.call;

import static io.opentelemetry.api.common.AttributeKey.longKey;
import static io.opentelemetry.api.common.AttributeKey.stringKey;
import static io.spanglass.call.Observed.ANSWER;
import static io.spanglass.call.Observed.DONE;
import static io.spanglass.call.Observed.LAST;
import static io.spanglass.call.Observed.USAGE;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.ContextKey;
import io.opentelemetry.context.Scope;
import io.opentelemetry.sdk.metrics.data.HistogramPointData;
import io.opentelemetry.sdk.trace.data.SpanData;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

class SdkExchangeTest {
  private final Observed observed = new Observed();

  private Call attempt(Exchange operation) {
    return attempt("api.openai.com", operation.context());
  }

  private Call attempt(String host, Context parent) {
    return new Call(
        requireNonNull(observed.begin(host, Observed.PATH, null, Observed.REQUEST, parent)));
  }

  private static void refuse(Call call, int status) {
    call.head(status, "application/json", null);
    call.exchange.returned();
    call.attempt.closed();
  }

  private static void answer(Call call) {
    call.exchange.returned();
    call.answer();
  }

  private long calls() {
    return observed.histogram("gen_ai.client.operation.duration").stream()
        .mapToLong(HistogramPointData::getCount)
        .sum();
  }

  private static String end(SpanData span) {
    return String.valueOf(span.getAttributes().get(stringKey("spanglass.stream.end")));
  }

  private static Long attempts(SpanData span) {
    return span.getAttributes().get(longKey("spanglass.attempts"));
  }

  @Test
  void retriesThatHealAreOneCallAndNoError() throws Exception {
    Exchange operation = observed.calls.beginOperation(Context.root());
    long before = System.nanoTime();
    Call first = attempt(operation);
    refuse(first, 429);
    Call second = attempt(operation);
    refuse(second, 429);
    assertThat(observed.spans.getFinishedSpanItems()).isEmpty();
    Thread.sleep(5);
    Call third = attempt(operation);
    third.stream();
    operation.returned();
    assertThat(observed.spans.getFinishedSpanItems()).isEmpty();
    third.deliver(ANSWER, LAST, USAGE, DONE);
    long sinceFirst = System.nanoTime() - before;

    SpanData span = observed.span();
    assertThat(attempts(span)).isEqualTo(3);
    assertThat(end(span)).isEqualTo("completed");
    assertThat(span.getStatus().getStatusCode()).isEqualTo(StatusCode.UNSET);
    assertThat(span.getAttributes().get(stringKey("error.type"))).isNull();
    // From the SDK's call, with the retries and the pauses between them.
    assertThat(span.getEndEpochNanos() - span.getStartEpochNanos())
        .isBetween(5_000_000L, sinceFirst + 50_000_000L);
    HistogramPointData firstToken =
        observed.histogram("spanglass.client.time_to_first_token").iterator().next();
    assertThat(firstToken.getCount()).isEqualTo(1);
    assertThat(firstToken.getSum()).isGreaterThanOrEqualTo(0.005);
    assertThat(calls()).isEqualTo(1);
    assertThat(observed.histogram("gen_ai.client.operation.duration"))
        .allSatisfy(
            point -> assertThat(point.getAttributes().get(stringKey("error.type"))).isNull());
    // Of every attempt the one span is the parent.
    for (Call call : List.of(first, second, third)) {
      assertThat(Span.fromContext(call.exchange.context()).getSpanContext().getSpanId())
          .isEqualTo(span.getSpanId());
    }
  }

  @Test
  void theSpansParentIsWhatTheSdkWasCalledIn() {
    Span application = observed.sdk.getTracer("app").spanBuilder("app").startSpan();
    Exchange operation = observed.calls.beginOperation(Context.root().with(application));
    answer(attempt(operation));
    operation.returned();
    assertThat(observed.span().getParentSpanId())
        .isEqualTo(application.getSpanContext().getSpanId());
  }

  @Test
  void aCallWithoutRetriesTookOneAttempt() {
    Exchange operation = observed.calls.beginOperation(Context.root());
    answer(attempt(operation));
    operation.returned();
    assertThat(attempts(observed.span())).isEqualTo(1);
  }

  @Test
  void withoutAnOperationTheNumberIsNotKnown() {
    observed.start().answer();
    assertThat(attempts(observed.span())).isNull();
  }

  @Test
  void theLastOfTheRetriesIsTheError() {
    Exchange operation = observed.calls.beginOperation(Context.root());
    refuse(attempt(operation), 503);
    Call last = attempt(operation);
    last.head(429, "application/json", null);
    operation.returned();
    last.deliver("{\"error\":{\"code\":\"rate_limit_exceeded\"}}");
    last.attempt.end();

    SpanData span = observed.span();
    assertThat(attempts(span)).isEqualTo(2);
    assertThat(span.getStatus().getStatusCode()).isEqualTo(StatusCode.ERROR);
    assertThat(span.getAttributes().get(stringKey("error.type"))).isEqualTo("rate_limit_exceeded");
    assertThat(calls()).isEqualTo(1);
  }

  @Test
  void theSdksExceptionFollowsTheAttempts() {
    Exchange operation = observed.calls.beginOperation(Context.root());
    attempt(operation).fail(new IOException());
    attempt(operation).fail(new java.net.SocketTimeoutException());
    operation.failed(new IllegalStateException("the SDK's own wrapper"));

    SpanData span = observed.span();
    assertThat(end(span)).isEqualTo("timeout");
    assertThat(span.getAttributes().get(stringKey("error.type")))
        .isEqualTo("java.net.SocketTimeoutException");
    assertThat(attempts(span)).isEqualTo(2);
  }

  @Test
  void stoppedBetweenTwoAttemptsIsNoError() {
    Exchange operation = observed.calls.beginOperation(Context.root());
    refuse(attempt(operation), 429);
    operation.failed(new InterruptedException());

    SpanData span = observed.span();
    assertThat(end(span)).isEqualTo("cancelled");
    assertThat(span.getStatus().getStatusCode()).isEqualTo(StatusCode.UNSET);
    assertThat(span.getAttributes().get(stringKey("error.type"))).isNull();
  }

  @Test
  void stoppedDuringAnAttemptEndsItToo() {
    Exchange operation = observed.calls.beginOperation(Context.root());
    Call call = attempt(operation);
    operation.failed(new CancellationException());
    assertThat(end(observed.span())).isEqualTo("cancelled");
    answer(call);
    assertThat(end(observed.span())).isEqualTo("cancelled");
    assertThat(calls()).isEqualTo(1);
  }

  @Test
  void withoutAModelCallThereIsNothing() {
    observed.calls.beginOperation(Context.root()).returned();
    observed.calls.beginOperation(Context.root()).failed(new IOException());
    assertThat(observed.spans.getFinishedSpanItems()).isEmpty();
    assertThat(calls()).isZero();
  }

  @Test
  void whatIsSentElsewhereOrAfterwardsOrMeanwhileIsACallOfItsOwn() {
    Exchange operation = observed.calls.beginOperation(Context.root());
    Call call = attempt(operation);
    answer(attempt(operation));
    assertThat(attempts(observed.span())).isNull();
    refuse(call, 429);
    answer(attempt("other.example.com", operation.context()));
    assertThat(observed.spans.getFinishedSpanItems()).hasSize(2);
    operation.returned();
    assertThat(observed.spans.getFinishedSpanItems()).hasSize(3);
    answer(attempt(operation));
    assertThat(observed.spans.getFinishedSpanItems()).hasSize(4);
    assertThat(calls()).isEqualTo(4);
    assertThat(
            observed.spans.getFinishedSpanItems().stream().filter(span -> attempts(span) != null))
        .singleElement()
        .satisfies(span -> assertThat(attempts(span)).isEqualTo(1));
  }

  @Test
  void onceItIsOverItsContextIsTheApplications() {
    ContextKey<String> key = ContextKey.named("application");
    Context application = Context.root().with(key, "value");
    Exchange operation = observed.calls.beginOperation(application);
    assertThat(operation.context().get(key)).isEqualTo("value");
    try (Scope scope = operation.context().makeCurrent()) {
      assertThat(ModelCalls.current(Context.current())).isSameAs(operation);
    }
    operation.returned();
    assertThat(operation.isOpen()).isFalse();
    try (Scope scope = operation.context().makeCurrent()) {
      assertThat(Context.current()).isSameAs(application);
    }
  }

  @Test
  void aDiscardedAttemptDoesNotCount() {
    Exchange operation = observed.calls.beginOperation(Context.root());
    refuse(attempt(operation), 429);
    attempt(operation).exchange.discard();
    operation.returned();
    assertThat(attempts(observed.span())).isEqualTo(1);
    assertThat(calls()).isEqualTo(1);
  }

  @Test
  void anOperationWhoseOnlyAttemptIsDiscardedIsNone() {
    Exchange operation = observed.calls.beginOperation(Context.root());
    attempt(operation).exchange.discard();
    operation.returned();
    assertThat(observed.spans.getFinishedSpanItems()).hasSize(1);
    assertThat(calls()).isZero();
  }

  @Test
  void anSdkThatIsNeverHeardOfAgainEndsTheCallWithItsHolder() throws Exception {
    Exchange operation = observed.calls.beginOperation(Context.root());
    refuse(attempt(operation), 429);
    operation.endWith(new Object());
    for (int i = 0; i < 200 && observed.spans.getFinishedSpanItems().isEmpty(); i++) {
      System.gc();
      Thread.sleep(10);
    }
    assertThat(observed.span().getAttributes().get(stringKey("error.type"))).isEqualTo("429");
  }

  @Test
  void whoeverComesFirstEachOperationEndsOnce() throws Exception {
    int rounds = 1000;
    ExecutorService pool = Executors.newFixedThreadPool(3);
    CyclicBarrier barrier = new CyclicBarrier(3);
    int own = 0;
    try {
      for (int round = 0; round < rounds; round++) {
        Exchange operation = observed.calls.beginOperation(Context.root());
        Random random = new Random(round);
        int way = random.nextInt(3);
        boolean late = random.nextBoolean();
        refuse(attempt(operation), 429);
        List<Future<Integer>> done = new ArrayList<>();
        done.add(
            pool.submit(
                () -> {
                  barrier.await();
                  Call call = attempt(operation);
                  answer(call);
                  return 0;
                }));
        done.add(
            pool.submit(
                () -> {
                  barrier.await();
                  if (late) {
                    Thread.onSpinWait();
                  }
                  if (way == 0) {
                    operation.returned();
                  } else {
                    operation.failed(way == 1 ? new IOException() : new CancellationException());
                  }
                  return 0;
                }));
        done.add(
            pool.submit(
                () -> {
                  barrier.await();
                  operation.returned();
                  return 0;
                }));
        for (Future<Integer> task : done) {
          task.get();
        }
      }
    } finally {
      pool.shutdownNow();
    }
    int operations = 0;
    for (SpanData span : observed.spans.getFinishedSpanItems()) {
      if (attempts(span) == null) {
        // Came after the end: a call of its own.
        own++;
      } else {
        operations++;
      }
    }
    assertThat(operations).isEqualTo(rounds);
    assertThat(calls()).isEqualTo(rounds + own);
    assertThat(observed.metric("spanglass.internal.errors")).isNull();
  }
}
