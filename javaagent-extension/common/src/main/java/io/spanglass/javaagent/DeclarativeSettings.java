/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.javaagent;

import io.opentelemetry.api.GlobalOpenTelemetry;
import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.incubator.ExtendedOpenTelemetry;
import io.opentelemetry.api.incubator.config.DeclarativeConfigProperties;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A property by its name from the agent's YAML file: {@code otel.instrumentation.genai.some-key}
 * stands there as {@code some_key} under {@code instrumentation/development}, {@code java}, {@code
 * genai}.
 *
 * <p>Uses an incubating API, which an agent may not have in this form: then there is no value.
 */
final class DeclarativeSettings {
  private static final String PREFIX = "otel.instrumentation.";

  private DeclarativeSettings() {}

  static @Nullable String get(String key) {
    try {
      // Not get() alone, which would set a global one where there is none yet.
      if (!key.startsWith(PREFIX) || !GlobalOpenTelemetry.isSet()) {
        return null;
      }
      OpenTelemetry openTelemetry = GlobalOpenTelemetry.get();
      if (!(openTelemetry instanceof ExtendedOpenTelemetry)) {
        return null;
      }
      DeclarativeConfigProperties node =
          ((ExtendedOpenTelemetry) openTelemetry)
              .getConfigProvider()
              .getInstrumentationConfig()
              .getStructured("java", DeclarativeConfigProperties.empty());
      String[] path = key.substring(PREFIX.length()).replace('-', '_').split("\\.", -1);
      for (int i = 0; i < path.length - 1; i++) {
        node = node.getStructured(path[i], DeclarativeConfigProperties.empty());
      }
      return text(node, path[path.length - 1]);
    } catch (LinkageError | RuntimeException e) {
      return null;
    }
  }

  private static @Nullable String text(DeclarativeConfigProperties node, String name) {
    String string = node.getString(name);
    if (string != null) {
      return string;
    }
    Boolean bool = node.getBoolean(name);
    if (bool != null) {
      return bool.toString();
    }
    List<String> list = node.getScalarList(name, String.class);
    return list == null ? null : String.join(",", list);
  }
}
