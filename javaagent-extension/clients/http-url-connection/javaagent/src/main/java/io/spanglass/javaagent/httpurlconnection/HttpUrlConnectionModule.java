/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.javaagent.httpurlconnection;

import com.google.auto.service.AutoService;
import io.opentelemetry.javaagent.extension.ignore.IgnoredTypesBuilder;
import io.opentelemetry.javaagent.extension.ignore.IgnoredTypesConfigurer;
import io.opentelemetry.javaagent.extension.instrumentation.InstrumentationModule;
import io.opentelemetry.javaagent.extension.instrumentation.TypeInstrumentation;
import io.opentelemetry.sdk.autoconfigure.spi.ConfigProperties;
import io.spanglass.javaagent.SpanglassModule;
import java.util.List;

/** The JDK's {@code HttpURLConnection} for http and https, of Java 11 and later. */
@AutoService(InstrumentationModule.class)
public final class HttpUrlConnectionModule extends SpanglassModule {
  public HttpUrlConnectionModule() {
    super("spanglass-http-url-connection");
  }

  @Override
  protected String adapterPackage() {
    return "io.spanglass.javaagent.httpurlconnection.adapter";
  }

  @Override
  protected List<TypeInstrumentation> instrumentations() {
    return List.of(
        new ConnectionInstrumentation(),
        new HttpClientInstrumentation(),
        new RequestStreamInstrumentation(),
        new ResponseStreamInstrumentation());
  }

  /** The agent leaves the JDK's classes out but for those that somebody names. */
  @AutoService(IgnoredTypesConfigurer.class)
  public static final class Allowed implements IgnoredTypesConfigurer {
    @Override
    @SuppressWarnings("deprecation") // Every 2.x agent calls this one.
    public void configure(IgnoredTypesBuilder builder, ConfigProperties config) {
      builder.allowClass("sun.net.www.protocol.http.HttpURLConnection");
      builder.allowClass("sun.net.www.http.HttpClient");
    }
  }
}
