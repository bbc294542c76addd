/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.javaagent;

import io.spanglass.call.ModelCalls;
import io.spanglass.config.GenAiConfig;
import io.spanglass.telemetry.Version;
import java.util.logging.Logger;

/** The only class here that is linked with the boot jar; used when that is installed. */
final class WireCore {
  private static final Logger logger = Logger.getLogger("io.spanglass.genai");

  private WireCore() {}

  static String version() {
    return Version.VERSION;
  }

  /** Returns what is in force, in one line. */
  static String configure(AgentSettings settings) {
    GenAiConfig config = GenAiConfig.from(settings::get, logger::warning);
    ModelCalls.configureGlobal(config, new SdkSpanReader());
    return config.describe();
  }
}
