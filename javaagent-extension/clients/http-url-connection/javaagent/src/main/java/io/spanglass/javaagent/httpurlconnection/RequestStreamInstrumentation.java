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

/** The stream of a body that is sent while it is written, of known length or in chunks. */
final class RequestStreamInstrumentation implements TypeInstrumentation {
  @Override
  public ElementMatcher<TypeDescription> typeMatcher() {
    return named("sun.net.www.protocol.http.HttpURLConnection$StreamingOutputStream");
  }

  @Override
  public void transform(TypeTransformer transformer) {
    transformer.applyAdviceToMethod(
        named("write").and(takesArguments(3)).and(takesArgument(0, byte[].class)),
        getClass().getName() + "$WriteAdvice");
    transformer.applyAdviceToMethod(
        named("write").and(takesArguments(int.class)), getClass().getName() + "$WriteByteAdvice");
    transformer.applyAdviceToMethod(
        named("close").and(takesNoArguments()), getClass().getName() + "$CloseAdvice");
  }

  @SuppressWarnings("unused")
  public static class WriteAdvice {
    @Advice.OnMethodExit(onThrowable = Throwable.class, suppress = Throwable.class)
    public static void exit(
        @Advice.FieldValue("this$0") HttpURLConnection connection,
        @Advice.Argument(0) byte[] bytes,
        @Advice.Argument(1) int offset,
        @Advice.Argument(2) int length,
        @Advice.Thrown @Nullable Throwable thrown) {
      HttpUrlExchange.wrote(connection, bytes, offset, length, thrown);
    }
  }

  @SuppressWarnings("unused")
  public static class WriteByteAdvice {
    @Advice.OnMethodExit(onThrowable = Throwable.class, suppress = Throwable.class)
    public static void exit(
        @Advice.FieldValue("this$0") HttpURLConnection connection,
        @Advice.Argument(0) int value,
        @Advice.Thrown @Nullable Throwable thrown) {
      HttpUrlExchange.wrote(connection, new byte[] {(byte) value}, 0, 1, thrown);
    }
  }

  @SuppressWarnings("unused")
  public static class CloseAdvice {
    @Advice.OnMethodExit(onThrowable = Throwable.class, suppress = Throwable.class)
    public static void exit(
        @Advice.FieldValue("this$0") HttpURLConnection connection,
        @Advice.Thrown @Nullable Throwable thrown) {
      HttpUrlExchange.written(connection, thrown);
    }
  }
}
