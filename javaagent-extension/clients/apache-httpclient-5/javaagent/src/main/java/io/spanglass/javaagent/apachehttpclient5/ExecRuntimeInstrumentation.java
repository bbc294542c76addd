/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.javaagent.apachehttpclient5;

import static net.bytebuddy.matcher.ElementMatchers.isPublic;
import static net.bytebuddy.matcher.ElementMatchers.named;
import static net.bytebuddy.matcher.ElementMatchers.namedOneOf;
import static net.bytebuddy.matcher.ElementMatchers.takesArgument;
import static net.bytebuddy.matcher.ElementMatchers.takesArguments;

import io.opentelemetry.javaagent.extension.instrumentation.TypeInstrumentation;
import io.opentelemetry.javaagent.extension.instrumentation.TypeTransformer;
import io.spanglass.javaagent.apachehttpclient5.adapter.ClassicExchange;
import net.bytebuddy.asm.Advice;
import net.bytebuddy.description.type.TypeDescription;
import net.bytebuddy.matcher.ElementMatcher;
import org.apache.hc.core5.http.ClassicHttpRequest;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.jspecify.annotations.Nullable;

/** A call's hold on a connection: below redirects, retries and whatever stands in the chain. */
final class ExecRuntimeInstrumentation implements TypeInstrumentation {
  @Override
  public ElementMatcher<TypeDescription> typeMatcher() {
    return named("org.apache.hc.client5.http.impl.classic.InternalExecRuntime");
  }

  @Override
  public void transform(TypeTransformer transformer) {
    // One more since 5.4, which the other calls.
    transformer.applyAdviceToMethod(
        named("execute")
            .and(takesArgument(1, named("org.apache.hc.core5.http.ClassicHttpRequest"))),
        getClass().getName() + "$ExecuteAdvice");
    transformer.applyAdviceToMethod(
        namedOneOf("discardEndpoint", "disconnectEndpoint", "cancel")
            .and(isPublic())
            .and(takesArguments(0)),
        getClass().getName() + "$DiscardAdvice");
  }

  @SuppressWarnings("unused")
  public static class ExecuteAdvice {
    @Advice.OnMethodEnter(suppress = Throwable.class)
    public static @Nullable Object enter(
        @Advice.This Object runtime, @Advice.Argument(1) ClassicHttpRequest request) {
      return ClassicExchange.send(runtime, request);
    }

    @Advice.OnMethodExit(onThrowable = Throwable.class, suppress = Throwable.class)
    public static void exit(
        @Advice.Enter @Nullable Object call,
        @Advice.Return @Nullable ClassicHttpResponse response,
        @Advice.Thrown @Nullable Throwable thrown) {
      if (call != null) {
        ClassicExchange.sent(call, response, thrown);
      }
    }
  }

  @SuppressWarnings("unused")
  public static class DiscardAdvice {
    @Advice.OnMethodEnter(suppress = Throwable.class)
    public static void enter(@Advice.This Object runtime) {
      ClassicExchange.discarded(runtime);
    }
  }
}
