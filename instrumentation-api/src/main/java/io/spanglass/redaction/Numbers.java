/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.redaction;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Numbers: digits in groups, with what people put between them. One pass reads the groups, then
 * each kind of number is looked for at the start of each group.
 */
final class Numbers {
  private static final int MOST_GROUPS = 32;
  private static final int MOST_DIGITS = 320;

  /** Longer runs of digits are no number that is looked for. */
  private static final int LONGEST_GROUP = 19;

  /** What is still to come when a row of groups is too long to be read at once. */
  private static final int OVERLAP = 8;

  private static final int FEWEST_DIGITS = 6;

  /** The types with a check digit, in the order of how much their check digits prove. */
  private static final RedactionType[] PROVED = {
    RedactionType.CN_ID,
    RedactionType.FR_NIR,
    RedactionType.BR_CNPJ,
    RedactionType.NO_FODSELSNUMMER,
    RedactionType.BE_NATIONAL_NUMBER,
    RedactionType.BR_CPF,
    RedactionType.TR_TCKN,
    RedactionType.PL_PESEL,
    RedactionType.DE_TAX_ID,
    RedactionType.ZA_ID,
    RedactionType.RO_CNP,
    RedactionType.KR_RRN,
    RedactionType.TH_ID,
    RedactionType.SE_PERSONNUMMER,
    RedactionType.CZ_BIRTH_NUMBER,
    RedactionType.BG_EGN,
    RedactionType.UK_NHS,
    RedactionType.AU_MEDICARE,
    RedactionType.IN_AADHAAR,
    RedactionType.JP_MY_NUMBER,
    RedactionType.NL_BSN,
    RedactionType.CA_SIN,
    RedactionType.AU_TFN,
    RedactionType.PT_NIF,
    RedactionType.IL_ID
  };

  private static final RedactionType[][] PROVED_BY_LENGTH = new RedactionType[19][];

  static {
    for (int n = 0; n < PROVED_BY_LENGTH.length; n++) {
      int length = n;
      PROVED_BY_LENGTH[n] =
          Arrays.stream(PROVED).filter(t -> hasLength(t, length)).toArray(RedactionType[]::new);
    }
  }

  private final Region region;
  private final Phones phones;

  final byte[] d = new byte[MOST_DIGITS];

  /** Where each group starts and ends in the text, and its first digit among the digits. */
  final int[] starts = new int[MOST_GROUPS + 1];

  final int[] ends = new int[MOST_GROUPS + 1];
  final int[] first = new int[MOST_GROUPS + 2];

  /** What follows each group: a sign, ')' also for what goes with it. */
  final char[] signs = new char[MOST_GROUPS + 1];

  int groups;
  private boolean more;

  Numbers(Region region) {
    this.region = region;
    this.phones = new Phones(region, this);
  }

  int length(int group) {
    return ends[group] - starts[group];
  }

  int digits(int from, int to) {
    return first[to] - first[from];
  }

  /** Reads the groups from a digit on; false where the first one is too long to be anything. */
  private boolean read(int position) {
    char[] t = region.t;
    int to = region.to;
    groups = 0;
    more = false;
    first[0] = 0;
    int p = position;
    while (true) {
      int start = p;
      int n = first[groups];
      while (p < to && Chars.isDigit(t[p])) {
        if (p - start < LONGEST_GROUP && n < MOST_DIGITS) {
          d[n++] = (byte) (t[p] - '0');
        }
        p++;
      }
      if (p - start > LONGEST_GROUP || n - first[groups] < p - start) {
        if (groups == 0) {
          starts[0] = start;
          ends[0] = p;
          return false;
        }
        more = n == MOST_DIGITS;
        return true;
      }
      starts[groups] = start;
      ends[groups] = p;
      first[++groups] = n;
      int next = sign(t, p, to);
      if (next < 0) {
        signs[groups - 1] = '\0';
        return true;
      }
      if (groups == MOST_GROUPS) {
        more = true;
        return true;
      }
      p = next;
    }
  }

