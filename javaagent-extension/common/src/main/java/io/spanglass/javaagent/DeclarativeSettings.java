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
 * genai}. The list by which all instrumentations choose conventions has a place of its own there.
 *
 * <p>Uses an incubating API, which an agent may not have in this form: then there is no value.
 */
final class DeclarativeSettings {
  private static final String PREFIX = "otel.instrumentation.";
  private static final String SEMCONV_OPT_IN = "otel.semconv-stability.opt-in";

  private DeclarativeSettings() {}

  static @Nullable String get(String key) {
    try {
      if (key.equals(SEMCONV_OPT_IN)) {
        return semconvOptIn(instrumentation());
      }
      if (!key.startsWith(PREFIX)) {
        return null;
      }
      String[] path = key.substring(PREFIX.length()).replace('-', '_').split("\\.", -1);
      DeclarativeConfigProperties node = child(instrumentation(), "java");
      for (int i = 0; i < path.length - 1; i++) {
        node = child(node, path[i]);
      }
      return text(node, path[path.length - 1]);
    } catch (LinkageError | RuntimeException e) {
      return null;
    }
  }

  /** What stands under {@code instrumentation/development}; nothing where there is no file. */
  private static DeclarativeConfigProperties instrumentation() {
    // Not get() alone, which would set a global one where there is none yet.
    if (GlobalOpenTelemetry.isSet()) {
      OpenTelemetry openTelemetry = GlobalOpenTelemetry.get();
      if (openTelemetry instanceof ExtendedOpenTelemetry) {
        return ((ExtendedOpenTelemetry) openTelemetry)
            .getConfigProvider()
            .getInstrumentationConfig();
      }
    }
    return DeclarativeConfigProperties.empty();
  }

  private static DeclarativeConfigProperties child(DeclarativeConfigProperties node, String name) {
    return node.getStructured(name, DeclarativeConfigProperties.empty());
  }

  /**
   * In the words of the environment variable, which a file overrules.
   *
   * @see <a href="https://opentelemetry.io/docs/specs/semconv/configuration/version-selection/">The
   *     place and its keys</a>
   */
  private static @Nullable String semconvOptIn(DeclarativeConfigProperties instrumentation) {
    DeclarativeConfigProperties general = child(instrumentation, "general");
    DeclarativeConfigProperties semconv = child(general, "gen_ai").getStructured("semconv");
    if (semconv == null) {
      return text(general, "stability_opt_in_list");
    }
    // Version 0 is what was emitted before there is a stable one; nothing stable is there yet.
    if (!semconv.getBoolean("experimental", false) || semconv.getLong("version", 1) < 1) {
      return "";
    }
    return semconv.getBoolean("dual_emit", false)
        ? "gen_ai_latest_experimental/dup"
        : "gen_ai_latest_experimental";
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
