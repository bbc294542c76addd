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
import java.io.InputStream;
import net.bytebuddy.asm.Advice;
import net.bytebuddy.description.type.TypeDescription;
import net.bytebuddy.matcher.ElementMatcher;
import org.jspecify.annotations.Nullable;

/**
 * The body of a response as it comes from the connection. Not wrapped: the client asks such a
 * stream for its class when the application wants trailers.
 */
final class ContentInputStreamInstrumentation implements TypeInstrumentation {
  @Override
  public ElementMatcher<TypeDescription> typeMatcher() {
    return namedOneOf(
        "org.apache.hc.core5.http.impl.io.ChunkedInputStream",
        "org.apache.hc.core5.http.impl.io.ContentLengthInputStream",
        "org.apache.hc.core5.http.impl.io.IdentityInputStream");
  }

  @Override
  public void transform(TypeTransformer transformer) {
    transformer.applyAdviceToMethod(
        named("read").and(takesArguments(byte[].class, int.class, int.class)),
        getClass().getName() + "$ReadAdvice");
    transformer.applyAdviceToMethod(
        named("read").and(takesArguments(0)), getClass().getName() + "$ReadOneAdvice");
    transformer.applyAdviceToMethod(
        named("close").and(takesArguments(0)), getClass().getName() + "$CloseAdvice");
  }

  @SuppressWarnings("unused")
  public static class ReadAdvice {
    @Advice.OnMethodEnter(suppress = Throwable.class)
    public static @Nullable Object enter(@Advice.This InputStream stream) {
      return ContentStreams.reading(stream);
    }

    @Advice.OnMethodExit(onThrowable = Throwable.class, suppress = Throwable.class)
    public static void exit(
        @Advice.Enter @Nullable Object reading,
        @Advice.Argument(0) byte[] bytes,
        @Advice.Argument(1) int offset,
        @Advice.Return int count,
        @Advice.Thrown @Nullable Throwable thrown) {
      if (reading != null) {
        ContentStreams.read(reading, bytes, offset, count, thrown);
      }
    }
  }

  @SuppressWarnings("unused")
  public static class ReadOneAdvice {
    @Advice.OnMethodEnter(suppress = Throwable.class)
    public static @Nullable Object enter(@Advice.This InputStream stream) {
      return ContentStreams.reading(stream);
    }

    @Advice.OnMethodExit(onThrowable = Throwable.class, suppress = Throwable.class)
    public static void exit(
        @Advice.Enter @Nullable Object reading,
        @Advice.Return int value,
        @Advice.Thrown @Nullable Throwable thrown) {
      if (reading != null) {
        ContentStreams.read(reading, value, thrown);
      }
    }
  }

  @SuppressWarnings("unused")
  public static class CloseAdvice {
    @Advice.OnMethodEnter(suppress = Throwable.class)
    public static void enter(@Advice.This InputStream stream) {
      ContentStreams.closing(stream);
    }
  }
}
