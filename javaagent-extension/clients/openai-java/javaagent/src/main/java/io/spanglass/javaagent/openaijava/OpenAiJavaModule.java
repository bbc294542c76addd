/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.javaagent.openaijava;

import com.google.auto.service.AutoService;
import io.opentelemetry.javaagent.extension.instrumentation.InstrumentationModule;
import io.opentelemetry.javaagent.extension.instrumentation.TypeInstrumentation;
import io.spanglass.javaagent.SpanglassModule;
import java.util.List;

/** {@code com.openai:openai-java}, 1.1 and later. */
@AutoService(InstrumentationModule.class)
public final class OpenAiJavaModule extends SpanglassModule {
  public static final String NAME = "spanglass-openai-java";

  public OpenAiJavaModule() {
    super(NAME);
  }

  @Override
  protected String adapterPackage() {
    return "io.spanglass.javaagent.openaijava.adapter";
  }

  @Override
  protected List<TypeInstrumentation> instrumentations() {
    return List.of(new RetryingHttpClientInstrumentation(), new HttpClientInstrumentation());
  }
}
