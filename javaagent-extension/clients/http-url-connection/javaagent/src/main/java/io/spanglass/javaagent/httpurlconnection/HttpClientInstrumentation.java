/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.javaagent.httpurlconnection;

import static net.bytebuddy.matcher.ElementMatchers.named;

import io.opentelemetry.javaagent.extension.instrumentation.TypeInstrumentation;
import io.opentelemetry.javaagent.extension.instrumentation.TypeTransformer;
import io.spanglass.javaagent.httpurlconnection.adapter.HttpUrlExchange;
import net.bytebuddy.asm.Advice;
import net.bytebuddy.description.type.TypeDescription;
import net.bytebuddy.matcher.ElementMatcher;

/**
 * Where the client waits for a response. If the connection turns out to be of no use, it sends the
 * request again from in here, and waits once more.
 */
final class HttpClientInstrumentation implements TypeInstrumentation {
  @Override
  public ElementMatcher<TypeDescription> typeMatcher() {
    return named("sun.net.www.http.HttpClient");
  }

  @Override
  public void transform(TypeTransformer transformer) {
    transformer.applyAdviceToMethod(named("parseHTTP"), getClass().getName() + "$ParseHttpAdvice");
  }

  @SuppressWarnings("unused")
  public static class ParseHttpAdvice {
    /** The connection is the last argument; before Java 23 there is one more before it. */
    @Advice.OnMethodEnter(suppress = Throwable.class)
    public static int enter(@Advice.AllArguments Object[] arguments) {
      return HttpUrlExchange.parse(arguments[arguments.length - 1]);
    }

    @Advice.OnMethodExit(onThrowable = Throwable.class, suppress = Throwable.class)
    public static void exit(@Advice.Enter int before, @Advice.AllArguments Object[] arguments) {
      int unused = HttpUrlExchange.parsing(arguments[arguments.length - 1], before);
    }
  }
}
