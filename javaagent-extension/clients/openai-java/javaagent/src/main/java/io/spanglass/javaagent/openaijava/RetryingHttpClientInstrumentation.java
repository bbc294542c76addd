/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.javaagent.openaijava;

import static net.bytebuddy.matcher.ElementMatchers.isPublic;
import static net.bytebuddy.matcher.ElementMatchers.named;
import static net.bytebuddy.matcher.ElementMatchers.takesArgument;
import static net.bytebuddy.matcher.ElementMatchers.takesArguments;

import com.openai.core.RequestOptions;
import io.opentelemetry.javaagent.extension.instrumentation.TypeInstrumentation;
import io.opentelemetry.javaagent.extension.instrumentation.TypeTransformer;
import io.spanglass.javaagent.openaijava.adapter.OpenAiOperation;
import java.util.concurrent.CompletableFuture;
import net.bytebuddy.asm.Advice;
import net.bytebuddy.description.type.TypeDescription;
import net.bytebuddy.matcher.ElementMatcher;
import org.jspecify.annotations.Nullable;

/** The SDK's retries: above every HTTP client that it can be used with, below its services. */
final class RetryingHttpClientInstrumentation implements TypeInstrumentation {
  @Override
  public ElementMatcher<TypeDescription> typeMatcher() {
    return named("com.openai.core.http.RetryingHttpClient");
  }

  @Override
  public void transform(TypeTransformer transformer) {
    transformer.applyAdviceToMethod(
        named("execute")
            .and(isPublic())
            .and(takesArguments(2))
            .and(takesArgument(1, named("com.openai.core.RequestOptions"))),
        getClass().getName() + "$ExecuteAdvice");
    transformer.applyAdviceToMethod(
        named("executeAsync")
            .and(isPublic())
            .and(takesArguments(2))
            .and(takesArgument(1, named("com.openai.core.RequestOptions"))),
        getClass().getName() + "$ExecuteAsyncAdvice");
  }

  @SuppressWarnings("unused")
  public static class ExecuteAdvice {
    @Advice.OnMethodEnter(suppress = Throwable.class)
    public static @Nullable OpenAiOperation enter(@Advice.Argument(1) RequestOptions options) {
      return OpenAiOperation.begin(options);
    }

    @Advice.OnMethodExit(onThrowable = Throwable.class, suppress = Throwable.class)
    public static void exit(
        @Advice.Enter @Nullable OpenAiOperation operation,
        @Advice.Thrown @Nullable Throwable thrown) {
      if (operation != null) {
        operation.end(thrown);
      }
    }
  }

  @SuppressWarnings("unused")
  public static class ExecuteAsyncAdvice {
    @Advice.OnMethodEnter(suppress = Throwable.class)
    public static @Nullable OpenAiOperation enter(@Advice.Argument(1) RequestOptions options) {
      return OpenAiOperation.begin(options);
    }

    @Advice.OnMethodExit(onThrowable = Throwable.class, suppress = Throwable.class)
    public static void exit(
        @Advice.Enter @Nullable OpenAiOperation operation,
        @Advice.Return @Nullable CompletableFuture<?> future,
        @Advice.Thrown @Nullable Throwable thrown) {
      if (operation != null) {
        operation.end(future, thrown);
      }
    }
  }
}
