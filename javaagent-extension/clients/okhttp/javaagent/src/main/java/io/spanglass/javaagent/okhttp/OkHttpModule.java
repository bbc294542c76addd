/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.javaagent.okhttp;

import com.google.auto.service.AutoService;
import io.opentelemetry.javaagent.extension.instrumentation.InstrumentationModule;
import io.opentelemetry.javaagent.extension.instrumentation.TypeInstrumentation;
import io.spanglass.javaagent.SpanglassModule;
import java.util.List;

/**
 * OkHttp 3.12 and later, 4 and 5.
 *
 * <p>No signature of our advice has a nested type, such as {@code Interceptor.Chain}: before agent
 * 2.11 the code that prepares signatures for invokedynamic fails at the dollar sign.
 */
@AutoService(InstrumentationModule.class)
public final class OkHttpModule extends SpanglassModule {
  public OkHttpModule() {
    super("spanglass-okhttp");
  }

  @Override
  protected String adapterPackage() {
    return "io.spanglass.javaagent.okhttp.adapter";
  }

  @Override
  protected List<TypeInstrumentation> instrumentations() {
    return List.of(
        new RealInterceptorChainInstrumentation(),
        new ConnectionInstrumentation(),
        new CallServerInterceptorInstrumentation(),
        new CodecInstrumentation(),
        new CallTimeoutInstrumentation());
  }
}
