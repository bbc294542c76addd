/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.javaagent.httpurlconnection;

import static net.bytebuddy.matcher.ElementMatchers.named;
import static net.bytebuddy.matcher.ElementMatchers.namedOneOf;
import static net.bytebuddy.matcher.ElementMatchers.takesNoArguments;

import io.opentelemetry.javaagent.extension.instrumentation.TypeInstrumentation;
import io.opentelemetry.javaagent.extension.instrumentation.TypeTransformer;
import io.spanglass.javaagent.httpurlconnection.adapter.HttpUrlExchange;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import net.bytebuddy.asm.Advice;
import net.bytebuddy.description.type.TypeDescription;
import net.bytebuddy.matcher.ElementMatcher;
import org.jspecify.annotations.Nullable;

/**
 * The methods that the application calls, and where the request is written. The one for https is a
 * subclass, behind a delegator that is not hooked.
 */
final class ConnectionInstrumentation implements TypeInstrumentation {
  @Override
  public ElementMatcher<TypeDescription> typeMatcher() {
    return namedOneOf(
        "sun.net.www.protocol.http.HttpURLConnection",
        "sun.net.www.protocol.https.AbstractDelegateHttpsURLConnection");
  }

  @Override
  public void transform(TypeTransformer transformer) {
    transformer.applyAdviceToMethod(
        named("connect").and(takesNoArguments()), getClass().getName() + "$ConnectAdvice");
    transformer.applyAdviceToMethod(
        named("getOutputStream").and(takesNoArguments()), getClass().getName() + "$OutputAdvice");
    transformer.applyAdviceToMethod(
        named("getInputStream").and(takesNoArguments()), getClass().getName() + "$InputAdvice");
    transformer.applyAdviceToMethod(
        named("disconnect").and(takesNoArguments()), getClass().getName() + "$DisconnectAdvice");
    transformer.applyAdviceToMethod(
        named("writeRequests").and(takesNoArguments()),
        getClass().getName() + "$WriteRequestsAdvice");
    transformer.applyAdviceToMethod(
        named("doTunneling").and(takesNoArguments()), getClass().getName() + "$TunnelingAdvice");
  }

  @SuppressWarnings("unused")
  public static class ConnectAdvice {
    @Advice.OnMethodEnter(suppress = Throwable.class)
    public static @Nullable Object enter(@Advice.This HttpURLConnection connection) {
      return HttpUrlExchange.enter(connection, /* writing= */ false);
    }

    @Advice.OnMethodExit(onThrowable = Throwable.class, suppress = Throwable.class)
    public static void exit(
        @Advice.Enter @Nullable Object entered, @Advice.Thrown @Nullable Throwable thrown) {
      if (entered != null) {
        HttpUrlExchange.exit(entered, thrown);
      }
    }
  }

  @SuppressWarnings("unused")
  public static class OutputAdvice {
    @Advice.OnMethodEnter(suppress = Throwable.class)
    public static @Nullable Object enter(@Advice.This HttpURLConnection connection) {
      return HttpUrlExchange.enter(connection, /* writing= */ true);
    }

    @Advice.OnMethodExit(onThrowable = Throwable.class, suppress = Throwable.class)
    public static void exit(
        @Advice.Enter @Nullable Object entered, @Advice.Thrown @Nullable Throwable thrown) {
      if (entered != null) {
        HttpUrlExchange.exit(entered, thrown);
      }
    }
  }

  /**
   * Where the response has a status from 400 on, this throws, and there is a stream all the same.
   */
  @SuppressWarnings("unused")
  public static class InputAdvice {
    @Advice.OnMethodEnter(suppress = Throwable.class)
    public static @Nullable Object enter(@Advice.This HttpURLConnection connection) {
      return HttpUrlExchange.enter(connection, /* writing= */ false);
    }

    @Advice.OnMethodExit(onThrowable = Throwable.class, suppress = Throwable.class)
    public static void exit(
        @Advice.Enter @Nullable Object entered,
        @Advice.This HttpURLConnection connection,
        @Advice.FieldValue("inputStream") @Nullable InputStream stream,
        @Advice.FieldValue("responseCode") int status,
        @Advice.Thrown @Nullable Throwable thrown) {
      if (entered != null) {
        HttpUrlExchange.exit(entered, connection, stream, status, thrown);
      }
    }
  }

  @SuppressWarnings("unused")
  public static class DisconnectAdvice {
    @Advice.OnMethodEnter(suppress = Throwable.class)
    public static void enter(@Advice.This HttpURLConnection connection) {
      HttpUrlExchange.disconnect(connection);
    }
  }

  /** For the first time, or again: after a redirect, with credentials. */
  @SuppressWarnings("unused")
  public static class WriteRequestsAdvice {
    @Advice.OnMethodEnter(suppress = Throwable.class)
    public static @Nullable Object enter(@Advice.This HttpURLConnection connection) {
      return HttpUrlExchange.send(connection);
    }

    @Advice.OnMethodExit(onThrowable = Throwable.class, suppress = Throwable.class)
    public static void exit(
        @Advice.Enter @Nullable Object attempt,
        @Advice.FieldValue("poster") @Nullable Object body,
        @Advice.Thrown @Nullable Throwable thrown)
        throws IOException {
      if (attempt != null) {
        HttpUrlExchange.sent(attempt, body, thrown);
      }
    }
  }

  /** What is sent meanwhile is for the proxy. */
  @SuppressWarnings("unused")
  public static class TunnelingAdvice {
    @Advice.OnMethodEnter(suppress = Throwable.class)
    public static int enter(@Advice.This HttpURLConnection connection) {
      return HttpUrlExchange.parsing(connection, 0);
    }

    @Advice.OnMethodExit(onThrowable = Throwable.class, suppress = Throwable.class)
    public static void exit(@Advice.Enter int before, @Advice.This HttpURLConnection connection) {
      int unused = HttpUrlExchange.parsing(connection, before);
    }
  }
}
