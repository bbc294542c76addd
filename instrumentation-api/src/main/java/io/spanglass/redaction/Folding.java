/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.redaction;

/**
 * Undoes what hides a value from a plain look: escapes of JSON, percent signs, entities of HTML,
 * digits and letters of other scripts that look alike, spaces that are not seen. Character by
 * character, so that each still has its place in the text.
 */
final class Folding {
  private static final String[] ENTITIES = {
    "amp;", "lt;", "gt;", "quot;", "apos;", "nbsp;", "commat;", "period;", "lowbar;", "colon;",
    "sol;", "equals;", "plus;", "hyphen;", "dash;", "num;", "percnt;"
  };
  private static final String ENTITY_VALUES = "&<>\"' @._:/=+--#%";

  private static final String LOOK_ALIKES = "аеорсухіѕјһԁԛԝАВЕКМНОРСТХІЅЈουνΑΒΕΖΗΙΚΜΝΟΡΤΥΧ";
  private static final String LATIN = "aeopcyxisjhdqwABEKMHOPCTXISJouvABEZHIKMNOPTYX";

  private Folding() {}

  /** Whether a character beyond Latin-1 may have to be replaced. */
  static boolean isSign(char c) {
    if (c < 0x0660) {
      return c >= 0x0370 && c < 0x0560;
    }
    if ((c >= 0x2000 && c <= 0x2015) || c == 0x202F || c == 0x2060 || c == 0x2212 || c == 0xFEFF) {
      return true;
    }
    if (c >= 0xFF0B && c <= 0xFF5A) {
      return c != 0xFF0C && (c < 0xFF1B || c > 0xFF1F);
    }
    return c < 0x2000 && Character.getType(c) == Character.DECIMAL_DIGIT_NUMBER;
  }

  /** Whether the character at the position stands for another one, or hides something. */
  static boolean isEscape(char[] t, int from, int p, int to) {
    char c = t[p];
    char next = p + 1 < to ? t[p + 1] : ' ';
    char before = p > from ? t[p - 1] : ' ';
    switch (c) {
      case '\\':
        return "nrtbfu\"/\\".indexOf(next) >= 0;
      case '%':
        return p + 2 < to && Chars.isHex(next) && Chars.isHex(t[p + 2]);
      case '&':
        return next == '#' || (next >= 'a' && next <= 'q' && entity(t, p + 1, to) >= 0);
      case '\u00A0':
      case '\u202F':
        return Chars.isDigit(before) || Chars.isDigit(next);
      case '\u00AD':
      case '\u2060':
      case '\uFEFF':
        return isNear(before) || isNear(next);
      default:
        break;
    }
    if ((c >= 0x2000 && c <= 0x2015) || c == 0x2212) {
      return (c >= 0x200B && c <= 0x200F)
          ? isNear(before) || isNear(next)
          : Chars.isDigit(before) || Chars.isDigit(next);
    }
    if (c < 0x0560) {
      return (Chars.isLetter(before) || Chars.isLetter(next)) && LOOK_ALIKES.indexOf(c) >= 0;
    }
    return true;
  }

  private static boolean isNear(char c) {
    return Chars.isAlnum(c) || c == '@';
  }

  private static int entity(char[] t, int p, int to) {
    for (int i = 0; i < ENTITIES.length; i++) {
      if (Chars.startsWith(t, p, to, ENTITIES[i])) {
        return i;
      }
    }
    return -1;
  }

  /** Writes the text without its escapes. */
  static void fold(char[] t, int from, int to, View into) {
    into.prepare(to - from);
    int p = from;
    while (p < to) {
      char c = t[p];
      if (c == '\\' || c == '%' || c == '&') {
        p = escaped(t, p, to, into);
        continue;
      }
      if (c < 128) {
        into.put(c, p++);
        continue;
      }
      char plain = plain(t, from, p, to);
      if (plain != '\0') {
        into.put(plain, p);
      }
      p++;
    }
    into.origin[into.length] = to;
  }

