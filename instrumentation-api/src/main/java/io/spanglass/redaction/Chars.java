/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.redaction;

/** Questions about characters, by tables: no call here depends on the version of Java. */
final class Chars {
  static final int LETTER = 1;
  static final int DIGIT = 2;
  static final int UPPER = 4;
  static final int HEX = 8;

  /** In base64, either alphabet, without the padding. */
  static final int BASE64 = 16;

  private static final byte[] KINDS = new byte[128];

  static {
    for (char c = 0; c < 128; c++) {
      int kind = 0;
      if (c >= '0' && c <= '9') {
        kind = DIGIT | HEX | BASE64;
      } else if (c >= 'a' && c <= 'z') {
        kind = LETTER | BASE64 | (c <= 'f' ? HEX : 0);
      } else if (c >= 'A' && c <= 'Z') {
        kind = LETTER | UPPER | BASE64 | (c <= 'F' ? HEX : 0);
      } else if (c == '+' || c == '/' || c == '-' || c == '_') {
        kind = BASE64;
      }
      KINDS[c] = (byte) kind;
    }
  }

  private Chars() {}

  private static boolean is(char c, int kind) {
    return c < 128 && (KINDS[c] & kind) != 0;
  }

  static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }

  static boolean isLetter(char c) {
    return is(c, LETTER);
  }

  static boolean isUpper(char c) {
    return c >= 'A' && c <= 'Z';
  }

  static boolean isAlnum(char c) {
    return is(c, LETTER | DIGIT);
  }

  static boolean isHex(char c) {
    return is(c, HEX);
  }

  static boolean isBase64(char c) {
    return is(c, BASE64);
  }

  /** A character of the scripts that put no spaces between words. */
  static boolean isUnspaced(char c) {
    return (c >= 0x2E80 && c < 0xD7B0) || (c >= 0x0E00 && c < 0x0E80);
  }

  static int hexValue(char c) {
    return c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;
  }

  static char lower(char c) {
    if (c < 128) {
      return isUpper(c) ? (char) (c | 0x20) : c;
    }
    return Character.toLowerCase(c);
  }

  /** Whether the text has these characters at the position. */
  static boolean startsWith(char[] text, int position, int to, String what) {
    int length = what.length();
    if (position < 0 || length > to - position) {
      return false;
    }
    for (int i = 0; i < length; i++) {
      if (text[position + i] != what.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  /** The same; {@code what} is in lower case. */
  static boolean startsWithIgnoreCase(char[] text, int position, int to, String what) {
    int length = what.length();
    if (position < 0 || length > to - position) {
      return false;
    }
    for (int i = 0; i < length; i++) {
      if (lower(text[position + i]) != what.charAt(i)) {
        return false;
      }
    }
    return true;
  }
}
