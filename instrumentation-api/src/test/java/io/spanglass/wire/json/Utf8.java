/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.wire.json;

import static java.nio.charset.StandardCharsets.UTF_8;

/** UTF-8 as the scanner is to count and to cut it. */
final class Utf8 {
  private Utf8() {}

  /** With U+FFFD for each surrogate that has no partner. */
  static byte[] encode(String value) {
    StringBuilder clean = new StringBuilder();
    value
        .codePoints()
        .forEach(
            point -> clean.appendCodePoint(point >= 0xD800 && point <= 0xDFFF ? 0xFFFD : point));
    return clean.toString().getBytes(UTF_8);
  }

  /** The characters that lie whole in the first bytes. */
  static String prefix(byte[] utf8, int limit) {
    int end = Math.min(limit, utf8.length);
    while (end > 0 && end < utf8.length && (utf8[end] & 0xC0) == 0x80) {
      end--;
    }
    return new String(utf8, 0, end, UTF_8);
  }
}