  private static int escaped(char[] t, int start, int to, View into) {
    int p = start;
    char c = t[p];
    if (c == '\\') {
      // However deep it is in strings within strings.
      while (p < to && t[p] == '\\') {
        p++;
      }
      char next = p < to ? t[p] : ' ';
      switch (next) {
        case 'n':
        case 'r':
          into.put('\n', start);
          return p + 1;
        case 't':
        case 'b':
        case 'f':
          into.put('\t', start);
          return p + 1;
        case '"':
        case '/':
          into.put(next, start);
          return p + 1;
        case 'u':
          int code = hex(t, p + 1, to, 4);
          if (code >= 0) {
            into.put((char) code, start);
            return p + 5;
          }
          break;
        default:
          break;
      }
      into.put('\\', start);
      return p;
    }
    if (c == '%') {
      // "%2540" is an @ that was encoded twice.
      p++;
      while (Chars.startsWith(t, p, to, "25") && hex(t, p + 2, to, 2) >= 0) {
        p += 2;
      }
      int code = hex(t, p, to, 2);
      if (code >= 0) {
        into.put((char) code, start);
        return p + 2;
      }
      into.put('%', start);
      return start + 1;
    }
    p++;
    while (Chars.startsWith(t, p, to, "amp;")) {
      // "&amp;#64;" was encoded twice.
      int behind = p + 4;
      if ((behind < to && t[behind] == '#') || entity(t, behind, to) >= 0) {
        p = behind;
      } else {
        break;
      }
    }
    int entity = entity(t, p, to);
    if (entity >= 0) {
      into.put(ENTITY_VALUES.charAt(entity), start);
      return p + ENTITIES[entity].length();
    }
    if (p < to && t[p] == '#') {
      boolean hex = p + 1 < to && (t[p + 1] | 0x20) == 'x';
      int q = p + (hex ? 2 : 1);
      int code = 0;
      int digits = q;
      while (q < to && q - digits < 6 && (hex ? Chars.isHex(t[q]) : Chars.isDigit(t[q]))) {
        code = code * (hex ? 16 : 10) + Chars.hexValue(t[q++]);
      }
      if (q > digits && q < to && t[q] == ';' && code <= 0xFFFF) {
        into.put((char) code, start);
        return q + 1;
      }
    }
    into.put('&', start);
    return start + 1;
  }

  private static int hex(char[] t, int p, int to, int digits) {
    if (p + digits > to) {
      return -1;
    }
    int value = 0;
    for (int i = p; i < p + digits; i++) {
      if (!Chars.isHex(t[i])) {
        return -1;
      }
      value = value * 16 + Chars.hexValue(t[i]);
    }
    return value;
  }

  /** The character that another one stands for; 0 where it stands for nothing. */
  private static char plain(char[] t, int from, int p, int to) {
    char c = t[p];
    if (c == '\u00A0' || (c >= 0x2000 && c <= 0x200A) || c == '\u202F') {
      return ' ';
    }
    if ((c >= 0x2010 && c <= 0x2015) || c == 0x2212) {
      return '-';
    }
    if (c == '\u00AD' || (c >= 0x200B && c <= 0x200F) || c == 0x2060 || c == 0xFEFF) {
      return '\0';
    }
    if (c >= 0xFF01 && c <= 0xFF5E) {
      return (char) (c - 0xFEE0);
    }
    if (c >= 0x0370 && c < 0x0560) {
      int index = LOOK_ALIKES.indexOf(c);
      boolean mixed =
          (p > from && Chars.isLetter(t[p - 1])) || (p + 1 < to && Chars.isLetter(t[p + 1]));
      return index >= 0 && mixed ? LATIN.charAt(index) : c;
    }
    if (c >= 0x0660 && c < 0x2000 && Character.getType(c) == Character.DECIMAL_DIGIT_NUMBER) {
      return (char) ('0' + Character.digit(c, 10));
    }
    return c;
  }

  /** Writes what a string of JSON says; what is broken in it stays as it is. */
  static void unescape(char[] t, int from, int to, View into) {
    into.prepare(to - from);
    int p = from;
    while (p < to) {
      char c = t[p];
      if (c != '\\' || p + 1 >= to) {
        into.put(c, p++);
        continue;
      }
      char next = t[p + 1];
      int length = 2;
      char value;
      switch (next) {
        case 'n':
          value = '\n';
          break;
        case 'r':
          value = '\r';
          break;
        case 't':
          value = '\t';
          break;
        case 'b':
          value = '\b';
          break;
        case 'f':
          value = '\f';
          break;
        case 'u':
          int code = hex(t, p + 2, to, 4);
          if (code < 0) {
            value = '\\';
            length = 1;
          } else {
            value = (char) code;
            length = 6;
          }
          break;
        default:
          value = next;
          break;
      }
      into.put(value, p);
      p += length;
    }
    into.origin[into.length] = to;
  }
}
