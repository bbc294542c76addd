/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.redaction;

import java.util.Arrays;

/** Keys and passwords: by how they start, by what they are, or by the name before them. */
final class Secrets {
  private static final int LONGEST_NAME = 48;
  private static final int LONGEST_VALUE = 4096;

  /** A name is at most this far before the sign behind it. */
  private static final int SHORTEST_TOKEN = 8;

  private static final int SHORTEST_FIELD = 16;
  private static final int LONGEST_HEADER = 512;
  private static final int SHORTEST_PEM = 16;

  /** Values that are none: what code, schemas and examples write there. */
  private static final String[] NO_VALUES = {
    "null",
    "none",
    "nil",
    "true",
    "false",
    "undefined",
    "string",
    "str",
    "text",
    "required",
    "optional",
    "password",
    "passwd",
    "secret",
    "token",
    "apikey",
    "api_key",
    "key",
    "value",
    "example",
    "changeme",
    "change_me",
    "redacted",
    "masked",
    "hidden",
    "omitted",
    "filtered",
    "empty",
    "default",
    "unset",
    "missing",
    "invalid",
    "bearer",
    "basic",
    "self",
    "this",
    "env",
    "varchar",
    "integer",
    "number",
    "boolean",
    "object"
  };

  private final Region region;
  private final KeyNames names;
  private final byte[] counts = new byte[128];
  private final byte[] header = new byte[LONGEST_HEADER];

  /** Up to here there is no web token. */
  private int jwtRead;

  // Up to here there is no value of a header, of a cookie, of a token: each of them can be long,
  // and
  // names can repeat in it.
  private int headerRead;
  private int cookieRead;
  private int tokenRead;

  Secrets(Region region, KeyNames names) {
    this.region = region;
    this.names = names;
  }

  void start() {
    jwtRead = region.from;
    headerRead = region.from;
    cookieRead = region.from;
    tokenRead = region.from;
  }

  // ---- By how they start ---------------------------------------------------------------------

  /** Looks at the word before a sign: is it how a key starts? The end of the key, or -1. */
  int prefixed(int sign) {
    char[] t = region.t;
    int start = sign;
    int limit = Math.max(region.floor, sign - Prefixes.LONGEST_WORD);
    long word = 0;
    int shift = 0;
    while (start > limit && Chars.isAlnum(t[start - 1])) {
      word |= (long) t[--start] << shift;
      shift += 8;
    }
    if (start == sign || (start > region.from && Chars.isAlnum(t[start - 1]))) {
      return -1;
    }
    Prefixes.Rule[] rules = Prefixes.of(word, t[sign]);
    return rules.length == 0 ? -1 : prefixed(rules, start);
  }

  /** Looks for a key that starts here with one of the prefixes. */
  int prefixed(Prefixes.Rule[] rules, int start) {
    char[] t = region.t;
    int to = region.to;
    if (!region.wants(RedactionType.API_KEY)) {
      return -1;
    }
    int tooLong = -1;
    for (Prefixes.Rule rule : rules) {
      int from = start + rule.prefix.length();
      if (from > to || t[from - 1] != rule.last || !Chars.startsWith(t, start, to, rule.prefix)) {
        continue;
      }
      int end = Prefixes.body(rule, t, from, to);
      // A key that ends a sentence has its full stop behind it.
      int keyEnd = end;
      while (keyEnd > from && t[keyEnd - 1] == '.') {
        keyEnd--;
      }
      if (Prefixes.isTooLong(rule, keyEnd - from)) {
        tooLong = Math.max(tooLong, end);
        continue;
      }
      boolean cut = isCut(end);
      if ((keyEnd - from >= rule.least && isMixed(from, keyEnd))
          || (cut && isCutKey(rule, from, keyEnd))) {
        if (region.endsAt(keyEnd)) {
          return region.hit(RedactionType.API_KEY, start, keyEnd);
        }
      }
    }
    // What is too long to be a key is no key at any place of it.
    return tooLong;
  }

