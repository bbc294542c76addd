/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.http;

import static io.opentelemetry.api.common.AttributeKey.stringKey;
import static io.spanglass.http.Observed.ANSWER;
import static io.spanglass.http.Observed.DONE;
import static io.spanglass.http.Observed.LAST;
import static io.spanglass.http.Observed.USAGE;
import static io.spanglass.http.Observed.buffers;
import static io.spanglass.http.Observed.deliver;
import static io.spanglass.http.Observed.stream;
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
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class ModelCallConcurrencyTest {
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
    ModelCall call = observed.start();
    stream(call);
    deliver(call, ANSWER);
    call.beforeDelivery();
    // The application reads the last chunk and closes, before the client's thread is back.
    inAnotherThread(call::onCancel);
    assertThat(observed.spans.getFinishedSpanItems()).isEmpty();
    call.afterDelivery(buffers(LAST, USAGE, DONE), System.nanoTime());
    assertThat(end()).isEqualTo("completed");
    assertThat(observed.histogram("gen_ai.client.token.usage")).hasSize(2);
  }

  @Test
  void anEndDuringADeliveryThatDoesNotEndTheAnswerIsCarriedOutAfterIt()
      throws InterruptedException {
    ModelCall call = observed.start();
    stream(call);
    call.beforeDelivery();
    inAnotherThread(call::onCancel);
    inAnotherThread(() -> call.onFailure(new IOException()));
    inAnotherThread(call::onResponseEnd);
    assertThat(observed.spans.getFinishedSpanItems()).isEmpty();
    call.afterDelivery(buffers(ANSWER, USAGE), System.nanoTime());
    // The first of the three.
    assertThat(end()).isEqualTo("cancelled");
    assertThat(observed.histogram("gen_ai.client.token.usage")).hasSize(2);
  }

  @Test
  void anEndDuringTheHeadIsCarriedOutAfterIt() throws InterruptedException {
    ModelCall call = observed.start();
    call.beforeDelivery();
    inAnotherThread(call::onCancel);
    call.onResponseHead(500, null, null);
    assertThat(end()).isEqualTo("error");
  }

  @Test
  void theApplicationMayCloseWithinItsOwnDelivery() {
    ModelCall call = observed.start();
    stream(call);
    call.beforeDelivery();
    call.onCancel();
    assertThat(observed.spans.getFinishedSpanItems()).isEmpty();
    call.afterDelivery(buffers(ANSWER), System.nanoTime());
    assertThat(end()).isEqualTo("cancelled");
  }

  @Test
  void aDeliveryThatBeginsAfterTheEndChangesNothing() {
    ModelCall call = observed.start();
    stream(call);
    call.onCancel();
    deliver(call, ANSWER, LAST, USAGE, DONE);
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
        ModelRequest request =
            counted.recognize("POST", "api.openai.com", 443, Observed.PATH, null);
        ModelCall call = request == null ? null : counted.start(request, Context.root());
        assertThat(call).isNotNull();
        if (call == null) {
          return;
        }
        int seed = round;
        List<Future<?>> done = new ArrayList<>();
        done.add(
            pool.submit(
                () -> {
                  barrier.await();
                  stream(call);
                  deliver(call, ANSWER);
                  deliver(call, LAST, USAGE);
                  if (seed % 3 == 0) {
                    deliver(call, DONE);
                  }
                  call.onResponseEnd();
                  return null;
                }));
        for (int i = 1; i < threads; i++) {
          int way = new Random(seed * 31L + i).nextInt(5);
          done.add(
              pool.submit(
                  () -> {
                    barrier.await();
                    switch (way) {
                      case 0 -> call.onCancel();
                      case 1 -> call.onFailure(new IOException());
                      case 2 -> call.onBodyFailure(new IOException());
                      case 3 -> call.onReturned();
                      default -> call.onResponseEnd();
                    }
                    return null;
                  }));
        }
        for (Future<?> task : done) {
          task.get();
        }
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
    assertThat(recorded).isEqualTo(rounds);
  }

  @Test
  void theRequestsBodyMayStillBeSentWhileTheCallEnds() throws Exception {
    for (int i = 0; i < 200; i++) {
      ModelRequest request = observed.request("api.openai.com");
      ModelCall call = observed.start(request);
      CountDownLatch go = new CountDownLatch(1);
      Thread sender =
          new Thread(
              () -> {
                try {
                  go.await();
                } catch (InterruptedException e) {
                  return;
                }
                request.onBytes(buffers(Observed.REQUEST)[0]);
                request.onEnd();
              });
      sender.start();
      go.countDown();
      call.onCancel();
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
