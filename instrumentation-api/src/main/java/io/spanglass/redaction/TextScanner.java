/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.redaction;

/**
 * The one pass over a text: it stops where something can start or be in, and asks what looks for
 * that. What is asked looks a bounded way back and forth, so that the pass is linear.
 */
final class TextScanner {
  // What a character can be the sign of.
  private static final byte NOTHING = 0;
  private static final byte DIGIT = 1;
  private static final byte AT = 2;
  private static final byte COLON = 3;
  private static final byte EQUALS = 4;
  private static final byte HYPHEN = 5;
  private static final byte SIGN = 6;
  private static final byte CAPITAL = 7;
  private static final byte TILDE = 8;
  private static final byte BRACKET = 9;
  private static final byte FULL_STOP = 10;
  private static final byte BIC_CAPITAL = 11;

  /** It may stand for another character. */
  private static final byte ESCAPE = 12;

  private static final int LONGEST_BASE64 = 8192;
  private static final int SHORTEST_BASE64 = 20;
  private static final int MOST_DEPTH = Scan.MOST_DEPTH;

  /** The word "dapi", packed: nothing parts it from the key. */
  private static final long DAPI = 'd' << 24 | 'a' << 16 | 'p' << 8 | 'i';

  private final byte[] classes = new byte[256];
  private final Region region;
  private final Numbers numbers;
  private final Tokens tokens;
  private final Secrets secrets;
  private final Addresses addresses;
  private final boolean readsNumbers;
  private final Scan scan;
  private final int depth;
  private boolean plain;

  /** Up to here a run of base64 was looked into. */
  private int base64Read;

  TextScanner(RedactionPolicy policy, Scan scan, int depth) {
    this.scan = scan;
    this.depth = depth;
    region = new Region(policy, scan.budget);
    numbers = new Numbers(region);
    tokens = new Tokens(region);
    secrets = new Secrets(region, scan.names);
    addresses = new Addresses(region);
    readsNumbers = readsNumbers(policy);
    classes(policy, classes);
  }

  private static boolean readsNumbers(RedactionPolicy policy) {
    for (RedactionType type : RedactionType.values()) {
      if (!type.isSecret() && (policy.types & type.bit()) != 0) {
        return true;
      }
    }
    return false;
  }

  /** What each of the first 256 characters can be the sign of under this policy. */
  static void classes(RedactionPolicy policy, byte[] classes) {
    if (policy.types == 0) {
      return;
    }
    for (char c = '0'; c <= '9'; c++) {
      classes[c] = DIGIT;
    }
    if (readsNumbers(policy)) {
      classes['@'] = AT;
      classes['B'] = BIC_CAPITAL;
    } else {
      classes['B'] = CAPITAL;
    }
    classes['b'] = NOTHING;
    classes[':'] = COLON;
    classes['='] = EQUALS;
    classes['-'] = HYPHEN;
    classes['_'] = SIGN;
    classes['.'] = FULL_STOP;
    classes['A'] = CAPITAL;
    classes['S'] = CAPITAL;
    classes['J'] = CAPITAL;
    classes['~'] = TILDE;
    classes['['] = BRACKET;
    classes['\\'] = ESCAPE;
    classes['%'] = ESCAPE;
    classes['&'] = ESCAPE;
    classes[0xA0] = ESCAPE;
    classes[0xAD] = ESCAPE;
  }

  Region region() {
    return region;
  }

  /** What is looked for in the fields that the text is the value of. */
  boolean isSecretField(KeyNames.Rule rule, char[] t, int start, int end) {
    return secrets.isSecretField(rule, t, start, end);
  }

  /**
   * Scans a part of a text.
   *
   * @param isPlain whether there are no escapes in it, since they are undone
   * @return false if there are escapes: nothing is found then, and the text has to be given again
   *     without them
   */
  boolean scan(char[] t, int from, int to, Matches found, boolean isPlain) {
    plain = isPlain;
    region.set(t, from, to, found);
    base64Read = from;
    addresses.start();
    secrets.start();
    int before = found.size;
    int i = from;
    while ((i = skip(t, i, to, classes)) < to) {
      char c = t[i];
      byte kind = c < 256 ? classes[c] : ESCAPE;
      region.budget.check(i);
      if (kind == ESCAPE) {
        if (!plain && Folding.isEscape(t, from, i, to)) {
          found.size = before;
          return false;
        }
        i++;
        continue;
      }
      i = at(t, i, to, kind);
    }
    return true;
  }

