/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.telemetry;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.context.Context;
import io.spanglass.config.GenAiConfig;
import io.spanglass.wire.call.CallState;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class CallConsoleTest {
  private static final long LONG_MILLIS = 30_000;
  private static final SpanContext SPAN =
      SpanContext.create(
          "0af7651916cd43dd8448eb211c80319c",
          "b7ad6b7169203331",
          TraceFlags.getSampled(),
          TraceState.getDefault());

  private final ByteArrayOutputStream written = new ByteArrayOutputStream();

  private static InferenceSpan span() {
    return new GenAiTelemetry(OpenTelemetry.noop(), GenAiConfig.defaults(), SpanReader.NONE)
        .start(Context.root(), EndedCalls.CHAT, "localhost", 80, null, System.nanoTime());
  }

  private List<String> lines() {
    return written.toString(UTF_8).lines().toList();
  }

  private void print(CallConsole console, String model, CallState call, long firstToken, int n) {
    console.print("chat", model, call, call.response(), firstToken, n, SPAN);
  }

  @Test
  void aLineSaysWhatIsKnownOfACall() {
    CallConsole console = new CallConsole(new PrintStream(written, true, UTF_8), true);
    CallState call = EndedCalls.streamed(span(), EndedCalls.REQUEST, EndedCalls.STREAM);

    print(console, "gpt-4o", call, 310_000_000, 2);
    console.flush(LONG_MILLIS);

    assertThat(lines())
        .singleElement()
        .asString()
        .matches(
            "chat gpt-4o  [0-9.]+ (ms|s)  first token 0\\.31 s  3\u21922 tokens  completed  2 attempts"
                + "  trace=0af7651916cd43dd8448eb211c80319c");
  }

  @Test
  void aFailedCallSaysWhyAndNothingThatIsNotKnown() {
    CallConsole console = new CallConsole(new PrintStream(written, true, UTF_8), false);
    CallState call =
        EndedCalls.ended(
            span(),
            EndedCalls.REQUEST,
            429,
            "application/json",
            "{\"error\":{\"code\":\"rate_limit_exceeded\"}}");

    print(console, "gpt-4o", call, CallState.UNKNOWN, 0);
    console.flush(LONG_MILLIS);

    assertThat(lines())
        .singleElement()
        .asString()
        .matches("chat gpt-4o  [0-9.]+ (ms|s)  error rate_limit_exceeded  trace=[0-9a-f]{32}");
  }

  @Test
  void whatAServerSaysCannotMoveTheCursor() {
    CallConsole console = new CallConsole(new PrintStream(written, true, UTF_8), false);
    CallState call = EndedCalls.streamed(span(), EndedCalls.REQUEST, EndedCalls.STREAM);

    print(console, "a\u001b[2J\r\nb\u202ec\u2028d", call, CallState.UNKNOWN, 0);
    console.flush(LONG_MILLIS);

    assertThat(lines()).singleElement().asString().startsWith("chat a?[2J??b?c?d  ");
  }

  @Test
  void anOutputThatHangsHoldsNobodyAndLosesLinesVisibly() throws Exception {
    CountDownLatch hangs = new CountDownLatch(1);
    CountDownLatch goesOn = new CountDownLatch(1);
    OutputStream slow =
        new OutputStream() {
          @Override
          public void write(int b) {
            hangs.countDown();
            try {
              goesOn.await();
            } catch (InterruptedException e) {
              Thread.currentThread().interrupt();
            }
            written.write(b);
          }
        };
    CallConsole console = new CallConsole(new PrintStream(slow, true, UTF_8), false);
    CallState call = EndedCalls.streamed(span(), EndedCalls.REQUEST, EndedCalls.STREAM);

    print(console, "first", call, CallState.UNKNOWN, 0);
    hangs.await();
    for (int i = 0; i < CallConsole.MAX_WAITING + 10; i++) {
      print(console, "later", call, CallState.UNKNOWN, 0);
    }
    goesOn.countDown();
    console.flush(LONG_MILLIS);

    assertThat(lines()).hasSize(1 + 1 + CallConsole.MAX_WAITING);
    assertThat(lines().get(1))
        .isEqualTo("10 calls are not shown: the output was too slow for them");
  }
}