  /** Notes what is between two groups; where the next one starts, or -1. */
  private int sign(char[] t, int p, int to) {
    if (p >= to) {
      return -1;
    }
    char c = t[p];
    int next = p + 1;
    switch (c) {
      case ' ':
        if (next < to && t[next] == '(') {
          next++;
          c = '(';
        } else if (next + 1 < to && t[next] == '-' && t[next + 1] == ' ') {
          next += 2;
          c = '~';
        }
        break;
      case ')':
        if (next < to && (t[next] == ' ' || t[next] == '-' || t[next] == '.')) {
          next++;
        }
        break;
      case '-':
      case '.':
      case '/':
        if (c != '.' && next < to && t[next] == '(') {
          next++;
          c = '(';
        }
        break;
      case '(':
      case '\u00A0':
        break;
      default:
        return -1;
    }
    if (next >= to || !Chars.isDigit(t[next])) {
      return -1;
    }
    signs[groups - 1] = c;
    return next;
  }

  /** Looks for numbers from a digit on that no letter stands before; where to go on. */
  int scan(int position) {
    if (!read(position)) {
      return ends[0];
    }
    int end = ends[groups - 1];
    char behind = region.at(end);
    int extension = -1;
    if (Chars.isLetter(behind) || behind == '_') {
      extension = phones.extension(end);
      if (extension < 0 && --groups == 0) {
        return end;
      }
    }
    int total = first[groups];
    if (total < FEWEST_DIGITS) {
      int address =
          groups >= 4 && signs[0] == '.' && region.wants(RedactionType.IP_ADDRESS) ? address(0) : 0;
      return address > 0 ? address : end;
    }
    int last = more ? Math.max(1, groups - OVERLAP) : groups;
    int done = -1;
    for (int g = 0; g < last && total - first[g] >= FEWEST_DIGITS; g++) {
      if (length(g) == 1 && signs[g] != '.' && (g + 1 == groups || length(g + 1) == 1)) {
        // Nothing starts with two single digits.
        continue;
      }
      int found = 0;
      if (signs[g] == '.' && region.wants(RedactionType.IP_ADDRESS)) {
        found = address(g);
      }
      if (found == 0) {
        if (isDate(g)) {
          g += 2;
          continue;
        }
        found = at(g);
      }
      if (found > 0) {
        done = found;
        while (g + 1 < groups && starts[g + 1] < found) {
          g++;
        }
      }
    }
    return Math.max(done, more ? starts[last] : end);
  }

  private int at(int g) {
    int start = starts[g];
    char before = region.at(start - 1);
    if (before == '.' && g == 0 && Chars.isDigit(region.at(start - 2))) {
      // Behind the digits of something that was found already, or of a version.
      return -1;
    }
    int end = social(g);
    if (end < 0) {
      end = phones.international(g);
    }
    if (end < 0) {
      end = card(g);
    }
    if (end < 0) {
      end = formatted(g);
    }
    if (end < 0 && before != '_') {
      end = phones.national(g);
    }
    if (end < 0 && before != '_' && (g == 0 || length(g) >= 8)) {
      end = inContext(g);
    }
    return end;
  }

  // ---- Addresses and dates -------------------------------------------------------------------

  /** The end of an address of four numbers; -1 where it is a version, 0 where it is neither. */
  private int address(int g) {
    if (g + 3 >= groups || signs[g + 1] != '.' || signs[g + 2] != '.') {
      return 0;
    }
    for (int i = g; i < g + 4; i++) {
      int length = length(i);
      if (length > 3
          || (length > 1 && d[first[i]] == 0)
          || CheckDigits.number(d, first[i], length) > 255) {
        return 0;
      }
    }
    int start = starts[g];
    int end = ends[g + 3];
    char sign = g + 4 < groups ? signs[g + 3] : '\0';
    char before = region.at(start - 1);
    char beforeThat = region.at(start - 2);
    char behind = region.at(end);
    if (sign == '.'
        || (g > 0 && signs[g - 1] == '.')
        || before == '.'
        || before == '_'
        || ((before == '/' || before == '-') && Chars.isAlnum(beforeThat))
        || (before == '=' && "=<>~^!".indexOf(beforeThat) >= 0)
        || before == '^'
        || before == '~'
        || ((behind == '.' || behind == '-' || behind == '+')
            && Chars.isLetter(region.at(end + 1)))) {
      return -1;
    }
    if (Context.saysVersion(region.context(start))) {
      return -1;
    }
    if (sign == '/' && length(g + 4) <= 2) {
      end = ends[g + 4];
    }
    return region.hit(RedactionType.IP_ADDRESS, start, end);
  }

