/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.redaction;

/**
 * Telephone numbers: international ones by their country's code and length, national ones by how
 * they are written or by the words around them.
 */
final class Phones {
  /** Country codes of two digits with the least and most digits that follow them. */
  private static final String LENGTHS =
      "20:8-10 27:9-9 30:10-10 31:9-11 32:8-9 33:9-9 34:9-9 36:8-9 39:6-12 40:9-9 41:9-12 43:4-13"
          + " 44:7-10 45:8-8 46:7-13 47:5-8 48:9-9 49:5-13 51:8-9 52:10-11 53:6-8 54:8-11 55:8-11"
          + " 56:8-11 57:8-10 58:10-10 60:7-10 61:6-10 62:7-12 63:6-10 64:7-10 65:8-11 66:8-10"
          + " 81:8-10 82:7-11 84:7-10 86:8-12 90:7-10 91:8-10 92:8-12 93:9-9 94:9-9 95:6-10 98:8-10"
          + " ";

  private static final byte[] LEAST = new byte[100];
  private static final byte[] MOST = new byte[100];

  /** The first two digits of the codes that have three. */
  private static final boolean[] THREE = new boolean[100];

  static {
    for (String entry : LENGTHS.split(" ", -1)) {
      if (!entry.isEmpty()) {
        int code = Integer.parseInt(entry.substring(0, 2));
        int hyphen = entry.indexOf('-');
        LEAST[code] = Byte.parseByte(entry.substring(3, hyphen));
        MOST[code] = Byte.parseByte(entry.substring(hyphen + 1));
      }
    }
    int[] three = {
      21, 22, 23, 24, 25, 26, 29, 35, 37, 38, 42, 50, 59, 67, 68, 69, 80, 85, 87, 88, 96, 97, 99
    };
    for (int code : three) {
      THREE[code] = true;
    }
  }

  /** A dozen groups of one digit each are no telephone number. */
  private static final int MOST_GROUPS = 7;

  private static final int LONGEST_EXTENSION = 6;

  private final Region region;
  private final Numbers n;

  Phones(Region region, Numbers numbers) {
    this.region = region;
    this.n = numbers;
  }

  /** Whether so many digits are a number with a country code in front. */
  private boolean isInternational(int o, int digits) {
    byte[] d = n.d;
    if (digits < 7 || digits > 15) {
      return false;
    }
    if (d[o] == 1) {
      return digits == 11;
    }
    if (d[o] == 7) {
      return digits == 11;
    }
    int two = CheckDigits.number(d, o, 2);
    if (MOST[two] > 0) {
      return digits - 2 >= LEAST[two] && digits - 2 <= MOST[two];
    }
    return THREE[two] && digits >= 7 && digits <= 15;
  }

  /** With a plus sign, or with two zeros and in groups. */
  int international(int g) {
    if (!region.wants(RedactionType.PHONE)) {
      return -1;
    }
    int start = n.starts[g];
    char before = region.at(start - 1);
    int o = n.first[g];
    int skipped = 0;
    if (before == '(' && region.at(start - 2) == '+') {
      start -= 2;
    } else if (before == '+') {
      start--;
      if (region.at(start - 1) == '(') {
        start--;
      }
    } else if (n.groups - g > 1
        && n.length(g) >= 2
        && n.d[o] == 0
        && n.d[o + 1] == 0
        && n.length(g) <= 6
        && n.d[o + 2] != 0
        && before != '.'
        && before != '-') {
      skipped = 2;
    } else {
      return -1;
    }
    if (!region.startsAt(start)
        || start < region.floor
        || (skipped > 0 && (before == '#' || n.length(g + 1) < 2))) {
      return -1;
    }
    int trunk = trunkZero(g);
    for (int h = Math.min(n.groups, g + MOST_GROUPS); h > g; h--) {
      int digits = n.digits(g, h) - skipped;
      if (isInternational(o + skipped, digits)
          || (trunk < h && isInternational(o + skipped, digits - 1))) {
        return skipped > 0 && region.context(n.starts[g]).has(Context.OTHER)
            ? -1
            : region.hit(RedactionType.PHONE, start, end(h));
      }
    }
    return -1;
  }

