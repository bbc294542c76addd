/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.semconv;

import java.util.Locale;
import java.util.regex.Pattern;

/** Names of Java constants. */
final class Names {
  private static final Pattern CONSTANT = Pattern.compile("[A-Z][A-Z0-9_]*");
  private static final Pattern HUMP = Pattern.compile("([a-z0-9])([A-Z])");
  private static final Pattern OTHER = Pattern.compile("[^A-Za-z0-9]");

  /** {@code tokenKind} and {@code token.kind} become {@code TOKEN_KIND}, {@code 1.41} V1_41. */
  static String constant(String text) {
    String words = HUMP.matcher(text).replaceAll("$1_$2");
    String upper = OTHER.matcher(words).replaceAll("_").toUpperCase(Locale.ROOT);
    return !upper.isEmpty() && Character.isDigit(upper.charAt(0)) ? "V" + upper : upper;
  }

  static boolean isConstant(String name) {
    return CONSTANT.matcher(name).matches();
  }

  private Names() {}
}
