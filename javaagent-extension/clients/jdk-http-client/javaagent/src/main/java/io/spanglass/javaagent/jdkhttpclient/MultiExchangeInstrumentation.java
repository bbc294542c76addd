/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.javaagent.jdkhttpclient;

import static net.bytebuddy.matcher.ElementMatchers.named;
import static net.bytebuddy.matcher.ElementMatchers.returns;

import io.opentelemetry.javaagent.extension.instrumentation.TypeInstrumentation;
import io.opentelemetry.javaagent.extension.instrumentation.TypeTransformer;
import io.spanglass.javaagent.jdkhttpclient.adapter.JdkExchange;
import java.util.concurrent.CompletableFuture;
import net.bytebuddy.asm.Advice;
import net.bytebuddy.description.type.TypeDescription;
import net.bytebuddy.matcher.ElementMatcher;
import org.jspecify.annotations.Nullable;

/**
 * The future from which the client makes the one that it returns. A future runs what was added to
 * it last first: what we add to the returned one comes after the application's callbacks, which may
 * read the whole stream.
 */
final class MultiExchangeInstrumentation implements TypeInstrumentation {
  @Override
  public ElementMatcher<TypeDescription> typeMatcher() {
    return named("jdk.internal.net.http.MultiExchange");
  }

  @Override
  public void transform(TypeTransformer transformer) {
    transformer.applyAdviceToMethod(
        named("responseAsync").and(returns(named("java.util.concurrent.CompletableFuture"))),
        getClass().getName() + "$ResponseAsyncAdvice");
  }

  @SuppressWarnings("unused")
  public static class ResponseAsyncAdvice {
    @Advice.AssignReturned.ToReturned
    @Advice.OnMethodExit(suppress = Throwable.class)
    public static @Nullable CompletableFuture<?> exit(
        @Advice.FieldValue("responseHandler") Object handler,
        @Advice.Return CompletableFuture<?> future) {
      return JdkExchange.observe(handler, future);
    }
  }
}