  /** The group with a zero in brackets, which is dialled within the country: +44 (0)20 7946. */
  private int trunkZero(int g) {
    for (int i = g; i + 1 < Math.min(n.groups, g + MOST_GROUPS); i++) {
      if (n.signs[i] == '(' && n.d[n.first[i + 1]] == 0) {
        return i + 1;
      }
    }
    return Integer.MAX_VALUE;
  }

  /** The end of a number with the extension behind it. */
  private int end(int h) {
    int end = n.ends[h - 1];
    if (h == n.groups) {
      int extended = extension(end);
      return extended < 0 ? end : extended;
    }
    return end;
  }

  /** The end of an extension that starts here, or -1. */
  int extension(int position) {
    char[] t = region.t;
    int to = region.to;
    int p = position;
    if (p < to && t[p] == ' ') {
      p++;
    }
    if (p < to && (t[p] | 0x20) == 'x') {
      p++;
    } else if (Chars.startsWithIgnoreCase(t, p, to, "ext")) {
      p += Chars.startsWithIgnoreCase(t, p, to, "extension") ? 9 : 3;
      if (p < to && (t[p] == '.' || t[p] == ':')) {
        p++;
      }
      if (p < to && t[p] == ' ') {
        p++;
      }
    } else {
      return -1;
    }
    int start = p;
    while (p < to && Chars.isDigit(t[p]) && p - start <= LONGEST_EXTENSION) {
      p++;
    }
    return p > start && p - start <= LONGEST_EXTENSION && region.endsAt(p) ? p : -1;
  }

  /** A national number that can be seen to be one by how it is written. */
  int national(int g) {
    if (!region.wants(RedactionType.PHONE) || n.groups - g < 2) {
      return -1;
    }
    int start = n.starts[g];
    char before = region.at(start - 1);
    boolean bracket = before == '(' && n.signs[g] == ')';
    if (bracket) {
      start--;
      before = region.at(start - 1);
    }
    if ((g > 0 && !bracket && !(n.signs[g - 1] == ' ' && n.signs[g] != ' '))
        || before == '-'
        || before == '.'
        || before == '/'
        || before == '#'
        || before == '$'
        || before == '+'
        || Chars.isAlnum(before)
        || start < region.floor) {
      return -1;
    }
    int h = northAmerican(g, bracket);
    if (h < 0) {
      h = bracket ? withAreaInBrackets(g) : withTrunkZero(g);
    }
    if (h < 0 || (h < n.groups && n.signs[h - 1] != ' ' && n.signs[h - 1] != '(')) {
      return -1;
    }
    Context context = region.context(n.starts[g]);
    if (context.has(Context.OTHER | Context.VERSION | Context.NATIONAL_ID)
        && !context.has(Context.PHONE)) {
      return -1;
    }
    if (context.has(Context.NATIONAL_ID) && context.isNearer(Context.NATIONAL_ID, Context.PHONE)) {
      return -1;
    }
    return region.hit(RedactionType.PHONE, start, end(h));
  }

  /** Three, three and four digits, with a one before them or not. */
  private int northAmerican(int g, boolean bracket) {
    int f = g;
    if (!bracket && n.length(g) == 1 && n.d[n.first[g]] == 1) {
      f++;
    }
    if (f + 3 > n.groups
        || n.length(f) != 3
        || n.length(f + 1) != 3
        || n.length(f + 2) != 4
        || "-. )\u00A0".indexOf(n.signs[f]) < 0
        || "-. \u00A0".indexOf(n.signs[f + 1]) < 0
        || (n.signs[f] != ')' && n.signs[f] != n.signs[f + 1])) {
      return -1;
    }
    boolean signs = n.signs[f + 1] == '-' || n.signs[f + 1] == '.';
    boolean ranges = n.d[n.first[f]] >= 2 && n.d[n.first[f + 1]] >= 2;
    return signs || ranges ? f + 3 : -1;
  }

