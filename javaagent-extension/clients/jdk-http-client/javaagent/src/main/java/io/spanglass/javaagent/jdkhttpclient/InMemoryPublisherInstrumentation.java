/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.javaagent.jdkhttpclient;

import static net.bytebuddy.matcher.ElementMatchers.named;
import static net.bytebuddy.matcher.ElementMatchers.takesArguments;

import io.opentelemetry.javaagent.extension.instrumentation.TypeInstrumentation;
import io.opentelemetry.javaagent.extension.instrumentation.TypeTransformer;
import io.spanglass.javaagent.jdkhttpclient.adapter.InMemoryPublisher;
import java.util.concurrent.Flow;
import net.bytebuddy.asm.Advice;
import net.bytebuddy.description.type.TypeDescription;
import net.bytebuddy.matcher.ElementMatcher;

/**
 * The publisher of a string or byte array shows its bytes to us, in place of publishing them: the
 * model's name is needed before the request is sent, and a real subscription would copy the body.
 */
final class InMemoryPublisherInstrumentation implements TypeInstrumentation {
  @Override
  public ElementMatcher<TypeDescription> typeMatcher() {
    return named("jdk.internal.net.http.RequestPublishers$ByteArrayPublisher");
  }

  @Override
  public void transform(TypeTransformer transformer) {
    transformer.applyAdviceToMethod(
        named("subscribe").and(takesArguments(1)), getClass().getName() + "$SubscribeAdvice");
  }

  @SuppressWarnings("unused")
  public static class SubscribeAdvice {
    @Advice.OnMethodEnter(suppress = Throwable.class, skipOn = Advice.OnNonDefaultValue.class)
    public static boolean enter(
        @Advice.Argument(0) Object subscriber,
        @Advice.FieldValue("content") byte[] content,
        @Advice.FieldValue("offset") int offset,
        @Advice.FieldValue("length") int length) {
      return InMemoryPublisher.take((Flow.Subscriber<?>) subscriber, content, offset, length);
    }
  }
}
