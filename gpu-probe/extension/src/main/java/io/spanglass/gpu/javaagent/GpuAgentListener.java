/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.gpu.javaagent;

import com.google.auto.service.AutoService;
import io.opentelemetry.javaagent.extension.AgentListener;
import io.opentelemetry.sdk.autoconfigure.AutoConfiguredOpenTelemetrySdk;
import io.opentelemetry.sdk.autoconfigure.internal.AutoConfigureUtil;
import io.opentelemetry.sdk.autoconfigure.spi.ConfigProperties;
import io.spanglass.gpu.GpuProbe;
import io.spanglass.gpu.GpuProbeBuilder;
import java.nio.file.Files;
import java.nio.file.Paths;
import java.util.Locale;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Starts the probe once the agent is up. Only instruments and a daemon thread are made here; the
 * driver is loaded on that thread, so that the service starts no later for it.
 */
@AutoService(AgentListener.class)
public final class GpuAgentListener implements AgentListener {
  private static final Logger logger = Logger.getLogger(GpuAgentListener.class.getName());

  private static final String ENABLED = GpuProbeBuilder.SETTINGS + "enabled";
  private static final String ALL_ENABLED = "otel.instrumentation.spanglass.enabled";
  private static final String DEMO = GpuProbeBuilder.SETTINGS + "demo";

  @Override
  public void afterAgent(AutoConfiguredOpenTelemetrySdk sdk) {
    try {
      ConfigProperties config = AutoConfigureUtil.getConfig(sdk);
      if (wanted(config)) {
        GpuProbe.builder(sdk.getOpenTelemetrySdk())
            .configure(name -> setting(config, name))
            .install();
        // Never closed: the daemon thread ends with the JVM, and the kernel releases the devices.
      }
    } catch (RuntimeException | LinkageError e) {
      logger.log(Level.WARNING, "the GPUs are not read: " + e);
    }
  }

  /** On when asked for; else only where a driver's device file says that there is a GPU. */
  static boolean wanted(@Nullable ConfigProperties config) {
    if ("false".equals(setting(config, ALL_ENABLED))) {
      return false;
    }
    String enabled = setting(config, ENABLED);
    if (enabled != null) {
      return Boolean.parseBoolean(enabled);
    }
    return setting(config, DEMO) != null
        || Files.exists(Paths.get("/dev/nvidiactl"))
        || Files.exists(Paths.get("/dev/dxg"));
  }

  private static @Nullable String setting(@Nullable ConfigProperties config, String name) {
    if (config != null) {
      return config.getString(name);
    }
    // With a declarative configuration file there are no properties to ask.
    String value = System.getProperty(name);
    return value != null
        ? value
        : System.getenv(name.toUpperCase(Locale.ROOT).replace('.', '_').replace('-', '_'));
  }
}
