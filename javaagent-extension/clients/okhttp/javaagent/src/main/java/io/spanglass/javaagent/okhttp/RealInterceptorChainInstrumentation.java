/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.javaagent.okhttp;

import static net.bytebuddy.matcher.ElementMatchers.named;
import static net.bytebuddy.matcher.ElementMatchers.takesArgument;
import static net.bytebuddy.matcher.ElementMatchers.takesArguments;

import io.opentelemetry.javaagent.extension.instrumentation.TypeInstrumentation;
import io.opentelemetry.javaagent.extension.instrumentation.TypeTransformer;
import io.spanglass.javaagent.okhttp.adapter.OkHttpExchange;
import net.bytebuddy.asm.Advice;
import net.bytebuddy.description.type.TypeDescription;
import net.bytebuddy.matcher.ElementMatcher;
import okhttp3.Interceptor;
import okhttp3.Request;
import org.jspecify.annotations.Nullable;

/**
 * The first link of a call's chain: outside of the application's interceptors and of retries, where
 * a call begins and where the application gets it back.
 */
final class RealInterceptorChainInstrumentation implements TypeInstrumentation {
  @Override
  public ElementMatcher<TypeDescription> typeMatcher() {
    return named("okhttp3.internal.http.RealInterceptorChain");
  }

  @Override
  public void transform(TypeTransformer transformer) {
    transformer.applyAdviceToMethod(
        named("proceed").and(takesArguments(1)).and(takesArgument(0, named("okhttp3.Request"))),
        getClass().getName() + "$ProceedAdvice");
  }

  @SuppressWarnings("unused")
  public static class ProceedAdvice {
    @Advice.OnMethodEnter(suppress = Throwable.class)
    public static @Nullable Object enter(
        @Advice.This Object chain,
        @Advice.FieldValue("index") int index,
        @Advice.Argument(0) Request request) {
      return index == 0 ? OkHttpExchange.begin((Interceptor.Chain) chain, request) : null;
    }

    @Advice.OnMethodExit(onThrowable = Throwable.class, suppress = Throwable.class)
    public static void exit(
        @Advice.Enter @Nullable Object exchange, @Advice.Thrown @Nullable Throwable thrown) {
      if (exchange != null) {
        OkHttpExchange.end(exchange, thrown);
      }
    }
  }
}
