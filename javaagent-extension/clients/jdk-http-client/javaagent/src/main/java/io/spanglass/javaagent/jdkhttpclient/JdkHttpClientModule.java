/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.javaagent.jdkhttpclient;

import com.google.auto.service.AutoService;
import io.opentelemetry.javaagent.extension.instrumentation.InstrumentationModule;
import io.opentelemetry.javaagent.extension.instrumentation.TypeInstrumentation;
import io.spanglass.javaagent.SpanglassModule;
import java.util.List;

/** The JDK's {@code java.net.http.HttpClient}, of Java 11 and later. */
@AutoService(InstrumentationModule.class)
public final class JdkHttpClientModule extends SpanglassModule {
  public JdkHttpClientModule() {
    super("spanglass-java-http-client");
  }

  @Override
  protected String adapterPackage() {
    return "io.spanglass.javaagent.jdkhttpclient.adapter";
  }

  @Override
  protected List<TypeInstrumentation> instrumentations() {
    return List.of(
        new HttpClientInstrumentation(),
        new MultiExchangeInstrumentation(),
        new HttpRequestImplInstrumentation(),
        new InMemoryPublisherInstrumentation(),
        new TrustedSubscriberInstrumentation());
  }
}
