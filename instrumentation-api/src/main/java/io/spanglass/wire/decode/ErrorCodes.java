/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.wire.decode;

import io.spanglass.wire.json.JsonText;
import org.jspecify.annotations.Nullable;

/** Providers' error codes, which become attribute values and so must not be free text. */
final class ErrorCodes {
  private static final int MAX_LENGTH = 64;

  private ErrorCodes() {}

  /**
   * The code if it looks like one ({@code rate_limit_exceeded}, {@code NotFoundError}), or null.
   */
  static @Nullable String bounded(JsonText text) {
    if (text.length() == 0 || text.length() > MAX_LENGTH) {
      return null;
    }
    return bounded(text.toString());
  }

  static @Nullable String bounded(String code) {
    if (code.isEmpty() || code.length() > MAX_LENGTH) {
      return null;
    }
    for (int i = 0; i < code.length(); i++) {
      char c = code.charAt(i);
      boolean letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
      if (!letter && (i == 0 || ((c < '0' || c > '9') && c != '_' && c != '.' && c != '-'))) {
        return null;
      }
    }
    return code;
  }
}
