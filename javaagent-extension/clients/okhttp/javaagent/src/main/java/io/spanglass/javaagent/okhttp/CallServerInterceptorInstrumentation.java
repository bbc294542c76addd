/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.javaagent.okhttp;

import static net.bytebuddy.matcher.ElementMatchers.named;
import static net.bytebuddy.matcher.ElementMatchers.takesArguments;

import io.opentelemetry.javaagent.extension.instrumentation.TypeInstrumentation;
import io.opentelemetry.javaagent.extension.instrumentation.TypeTransformer;
import io.spanglass.javaagent.okhttp.adapter.OkHttpExchange;
import net.bytebuddy.asm.Advice;
import net.bytebuddy.description.type.TypeDescription;
import net.bytebuddy.matcher.ElementMatcher;
import okhttp3.Interceptor;
import org.jspecify.annotations.Nullable;

/** The last link: one request on a connection, with its response. */
final class CallServerInterceptorInstrumentation implements TypeInstrumentation {
  @Override
  public ElementMatcher<TypeDescription> typeMatcher() {
    return named("okhttp3.internal.http.CallServerInterceptor");
  }

  @Override
  public void transform(TypeTransformer transformer) {
    transformer.applyAdviceToMethod(
        named("intercept").and(takesArguments(1)), getClass().getName() + "$InterceptAdvice");
  }

  @SuppressWarnings("unused")
  public static class InterceptAdvice {
    @Advice.OnMethodEnter(suppress = Throwable.class)
    public static @Nullable Object enter(@Advice.Argument(0) Object chain) {
      return OkHttpExchange.send((Interceptor.Chain) chain);
    }

    @Advice.OnMethodExit(onThrowable = Throwable.class, suppress = Throwable.class)
    public static void exit(
        @Advice.Enter @Nullable Object attempt, @Advice.Thrown @Nullable Throwable thrown) {
      if (attempt != null && thrown != null) {
        OkHttpExchange.sendFailed(attempt, thrown);
      }
    }
  }
}