  private boolean isDate(int g) {
    if (g + 2 >= groups || signs[g] != signs[g + 1] || "-/.".indexOf(signs[g]) < 0) {
      return false;
    }
    int a = length(g);
    int b = length(g + 1);
    int c = length(g + 2);
    if (a == 4 && b <= 2 && c <= 2) {
      int month = CheckDigits.number(d, first[g + 1], b);
      return isYear(g) && CheckDigits.isDay(month, CheckDigits.number(d, first[g + 2], c));
    }
    if (a <= 2 && b <= 2 && ((c == 4 && isYear(g + 2)) || (c == 2 && g + 3 == groups))) {
      int one = CheckDigits.number(d, first[g], a);
      int two = CheckDigits.number(d, first[g + 1], b);
      return CheckDigits.isDay(one, two) || CheckDigits.isDay(two, one);
    }
    return false;
  }

  boolean isYear(int g) {
    if (length(g) != 4) {
      return false;
    }
    int year = CheckDigits.number(d, first[g], 4);
    return year >= 1900 && year < 2100;
  }

  // ---- Social security -----------------------------------------------------------------------

  private int social(int g) {
    if (g + 2 >= groups
        || length(g) != 3
        || length(g + 1) != 2
        || length(g + 2) != 4
        || signs[g] != signs[g + 1]
        || (g > 0 && signs[g - 1] == signs[g])
        || (g + 3 < groups && signs[g + 2] == signs[g])
        || !region.wants(RedactionType.US_SSN)) {
      return -1;
    }
    int o = first[g];
    char sign = signs[g];
    boolean valid = CheckDigits.ssn(d, o) || CheckDigits.itin(d, o);
    boolean shape = sign == '-' || ((sign == ' ' || sign == '.') && groups == 3);
    boolean bare = starts[g] == region.from && ends[g + 2] == region.to;
    char before = region.at(starts[g] - 1);
    if (!shape || before == '-' || before == '.' || before == '/' || before == '+') {
      return -1;
    }
    if (!valid || sign != '-') {
      Context context = region.context(starts[g]);
      boolean said = context.has(Context.SSN);
      boolean none = CheckDigits.number(d, o + 3, 2) == 0 || CheckDigits.number(d, o + 5, 4) == 0;
      if ((!valid && (!said || none || CheckDigits.number(d, o, 3) == 0))
          || (!said && sign != '-' && !bare)
          || (!said && (context.has(Context.OTHER) || context.has(Context.PHONE)))) {
        return -1;
      }
    }
    return region.hit(RedactionType.US_SSN, starts[g], ends[g + 2]);
  }

  // ---- Cards ---------------------------------------------------------------------------------

  private int card(int g) {
    if (!region.wants(RedactionType.CARD)
        || length(g) < 4
        || (length(g) < 12 && ((length(g) != 4 && length(g) != 6) || isInRow(g)))) {
      return -1;
    }
    int o = first[g];
    int best = -1;
    boolean said = false;
    boolean asked = false;
    for (int h = g + 1; h <= groups; h++) {
      int n = digits(g, h);
      if (n > 19) {
        break;
      }
      if (h > g + 1 && !isCardSign(g, h - 2)) {
        break;
      }
      if (n < 12 || length(h - 1) < 3 || d[o] == 0) {
        continue;
      }
      boolean single = h == g + 1;
      int issuer = Cards.issuer(d, o, n, !single);
      if (issuer != Cards.KNOWN && !region.context(starts[g]).has(Context.CARD)) {
        continue;
      }
      if (!CheckDigits.luhn(d, o, n) || CheckDigits.allSame(d, o, n)) {
        continue;
      }
      char before = region.at(starts[g] - 1);
      if (single && before == '-' && isInsideUuid(starts[g])) {
        continue;
      }
      if (issuer != Cards.KNOWN || single) {
        if (!asked) {
          asked = true;
          Context context = region.context(starts[g]);
          said = context.has(Context.CARD) && !context.isNearer(Context.OTHER, Context.CARD);
          if ((!said && context.has(Context.OTHER))
              || (!said && issuer != Cards.KNOWN)
              || (!said && before == '.')) {
            continue;
          }
        } else if (!said) {
          continue;
        }
      }
      best = h;
    }
    return best < 0 ? -1 : region.hit(RedactionType.CARD, starts[g], ends[best - 1]);
  }

