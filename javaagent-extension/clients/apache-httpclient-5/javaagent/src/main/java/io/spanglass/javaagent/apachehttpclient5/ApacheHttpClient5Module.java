/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.javaagent.apachehttpclient5;

import com.google.auto.service.AutoService;
import io.opentelemetry.javaagent.extension.instrumentation.InstrumentationModule;
import io.opentelemetry.javaagent.extension.instrumentation.TypeInstrumentation;
import io.spanglass.javaagent.SpanglassModule;
import java.util.List;

/** The classic client of Apache HttpClient 5. */
@AutoService(InstrumentationModule.class)
public final class ApacheHttpClient5Module extends SpanglassModule {
  public ApacheHttpClient5Module() {
    super("spanglass-apache-httpclient-5");
  }

  @Override
  protected String adapterPackage() {
    return "io.spanglass.javaagent.apachehttpclient5.adapter";
  }

  @Override
  protected List<TypeInstrumentation> instrumentations() {
    return List.of(
        new HttpClientInstrumentation(),
        new ExecRuntimeInstrumentation(),
        new ConnectionInstrumentation(),
        new ContentInputStreamInstrumentation(),
        new ContentOutputStreamInstrumentation());
  }
}
