/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.javaagent.apachehttpclient5;

import static io.opentelemetry.javaagent.extension.matcher.AgentElementMatchers.hasClassesNamed;
import static io.opentelemetry.javaagent.extension.matcher.AgentElementMatchers.implementsInterface;
import static net.bytebuddy.matcher.ElementMatchers.isPublic;
import static net.bytebuddy.matcher.ElementMatchers.named;
import static net.bytebuddy.matcher.ElementMatchers.not;
import static net.bytebuddy.matcher.ElementMatchers.takesArgument;

import io.opentelemetry.javaagent.extension.instrumentation.TypeInstrumentation;
import io.opentelemetry.javaagent.extension.instrumentation.TypeTransformer;
import io.spanglass.javaagent.apachehttpclient5.adapter.ClassicExchange;
import net.bytebuddy.asm.Advice;
import net.bytebuddy.asm.Advice.AssignReturned.ToArguments.ToArgument;
import net.bytebuddy.description.method.MethodDescription;
import net.bytebuddy.description.type.TypeDescription;
import net.bytebuddy.matcher.ElementMatcher;
import org.apache.hc.core5.http.ClassicHttpRequest;
import org.apache.hc.core5.http.HttpHost;
import org.apache.hc.core5.http.io.HttpClientResponseHandler;
import org.jspecify.annotations.Nullable;

/**
 * All {@code execute}, of the client's own classes and of those that applications put around them:
 * with fewer than the agent matches, its span would come out above ours.
 */
final class HttpClientInstrumentation implements TypeInstrumentation {
  private static final String CLIENT = "org.apache.hc.client5.http.classic.HttpClient";
  private static final String REQUEST = "org.apache.hc.core5.http.ClassicHttpRequest";
  private static final String HANDLER = "org.apache.hc.core5.http.io.HttpClientResponseHandler";

  @Override
  public ElementMatcher<ClassLoader> classLoaderOptimization() {
    return hasClassesNamed(CLIENT);
  }

  @Override
  public ElementMatcher<TypeDescription> typeMatcher() {
    return implementsInterface(named(CLIENT));
  }

  @Override
  public void transform(TypeTransformer transformer) {
    ElementMatcher.Junction<MethodDescription> request =
        named("execute").and(isPublic()).and(takesArgument(0, named(REQUEST)));
    ElementMatcher.Junction<MethodDescription> host =
        named("execute").and(isPublic()).and(takesArgument(1, named(REQUEST)));
    ElementMatcher.Junction<MethodDescription> second = takesArgument(1, named(HANDLER));
    ElementMatcher.Junction<MethodDescription> third = takesArgument(2, named(HANDLER));
    ElementMatcher.Junction<MethodDescription> fourth = takesArgument(3, named(HANDLER));
    String advice = getClass().getName();
    transformer.applyAdviceToMethod(
        request.and(not(second)).and(not(third)), advice + "$RequestAdvice");
    transformer.applyAdviceToMethod(host.and(not(third)).and(not(fourth)), advice + "$HostAdvice");
    // In each of them: the agent's own goes around the handler where it first meets it.
    transformer.applyAdviceToMethod(request.and(second), advice + "$RequestHandlerAdvice");
    transformer.applyAdviceToMethod(request.and(third), advice + "$RequestContextHandlerAdvice");
    transformer.applyAdviceToMethod(host.and(third), advice + "$HostHandlerAdvice");
    transformer.applyAdviceToMethod(host.and(fourth), advice + "$HostContextHandlerAdvice");
  }

  @SuppressWarnings("unused")
  public static class RequestAdvice {
    @Advice.OnMethodEnter(suppress = Throwable.class)
    public static @Nullable Object enter(@Advice.Argument(0) @Nullable ClassicHttpRequest request) {
      return ClassicExchange.begin(null, request);
    }

    @Advice.OnMethodExit(onThrowable = Throwable.class, suppress = Throwable.class)
    public static void exit(
        @Advice.Enter @Nullable Object call, @Advice.Thrown @Nullable Throwable thrown) {
      if (call != null) {
        ClassicExchange.end(call, thrown);
      }
    }
  }