  /** Whether the groups before belong to this one as those behind it do. */
  private boolean isInRow(int g) {
    return g > 0 && signs[g - 1] == signs[g] && signs[g] != ' ';
  }

  private boolean isCardSign(int g, int sign) {
    char c = signs[sign];
    return (c == ' ' || c == '-' || c == '.' || c == '\u00A0') && c == signs[g];
  }

  /** The last part of a UUID can be digits only. */
  private boolean isInsideUuid(int position) {
    int p = position - 1;
    for (int part = 0; part < 4; part++) {
      int length = part < 3 ? 4 : 8;
      if (region.at(p) != '-') {
        return false;
      }
      for (int i = 0; i < length; i++) {
        if (!Chars.isHex(region.at(--p))) {
          return false;
        }
      }
      p--;
    }
    return true;
  }

  // ---- National numbers ----------------------------------------------------------------------

  private boolean isShape(int g, String lengths, String between) {
    int n = lengths.length();
    if (g + n > groups
        || (g + n < groups && signs[g + n - 1] == between.charAt(between.length() - 1))
        || (g > 0 && signs[g - 1] == between.charAt(0))) {
      return false;
    }
    for (int i = 0; i < n; i++) {
      if (length(g + i) != lengths.charAt(i) - '0'
          || (i + 1 < n && signs[g + i] != between.charAt(i))) {
        return false;
      }
    }
    return true;
  }

  private int shape(RedactionType type, int g, int count, boolean proved) {
    return proved && region.wants(type) ? region.hit(type, starts[g], ends[g + count - 1]) : -1;
  }

  /** Numbers whose groups and signs tell what they are, so that no word has to. */
  private int formatted(int g) {
    int o = first[g];
    int n = length(g);
    if (n == 18) {
      return shape(RedactionType.CN_ID, g, 1, CheckDigits.chinese(d, o, d[o + 17]));
    }
    if (n == 15 && d[o] <= 2) {
      return shape(RedactionType.FR_NIR, g, 1, CheckDigits.nir(d, o, 15));
    }
    if (g + 1 == groups) {
      return spanishId(g);
    }
    switch (n) {
      case 1:
        if (isShape(g, "1222332", "      ")) {
          return shape(RedactionType.FR_NIR, g, 7, CheckDigits.nir(d, o, 15));
        }
        if (isShape(g, "14521", "----")) {
          return shape(RedactionType.TH_ID, g, 5, CheckDigits.thai(d, o));
        }
        return -1;
      case 2:
        if (isShape(g, "23342", "../-")) {
          return shape(RedactionType.BR_CNPJ, g, 5, CheckDigits.cnpj(d, o));
        }
        if (isShape(g, "22232", "..-.")) {
          return shape(RedactionType.BE_NATIONAL_NUMBER, g, 5, CheckDigits.belgian(d, o));
        }
        return -1;
      case 3:
        if (isShape(g, "3332", "..-")) {
          return shape(RedactionType.BR_CPF, g, 4, CheckDigits.cpf(d, o));
        }
        if (isShape(g, "333", "--")) {
          return shape(RedactionType.CA_SIN, g, 3, CheckDigits.sin(d, o) && isAlone(g));
        }
        return -1;
      case 4:
        if (isShape(g, "444", "  ") || isShape(g, "444", "--")) {
          return shape(RedactionType.IN_AADHAAR, g, 3, CheckDigits.aadhaar(d, o) && isAlone(g));
        }
        if (isShape(g, "451", "  ")) {
          return shape(RedactionType.AU_MEDICARE, g, 3, CheckDigits.medicare(d, o) && isAlone(g));
        }
        return -1;
      case 6:
        if (isShape(g, "67", "-")) {
          return shape(RedactionType.KR_RRN, g, 2, CheckDigits.rrnDate(d, o) && isAlone(g));
        }
        if (isShape(g, "64", "-")) {
          return shape(
              RedactionType.SE_PERSONNUMMER, g, 2, CheckDigits.personnummer(d, o) && isAlone(g));
        }
        if (isShape(g, "64", "/")) {
          return shape(RedactionType.CZ_BIRTH_NUMBER, g, 2, CheckDigits.birthNumber(d, o, 10));
        }
        if (isShape(g, "65", " ")) {
          return shape(RedactionType.NO_FODSELSNUMMER, g, 2, CheckDigits.fodselsnummer(d, o));
        }
        return -1;
      case 8:
        if (isShape(g, "84", "-")) {
          int century = CheckDigits.number(d, o, 2);
          return shape(
              RedactionType.SE_PERSONNUMMER,
              g,
              2,
              century >= 18 && century <= 20 && CheckDigits.personnummer(d, o + 2) && isAlone(g));
        }
        return -1;
      default:
        return -1;
    }
  }

