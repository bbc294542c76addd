/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.javaagent.okhttp;

import static net.bytebuddy.matcher.ElementMatchers.named;
import static net.bytebuddy.matcher.ElementMatchers.namedOneOf;
import static net.bytebuddy.matcher.ElementMatchers.takesArguments;

import io.opentelemetry.javaagent.extension.instrumentation.TypeInstrumentation;
import io.opentelemetry.javaagent.extension.instrumentation.TypeTransformer;
import io.spanglass.javaagent.okhttp.adapter.OkHttpClientCall;
import net.bytebuddy.asm.Advice;
import net.bytebuddy.description.type.TypeDescription;
import net.bytebuddy.matcher.ElementMatcher;
import okio.Timeout;

/**
 * The deadline of a whole call. When it runs out the client cancels the call, and by the exceptions
 * that follow nobody can tell that from a cancel by the application.
 */
final class CallTimeoutInstrumentation implements TypeInstrumentation {
  @Override
  public ElementMatcher<TypeDescription> typeMatcher() {
    return namedOneOf(
        "okhttp3.RealCall$1", // 3.12
        "okhttp3.internal.connection.Transmitter$1", // 3.14
        "okhttp3.internal.connection.Transmitter$timeout$1", // 4.0
        "okhttp3.internal.connection.RealCall$timeout$1"); // 4.4
  }

  @Override
  public void transform(TypeTransformer transformer) {
    transformer.applyAdviceToMethod(
        named("timedOut").and(takesArguments(0)), getClass().getName() + "$TimedOutAdvice");
  }

  @SuppressWarnings("unused")
  public static class TimedOutAdvice {
    @Advice.OnMethodEnter(suppress = Throwable.class)
    public static void enter(@Advice.This Timeout timeout) {
      OkHttpClientCall.timedOut(timeout);
    }
  }
}
