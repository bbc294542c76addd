/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.javaagent.httpurlconnection;

import static net.bytebuddy.matcher.ElementMatchers.named;
import static net.bytebuddy.matcher.ElementMatchers.takesArgument;
import static net.bytebuddy.matcher.ElementMatchers.takesArguments;
import static net.bytebuddy.matcher.ElementMatchers.takesNoArguments;

import io.opentelemetry.javaagent.extension.instrumentation.TypeInstrumentation;
import io.opentelemetry.javaagent.extension.instrumentation.TypeTransformer;
import io.spanglass.javaagent.httpurlconnection.adapter.HttpUrlExchange;
import java.net.HttpURLConnection;
import net.bytebuddy.asm.Advice;
import net.bytebuddy.description.type.TypeDescription;
import net.bytebuddy.matcher.ElementMatcher;
import org.jspecify.annotations.Nullable;

/**
 * The stream that the application gets, of an answer or of an error. All its ways to read come to
 * the one that is hooked.
 */
final class ResponseStreamInstrumentation implements TypeInstrumentation {
  @Override
  public ElementMatcher<TypeDescription> typeMatcher() {
    return named("sun.net.www.protocol.http.HttpURLConnection$HttpInputStream");
  }

  @Override
  public void transform(TypeTransformer transformer) {
    transformer.applyAdviceToMethod(
        named("read").and(takesArguments(3)).and(takesArgument(0, byte[].class)),
        getClass().getName() + "$ReadAdvice");
    transformer.applyAdviceToMethod(
        named("mark").and(takesArguments(int.class)), getClass().getName() + "$MarkAdvice");
    transformer.applyAdviceToMethod(
        named("reset").and(takesNoArguments()), getClass().getName() + "$ResetAdvice");
    transformer.applyAdviceToMethod(
        named("close").and(takesNoArguments()), getClass().getName() + "$CloseAdvice");
  }

  @SuppressWarnings("unused")
  public static class ReadAdvice {
    @Advice.OnMethodEnter(suppress = Throwable.class)
    public static void enter(@Advice.FieldValue("this$0") HttpURLConnection connection) {
      HttpUrlExchange.reading(connection);
    }

    @Advice.OnMethodExit(onThrowable = Throwable.class, suppress = Throwable.class)
    public static void exit(
        @Advice.FieldValue("this$0") HttpURLConnection connection,
        @Advice.Argument(0) byte[] bytes,
        @Advice.Argument(1) int offset,
        @Advice.Return int count,
        @Advice.Thrown @Nullable Throwable thrown) {
      HttpUrlExchange.read(connection, bytes, offset, count, thrown);
    }
  }

  @SuppressWarnings("unused")
  public static class MarkAdvice {
    @Advice.OnMethodExit(suppress = Throwable.class)
    public static void exit(@Advice.FieldValue("this$0") HttpURLConnection connection) {
      HttpUrlExchange.marked(connection);
    }
  }

  @SuppressWarnings("unused")
  public static class ResetAdvice {
    @Advice.OnMethodExit(suppress = Throwable.class)
    public static void exit(@Advice.FieldValue("this$0") HttpURLConnection connection) {
      HttpUrlExchange.reset(connection);
    }
  }

  @SuppressWarnings("unused")
  public static class CloseAdvice {
    /** Told first: the client may read on to keep the connection. */
    @Advice.OnMethodEnter(suppress = Throwable.class)
    public static void enter(@Advice.FieldValue("this$0") HttpURLConnection connection) {
      HttpUrlExchange.closed(connection);
    }
  }
}