  /** The next sign of anything. Apart, so that the compiler makes a tight loop of it. */
  private static int skip(char[] t, int from, int to, byte[] classes) {
    int i = from;
    while (i < to) {
      char c = t[i];
      if (c < 256 ? classes[c] != NOTHING : Folding.isSign(c)) {
        return i;
      }
      i++;
    }
    return i;
  }

  private int at(char[] t, int i, int to, byte kind) {
    int end;
    switch (kind) {
      case DIGIT:
        return digit(t, i, to);
      case AT:
        end = addresses.email(i);
        break;
      case COLON:
        return colon(t, i, to);
      case EQUALS:
        end = secrets.named(i);
        break;
      case HYPHEN:
        return hyphen(t, i, to);
      case SIGN:
        end = secrets.prefixed(i);
        break;
      case FULL_STOP:
        end = fullStop(t, i, to);
        break;
      case BIC_CAPITAL:
      case CAPITAL:
        end = capital(t, i, to);
        break;
      case TILDE:
        end = secrets.azure(i);
        break;
      case BRACKET:
        end = Placeholders.end(t, i, to);
        break;
      default:
        throw new AssertionError(kind);
    }
    return end > i ? end : i + 1;
  }

  private int capital(char[] t, int i, int to) {
    char next = i + 1 < to ? t[i + 1] : ' ';
    switch (t[i]) {
      case 'A':
        if (next != 'K'
            && next != 'S'
            && next != 'B'
            && next != 'C'
            && next != '3'
            && next != 'I'
            && next != 'T') {
          return -1;
        }
        return region.startsAt(i) ? secrets.prefixed(Prefixes.CAPITALS, i) : -1;
      case 'S':
        if (next == 'G' || next == 'K') {
          return region.startsAt(i) ? secrets.prefixed(Prefixes.CAPITALS, i) : -1;
        }
        return next == 'W' || next == 'w' ? bic(t, i, to) : -1;
      case 'J':
        return secrets.jwt(i);
      default:
        if (next == 'e' || next == 'a') {
          return secrets.bearer(i);
        }
        return next == 'I' ? bic(t, i, to) : -1;
    }
  }

  /** The code behind the word "BIC" or "SWIFT". */
  private int bic(char[] t, int i, int to) {
    if (!region.wants(RedactionType.BIC) || !region.startsAt(i)) {
      return -1;
    }
    int p;
    if (Chars.startsWith(t, i, to, "BIC")) {
      p = i + 3;
    } else if (Chars.startsWithIgnoreCase(t, i, to, "swift")) {
      p = i + 5;
    } else {
      return -1;
    }
    int limit = Math.min(to, p + 24);
    while (p < limit) {
      while (p < limit && !Chars.isAlnum(t[p])) {
        p++;
      }
      int start = p;
      while (p < to && p - start < 12 && Chars.isAlnum(t[p])) {
        p++;
      }
      if (isBic(t, start, p) && region.endsAt(p)) {
        return region.hit(RedactionType.BIC, start, p);
      }
      if (p == start) {
        break;
      }
    }
    return -1;
  }

  private static boolean isBic(char[] t, int start, int end) {
    int length = end - start;
    if (length != 8 && length != 11) {
      return false;
    }
    for (int p = start; p < end; p++) {
      if (!Chars.isUpper(t[p]) && (p < start + 6 || !Chars.isDigit(t[p]))) {
        return false;
      }
    }
    return true;
  }

  private int hyphen(char[] t, int i, int to) {
    if (i + 1 < to && t[i + 1] == '-') {
      int key = secrets.prefixed(i);
      if (key > i) {
        return key;
      }
      int end = secrets.pem(i);
      if (end > 0) {
        return end;
      }
      int p = i + 1;
      while (p < to && t[p] == '-') {
        p++;
      }
      return p;
    }
    int end = secrets.prefixed(i);
    if (end < 0
        && readsNumbers
        && i - 2 >= region.floor
        && i + 3 < to
        && t[i + 3] == '-'
        && Chars.isHex(t[i - 1])
        && Chars.isHex(t[i - 2])
        && region.startsAt(i - 2)) {
      end = addresses.hardware(i - 2, '-');
    }
    return end > i ? end : i + 1;
  }

