/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.javaagent.okhttp;

import static net.bytebuddy.matcher.ElementMatchers.named;
import static net.bytebuddy.matcher.ElementMatchers.namedOneOf;
import static net.bytebuddy.matcher.ElementMatchers.returns;
import static net.bytebuddy.matcher.ElementMatchers.takesArgument;

import io.opentelemetry.javaagent.extension.instrumentation.TypeInstrumentation;
import io.opentelemetry.javaagent.extension.instrumentation.TypeTransformer;
import io.spanglass.javaagent.okhttp.adapter.OkHttpExchange;
import net.bytebuddy.asm.Advice;
import net.bytebuddy.description.type.TypeDescription;
import net.bytebuddy.matcher.ElementMatcher;
import okhttp3.Request;
import okhttp3.Response;
import okhttp3.ResponseBody;
import okio.Sink;
import okio.Source;
import org.jspecify.annotations.Nullable;

/**
 * The streams of a connection, before the client puts its own around them: nobody outside of the
 * client ever gets hold of one.
 */
final class CodecInstrumentation implements TypeInstrumentation {
  @Override
  public ElementMatcher<TypeDescription> typeMatcher() {
    return namedOneOf(
        // Renamed in 3.14.
        "okhttp3.internal.http1.Http1Codec",
        "okhttp3.internal.http2.Http2Codec",
        "okhttp3.internal.http1.Http1ExchangeCodec",
        "okhttp3.internal.http2.Http2ExchangeCodec");
  }

  @Override
  public void transform(TypeTransformer transformer) {
    transformer.applyAdviceToMethod(
        named("createRequestBody")
            .and(takesArgument(0, named("okhttp3.Request")))
            .and(returns(named("okio.Sink"))),
        getClass().getName() + "$RequestBodyAdvice");
    transformer.applyAdviceToMethod(
        named("openResponseBodySource")
            .and(takesArgument(0, named("okhttp3.Response")))
            .and(returns(named("okio.Source"))),
        getClass().getName() + "$ResponseSourceAdvice");
    // Until 3.12.
    transformer.applyAdviceToMethod(
        named("openResponseBody")
            .and(takesArgument(0, named("okhttp3.Response")))
            .and(returns(named("okhttp3.ResponseBody"))),
        getClass().getName() + "$ResponseBodyAdvice");
  }

  // What is returned as null leaves the method's own result.

  @SuppressWarnings("unused")
  public static class RequestBodyAdvice {
    @Advice.AssignReturned.ToReturned
    @Advice.OnMethodExit(suppress = Throwable.class)
    public static @Nullable Sink exit(
        @Advice.Argument(0) Request request, @Advice.Return Sink sink) {
      return OkHttpExchange.observe(request, sink);
    }
  }

  @SuppressWarnings("unused")
  public static class ResponseSourceAdvice {
    @Advice.AssignReturned.ToReturned
    @Advice.OnMethodExit(suppress = Throwable.class)
    public static @Nullable Source exit(
        @Advice.Argument(0) Response response, @Advice.Return Source source) {
      return OkHttpExchange.observe(response, source);
    }
  }

  @SuppressWarnings("unused")
  public static class ResponseBodyAdvice {
    @Advice.AssignReturned.ToReturned
    @Advice.OnMethodExit(suppress = Throwable.class)
    public static @Nullable ResponseBody exit(
        @Advice.Argument(0) Response response, @Advice.Return ResponseBody body) {
      return OkHttpExchange.observe(response, body);
    }
  }
}
