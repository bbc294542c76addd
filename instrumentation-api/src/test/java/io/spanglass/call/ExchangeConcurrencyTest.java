/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.call;

import static io.opentelemetry.api.common.AttributeKey.stringKey;
import static io.spanglass.call.Observed.ANSWER;
import static io.spanglass.call.Observed.DONE;
import static io.spanglass.call.Observed.LAST;
import static io.spanglass.call.Observed.USAGE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.metrics.MeterProvider;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanBuilder;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.api.trace.TracerBuilder;
import io.opentelemetry.api.trace.TracerProvider;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.propagation.ContextPropagators;
import io.opentelemetry.sdk.metrics.data.HistogramPointData;
import io.spanglass.config.GenAiConfig;
import io.spanglass.wire.ResponseHead;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ExchangeConcurrencyTest {
  private final Observed observed = new Observed();

  private String end() {
    String end = observed.span().getAttributes().get(stringKey("spanglass.stream.end"));
    return end == null ? "none" : end;
  }

  private static void inAnotherThread(Runnable work) throws InterruptedException {
    Thread thread = new Thread(work);
    thread.start();
    thread.join();
  }

  @Test
  void anEndDuringADeliveryWaitsForItAndSeesWhatWasDelivered() throws InterruptedException {
    Call call = observed.start();
    call.stream();
    call.deliver(ANSWER);
    call.attempt.delivering();
    // The application reads the last chunk and closes, before the client's thread is back.
    inAnotherThread(call.attempt::closed);
    assertThat(observed.spans.getFinishedSpanItems()).isEmpty();
    call.delivered(LAST, USAGE, DONE);
    assertThat(end()).isEqualTo("completed");
    assertThat(observed.histogram("gen_ai.client.token.usage")).hasSize(2);
  }

  @Test
  void anEndDuringADeliveryThatDoesNotEndTheAnswerIsCarriedOutAfterIt()
      throws InterruptedException {
    Call call = observed.start();
    call.stream();
    call.attempt.delivering();
    inAnotherThread(call.attempt::closed);
    inAnotherThread(() -> call.fail(new IOException()));
    inAnotherThread(call.attempt::end);
    assertThat(observed.spans.getFinishedSpanItems()).isEmpty();
    call.delivered(ANSWER, USAGE);
    // The first of the three.
    assertThat(end()).isEqualTo("cancelled");
    assertThat(observed.histogram("gen_ai.client.token.usage")).hasSize(2);
  }

  @Test
  void anEndDuringTheHeadIsCarriedOutAfterIt() {
    Call call = observed.start();
    call.attempt.head(
        new ResponseHead() {
          @Override
          public int status() {
            Thread closing = new Thread(call.attempt::closed);
            closing.start();
            try {
              closing.join();
            } catch (InterruptedException e) {
              throw new IllegalStateException(e);
            }
            return 500;
          }

          @Override
          public @Nullable String header(String name) {
            return null;
          }
        });
    assertThat(end()).isEqualTo("error");
  }

  @Test
  void theApplicationMayCloseWithinItsOwnDelivery() {
    Call call = observed.start();
    call.stream();
    call.attempt.delivering();
    call.attempt.closed();
    assertThat(observed.spans.getFinishedSpanItems()).isEmpty();
    call.delivered(ANSWER);
    assertThat(end()).isEqualTo("cancelled");
  }

  @Test
  void aDeliveryThatBeginsAfterTheEndChangesNothing() {
    Call call = observed.start();
    call.stream();
    call.attempt.closed();
    call.deliver(ANSWER, LAST, USAGE, DONE);
    assertThat(end()).isEqualTo("cancelled");
    assertThat(observed.histogram("gen_ai.client.token.usage")).isEmpty();
  }

  @Test
  void whoeverComesFirstEachCallEndsOnce() throws Exception {
    int rounds = 1500;
    List<AtomicInteger> ends = new ArrayList<>();
    ModelCalls counted = new ModelCalls(countingEnds(observed.sdk, ends), GenAiConfig.defaults());
    int threads = 4;
    ExecutorService pool = Executors.newFixedThreadPool(threads);
    CyclicBarrier barrier = new CyclicBarrier(threads);
    try {
      for (int round = 0; round < rounds; round++) {
        Call call =
            new Call(
                requireNonNull(
                    counted.begin(
                        Observed.head("api.openai.com", Observed.PATH, null),
                        null,
                        new Client() {},
                        Context.root())));
        int seed = round;
        List<Future<?>> done = new ArrayList<>();
        done.add(
            pool.submit(
                () -> {
                  barrier.await();
                  call.stream();
                  call.deliver(ANSWER);
                  call.deliver(LAST, USAGE);
                  if (seed % 3 == 0) {
                    call.deliver(DONE);
                  }
                  call.attempt.end();
                  return null;
                }));
        for (int i = 1; i < threads; i++) {
          int way = new Random(seed * 31L + i).nextInt(5);
          done.add(
              pool.submit(
                  () -> {
                    barrier.await();
                    switch (way) {
                      case 0 -> call.attempt.closed();
                      case 1 -> call.fail(new IOException());
                      case 2 -> call.attempt.failed(new IOException());
                      case 3 -> call.exchange.returned();
                      default -> call.attempt.end();
                    }
                    return null;
                  }));
        }
        for (Future<?> task : done) {
          task.get();
        }
        call.exchange.returned();
      }
    } finally {
      pool.shutdownNow();
    }
    assertThat(ends).hasSize(rounds).allSatisfy(count -> assertThat(count).hasValue(1));
    assertThat(observed.spans.getFinishedSpanItems()).hasSize(rounds);
    assertThat(observed.metric("spanglass.internal.errors")).isNull();
    long recorded = 0;
    for (HistogramPointData point : observed.histogram("gen_ai.client.operation.duration")) {
      recorded += point.getCount();
    }
    // An end that comes before the head leaves a call that was seen in part, which is in no metric.
    assertThat(recorded)
        .isPositive()
        .isEqualTo(
            observed.spans.getFinishedSpanItems().stream()
                .filter(span -> span.getAttributes().get(stringKey("spanglass.stream.end")) != null)
                .count());
  }

  @Test
  void theRequestsBodyMayStillBeSentWhileTheCallEnds() throws Exception {
    for (int i = 0; i < 200; i++) {
      Call call = observed.beginStreamed(null);
      call.exchange.returned();
      CountDownLatch go = new CountDownLatch(1);
      Thread sender =
          new Thread(
              () -> {
                try {
                  go.await();
                } catch (InterruptedException e) {
                  return;
                }
                call.attempt.requestBytes(ByteBuffer.wrap(Observed.REQUEST.getBytes(UTF_8)));
                call.attempt.requestEnd();
              });
      sender.start();
      go.countDown();
      call.attempt.closed();
      sender.join();
    }
    assertThat(observed.spans.getFinishedSpanItems()).hasSize(200);
    assertThat(observed.metric("spanglass.internal.errors")).isNull();
  }

  /** The SDK forgives a second end; this counts it. */
  private static OpenTelemetry countingEnds(OpenTelemetry sdk, List<AtomicInteger> ends) {
    TracerProvider tracers =
        new TracerProvider() {
          @Override
          public Tracer get(String scope) {
            return sdk.getTracer(scope);
          }

          @Override
          public Tracer get(String scope, String version) {
            return sdk.getTracer(scope, version);
          }

          @Override
          public TracerBuilder tracerBuilder(String scope) {
            return wrap(TracerBuilder.class, sdk.tracerBuilder(scope), ends);
          }
        };
    return new OpenTelemetry() {
      @Override
      public TracerProvider getTracerProvider() {
        return tracers;
      }

      @Override
      public MeterProvider getMeterProvider() {
        return sdk.getMeterProvider();
      }

      @Override
      public ContextPropagators getPropagators() {
        return sdk.getPropagators();
      }
    };
  }

  private static <T> T wrap(Class<T> type, T target, List<AtomicInteger> ends) {
    AtomicInteger count = new AtomicInteger();
    if (type == Span.class) {
      ends.add(count);
    }
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (proxy, method, arguments) -> {
              if (type == Span.class && method.getName().equals("end")) {
                count.incrementAndGet();
              }
              Object result;
              try {
                result = method.invoke(target, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
              if (result == target) {
                return proxy;
              }
              if (result instanceof SpanBuilder builder) {
                return wrap(SpanBuilder.class, builder, ends);
              }
              if (type == SpanBuilder.class && result instanceof Span span) {
                return wrap(Span.class, span, ends);
              }
              return result instanceof Tracer tracer ? wrap(Tracer.class, tracer, ends) : result;
            }));
  }
}