  /** Whether the text ends here, or was cut off here. */
  private boolean isCut(int position) {
    int to = region.to;
    return position >= to
        || (position == to - 1 && region.t[position] == '\u2026')
        || (position == to - 3 && Chars.startsWith(region.t, position, to, "..."));
  }

  /** What is left of a key at the end of a text: enough of it to tell it from a word. */
  private boolean isCutKey(Prefixes.Rule rule, int from, int end) {
    int length = end - from;
    int fixed = rule.prefix.length();
    if (fixed < 3) {
      return false;
    }
    if ((fixed >= 7 && length >= 1) || (fixed >= 4 && length >= 12)) {
      return true;
    }
    return length >= (fixed >= 4 ? 4 : 8) && hasDigitOrCapital(from, end);
  }

  private boolean hasDigitOrCapital(int start, int end) {
    for (int p = start; p < end; p++) {
      char c = region.t[p];
      if (Chars.isDigit(c) || Chars.isUpper(c)) {
        return true;
      }
    }
    return false;
  }

  /** Not one letter again and again, and not a word of small letters. */
  private boolean isMixed(int start, int end) {
    char[] t = region.t;
    boolean varied = false;
    boolean marked = false;
    for (int p = start; p < end && !(varied && marked); p++) {
      varied |= t[p] != t[start];
      marked |= Chars.isDigit(t[p]) || Chars.isUpper(t[p]);
    }
    return varied && marked;
  }

  /** Azure: three characters, a digit, Q~, and 31 to 34 more. At the tilde. */
  int azure(int tilde) {
    char[] t = region.t;
    int start = tilde - 5;
    if (start < region.floor
        || t[tilde - 1] != 'Q'
        || !Chars.isDigit(t[tilde - 2])
        || !isAzure(t[start])
        || !isAzure(t[start + 1])
        || !isAzure(t[start + 2])
        || !region.startsAt(start)) {
      return -1;
    }
    int limit = Math.min(region.to, tilde + 36);
    int p = tilde + 1;
    while (p < limit && (isAzure(t[p]) || t[p] == '-')) {
      p++;
    }
    while (p > tilde + 1 && t[p - 1] == '.') {
      p--;
    }
    int length = p - tilde - 1;
    return length <= 34 && (length >= 31 || (isCut(p) && length > 0))
        ? region.hit(RedactionType.API_KEY, start, p)
        : -1;
  }

  private static boolean isAzure(char c) {
    return Chars.isAlnum(c) || c == '_' || c == '~' || c == '.';
  }

  /** Telegram: the bot's number, a colon, AA and 33 more. At the colon. */
  int telegram(int colon) {
    char[] t = region.t;
    int start = colon;
    while (start > region.floor && colon - start < 11 && Chars.isDigit(t[start - 1])) {
      start--;
    }
    int digits = colon - start;
    if (digits < 8 || digits > 10 || !region.startsAt(start)) {
      return -1;
    }
    int p = colon + 1;
    int limit = Math.min(region.to, p + 40);
    while (p < limit && (Chars.isAlnum(t[p]) || t[p] == '-' || t[p] == '_')) {
      p++;
    }
    int length = p - colon - 1;
    return length == 35 || (isCut(p) && length > 4)
        ? region.hit(RedactionType.API_KEY, start, p)
        : -1;
  }

  // ---- By what they are ----------------------------------------------------------------------