  /** Not a part of something longer that is held together by hyphens, as an order's number is. */
  private boolean isAlone(int g) {
    char before = region.at(starts[g] - 1);
    if ((before == '-' || before == '#' || before == '/') && g == 0) {
      return false;
    }
    Context context = region.context(starts[g]);
    return !context.has(Context.OTHER)
        || (context.has(Context.NATIONAL_ID)
            && !context.isNearer(Context.OTHER, Context.NATIONAL_ID));
  }

  /** Seven or eight digits, a hyphen and a letter. */
  private int spanishId(int g) {
    int n = length(g);
    int end = ends[g];
    if ((n != 7 && n != 8) || region.at(end) != '-' || !region.endsAt(end + 2)) {
      return -1;
    }
    return Tokens.isSpanishLetter(CheckDigits.number(d, first[g], n), region.at(end + 1))
            && region.wants(RedactionType.ES_DNI)
        ? region.hit(RedactionType.ES_DNI, starts[g], end + 2)
        : -1;
  }

  /** What only the words around it make something. */
  private int inContext(int g) {
    int total = digits(g, groups);
    if (groups - g == 1 && total < 7) {
      return -1;
    }
    int start = starts[g];
    int end = ends[groups - 1];
    Context context = region.context(start);
    int wanted = Context.PHONE | Context.NATIONAL_ID | Context.CARD | Context.ROUTING;
    if (!context.has(wanted)) {
      context = region.contextWithAfter(start, end);
      if (!context.has(wanted | Context.NUMBER)) {
        return -1;
      }
    }
    if (context.has(Context.ROUTING)
        && region.wants(RedactionType.ROUTING_NUMBER)
        && total == 9
        && CheckDigits.routing(d, first[g])) {
      return region.hit(RedactionType.ROUTING_NUMBER, start, end);
    }
    if (context.has(Context.NATIONAL_ID)
        && !context.isNearer(Context.OTHER, Context.NATIONAL_ID)
        && !context.isNearer(Context.PHONE, Context.NATIONAL_ID)) {
      for (int h = groups; h > g; h--) {
        int n = digits(g, h);
        if (n < 8 || n > 18) {
          continue;
        }
        RedactionType type = national(first[g], n, context);
        if (type != null) {
          return region.hit(type, start, ends[h - 1]);
        }
      }
    }
    return phones.inContext(g, context);
  }

  private @Nullable RedactionType national(int o, int n, Context context) {
    RedactionType said = context.type;
    if (said != null) {
      if (proves(said, o, n, true)) {
        return region.wants(said) ? said : null;
      }
      RedactionType other = context.otherType;
      if (other != null && proves(other, o, n, true)) {
        return region.wants(other) ? other : null;
      }
      if (hasLength(said, n)) {
        return null;
      }
    }
    for (RedactionType type : PROVED_BY_LENGTH[n]) {
      if (proves(type, o, n, false)) {
        return region.wants(type) ? type : null;
      }
    }
    return null;
  }

