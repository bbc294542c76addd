/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.redaction;

/** E-mail addresses, credentials in URLs, IPv6 and hardware addresses. */
final class Addresses {
  private static final int LONGEST_LOCAL = 64;
  private static final int LONGEST_DOMAIN = 255;
  private static final int LONGEST_LABEL = 63;
  private static final int LONGEST_AUTHORITY = 512;

  /** What ends the names of files that are put behind an @ without being hosts. */
  private static final String[] NO_DOMAINS = {
    "png", "jpg", "jpeg", "gif", "svg", "webp", "css", "js", "ts", "tsx", "jsx", "json", "html",
    "xml", "yml", "yaml", "java", "class", "jar", "txt", "exe", "dll"
  };

  /** What stands before an @ in code. */
  private static final String[] NO_LOCALS = {"this", "super", "return", "break", "continue"};

  private final Region region;

  /** Up to here hexadecimal digits and colons were looked at: an address starts with its run. */
  private int colonsRead;

  Addresses(Region region) {
    this.region = region;
  }

  void start() {
    colonsRead = region.from;
  }

  // ---- E-mail --------------------------------------------------------------------------------

  /** The end of the address around this sign, or -1. */
  int email(int sign) {
    char[] t = region.t;
    int to = region.to;
    int start = local(sign);
    if (start >= sign || sign + 1 >= to || !region.wants(RedactionType.EMAIL)) {
      return -1;
    }
    int end = domain(sign + 1);
    if (end < 0) {
      return -1;
    }
    if (end < to && (t[end] == '(' || t[end] == '@')) {
      return -1;
    }
    if (Chars.startsWith(t, start, sign, "git") && sign - start == 3 && end < to && t[end] == ':') {
      return -1;
    }
    for (String word : NO_LOCALS) {
      if (sign - start == word.length() && Chars.startsWith(t, start, sign, word)) {
        return -1;
      }
    }
    return region.hit(RedactionType.EMAIL, start, end);
  }

  /** Where the part before the sign starts. */
  private int local(int sign) {
    char[] t = region.t;
    int limit = Math.max(region.floor, sign - LONGEST_LOCAL);
    if (sign - 2 > limit && t[sign - 1] == '"') {
      int open = sign - 2;
      while (open > limit && t[open] != '"' && t[open] != '\n') {
        open--;
      }
      return t[open] == '"' && open < sign - 2 ? open : sign;
    }
    int start = sign;
    while (start > limit && isLocal(t, start - 1, limit, sign)) {
      start--;
    }
    while (start < sign && !isLetterOrDigit(t[start])) {
      start++;
    }
    return start < sign && t[sign - 1] == '.' ? sign : start;
  }

  private static boolean isLocal(char[] t, int p, int limit, int sign) {
    char c = t[p];
    if (c < 128) {
      return Chars.isAlnum(c)
          || (c == '.' && t[p + 1] != '.')
          || c == '_'
          || c == '-'
          || c == '+'
          || c == '%'
          || c == '~'
          || c == '\''
          || (c == '#'
              && p + 1 < sign
              && Chars.isAlnum(t[p + 1])
              && p > limit
              && Chars.isAlnum(t[p - 1]));
    }
    if (Chars.isUnspaced(c)) {
      // Words run on without spaces: what stands before is a sentence, not a part of a name.
      return p + 1 == sign || (p > limit && Chars.isAlnum(t[p - 1]) && !Chars.isUnspaced(t[p - 1]));
    }
    return isLetterOrDigit(c) || Character.isSurrogate(c);
  }

  private static boolean isLetterOrDigit(char c) {
    return c < 128 ? Chars.isAlnum(c) : Character.isLetterOrDigit(c);
  }

  /** The end of a domain with a top level that can be one, or -1. */
  private int domain(int start) {
    char[] t = region.t;
    int to = Math.min(region.to, start + LONGEST_DOMAIN);
    int p = start;
    int end = -1;
    int labels = 0;
    while (p < to) {
      int label = p;
      boolean letters = true;
      while (p < to && (isLetterOrDigit(t[p]) || t[p] == '-')) {
        char c = t[p];
        if (Chars.isUnspaced(c)
            && p > label
            && !Chars.isUnspaced(t[p - 1])
            && t[p - 1] != '-'
            && labels > 0) {
          // The sentence goes on behind the address.
          break;
        }
        letters &= c >= 128 || Chars.isLetter(c);
        p++;
      }
      int labelEnd = p;
      while (labelEnd > label && t[labelEnd - 1] == '-') {
        labelEnd--;
      }
      int length = labelEnd - label;
      if (length == 0 || length > LONGEST_LABEL || t[label] == '-') {
        break;
      }
      labels++;
      if (labels > 1 && isTopLevel(label, labelEnd, letters)) {
        end = labelEnd;
      }
      if (labelEnd < p || p + 1 >= to || t[p] != '.' || !isLetterOrDigit(t[p + 1])) {
        break;
      }
      p++;
    }
    if (end > 0 && end < region.to && t[end] == '_') {
      return -1;
    }
    return end;
  }

