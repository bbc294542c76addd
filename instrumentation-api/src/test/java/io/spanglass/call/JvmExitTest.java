/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.call;

import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.trace.ReadWriteSpan;
import io.opentelemetry.sdk.trace.ReadableSpan;
import io.opentelemetry.sdk.trace.SpanProcessor;
import io.opentelemetry.sdk.trace.samplers.Sampler;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class JvmExitTest {
  private static final AttributeKey<String> END = AttributeKey.stringKey("spanglass.stream.end");

  @Test
  void whatIsUnderWayIsAbandonedWithWhatIsKnown() {
    Observed observed = new Observed();
    Call call = observed.start();
    call.stream();
    call.deliver(Observed.ANSWER);

    JvmExit.end(observed.calls, 30_000);

    assertThat(observed.span().getAttributes().get(END)).isEqualTo("abandoned");
    assertThat(observed.span().getAttributes().get(AttributeKey.stringKey("gen_ai.response.id")))
        .isEqualTo("c-1");
    assertThat(observed.histogram("gen_ai.client.operation.duration"))
        .singleElement()
        .satisfies(point -> assertThat(point.getCount()).isEqualTo(1));
    assertThat(observed.calls.live().isEmpty()).isTrue();
  }

  @Test
  void aSpanProcessorThatHangsDoesNotKeepTheJvm() throws Exception {
    CountDownLatch hangs = new CountDownLatch(1);
    CountDownLatch over = new CountDownLatch(1);
    Observed observed =
        new Observed(
            Sampler.alwaysOn(),
            Map.of(),
            new SpanProcessor() {
              @Override
              public void onStart(Context parent, ReadWriteSpan span) {}

              @Override
              public boolean isStartRequired() {
                return false;
              }

              @Override
              public void onEnd(ReadableSpan span) {
                hangs.countDown();
                try {
                  over.await();
                } catch (InterruptedException e) {
                  Thread.currentThread().interrupt();
                }
              }

              @Override
              public boolean isEndRequired() {
                return true;
              }
            });
    observed.start();

    JvmExit.end(observed.calls, 50);

    assertThat(hangs.await(30, TimeUnit.SECONDS)).isTrue();
    over.countDown();
  }

  @Test
  void aThreadThatWasInterruptedWaitsAndStaysInterrupted() {
    Observed observed = new Observed();
    observed.start();
    Thread.currentThread().interrupt();
    JvmExit.end(observed.calls, 30_000);
    assertThat(Thread.interrupted()).isTrue();
    assertThat(observed.span().getAttributes().get(END)).isEqualTo("abandoned");
  }
}
