/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.javaagent;

import io.opentelemetry.javaagent.extension.instrumentation.InstrumentationModule;
import io.opentelemetry.javaagent.extension.instrumentation.TypeInstrumentation;
import io.opentelemetry.sdk.autoconfigure.spi.ConfigProperties;
import java.util.List;

/** Base of all our modules. */
public abstract class SpanglassModule extends InstrumentationModule {
  /** Before the agent's own modules, whose order is 0: ours then lies outside, the span above. */
  private static final int OUTSIDE = -100;

  /**
   * @param name the module's own; {@code otel.instrumentation.<name>.enabled} switches it
   */
  protected SpanglassModule(String name) {
    super(name, "spanglass-http", "spanglass");
  }

  /**
   * The one package whose classes go beside the instrumented ones. Without a trailing dot; it must
   * hold nothing that this extension itself uses.
   */
  protected abstract String adapterPackage();

  protected abstract List<TypeInstrumentation> instrumentations();

  /** The agent asks only if the module is in use; the build asks, too. */
  @Override
  public final List<TypeInstrumentation> typeInstrumentations() {
    return SpanglassAgent.onModuleUsed(this, instrumentations());
  }

  @Override
  public int order() {
    return OUTSIDE;
  }

  @Override
  public boolean isHelperClass(String className) {
    return className.startsWith(adapterPackage() + ".");
  }

  /** Deprecated in favour of one that knows no configuration; every 2.x agent calls this one. */
  @Override
  @SuppressWarnings("deprecation")
  public boolean defaultEnabled(ConfigProperties config) {
    boolean byDefault = super.defaultEnabled(config);
    return SpanglassAgent.start(config, instrumentationNames(), byDefault) && byDefault;
  }
}
