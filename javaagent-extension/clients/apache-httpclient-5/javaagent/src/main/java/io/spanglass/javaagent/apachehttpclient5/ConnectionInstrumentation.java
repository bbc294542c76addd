/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.javaagent.apachehttpclient5;

import static net.bytebuddy.matcher.ElementMatchers.named;
import static net.bytebuddy.matcher.ElementMatchers.namedOneOf;
import static net.bytebuddy.matcher.ElementMatchers.returns;
import static net.bytebuddy.matcher.ElementMatchers.takesArguments;

import io.opentelemetry.javaagent.extension.instrumentation.TypeInstrumentation;
import io.opentelemetry.javaagent.extension.instrumentation.TypeTransformer;
import io.spanglass.javaagent.apachehttpclient5.adapter.ClassicExchange;
import java.io.InputStream;
import java.io.OutputStream;
import net.bytebuddy.asm.Advice;
import net.bytebuddy.description.type.TypeDescription;
import net.bytebuddy.matcher.ElementMatcher;
import org.jspecify.annotations.Nullable;

/** Where a connection makes the streams of bodies, before the client puts its own around them. */
final class ConnectionInstrumentation implements TypeInstrumentation {
  @Override
  public ElementMatcher<TypeDescription> typeMatcher() {
    return namedOneOf(
        "org.apache.hc.core5.http.impl.io.BHttpConnectionBase",
        "org.apache.hc.core5.http.impl.io.DefaultBHttpClientConnection");
  }

  @Override
  public void transform(TypeTransformer transformer) {
    transformer.applyAdviceToMethod(
        named("createContentOutputStream").and(returns(named("java.io.OutputStream"))),
        getClass().getName() + "$OutgoingAdvice");
    transformer.applyAdviceToMethod(
        named("createContentInputStream").and(returns(named("java.io.InputStream"))),
        getClass().getName() + "$IncomingAdvice");
    transformer.applyAdviceToMethod(
        named("sendRequestEntity").and(takesArguments(1)),
        getClass().getName() + "$SendBodyAdvice");
  }

  @SuppressWarnings("unused")
  public static class OutgoingAdvice {
    @Advice.OnMethodExit(suppress = Throwable.class)
    public static void exit(@Advice.Return OutputStream stream) {
      ClassicExchange.outgoing(stream);
    }
  }

  @SuppressWarnings("unused")
  public static class IncomingAdvice {
    @Advice.OnMethodExit(suppress = Throwable.class)
    public static void exit(@Advice.Return InputStream stream) {
      ClassicExchange.incoming(stream);
    }
  }

  /** Closing the stream does not say that: it is closed where the application's body fails. */
  @SuppressWarnings("unused")
  public static class SendBodyAdvice {
    @Advice.OnMethodExit(onThrowable = Throwable.class, suppress = Throwable.class)
    public static void exit(@Advice.Thrown @Nullable Throwable thrown) {
      if (thrown == null) {
        ClassicExchange.sentBody();
      }
    }
  }
}
