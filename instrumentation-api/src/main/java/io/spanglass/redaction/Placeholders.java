/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.redaction;

import org.jspecify.annotations.Nullable;

/**
 * What stands where something was: {@code [EMAIL]}, {@code [CARD:*1111]} or {@code
 * [EMAIL:k3:q7w…]}. Nothing is looked for in these.
 */
final class Placeholders {
  /** What takes the place of a value that could not be scanned. */
  static final String FAILED = "[REDACTION_FAILED]";

  static final int TOKEN_LENGTH = 26;
  static final int LONGEST_KEY_ID = 16;
  private static final int LONGEST_NAME = 40;
  private static final int LONGEST = LONGEST_NAME + LONGEST_KEY_ID + TOKEN_LENGTH + 4;

  private Placeholders() {}

  /** The end of the placeholder that starts here, or -1. */
  static int end(char[] text, int open, int to) {
    int p = open + 1;
    int nameLimit = Math.min(to, p + LONGEST_NAME);
    while (p < nameLimit && (Chars.isUpper(text[p]) || text[p] == '_')) {
      p++;
    }
    if (p - open < 3 || p == to) {
      return -1;
    }
    if (text[p] == ']') {
      return p + 1;
    }
    if (text[p] != ':') {
      return -1;
    }
    p++;
    if (p < to && text[p] == '*') {
      int limit = Math.min(to, p + 6);
      p++;
      while (p < limit && text[p] != ']' && (Chars.isAlnum(text[p]) || text[p] >= 128)) {
        p++;
      }
      return p < limit && text[p] == ']' ? p + 1 : -1;
    }
    int id = p;
    while (p < to && p - id < LONGEST_KEY_ID && isKeyId(text[p])) {
      p++;
    }
    if (p == id || p + 1 + TOKEN_LENGTH >= to || text[p] != ':') {
      return -1;
    }
    int token = p + 1;
    for (p = token; p < token + TOKEN_LENGTH; p++) {
      char c = text[p];
      if (!((c >= 'a' && c <= 'z') || (c >= '2' && c <= '7'))) {
        return -1;
      }
    }
    return text[p] == ']' ? p + 1 : -1;
  }

  static boolean isKeyId(char c) {
    return c < 128 && (Chars.isAlnum(c) || c == '-' || c == '_');
  }

  /** Where the placeholder starts that ends with this bracket, or -1. */
  static int open(char[] text, int from, int close) {
    int limit = Math.max(from, close - LONGEST);
    for (int p = close - 1; p >= limit; p--) {
      char c = text[p];
      if (c == '[') {
        return end(text, p, close + 1) == close + 1 ? p : -1;
      }
      if (c == ' ' || c == ']') {
        return -1;
      }
    }
    return -1;
  }

  static @Nullable RedactionType type(char[] text, int open) {
    int p = open + 1;
    while (Chars.isUpper(text[p]) || text[p] == '_') {
      p++;
    }
    return RedactionType.named(text, open + 1, p);
  }

  /** Whether the whole text is one. */
  static boolean is(char[] text, int start, int end) {
    return end > start && text[start] == '[' && end(text, start, end) == end;
  }
}