  @SuppressWarnings("unused")
  public static class HostAdvice {
    @Advice.OnMethodEnter(suppress = Throwable.class)
    public static @Nullable Object enter(
        @Advice.Argument(0) @Nullable HttpHost target,
        @Advice.Argument(1) @Nullable ClassicHttpRequest request) {
      return ClassicExchange.begin(target, request);
    }

    @Advice.OnMethodExit(onThrowable = Throwable.class, suppress = Throwable.class)
    public static void exit(
        @Advice.Enter @Nullable Object call, @Advice.Thrown @Nullable Throwable thrown) {
      if (call != null) {
        ClassicExchange.end(call, thrown);
      }
    }
  }

  @SuppressWarnings("unused")
  public static class RequestHandlerAdvice {
    @Advice.AssignReturned.ToArguments(@ToArgument(value = 1, index = 1))
    @Advice.OnMethodEnter(suppress = Throwable.class)
    public static Object[] enter(
        @Advice.Argument(0) @Nullable ClassicHttpRequest request,
        @Advice.Argument(1) @Nullable HttpClientResponseHandler<?> handler) {
      Object call = ClassicExchange.begin(null, request);
      return new Object[] {call, ClassicExchange.observe(handler)};
    }

    @Advice.OnMethodExit(onThrowable = Throwable.class, suppress = Throwable.class)
    public static void exit(
        @Advice.Enter Object @Nullable [] entered, @Advice.Thrown @Nullable Throwable thrown) {
      if (entered != null && entered[0] != null) {
        ClassicExchange.end(entered[0], thrown);
      }
    }
  }

  @SuppressWarnings("unused")
  public static class RequestContextHandlerAdvice {
    @Advice.AssignReturned.ToArguments(@ToArgument(value = 2, index = 1))
    @Advice.OnMethodEnter(suppress = Throwable.class)
    public static Object[] enter(
        @Advice.Argument(0) @Nullable ClassicHttpRequest request,
        @Advice.Argument(2) @Nullable HttpClientResponseHandler<?> handler) {
      Object call = ClassicExchange.begin(null, request);
      return new Object[] {call, ClassicExchange.observe(handler)};
    }

    @Advice.OnMethodExit(onThrowable = Throwable.class, suppress = Throwable.class)
    public static void exit(
        @Advice.Enter Object @Nullable [] entered, @Advice.Thrown @Nullable Throwable thrown) {
      if (entered != null && entered[0] != null) {
        ClassicExchange.end(entered[0], thrown);
      }
    }
  }

  @SuppressWarnings("unused")
  public static class HostHandlerAdvice {
    @Advice.AssignReturned.ToArguments(@ToArgument(value = 2, index = 1))
    @Advice.OnMethodEnter(suppress = Throwable.class)
    public static Object[] enter(
        @Advice.Argument(0) @Nullable HttpHost target,
        @Advice.Argument(1) @Nullable ClassicHttpRequest request,
        @Advice.Argument(2) @Nullable HttpClientResponseHandler<?> handler) {
      Object call = ClassicExchange.begin(target, request);
      return new Object[] {call, ClassicExchange.observe(handler)};
    }

    @Advice.OnMethodExit(onThrowable = Throwable.class, suppress = Throwable.class)
    public static void exit(
        @Advice.Enter Object @Nullable [] entered, @Advice.Thrown @Nullable Throwable thrown) {
      if (entered != null && entered[0] != null) {
        ClassicExchange.end(entered[0], thrown);
      }
    }
  }

  @SuppressWarnings("unused")
  public static class HostContextHandlerAdvice {
    @Advice.AssignReturned.ToArguments(@ToArgument(value = 3, index = 1))
    @Advice.OnMethodEnter(suppress = Throwable.class)
    public static Object[] enter(
        @Advice.Argument(0) @Nullable HttpHost target,
        @Advice.Argument(1) @Nullable ClassicHttpRequest request,
        @Advice.Argument(3) @Nullable HttpClientResponseHandler<?> handler) {
      Object call = ClassicExchange.begin(target, request);
      return new Object[] {call, ClassicExchange.observe(handler)};
    }

    @Advice.OnMethodExit(onThrowable = Throwable.class, suppress = Throwable.class)
    public static void exit(
        @Advice.Enter Object @Nullable [] entered, @Advice.Thrown @Nullable Throwable thrown) {
      if (entered != null && entered[0] != null) {
        ClassicExchange.end(entered[0], thrown);
      }
    }
  }
}