  private boolean isTopLevel(int start, int end, boolean letters) {
    char[] t = region.t;
    int length = end - start;
    if (Chars.startsWithIgnoreCase(t, start, end, "xn--")) {
      return length > 5;
    }
    if (!letters || length < 2 || length > 24) {
      return length >= 1 && letters && t[start] >= 128 && length <= 24;
    }
    boolean lower = false;
    boolean upper = false;
    for (int p = start + 1; p < end; p++) {
      lower |= t[p] >= 'a' && t[p] <= 'z';
      upper |= Chars.isUpper(t[p]);
    }
    if ((lower && upper) || (upper && !Chars.isUpper(t[start]))) {
      // Camel case: a name in code.
      return false;
    }
    for (String word : NO_DOMAINS) {
      if (length == word.length() && Chars.startsWithIgnoreCase(t, start, end, word)) {
        return false;
      }
    }
    return true;
  }

  // ---- URLs ----------------------------------------------------------------------------------

  /** Credentials in front of a host; at the colon of "://". */
  int url(int colon) {
    char[] t = region.t;
    int start = colon + 3;
    int limit = Math.min(region.to, start + LONGEST_AUTHORITY);
    int at = -1;
    boolean password = false;
    int p = start;
    while (p < limit && !endsAuthority(t[p])) {
      if (t[p] == '@') {
        at = p;
      } else if (t[p] == ':' && at < 0) {
        password = true;
      }
      p++;
    }
    if (at <= start || colon == region.from || !Chars.isAlnum(t[colon - 1])) {
      return -1;
    }
    boolean user =
        (Chars.startsWith(t, start, at, "git") && at - start == 3)
            || (Chars.startsWith(t, start, at, "svn") && at - start == 3);
    if ((!password && user)
        || Placeholders.is(t, start, at)
        || !region.wants(RedactionType.URL_CREDENTIALS)) {
      return -1;
    }
    if (t[start] == '$' || t[start] == '{' || t[start] == '%') {
      return -1;
    }
    return region.hit(RedactionType.URL_CREDENTIALS, start, at);
  }

  private static boolean endsAuthority(char c) {
    return c <= ' '
        || c == '/'
        || c == '?'
        || c == '#'
        || c == '"'
        || c == '\''
        || c == '<'
        || c == '>'
        || c == '`'
        || c == '\\'
        || c == '|'
        || c >= 0x2E80;
  }

  // ---- IPv6, hardware ------------------------------------------------------------------------

  /** The address that this colon or the word before it is in; its end, or -1. */
  int colons(int position) {
    char[] t = region.t;
    if (position < colonsRead) {
      return -1;
    }
    int limit = Math.max(region.floor, position - 45);
    int start = position;
    while (start > limit && (Chars.isHex(t[start - 1]) || t[start - 1] == ':')) {
      start--;
    }
    if (!region.startsAt(start) || (start > region.from && t[start - 1] == '_')) {
      return -1;
    }
    int found = hardware(start, ':');
    if (found < 0) {
      found = ipv6(start);
    }
    if (found < 0) {
      int end = position;
      while (end < region.to && (Chars.isHex(t[end]) || t[end] == ':')) {
        end++;
      }
      colonsRead = end;
    }
    return found;
  }

  /** Six or eight pairs of hexadecimal digits. */
  int hardware(int start, char sign) {
    char[] t = region.t;
    int to = region.to;
    if (region.at(start - 1) == sign) {
      return -1;
    }
    int p = start;
    int pairs = 0;
    while (pairs < 8 && p + 1 < to && Chars.isHex(t[p]) && Chars.isHex(t[p + 1])) {
      pairs++;
      p += 2;
      if (p < to && t[p] == sign && p + 2 < to && Chars.isHex(t[p + 1])) {
        p++;
      } else {
        break;
      }
    }
    if ((pairs != 6 && pairs != 8)
        || !region.endsAt(p)
        || (p < to && t[p] == sign)
        || t[p - 1] == sign
        || !region.wants(RedactionType.MAC_ADDRESS)) {
      return -1;
    }
    return region.hit(RedactionType.MAC_ADDRESS, start, p);
  }

