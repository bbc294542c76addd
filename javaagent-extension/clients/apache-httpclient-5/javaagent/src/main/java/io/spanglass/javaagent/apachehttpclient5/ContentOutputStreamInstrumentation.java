/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.javaagent.apachehttpclient5;

import static net.bytebuddy.matcher.ElementMatchers.named;
import static net.bytebuddy.matcher.ElementMatchers.namedOneOf;
import static net.bytebuddy.matcher.ElementMatchers.takesArguments;

import io.opentelemetry.javaagent.extension.instrumentation.TypeInstrumentation;
import io.opentelemetry.javaagent.extension.instrumentation.TypeTransformer;
import io.spanglass.javaagent.apachehttpclient5.adapter.ContentStreams;
import java.io.OutputStream;
import net.bytebuddy.asm.Advice;
import net.bytebuddy.description.type.TypeDescription;
import net.bytebuddy.matcher.ElementMatcher;
import org.jspecify.annotations.Nullable;

/** The body of a request on its way to the connection. */
final class ContentOutputStreamInstrumentation implements TypeInstrumentation {
  @Override
  public ElementMatcher<TypeDescription> typeMatcher() {
    return namedOneOf(
        "org.apache.hc.core5.http.impl.io.ChunkedOutputStream",
        "org.apache.hc.core5.http.impl.io.ContentLengthOutputStream",
        "org.apache.hc.core5.http.impl.io.IdentityOutputStream");
  }

  @Override
  public void transform(TypeTransformer transformer) {
    transformer.applyAdviceToMethod(
        named("write").and(takesArguments(byte[].class, int.class, int.class)),
        getClass().getName() + "$WriteAdvice");
    transformer.applyAdviceToMethod(
        named("write").and(takesArguments(int.class)), getClass().getName() + "$WriteOneAdvice");
    transformer.applyAdviceToMethod(
        namedOneOf("flush", "close").and(takesArguments(0)), getClass().getName() + "$FlushAdvice");
  }

  @SuppressWarnings("unused")
  public static class WriteAdvice {
    @Advice.OnMethodExit(onThrowable = Throwable.class, suppress = Throwable.class)
    public static void exit(
        @Advice.This OutputStream stream,
        @Advice.Argument(0) byte[] bytes,
        @Advice.Argument(1) int offset,
        @Advice.Argument(2) int length,
        @Advice.Thrown @Nullable Throwable thrown) {
      ContentStreams.written(stream, bytes, offset, length, thrown);
    }
  }

  @SuppressWarnings("unused")
  public static class WriteOneAdvice {
    @Advice.OnMethodExit(onThrowable = Throwable.class, suppress = Throwable.class)
    public static void exit(
        @Advice.This OutputStream stream,
        @Advice.Argument(0) int value,
        @Advice.Thrown @Nullable Throwable thrown) {
      ContentStreams.written(stream, value, thrown);
    }
  }

  @SuppressWarnings("unused")
  public static class FlushAdvice {
    @Advice.OnMethodExit(onThrowable = Throwable.class, suppress = Throwable.class)
    public static void exit(
        @Advice.This OutputStream stream, @Advice.Thrown @Nullable Throwable thrown) {
      if (thrown != null) {
        ContentStreams.failed(stream);
      }
    }
  }
}
