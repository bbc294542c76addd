/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.wire.decode;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import org.jspecify.annotations.Nullable;

/** The model's name where it is a part of the request's path. */
final class PathModel {
  /** In characters as they stand in the path; what is longer is no name. */
  private static final int MAX_LENGTH = 512;

  private PathModel() {}

  /**
   * Returns what stands behind the last of the words, or null.
   *
   * @param before with the slash that it ends with
   * @param end where the name ends, besides at a slash
   */
  static @Nullable String behind(@Nullable String rawPath, String before, char end) {
    int at = rawPath == null ? -1 : rawPath.lastIndexOf(before);
    if (rawPath == null || at < 0) {
      return null;
    }
    int from = at + before.length();
    int to = from;
    while (to < rawPath.length() && rawPath.charAt(to) != '/' && rawPath.charAt(to) != end) {
      to++;
    }
    return to == from || to - from > MAX_LENGTH ? null : decoded(rawPath.substring(from, to));
  }

  /** Percent signs that encode nothing stand for themselves. */
  private static String decoded(String raw) {
    if (raw.indexOf('%') < 0) {
      return raw;
    }
    byte[] bytes = raw.getBytes(UTF_8);
    ByteArrayOutputStream decoded = new ByteArrayOutputStream(bytes.length);
    for (int i = 0; i < bytes.length; i++) {
      int high = bytes[i] == '%' && i + 2 < bytes.length ? Character.digit(bytes[i + 1], 16) : -1;
      int low = high < 0 ? -1 : Character.digit(bytes[i + 2], 16);
      if (low >= 0) {
        decoded.write(high << 4 | low);
        i += 2;
      } else {
        decoded.write(bytes[i]);
      }
    }
    return decoded.toString(UTF_8);
  }
}