  /** A web token, at the J of "eyJ". */
  int jwt(int j) {
    char[] t = region.t;
    int to = region.to;
    int start = j - 2;
    if (start < region.floor
        || t[start] != 'e'
        || t[start + 1] != 'y'
        || !region.startsAt(start)
        || start < jwtRead
        || !region.wants(RedactionType.JWT)) {
      return -1;
    }
    int dot = base64End(start, to);
    jwtRead = dot;
    boolean cut = isCut(dot);
    if (!cut && (dot >= to || t[dot] != '.')) {
      return -1;
    }
    if (!saysAlgorithm(start, dot, cut)) {
      return -1;
    }
    int p = dot;
    int parts = 1;
    // Five parts where it is encrypted.
    while (p < to && t[p] == '.' && parts < 5) {
      int end = base64End(p + 1, to);
      if (end == p + 1 && parts > 2) {
        break;
      }
      p = end;
      parts++;
    }
    if (p == dot && !cut) {
      return -1;
    }
    return region.hit(RedactionType.JWT, start, p);
  }

  private int base64End(int start, int to) {
    char[] t = region.t;
    int p = start;
    while (p < to && Chars.isBase64(t[p])) {
      p++;
    }
    return p;
  }

  /** Whether this is a JSON object, in base64, that names an algorithm. */
  private boolean saysAlgorithm(int start, int end, boolean cut) {
    int n = Base64Text.decode(region.t, start, end, header);
    if (n < 4 || header[0] != '{' || header[1] != '"') {
      return false;
    }
    for (int i = 0; i + 4 < n; i++) {
      if (header[i] == '"'
          && ((header[i + 1] == 'a' && header[i + 2] == 'l' && header[i + 3] == 'g')
              || (header[i + 1] == 'e' && header[i + 2] == 'n' && header[i + 3] == 'c'))
          && header[i + 4] == '"') {
        return true;
      }
    }
    return cut;
  }

  /** A private key in PEM, at the first of five hyphens. Up to its end, or as far as it goes. */
  int pem(int start) {
    char[] t = region.t;
    int to = region.to;
    int p = start;
    while (p < to && t[p] == '-') {
      p++;
    }
    int begin = p;
    if (p - start < 5
        || !Chars.startsWith(t, p, to, "BEGIN ")
        || !region.wants(RedactionType.PRIVATE_KEY)) {
      return -1;
    }
    p += 6;
    int limit = Math.min(to, p + 40);
    while (p < limit && (Chars.isUpper(t[p]) || t[p] == ' ' || Chars.isDigit(t[p]))) {
      p++;
    }
    boolean isKey = Chars.startsWith(t, p - 11, to, "PRIVATE KEY");
    if (!isKey && Chars.startsWith(t, p - 17, to, "PRIVATE KEY BLOCK")) {
      isKey = true;
    }
    if (!isKey) {
      return p < to || begin == p ? -1 : cutPem(start, begin, p);
    }
    while (p < to && t[p] == '-') {
      p++;
    }
    int content = 0;
    while (p < to && isPem(t[p])) {
      content += Chars.isBase64(t[p]) ? 1 : 0;
      p++;
    }
    if (content < SHORTEST_PEM && p < to) {
      return -1;
    }
    int end = p;
    if (Chars.startsWith(t, p, to, "-----END ")) {
      p += 9;
      while (p < to && (Chars.isUpper(t[p]) || t[p] == ' ' || Chars.isDigit(t[p]))) {
        p++;
      }
      while (p < to && t[p] == '-') {
        p++;
      }
      end = p;
    } else {
      while (p < to && t[p] == '-') {
        p++;
      }
      end = p;
    }
    return region.hit(RedactionType.PRIVATE_KEY, start, end);
  }

  private int cutPem(int start, int begin, int end) {
    // "-----BEGIN RSA PRI", and there the text ends.
    return Chars.startsWith(region.t, begin, region.to, "BEGIN CERT")
            || Chars.startsWith(region.t, begin, region.to, "BEGIN PUB")
        ? -1
        : region.hit(RedactionType.PRIVATE_KEY, start, end);
  }

  /** In the body of a key, also in one that is written in a string with escapes, or encrypted. */
  private static boolean isPem(char c) {
    return c < 128 && (Chars.isAlnum(c) || "+/= \n\r\t\\:,.\"".indexOf(c) >= 0);
  }

