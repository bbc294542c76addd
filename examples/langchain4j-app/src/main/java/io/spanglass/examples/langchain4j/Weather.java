/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.examples.langchain4j;

import dev.langchain4j.agent.tool.Tool;

/** A tool that the model may call. */
final class Weather {

  enum City {
    BERLIN,
    LIMA,
    NAIROBI
  }

  @Tool("The temperature in a city right now, in degrees Celsius")
  int temperature(City city) {
    return switch (city) {
      case BERLIN -> 7;
      case LIMA -> 19;
      case NAIROBI -> 24;
    };
  }
}