  private static boolean hasLength(RedactionType type, int n) {
    switch (type) {
      case US_SSN:
      case CA_SIN:
      case NL_BSN:
      case PT_NIF:
      case IL_ID:
        return n == 9;
      case AU_TFN:
        return n == 8 || n == 9;
      case UK_NHS:
      case BG_EGN:
      case DK_CPR:
        return n == 10;
      case CZ_BIRTH_NUMBER:
        return n == 9 || n == 10;
      case AU_MEDICARE:
        return n == 10 || n == 11;
      case SE_PERSONNUMMER:
        return n == 10 || n == 12;
      case DE_TAX_ID:
      case BE_NATIONAL_NUMBER:
      case PL_PESEL:
      case NO_FODSELSNUMMER:
      case TR_TCKN:
      case BR_CPF:
        return n == 11;
      case IN_AADHAAR:
      case JP_MY_NUMBER:
        return n == 12;
      case RO_CNP:
      case ZA_ID:
      case KR_RRN:
      case TH_ID:
        return n == 13;
      case BR_CNPJ:
        return n == 14;
      case FR_NIR:
        return n == 15;
      case CN_ID:
        return n == 18;
      default:
        return false;
    }
  }

  /**
   * @param said whether a word says this very type: then a date is enough where there is no check
   *     digit
   */
  private boolean proves(RedactionType type, int o, int n, boolean said) {
    if (!hasLength(type, n)) {
      return false;
    }
    switch (type) {
      case US_SSN:
        return said
            && !CheckDigits.allSame(d, o, 9)
            && (CheckDigits.ssn(d, o) || CheckDigits.itin(d, o));
      case CA_SIN:
        return CheckDigits.sin(d, o);
      case NL_BSN:
        return CheckDigits.bsn(d, o);
      case PT_NIF:
        return CheckDigits.portugueseNif(d, o);
      case IL_ID:
        return CheckDigits.israeli(d, o);
      case AU_TFN:
        return (n == 9 || said) && CheckDigits.tfn(d, o, n);
      case UK_NHS:
        return CheckDigits.nhs(d, o);
      case BG_EGN:
        return CheckDigits.egn(d, o);
      case DK_CPR:
        return said && CheckDigits.cpr(d, o);
      case CZ_BIRTH_NUMBER:
        return (n == 10 || said) && CheckDigits.birthNumber(d, o, n);
      case AU_MEDICARE:
        return CheckDigits.medicare(d, o);
      case SE_PERSONNUMMER:
        return CheckDigits.personnummer(d, n == 12 ? o + 2 : o)
            && (n == 10 || (d[o] == 1 && d[o + 1] >= 8) || (d[o] == 2 && d[o + 1] == 0));
      case DE_TAX_ID:
        return CheckDigits.germanTaxId(d, o);
      case BE_NATIONAL_NUMBER:
        return CheckDigits.belgian(d, o);
      case PL_PESEL:
        return CheckDigits.pesel(d, o);
      case NO_FODSELSNUMMER:
        return CheckDigits.fodselsnummer(d, o);
      case TR_TCKN:
        return CheckDigits.tckn(d, o);
      case BR_CPF:
        return CheckDigits.cpf(d, o);
      case IN_AADHAAR:
        return CheckDigits.aadhaar(d, o);
      case JP_MY_NUMBER:
        return CheckDigits.myNumber(d, o);
      case RO_CNP:
        return CheckDigits.cnp(d, o);
      case ZA_ID:
        return CheckDigits.southAfrican(d, o);
      case KR_RRN:
        return said ? CheckDigits.rrnDate(d, o) : CheckDigits.rrn(d, o);
      case TH_ID:
        return CheckDigits.thai(d, o);
      case BR_CNPJ:
        return CheckDigits.cnpj(d, o);
      case FR_NIR:
        return CheckDigits.nir(d, o, n);
      case CN_ID:
        return CheckDigits.chinese(d, o, d[o + 17]);
      default:
        return false;
    }
  }
}
