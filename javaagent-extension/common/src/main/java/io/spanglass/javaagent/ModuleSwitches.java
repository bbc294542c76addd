/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.javaagent;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which instrumentation modules users have switched on or off by name: by property, or in the
 * agent's YAML file under {@code distribution}, {@code javaagent}, {@code instrumentation}.
 */
final class ModuleSwitches {
  private ModuleSwitches() {}

  /** What the first name says that is switched; null if none is. */
  static @Nullable Boolean named(AgentSettings settings, String... names) {
    Boolean inFile = inFile(names);
    if (inFile != null) {
      return inFile;
    }
    for (String name : names) {
      String value = settings.get("otel.instrumentation." + name + ".enabled");
      if (value != null) {
        return value.trim().equalsIgnoreCase("true");
      }
    }
    return null;
  }

  static boolean isDefaultEnabled(AgentSettings settings) {
    String value = settings.get("otel.instrumentation.common.default-enabled");
    return value == null || !value.trim().equalsIgnoreCase("false");
  }

  /**
   * As the agent reads its YAML file. That class is the agent's own business, and older agents lack
   * it: then nothing is known from there.
   */
  private static @Nullable Boolean inFile(String... names) {
    try {
      Class<?> type =
          Class.forName(
              "io.opentelemetry.javaagent.extension.instrumentation.internal.AgentDistributionConfig");
      Object config = type.getMethod("get").invoke(null);
      var ask = type.getMethod("isInstrumentationEnabled", Iterable.class, boolean.class);
      List<String> asked = List.of(names);
      boolean unlessOff = (Boolean) ask.invoke(config, asked, true);
      boolean ifOn = (Boolean) ask.invoke(config, asked, false);
      return unlessOff == ifOn ? (Boolean) ifOn : null;
    } catch (ReflectiveOperationException | LinkageError | RuntimeException e) {
      return null;
    }
  }
}