  /** Three times four hexadecimal digits with full stops. */
  int cisco(int start) {
    char[] t = region.t;
    if (start + 14 > region.to || !region.wants(RedactionType.MAC_ADDRESS)) {
      return -1;
    }
    boolean letters = false;
    for (int i = 0; i < 14; i++) {
      char c = t[start + i];
      if (i % 5 == 4 ? c != '.' : !Chars.isHex(c)) {
        return -1;
      }
      letters |= Chars.isLetter(c);
    }
    return letters
            && region.startsAt(start)
            && region.endsAt(start + 14)
            && region.at(start + 14) != '.'
            && region.at(start - 1) != '.'
        ? region.hit(RedactionType.MAC_ADDRESS, start, start + 14)
        : -1;
  }

  private int ipv6(int start) {
    char[] t = region.t;
    int to = region.to;
    int p = start;
    int parts = 0;
    int gap = -1;
    boolean letters = false;
    if (p + 1 < to && t[p] == ':' && t[p + 1] == ':') {
      gap = 0;
      p += 2;
    } else if (p < to && t[p] == ':') {
      return -1;
    }
    int end = p;
    while (p < to && parts < 8) {
      int part = p;
      while (p < to && p - part < 5 && Chars.isHex(t[p])) {
        letters |= Chars.isLetter(t[p]);
        p++;
      }
      int length = p - part;
      if (length == 0) {
        break;
      }
      if (length > 4) {
        return -1;
      }
      if (p < to && t[p] == '.' && parts <= 6 && (gap >= 0 || parts == 6)) {
        int v4 = dotted(part);
        if (v4 < 0) {
          if (p + 1 < to && Chars.isAlnum(t[p + 1])) {
            return -1;
          }
          parts++;
          end = p;
          break;
        }
        parts += 2;
        end = v4;
        p = v4;
        break;
      }
      parts++;
      end = p;
      if (p + 1 < to && t[p] == ':' && t[p + 1] == ':') {
        if (gap >= 0) {
          return -1;
        }
        gap = parts;
        p += 2;
        end = p;
      } else if (p + 1 < to && t[p] == ':' && Chars.isHex(t[p + 1]) && parts < 8) {
        p++;
      } else {
        break;
      }
    }
    if (gap >= 0 ? parts > 7 : parts != 8) {
      return -1;
    }
    if (parts == 0) {
      // Only "::": the end of a scope in code, or nobody's address.
      return -1;
    }
    if (gap == 0 && parts == 1 && letters && end - start < 6) {
      // "::add" and the like.
      return -1;
    }
    if (!region.endsAt(end) || (end < to && (t[end] == ':' || t[end] == '_'))) {
      return -1;
    }
    char before = region.at(start - 1);
    if (before == '.' || before == ':') {
      return -1;
    }
    if (gap > 0 && letters && parts <= 2 && end - start < 12 && !hasDigit(start, end)) {
      // "abc::def": names in code can be spelled with these letters.
      return -1;
    }
    if (end < to && t[end] == '%') {
      int zone = end + 1;
      while (zone < to && zone - end < 17 && Chars.isAlnum(t[zone])) {
        zone++;
      }
      end = zone > end + 1 ? zone : end;
    }
    if (end + 1 < to && t[end] == '/' && Chars.isDigit(t[end + 1])) {
      int prefix = end + 1;
      while (prefix < to && prefix - end < 4 && Chars.isDigit(t[prefix])) {
        prefix++;
      }
      end = region.endsAt(prefix) ? prefix : end;
    }
    return region.wants(RedactionType.IP_ADDRESS)
        ? region.hit(RedactionType.IP_ADDRESS, start, end)
        : -1;
  }

  private boolean hasDigit(int start, int end) {
    for (int p = start; p < end; p++) {
      if (Chars.isDigit(region.t[p])) {
        return true;
      }
    }
    return false;
  }

  /** The end of four numbers up to 255. */
  private int dotted(int start) {
    char[] t = region.t;
    int to = region.to;
    int p = start;
    for (int i = 0; i < 4; i++) {
      int number = 0;
      int from = p;
      while (p < to && Chars.isDigit(t[p]) && p - from < 4) {
        number = number * 10 + t[p++] - '0';
      }
      if (p == from || number > 255 || p - from > 3) {
        return -1;
      }
      if (i < 3) {
        if (p >= to || t[p] != '.') {
          return -1;
        }
        p++;
      }
    }
    return p;
  }
}
