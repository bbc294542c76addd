/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.javaagent.okhttp;

import static net.bytebuddy.matcher.ElementMatchers.named;
import static net.bytebuddy.matcher.ElementMatchers.namedOneOf;
import static net.bytebuddy.matcher.ElementMatchers.takesArgument;

import io.opentelemetry.javaagent.extension.instrumentation.TypeInstrumentation;
import io.opentelemetry.javaagent.extension.instrumentation.TypeTransformer;
import io.spanglass.javaagent.okhttp.adapter.OkHttpExchange;
import net.bytebuddy.asm.Advice;
import net.bytebuddy.description.type.TypeDescription;
import net.bytebuddy.matcher.ElementMatcher;
import okhttp3.Interceptor;
import org.jspecify.annotations.Nullable;

/**
 * Where the client finds or opens a connection for a request: here one fails that is never sent.
 */
final class ConnectionInstrumentation implements TypeInstrumentation {
  @Override
  public ElementMatcher<TypeDescription> typeMatcher() {
    return namedOneOf(
        "okhttp3.internal.connection.StreamAllocation", // 3.12
        "okhttp3.internal.connection.Transmitter", // 3.14
        "okhttp3.internal.connection.RealCall"); // 4.4
  }

  @Override
  public void transform(TypeTransformer transformer) {
    transformer.applyAdviceToMethod(
        named("newStream").and(takesArgument(1, named("okhttp3.Interceptor$Chain"))),
        getClass().getName() + "$NewStreamAdvice");
    transformer.applyAdviceToMethod(
        namedOneOf("newExchange", "newExchange$okhttp")
            .and(takesArgument(0, named("okhttp3.Interceptor$Chain"))),
        getClass().getName() + "$ExchangeAdvice");
    transformer.applyAdviceToMethod(
        named("initExchange$okhttp")
            .and(takesArgument(0, named("okhttp3.internal.http.RealInterceptorChain"))),
        getClass().getName() + "$ExchangeAdvice");
  }

  @SuppressWarnings("unused")
  public static class NewStreamAdvice {
    @Advice.OnMethodExit(onThrowable = Throwable.class, suppress = Throwable.class)
    public static void exit(
        @Advice.Argument(1) Object chain, @Advice.Thrown @Nullable Throwable thrown) {
      if (thrown != null) {
        OkHttpExchange.notConnected((Interceptor.Chain) chain, thrown);
      }
    }
  }

  @SuppressWarnings("unused")
  public static class ExchangeAdvice {
    @Advice.OnMethodExit(onThrowable = Throwable.class, suppress = Throwable.class)
    public static void exit(
        @Advice.Argument(0) Object chain, @Advice.Thrown @Nullable Throwable thrown) {
      if (thrown != null) {
        OkHttpExchange.notConnected((Interceptor.Chain) chain, thrown);
      }
    }
  }
}
