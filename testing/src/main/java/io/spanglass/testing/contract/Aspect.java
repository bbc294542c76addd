/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.testing.contract;

import java.util.Locale;

/** What of an exchange a line of the transcript is about. */
public enum Aspect {
  HEAD,
  BODY,
  PIECE,
  TYPE,
  THROWN,
  THREAD,
  CONTEXT,
  DEMAND;

  /** What the lines begin with. */
  String key() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The aspect of a line; {@link #THROWN} for what the program itself says. */
  static Aspect of(String line) {
    for (Aspect aspect : values()) {
      if (line.startsWith(aspect.key() + ": ")) {
        return aspect;
      }
    }
    return THROWN;
  }
}