  private int fullStop(char[] t, int i, int to) {
    if (i + 1 >= to || !Chars.isAlnum(t[i + 1])) {
      return -1;
    }
    int end = secrets.prefixed(i);
    if (end < 0
        && readsNumbers
        && i - 4 >= region.floor
        && i + 5 < to
        && t[i + 5] == '.'
        && Chars.isHex(t[i - 1])
        && Chars.isHex(t[i + 1])) {
      end = addresses.cisco(i - 4);
    }
    return end;
  }

  private int colon(char[] t, int i, int to) {
    char next = i + 1 < to ? t[i + 1] : ' ';
    int end = -1;
    if (next == '/' && i + 2 < to && t[i + 2] == '/') {
      end = addresses.url(i);
      return end > i ? end : Math.min(to, i + 3);
    }
    if (next == ':' || Chars.isHex(next)) {
      char before = region.at(i - 1);
      if (i + 2 < to && readsNumbers && (next == ':' || Chars.isHex(before))) {
        end = addresses.colons(i);
      }
      if (end < 0 && next == 'A' && Chars.isDigit(before) && i + 2 < to && t[i + 2] == 'A') {
        end = secrets.telegram(i);
      }
    } else if (Chars.isLetter(next)) {
      int media = media(t, i, to);
      if (media > 0) {
        return media;
      }
    }
    if (end < 0) {
      end = secrets.named(i);
    }
    return end > i ? end : i + 1;
  }

  /** The body of a data URL: pictures are no text, texts are read. */
  private int media(char[] t, int colon, int to) {
    if (!Chars.startsWithIgnoreCase(t, colon - 4, to, "data") || colon - 4 < region.from) {
      return -1;
    }
    int limit = Math.min(to, colon + 128);
    int p = colon + 1;
    while (p < limit && t[p] != ',' && t[p] > ' ' && t[p] != '"') {
      p++;
    }
    if (p >= limit || t[p] != ',' || !Chars.startsWithIgnoreCase(t, p - 7, to, ";base64")) {
      return -1;
    }
    int body = p + 1;
    p = body;
    while (p < to && (Chars.isBase64(t[p]) || t[p] == '=')) {
      p++;
    }
    boolean text =
        Chars.startsWithIgnoreCase(t, colon + 1, to, "text/")
            || Chars.startsWithIgnoreCase(t, colon + 1, to, "application/");
    int end = text ? base64(t, body, p) : -1;
    region.floor = p;
    return end > 0 ? end : p;
  }

  /** Looks into what is in base64; the end if there was something in it. */
  private int base64(char[] t, int start, int end) {
    if (depth + 1 >= MOST_DEPTH) {
      return -1;
    }
    int last = end;
    while (last > start && t[last - 1] == '=') {
      last--;
    }
    View view = scan.view(depth + 1);
    if (!Base64Text.decodeText(t, start, last, view, LONGEST_BASE64)) {
      return -1;
    }
    scan.value(depth + 1, view, 0, view.length, null);
    if (view.matches.size == 0) {
      return -1;
    }
    region.found.add(view.matches.types[0], view.matches.names[0], start, end, 0);
    region.floor = end;
    return end;
  }

