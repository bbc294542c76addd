/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.javaagent.jdkhttpclient;

import static net.bytebuddy.matcher.ElementMatchers.isStatic;
import static net.bytebuddy.matcher.ElementMatchers.named;
import static net.bytebuddy.matcher.ElementMatchers.takesArguments;

import io.opentelemetry.javaagent.extension.instrumentation.TypeInstrumentation;
import io.opentelemetry.javaagent.extension.instrumentation.TypeTransformer;
import io.spanglass.javaagent.jdkhttpclient.adapter.JdkExchange;
import java.net.http.HttpResponse;
import net.bytebuddy.asm.Advice;
import net.bytebuddy.asm.Advice.AssignReturned.ToArguments.ToArgument;
import net.bytebuddy.description.type.TypeDescription;
import net.bytebuddy.implementation.bytecode.assign.Assigner;
import net.bytebuddy.matcher.ElementMatcher;
import org.jspecify.annotations.Nullable;

/**
 * The client gives the bodies of subscribers that it does not know to an executor and those of its
 * own not: it is to decide by the subscriber that we wrap, else a task more runs on the
 * application's executor.
 */
final class TrustedSubscriberInstrumentation implements TypeInstrumentation {
  @Override
  public ElementMatcher<TypeDescription> typeMatcher() {
    return named("jdk.internal.net.http.ResponseSubscribers$TrustedSubscriber");
  }

  @Override
  public void transform(TypeTransformer transformer) {
    transformer.applyAdviceToMethod(
        named("needsExecutor").and(isStatic()).and(takesArguments(1)),
        getClass().getName() + "$NeedsExecutorAdvice");
  }

  @SuppressWarnings("unused")
  public static class NeedsExecutorAdvice {
    @Advice.AssignReturned.ToArguments(@ToArgument(value = 0, typing = Assigner.Typing.DYNAMIC))
    @Advice.OnMethodEnter(suppress = Throwable.class)
    public static @Nullable Object enter(@Advice.Argument(0) Object subscriber) {
      return JdkExchange.original((HttpResponse.BodySubscriber<?>) subscriber);
    }
  }
}
