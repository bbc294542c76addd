/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.benchmarks;

/** How the chunks of a stream look beside each other. */
public enum Shape {
  /** Each like the one before but for values: what servers send. */
  ALIKE,
  /** None has the fields of another of the last ninety. */
  UNLIKE,
  /** As {@link #ALIKE}, with a space behind each colon and comma, as Python writes JSON. */
  SPACED;

  String apply(String chunk, int index) {
    return switch (this) {
      case ALIKE -> chunk;
      case UNLIKE -> "{\"k" + (10 + index % 90) + "\":0," + chunk.substring(1);
      case SPACED -> spaced(chunk);
    };
  }

  private static String spaced(String json) {
    StringBuilder spaced = new StringBuilder();
    boolean inString = false;
    for (int i = 0; i < json.length(); i++) {
      char c = json.charAt(i);
      spaced.append(c);
      if (c == '\\') {
        spaced.append(json.charAt(++i));
      } else if (c == '"') {
        inString = !inString;
      } else if (!inString && (c == ':' || c == ',')) {
        spaced.append(' ');
      }
    }
    return spaced.toString();
  }
}