  // ---- By the name before them ---------------------------------------------------------------

  /** A name, a colon or an equals sign, and a value. At the sign; the value's end, or -1. */
  int named(int sign) {
    char[] t = region.t;
    int nameEnd = sign;
    int floor = Math.max(region.floor, sign - LONGEST_NAME - 4);
    if (nameEnd > floor && t[nameEnd - 1] == ':') {
      nameEnd--;
    }
    while (nameEnd > floor && t[nameEnd - 1] == ' ') {
      nameEnd--;
    }
    if (nameEnd > floor && (t[nameEnd - 1] == '"' || t[nameEnd - 1] == '\'')) {
      nameEnd--;
    }
    int name = nameEnd;
    while (name > floor && isName(t[name - 1])) {
      name--;
    }
    KeyNames.Rule rule = names.find(t, name, nameEnd);
    if (rule == null || rule.type != RedactionType.SECRET || rule.name.startsWith("credential")) {
      return -1;
    }
    return value(sign, rule);
  }

  private static boolean isName(char c) {
    return c >= 128 ? Character.isLetter(c) : Chars.isAlnum(c) || c == '_' || c == '-' || c == '.';
  }

  private int value(int sign, KeyNames.Rule rule) {
    char[] t = region.t;
    int to = region.to;
    int p = sign + 1;
    if (p < to && (t[p] == '=' || t[p] == '>' || t[p] == ':')) {
      if (t[p] != '>') {
        return -1;
      }
      p++;
    }
    int spaces = p;
    while (p < to && t[p] == ' ' && p - spaces < 4) {
      p++;
    }
    if (p >= to || !region.wants(RedactionType.SECRET)) {
      return -1;
    }
    boolean spaced = p > spaces;
    boolean header = rule.name.endsWith("authorization") || rule.name.endsWith("cookie");
    char quote = t[p] == '"' || t[p] == '\'' || t[p] == '`' ? t[p] : '\0';
    int start = quote == '\0' ? p : p + 1;
    if (rule.kind == KeyNames.Kind.TOKEN && quote == '\0' && start < tokenRead) {
      return -1;
    }
    int known = known(start);
    if (known > 0) {
      return known;
    }
    if (header) {
      return headerValue(rule, start, quote);
    }
    int end = start;
    int limit = Math.min(to, start + LONGEST_VALUE);
    if (quote != '\0') {
      while (end < limit && t[end] != quote && t[end] != '\n') {
        end++;
      }
      if (end < to && t[end] != quote) {
        return -1;
      }
    } else {
      while (end < limit && !endsValue(t[end])) {
        // What was replaced before is one thing, with both its brackets.
        int close = t[end] == '[' ? Placeholders.end(t, end, to) : -1;
        end = close > 0 ? close : end + 1;
      }
      if (end < to && (t[end] == '(' || t[end] == '{')) {
        return -1;
      }
      while (end > start && (t[end - 1] == '.' || t[end - 1] == '?' || t[end - 1] == '!')) {
        end--;
      }
    }
    boolean query = sign > 0 && t[sign] == '=' && !spaced && quote == '\0';
    if (isSecret(rule, start, end, quote != '\0', query)) {
      return region.hit(RedactionType.SECRET, start, end);
    }
    if (rule.kind == KeyNames.Kind.TOKEN && quote == '\0') {
      tokenRead = end;
    }
    return -1;
  }

  /** A key or a token that is known for what it is, which says more than the name before it. */
  private int known(int start) {
    char[] t = region.t;
    if (region.at(start + 2) == 'J') {
      return jwt(start + 2);
    }
    int p = start;
    while (p < region.to && p - start < Prefixes.LONGEST_WORD && Chars.isAlnum(t[p])) {
      p++;
    }
    int found = p > start && p < region.to && !Chars.isAlnum(t[p]) ? prefixed(p) : -1;
    if (found > 0 && region.floor == found) {
      return found;
    }
    found = prefixed(Prefixes.CAPITALS, start);
    return found > 0 && region.floor == found ? found : -1;
  }