  private int digit(char[] t, int i, int to) {
    char before = region.at(i - 1);
    boolean word = Chars.isLetter(before);
    if (!word && !readsNumbers) {
      return i + 1;
    }
    int start = i;
    while (start > region.floor && Chars.isAlnum(t[start - 1])) {
      start--;
    }
    int end = i;
    boolean letters = word;
    while (end < to && Chars.isAlnum(t[end])) {
      letters |= Chars.isLetter(t[end]);
      end++;
    }
    if (letters) {
      return word(t, start, i, end, to);
    }
    char behind = end < to ? t[end] : ' ';
    if (behind == ':' || before == ':') {
      int found = behind == ':' ? addresses.colons(end) : -1;
      if (found > 0) {
        return found;
      }
      if (behind == ':' && end - start <= 4) {
        return end;
      }
    } else if (end - start == 2 && behind == '-') {
      int found = addresses.hardware(start, '-');
      if (found > 0) {
        return found;
      }
    } else if (end - start == 6
        && (behind == '-' || behind == '+')
        && end + 5 <= to
        && region.endsAt(end + 5)) {
      RedactionType said = region.context(start).type;
      boolean others = said == RedactionType.SE_PERSONNUMMER || said == RedactionType.DK_CPR;
      int found = others ? -1 : tokens.hetu(start, end + 5, behind);
      if (found > 0) {
        return found;
      }
    } else if ((end - start == 2 || end - start == 6) && before == ' ') {
      int found = tokens.ninoAround(start);
      if (found > 0) {
        return found;
      }
    } else if (end - start == 4 && behind == '.') {
      int found = addresses.cisco(start);
      if (found > 0) {
        return found;
      }
    } else if (end - start == 8 && behind == '-' && isUuid(t, start, to)) {
      region.floor = start + 36;
      return start + 36;
    }
    if (behind == '+' || behind == '/' || behind == '=') {
      int found = longWord(t, start, end, to);
      if (found > 0) {
        return found;
      }
    }
    int next = numbers.scan(start);
    return next > i ? next : end;
  }

  /** A word with letters and digits, seen at its first digit. */
  private int word(char[] t, int start, int digit, int end, int to) {
    char behind = end < to ? t[end] : ' ';
    if (readsNumbers) {
      if (behind == ':' || region.at(start - 1) == ':') {
        int found = behind == ':' ? addresses.colons(end) : addresses.colons(start);
        if (found > 0) {
          return found;
        }
      } else if (end - start == 2 && behind == '-') {
        int found = addresses.hardware(start, '-');
        if (found > 0) {
          return found;
        }
      } else if (end - start == 4 && behind == '.') {
        int found = addresses.cisco(start);
        if (found > 0) {
          return found;
        }
      } else if (end - start == 8 && behind == '-' && isUuid(t, start, to)) {
        region.floor = start + 36;
        return start + 36;
      }
    }
    if (t[start] == 'd' && Chars.startsWith(t, start, end, "dapi")) {
      int found = secrets.prefixed(Prefixes.of(DAPI, '\0'), start);
      if (found > 0) {
        return found;
      }
    }
    if (readsNumbers) {
      int found = tokens.find(start, end);
      if (found > 0) {
        return found;
      }
      if (start == digit && end - start == 7 && region.at(start - 1) == ' ') {
        int nino = tokens.ninoAround(start);
        if (nino > 0) {
          return nino;
        }
      }
      if (start == digit) {
        // "555-0100x12": an extension behind a number.
        int p = digit;
        while (p < end && Chars.isDigit(t[p])) {
          p++;
        }
        if ((t[p] | 0x20) == 'x' || (t[p] | 0x20) == 'e') {
          int next = numbers.scan(start);
          if (next > end) {
            return next;
          }
        }
      }
    }
    int found = longWord(t, start, end, to);
    // What starts with a key's prefix has its sign behind this word: it is looked at there.
    return found > 0 ? found : end;
  }

  /** Base64 that is text, such as what an application logs of a header. */
  private int longWord(char[] t, int start, int end, int to) {
    if (start < base64Read) {
      return -1;
    }
    int from = start;
    while (from > region.floor && (Chars.isBase64(t[from - 1]) && t[from - 1] != '/')) {
      from--;
    }
    int p = end;
    while (p < to && Chars.isBase64(t[p])) {
      p++;
    }
    while (p < to && t[p] == '=' && p - end < LONGEST_BASE64) {
      p++;
    }
    base64Read = p;
    if (p - from < SHORTEST_BASE64) {
      return -1;
    }
    return base64(t, from, p);
  }

  private static boolean isUuid(char[] t, int start, int to) {
    if (start + 36 > to) {
      return false;
    }
    for (int i = 0; i < 36; i++) {
      char c = t[start + i];
      boolean hyphen = i == 8 || i == 13 || i == 18 || i == 23;
      if (hyphen ? c != '-' : !Chars.isHex(c)) {
        return false;
      }
    }
    return start + 36 == to || !Chars.isAlnum(t[start + 36]);
  }
}
