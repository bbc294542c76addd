/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.javaagent;

import io.opentelemetry.sdk.autoconfigure.spi.ConfigProperties;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A property by its name, from where the agent has its own: what the agent knows (system property,
 * environment variable, its properties file; under declarative configuration the YAML file), else
 * system property and environment variable directly, which the agent does not look at when a YAML
 * file is in use.
 */
final class AgentSettings {
  private final @Nullable ConfigProperties agentConfig;

  AgentSettings(@Nullable ConfigProperties agentConfig) {
    this.agentConfig = agentConfig;
  }

  @Nullable String get(String key) {
    String value = agentConfig == null ? null : agentConfig.getString(key);
    if (value == null) {
      value = DeclarativeSettings.get(key);
    }
    if (value == null) {
      value = System.getProperty(key);
    }
    if (value == null) {
      value = System.getenv(key.toUpperCase(Locale.ROOT).replace('.', '_').replace('-', '_'));
    }
    return value;
  }
}