  private static boolean endsValue(char c) {
    return c <= ' ' || c == ',' || c == ';' || c == '&' || c == '"' || c == '\'' || c == '<'
        || c == '>' || c == ')' || c == ']' || c == '}' || c == '|' || c == '`' || c == '('
        || c == '{';
  }

  private int headerValue(KeyNames.Rule rule, int from, char quote) {
    char[] t = region.t;
    int to = region.to;
    int start = from;
    int end = start;
    if (rule.name.endsWith("cookie")) {
      if (start < cookieRead) {
        return -1;
      }
      while (end < to && t[end] >= ' ' && t[end] != quote && end - start < LONGEST_VALUE) {
        end++;
      }
      cookieRead = end;
      int equals = start;
      while (equals < end && t[equals] != '=') {
        equals++;
      }
      return equals < end && equals > start && isWord(start, equals)
          ? region.hit(RedactionType.SECRET, start, end)
          : -1;
    }
    if (start < headerRead) {
      return -1;
    }
    end = tokenEnd(start);
    headerRead = end;
    if (isScheme(start, end) && end < to && t[end] == ' ') {
      start = end + 1;
      int known = known(start);
      if (known > 0) {
        return known;
      }
      end = tokenEnd(start);
    }
    return end - start >= SHORTEST_TOKEN && hasDigitOrCapital(start, end) && !isNoValue(start, end)
        ? region.hit(RedactionType.SECRET, start, end)
        : -1;
  }

  private boolean isWord(int start, int end) {
    for (int p = start; p < end; p++) {
      if (!isName(region.t[p])) {
        return false;
      }
    }
    return true;
  }

  private boolean isScheme(int start, int end) {
    int length = end - start;
    return length >= 5
        && length <= 9
        && (Chars.startsWithIgnoreCase(region.t, start, end, "bearer")
            || Chars.startsWithIgnoreCase(region.t, start, end, "basic")
            || Chars.startsWithIgnoreCase(region.t, start, end, "token")
            || Chars.startsWithIgnoreCase(region.t, start, end, "digest")
            || Chars.startsWithIgnoreCase(region.t, start, end, "apikey")
            || Chars.startsWithIgnoreCase(region.t, start, end, "negotiate"));
  }

  private int tokenEnd(int start) {
    char[] t = region.t;
    int limit = Math.min(region.to, start + LONGEST_VALUE);
    int p = start;
    while (p < limit
        && t[p] < 128
        && (Chars.isBase64(t[p]) || t[p] == '.' || t[p] == '=' || t[p] == '~' || t[p] == ':')) {
      p++;
    }
    return p;
  }

  /** "Bearer" and "Basic" without the header's name before them; at the B. */
  int bearer(int start) {
    char[] t = region.t;
    int to = region.to;
    boolean bearer = Chars.startsWithIgnoreCase(t, start, to, "bearer ");
    if ((!bearer && !Chars.startsWith(t, start, to, "Basic ")) || !region.startsAt(start)) {
      return -1;
    }
    int from = start + (bearer ? 7 : 6);
    int known = known(from);
    if (known > 0) {
      return known;
    }
    int end = tokenEnd(from);
    if (end - from < 16 || !isMixed(from, end) || !hasDigit(from, end)) {
      return -1;
    }
    return region.hit(RedactionType.SECRET, from, end);
  }

  private boolean hasDigit(int start, int end) {
    for (int p = start; p < end; p++) {
      if (Chars.isDigit(region.t[p])) {
        return true;
      }
    }
    return false;
  }

