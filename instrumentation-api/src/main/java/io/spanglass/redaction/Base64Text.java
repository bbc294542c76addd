/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.redaction;

import java.util.Arrays;

/** Base64 in either alphabet, as far as it goes. */
final class Base64Text {
  private static final byte[] VALUES = new byte[128];

  static {
    String alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    Arrays.fill(VALUES, (byte) -1);
    for (int i = 0; i < 64; i++) {
      VALUES[alphabet.charAt(i)] = (byte) i;
    }
    VALUES['-'] = 62;
    VALUES['_'] = 63;
  }

  private Base64Text() {}

  /** Decodes as much as there is room for; the number of bytes. */
  static int decode(char[] text, int start, int end, byte[] into) {
    int bits = 0;
    int held = 0;
    int n = 0;
    for (int p = start; p < end && n < into.length; p++) {
      char c = text[p];
      int value = c < 128 ? VALUES[c] : -1;
      if (value < 0) {
        break;
      }
      bits = bits << 6 | value;
      held += 6;
      if (held >= 8) {
        held -= 8;
        into[n++] = (byte) (bits >> held);
      }
    }
    return n;
  }

  /**
   * Decodes what is text, into a view whose characters have no place in the text around: only
   * whether there is something in it matters.
   *
   * @return false as soon as something is no printable character
   */
  static boolean decodeText(char[] text, int start, int end, View into, int most) {
    int limit = (int) Math.min(end, start + most / 3L * 4);
    into.prepare(limit - start);
    int bits = 0;
    int held = 0;
    int following = 0;
    for (int p = start; p < limit; p++) {
      char c = text[p];
      int value = c < 128 ? VALUES[c] : -1;
      if (value < 0) {
        return false;
      }
      bits = bits << 6 | value;
      held += 6;
      if (held >= 8) {
        held -= 8;
        int b = bits >> held & 0xFF;
        if ((b < ' ' && b != '\n' && b != '\r' && b != '\t') || b == 127) {
          return false;
        }
        // UTF-8, or it is no text.
        if (following > 0 != (b >= 0x80 && b < 0xC0) || b == 0xC0 || b == 0xC1 || b > 0xF4) {
          return false;
        }
        following = following > 0 ? following - 1 : b < 0xC0 ? 0 : b < 0xE0 ? 1 : b < 0xF0 ? 2 : 3;
        into.put((char) b, 0);
      }
    }
    into.origin[into.length] = 0;
    return into.length >= 8;
  }
}