  private int withAreaInBrackets(int g) {
    int total = n.digits(g, n.groups);
    int groups = n.groups - g;
    int area = n.length(g);
    boolean line = n.length(g + 1) >= 2 && (groups > 2 || n.length(g + 1) >= 5);
    return area >= 2
            && area <= 5
            && !n.isYear(g)
            && total >= 8
            && total <= 12
            && groups <= 5
            && line
        ? n.groups
        : -1;
  }

  /** A zero, the area, and the number in groups. */
  private int withTrunkZero(int g) {
    int total = n.digits(g, n.groups);
    int groups = n.groups - g;
    int o = n.first[g];
    char sign = n.signs[g];
    if (n.d[o] != 0
        || n.d[o + 1] == 0
        || n.length(g) < 2
        || total < 9
        || total > 11
        || groups > 5
        || (groups == 2 && sign != '-' && sign != '/')
        || (sign == '.' && groups < 4)) {
      return -1;
    }
    for (int i = g; i < n.groups; i++) {
      if (n.length(i) < 2 || n.length(i) > 8) {
        return -1;
      }
      if (i > g + 1 && n.signs[i - 1] != n.signs[g + 1]) {
        return -1;
      }
    }
    return n.groups;
  }

  /** A number beside a word that says that it is one. */
  int inContext(int g, Context context) {
    if (!region.wants(RedactionType.PHONE)) {
      return -1;
    }
    boolean said = context.has(Context.PHONE);
    if (said
        && (context.isNearer(Context.OTHER, Context.PHONE)
            || context.isNearer(Context.NATIONAL_ID, Context.PHONE)
            || context.isNearer(Context.CARD, Context.PHONE)
            || context.isNearer(Context.VERSION, Context.PHONE))) {
      return -1;
    }
    if (!said && (!context.has(Context.NUMBER) || context.bits != Context.NUMBER)) {
      return -1;
    }
    int start = n.starts[g];
    char before = region.at(start - 1);
    if (before == '(' && n.signs[g] == ')') {
      start--;
      before = region.at(start - 1);
    }
    if (before == '$'
        || before == '#'
        || before == '.'
        || before == '/'
        || (before == '-' && Chars.isDigit(region.at(start - 2)))
        || Chars.isAlnum(before)) {
      return -1;
    }
    if (before == '+') {
      start--;
    }
    for (int h = n.groups; h > g; h--) {
      int digits = n.digits(g, h);
      if (isPlausible(g, h, digits, said) && start >= region.floor) {
        if (h == n.groups || n.signs[h - 1] == ' ' || n.signs[h - 1] == '/') {
          return region.hit(RedactionType.PHONE, start, end(h));
        }
      }
    }
    return -1;
  }

  private boolean isPlausible(int g, int h, int digits, boolean said) {
    int o = n.first[g];
    int groups = h - g;
    if (groups > 6 || digits > 15) {
      return false;
    }
    if (groups == 1) {
      boolean time =
          (digits == 13 && n.d[o] == 1) || (digits == 10 && n.d[o] == 1 && n.d[o + 1] > 5);
      if (said) {
        return digits >= 7 && digits <= 13 && !time;
      }
      boolean mobile = (digits == 11 && n.d[o] == 1 && n.d[o + 1] >= 3) || n.d[o] == 0;
      return mobile && digits >= 10 && digits <= 11;
    }
    if (n.isYear(g) && n.isYear(h - 1)) {
      return false;
    }
    for (int i = g; i + 1 < h; i++) {
      if ((n.signs[i] == '.' && groups == 2) || n.signs[i] == '~') {
        return false;
      }
    }
    for (int i = g; i < h; i++) {
      if (n.length(i) == 1 && i > g + 1) {
        return false;
      }
    }
    return said
        ? digits >= 7 || (digits == 6 && groups == 3)
        : digits >= 9 && digits <= 13 && (n.d[o] == 0 || groups >= 3);
  }
}