  /**
   * Whether a value of a field with such a name is a secret, and not a piece of code or a word.
   *
   * @param query as in the query of a URL, where a value is never code
   */
  private boolean isSecret(KeyNames.Rule rule, int start, int end, boolean quoted, boolean query) {
    char[] t = region.t;
    int length = end - start;
    if (length < 4 || Placeholders.is(t, start, end) || isNoValue(start, end)) {
      return false;
    }
    int letters = 0;
    int capitals = 0;
    int digits = 0;
    int others = 0;
    int dots = 0;
    for (int p = start; p < end; p++) {
      char c = t[p];
      if (c == '(' || c == '{' || c == '<' || c <= ' ') {
        return false;
      }
      if (Chars.isDigit(c)) {
        digits++;
      } else if (Chars.isLetter(c)) {
        letters++;
        capitals += Chars.isUpper(c) ? 1 : 0;
      } else if (c == '.') {
        dots++;
      } else if (c != '_') {
        others++;
      }
    }
    char first = t[start];
    if (first == '$'
        || first == '%'
        || first == '['
        || first == '*'
        || first == '@'
        || first == '&') {
      return false;
    }
    boolean name = others == 0 && (digits == 0 || (dots > 0 && !query));
    if (rule.kind == KeyNames.Kind.PASSWORD) {
      boolean key = rule.name.endsWith("key") || rule.name.endsWith("token");
      if (name && !(query && length >= 12)) {
        return false;
      }
      if (letters == 0 && others == 0) {
        return !key && digits >= 4 && (quoted || length >= 6 || query);
      }
      return digits + others > 0 && length >= (key ? SHORTEST_TOKEN : 5);
    }
    return length >= (query ? SHORTEST_TOKEN : SHORTEST_FIELD)
        && digits > 0
        && letters > 0
        && (query || entropy(start, end) >= 3.0)
        && !(name && capitals == 0 && dots > 0);
  }

  private boolean isNoValue(int start, int end) {
    char[] t = region.t;
    int length = end - start;
    if (length > 12) {
      return Chars.startsWithIgnoreCase(t, start, end, "your_")
          || Chars.startsWithIgnoreCase(t, start, end, "your-");
    }
    for (String word : NO_VALUES) {
      if (word.length() == length && Chars.startsWithIgnoreCase(t, start, end, word)) {
        return true;
      }
    }
    boolean same = true;
    for (int p = start + 1; p < end; p++) {
      same &= Chars.lower(t[p]) == Chars.lower(t[start]);
    }
    return same;
  }

  /** Bits for each character, of the first 128. */
  private double entropy(int start, int end) {
    Arrays.fill(counts, (byte) 0);
    int n = Math.min(end - start, 127);
    for (int i = 0; i < n; i++) {
      counts[region.t[start + i] & 127]++;
    }
    double bits = 0;
    for (byte count : counts) {
      if (count > 0) {
        double share = (double) count / n;
        bits -= share * Math.log(share);
      }
    }
    return bits / Math.log(2);
  }

  /** Whether the whole value of a field with such a name has to go. */
  boolean isSecretField(KeyNames.Rule rule, char[] t, int start, int end) {
    int length = end - start;
    if (length == 0 || Placeholders.is(t, start, end)) {
      return false;
    }
    switch (rule.kind) {
      case PASSWORD:
        return true;
      case TOKEN:
        if (length < SHORTEST_TOKEN) {
          return false;
        }
        int digits = 0;
        for (int p = start; p < end; p++) {
          if (t[p] <= ' ') {
            return false;
          }
          digits += Chars.isDigit(t[p]) ? 1 : 0;
        }
        return (digits > 0 && length >= SHORTEST_FIELD) || digits > 1;
      default:
        int found = 0;
        for (int p = start; p < end; p++) {
          found += Chars.isDigit(t[p]) ? 1 : 0;
        }
        if (rule.type == RedactionType.EMAIL) {
          for (int p = start; p < end; p++) {
            if (t[p] <= ' ') {
              return false;
            }
          }
          return length > 2;
        }
        if (rule.type == RedactionType.IBAN) {
          return found >= 6 && length <= 42;
        }
        return found >= 4 && length <= 40;
    }
  }
}
