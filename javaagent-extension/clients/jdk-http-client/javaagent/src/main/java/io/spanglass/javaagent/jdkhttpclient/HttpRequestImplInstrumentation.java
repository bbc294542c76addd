/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.javaagent.jdkhttpclient;

import static net.bytebuddy.matcher.ElementMatchers.isConstructor;
import static net.bytebuddy.matcher.ElementMatchers.named;
import static net.bytebuddy.matcher.ElementMatchers.takesArgument;
import static net.bytebuddy.matcher.ElementMatchers.takesArguments;

import io.opentelemetry.javaagent.extension.instrumentation.TypeInstrumentation;
import io.opentelemetry.javaagent.extension.instrumentation.TypeTransformer;
import io.spanglass.javaagent.jdkhttpclient.adapter.JdkExchange;
import java.net.http.HttpRequest;
import java.util.Optional;
import net.bytebuddy.asm.Advice;
import net.bytebuddy.asm.Advice.AssignReturned.ToFields.ToField;
import net.bytebuddy.description.type.TypeDescription;
import net.bytebuddy.implementation.bytecode.assign.Assigner;
import net.bytebuddy.matcher.ElementMatcher;
import org.jspecify.annotations.Nullable;

/**
 * The client's own copy of a request. Its publisher is replaced by one that lets us see the bytes
 * pass: the application's request stays the object that it is, with whatever options later Java
 * versions give it.
 */
final class HttpRequestImplInstrumentation implements TypeInstrumentation {
  @Override
  public ElementMatcher<TypeDescription> typeMatcher() {
    return named("jdk.internal.net.http.HttpRequestImpl");
  }

  @Override
  public void transform(TypeTransformer transformer) {
    transformer.applyAdviceToMethod(
        isConstructor()
            .and(takesArguments(2))
            .and(takesArgument(0, named("java.net.http.HttpRequest")))
            .and(takesArgument(1, named("java.net.ProxySelector"))),
        getClass().getName() + "$CopyAdvice");
    transformer.applyAdviceToMethod(
        named("bodyPublisher").and(takesArguments(0)),
        getClass().getName() + "$BodyPublisherAdvice");
  }

  @SuppressWarnings("unused")
  public static class CopyAdvice {
    @Advice.AssignReturned.ToFields(
        @ToField(value = "requestPublisher", typing = Assigner.Typing.DYNAMIC))
    @Advice.OnMethodExit(suppress = Throwable.class)
    public static @Nullable Object exit(
        @Advice.Argument(0) HttpRequest request,
        @Advice.FieldValue("requestPublisher") @Nullable Object publisher) {
      return JdkExchange.observe(request, (HttpRequest.BodyPublisher) publisher);
    }
  }

  /** The application can get the copy from the response, and its own publisher from that. */
  @SuppressWarnings({"unused", "NullableOptional"}) // Null leaves what is returned as it is.
  public static class BodyPublisherAdvice {
    @Advice.AssignReturned.ToReturned
    @Advice.OnMethodExit(suppress = Throwable.class)
    public static @Nullable Optional<HttpRequest.BodyPublisher> exit(
        @Advice.Return Optional<HttpRequest.BodyPublisher> publisher) {
      return JdkExchange.original(publisher);
    }
  }
}
