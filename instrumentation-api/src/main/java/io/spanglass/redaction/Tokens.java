/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.redaction;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Words of letters and digits: account numbers, national ids, addresses of crypto currencies. */
final class Tokens {
  private static final String BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
  private static final String BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
  private static final String SPANISH = "TRWAGMYFPDXBNJZSQVHLCKE";
  private static final String FINNISH = "0123456789ABCDEFHJKLMNPRSTUVWXY";
  private static final String PAN_HOLDERS = "ABCFGHJLPT";

  /** What an odd place of an Italian code is worth, for 0 to 9 and then A to Z. */
  private static final int[] ITALIAN_ODD = {
    1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8,
    12, 14, 16, 10, 22, 25, 24, 23
  };

  private static final String IBAN_LENGTHS =
      "AD24AE23AL28AT20AZ28BA20BE16BG22BH22BI27BR29BY28CH21CR22CY28CZ24DE22DJ27DK18DO28EE20EG29ES24"
          + "FI18FK18FO18FR27GB22GE22GI23GL18GR27GT28HN28HR21HU28IE22IL23IQ23IS26IT27JO30KW30KZ20LB28"
          + "LC32LI21LT20LU20LV21LY25MC27MD24ME22MK19MN20MR27MT31MU30NI28NL18NO15OM23PK24PL28PS29PT25"
          + "QA29RO24RS22RU33SA24SC31SD18SE24SI19SK24SM27SO23ST25SV28TL23TN24TR26UA29VA22VG24XK20YE30"
          + "AO25BF28BJ28CF27CG27CI28CM27CV25DZ26GA27GQ27GW25IR26KM27MA28MG27ML28MZ25NE28SN28TD27TG28";
  private static final byte[] IBAN_LENGTH = new byte[26 * 26];

  static {
    for (int i = 0; i < IBAN_LENGTHS.length(); i += 4) {
      int country = (IBAN_LENGTHS.charAt(i) - 'A') * 26 + IBAN_LENGTHS.charAt(i + 1) - 'A';
      IBAN_LENGTH[country] = Byte.parseByte(IBAN_LENGTHS.substring(i + 2, i + 4));
    }
  }

  private final Region region;
  private final byte[] digits = new byte[40];
  private final byte[] decoded = new byte[25];
  private @Nullable MessageDigest sha256;

  Tokens(Region region) {
    this.region = region;
  }

  /** Looks at a word that has digits and letters; the end of what was found, or -1. */
  int find(int start, int end) {
    char[] t = region.t;
    int length = end - start;
    if (length >= 4
        && Chars.isLetter(t[start])
        && Chars.isLetter(t[start + 1])
        && Chars.isDigit(t[start + 2])
        && Chars.isDigit(t[start + 3])) {
      int iban = iban(start);
      if (iban > 0) {
        return iban;
      }
    }
    switch (length) {
      case 2:
      case 3:
      case 4:
      case 5:
      case 6:
      case 7:
        return spacedNino(start);
      case 8:
        int shorter = spanish(start, end);
        if (shorter < 0 && region.at(end) == '-' && region.endsAt(end + 2)) {
          shorter = foreigner(start, end);
        }
        return shorter > 0 ? shorter : spacedNino(start);
      case 9:
        int nine = spanish(start, end);
        if (nine < 0) {
          nine = nino(start, end);
        }
        return nine < 0 ? nric(start, end) : nine;
      case 10:
        return pan(start, end);
      case 15:
        return corsican(start, end);
      case 16:
        return italian(start, end);
      case 18:
        int curp = curp(start, end);
        return curp < 0 ? chinese(start, end) : curp;
      case 11:
        return hetu(start, end);
      case 42:
        if (t[start] == '0' && (t[start + 1] | 0x20) == 'x') {
          return ethereum(start, end);
        }
        return bitcoin(start, end);
      default:
        return length >= 26 && length <= 90 ? bitcoin(start, end) : -1;
    }
  }

  // ---- Accounts ------------------------------------------------------------------------------

  private int iban(int start) {
    char[] t = region.t;
    char a = (char) (t[start] & ~0x20);
    char b = (char) (t[start + 1] & ~0x20);
    int length = IBAN_LENGTH[(a - 'A') * 26 + b - 'A'];
    boolean upper = Chars.isUpper(t[start]);
    if (length == 0 || upper != Chars.isUpper(t[start + 1]) || !region.wants(RedactionType.IBAN)) {
      return -1;
    }
    int to = region.to;
    int p = start + 4;
    int n = 4;
    // First whether it is one by its shape, which most are not.
    while (n < length && p < to) {
      char c = t[p];
      if (c == ' ' || c == '-' || c == '\u00A0') {
        if (p + 1 >= to || !Chars.isAlnum(t[p + 1])) {
          return -1;
        }
        p++;
        continue;
      }
      if (!Chars.isAlnum(c) || (Chars.isLetter(c) && Chars.isUpper(c) != upper)) {
        return -1;
      }
      n++;
      p++;
    }
    if (n < length || !region.endsAt(p)) {
      return -1;
    }
    int rest = 0;
    for (int i = start + 4; i < p; i++) {
      if (Chars.isAlnum(t[i])) {
        rest = mod97(rest, t[i]);
      }
    }
    rest = mod97(mod97(mod97(mod97(rest, t[start]), t[start + 1]), t[start + 2]), t[start + 3]);
    return rest == 1 ? region.hit(RedactionType.IBAN, start, p) : -1;
  }

  private static int mod97(int rest, char c) {
    if (Chars.isDigit(c)) {
      return (rest * 10 + c - '0') % 97;
    }
    return (rest * 100 + (c & ~0x20) - 'A' + 10) % 97;
  }

  private int bitcoin(int start, int end) {
    char[] t = region.t;
    if (!region.wants(RedactionType.CRYPTO_ADDRESS)) {
      return -1;
    }
    boolean proved = false;
    if (Chars.startsWithIgnoreCase(t, start, end, "bc1")
        || Chars.startsWithIgnoreCase(t, start, end, "tb1")) {
      proved = bech32(start, end);
    } else if ("13mn2".indexOf(t[start]) >= 0 && end - start <= 35) {
      proved = !region.mayProve() || base58(start, end);
    }
    return proved ? region.hit(RedactionType.CRYPTO_ADDRESS, start, end) : -1;
  }

  private boolean base58(int start, int end) {
    byte[] number = decoded;
    Arrays.fill(number, (byte) 0);
    for (int p = start; p < end; p++) {
      int carry = BASE58.indexOf(region.t[p]);
      if (carry < 0) {
        return false;
      }
      for (int i = number.length - 1; i >= 0; i--) {
        carry += 58 * (number[i] & 0xFF);
        number[i] = (byte) carry;
        carry >>= 8;
      }
      if (carry != 0) {
        return false;
      }
    }
    try {
      MessageDigest sha = sha256;
      if (sha == null) {
        sha = MessageDigest.getInstance("SHA-256");
        sha256 = sha;
      }
      sha.update(number, 0, 21);
      byte[] check = sha.digest(sha.digest());
      return check[0] == number[21]
          && check[1] == number[22]
          && check[2] == number[23]
          && check[3] == number[24];
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  private boolean bech32(int start, int end) {
    int check = 1;
    // Two letters of the head, first their upper bits.
    check = polymod(check, 3);
    check = polymod(check, 3);
    check = polymod(check, 0);
    check = polymod(check, Chars.lower(region.t[start]) & 31);
    check = polymod(check, Chars.lower(region.t[start + 1]) & 31);
    if (end - start < 14) {
      return false;
    }
    for (int p = start + 3; p < end; p++) {
      int value = BECH32.indexOf(Chars.lower(region.t[p]));
      if (value < 0) {
        return false;
      }
      check = polymod(check, value);
    }
    // The constants of bech32 and of bech32m.
    return check == 1 || check == 0x2BC830A3;
  }

  private static int polymod(int check, int value) {
    int top = check >>> 25;
    int next = (check & 0x1FFFFFF) << 5 ^ value;
    next ^= (top & 1) != 0 ? 0x3B6A57B2 : 0;
    next ^= (top & 2) != 0 ? 0x26508E6D : 0;
    next ^= (top & 4) != 0 ? 0x1EA119FA : 0;
    next ^= (top & 8) != 0 ? 0x3D4233DD : 0;
    next ^= (top & 16) != 0 ? 0x2A1462B3 : 0;
    return next;
  }

  private int ethereum(int start, int end) {
    for (int p = start + 2; p < end; p++) {
      if (!Chars.isHex(region.t[p])) {
        return -1;
      }
    }
    return region.hit(RedactionType.CRYPTO_ADDRESS, start, end);
  }

  // ---- National ids --------------------------------------------------------------------------

  /** Puts the digits of a part where the check digits are computed; false if it is not digits. */
  private boolean read(int start, int end, int at) {
    for (int p = start; p < end; p++) {
      char c = region.t[p];
      if (!Chars.isDigit(c)) {
        return false;
      }
      digits[at + p - start] = (byte) (c - '0');
    }
    return true;
  }

  /** A part of something longer that is held together by hyphens is none. */
  private boolean isAlone(int start, int end) {
    char before = region.at(start - 1);
    char behind = region.at(end);
    return before != '-'
        && before != '_'
        && before != '/'
        && before != '#'
        && behind != '_'
        && !(behind == '-' && Chars.isAlnum(region.at(end + 1)));
  }

  static boolean isSpanishLetter(int number, char letter) {
    return SPANISH.charAt(number % 23) == (letter & ~0x20) && Chars.isLetter(letter);
  }

  /** DNI: eight digits and a letter, or seven; NIE: a letter, seven digits and a letter. */
  private int spanish(int start, int end) {
    char first = (char) (region.t[start] & ~0x20);
    int digitsFrom = start;
    int lead = 0;
    if (first >= 'X' && first <= 'Z') {
      lead = first - 'X';
      digitsFrom++;
      if (end - start != 9) {
        return -1;
      }
    }
    if (!region.wants(RedactionType.ES_DNI)
        || !read(digitsFrom, end - 1, 0)
        || !isAlone(start, end)) {
      return -1;
    }
    int n = end - 1 - digitsFrom;
    int number = CheckDigits.number(digits, 0, n) + (digitsFrom > start ? lead * 10_000_000 : 0);
    if (!isSpanishLetter(number, region.t[end - 1])) {
      return -1;
    }
    return isOther(start) ? -1 : region.hit(RedactionType.ES_DNI, start, end);
  }

  /** A NIE with a hyphen before its letter. */
  private int foreigner(int start, int end) {
    char first = (char) (region.t[start] & ~0x20);
    if (first < 'X'
        || first > 'Z'
        || !read(start + 1, end, 0)
        || !region.wants(RedactionType.ES_DNI)) {
      return -1;
    }
    int number = (first - 'X') * 10_000_000 + CheckDigits.number(digits, 0, 7);
    return isSpanishLetter(number, region.at(end + 1))
        ? region.hit(RedactionType.ES_DNI, start, end + 2)
        : -1;
  }

  /** Whether the words before say that it is a number of something else. */
  private boolean isOther(int start) {
    Context context = region.context(start);
    return context.has(Context.OTHER)
        && !(context.has(Context.NATIONAL_ID)
            && !context.isNearer(Context.OTHER, Context.NATIONAL_ID));
  }

  private static boolean isNinoPrefix(char first, char second) {
    char a = (char) (first & ~0x20);
    char b = (char) (second & ~0x20);
    return Chars.isUpper(a)
        && Chars.isUpper(b)
        && "DFIQUV".indexOf(a) < 0
        && "DFIOQUV".indexOf(b) < 0
        && !(a == 'B' && b == 'G')
        && !(a == 'G' && b == 'B')
        && !(a == 'N' && (b == 'K' || b == 'T'))
        && !(a == 'K' && b == 'N')
        && !(a == 'T' && b == 'N')
        && !(a == 'Z' && b == 'Z');
  }

  private int nino(int start, int end) {
    char[] t = region.t;
    char last = (char) (t[end - 1] & ~0x20);
    return region.wants(RedactionType.UK_NINO)
            && last >= 'A'
            && last <= 'D'
            && isNinoPrefix(t[start], t[start + 1])
            && read(start + 2, end - 1, 0)
            && isAlone(start, end)
            && !isOther(start)
        ? region.hit(RedactionType.UK_NINO, start, end)
        : -1;
  }

  /** The same, from a word of digits on that two letters stand before. */
  int ninoAround(int position) {
    int letters = position - 3;
    if (letters < region.floor
        || region.at(position - 1) != ' '
        || !Chars.isLetter(region.at(position - 2))
        || !Chars.isLetter(region.at(letters))
        || !region.startsAt(letters)) {
      return -1;
    }
    return spacedNino(letters);
  }

  /** In parts: two letters, six digits, a letter. */
  private int spacedNino(int start) {
    char[] t = region.t;
    int to = region.to;
    if (!region.wants(RedactionType.UK_NINO)
        || start + 10 > to
        || !isNinoPrefix(t[start], t[start + 1])) {
      return -1;
    }
    int p = start + 2;
    int read = 0;
    int spaces = 0;
    while (read < 6 && p < to) {
      char c = t[p];
      if (c == ' ' || c == '-') {
        spaces++;
      } else if (Chars.isDigit(c)) {
        read++;
      } else {
        return -1;
      }
      p++;
    }
    if (p < to && (t[p] == ' ' || t[p] == '-')) {
      p++;
      spaces++;
    }
    if (p >= to || spaces == 0 || spaces > 4 || !region.endsAt(p + 1)) {
      return -1;
    }
    char last = (char) (t[p] & ~0x20);
    return last >= 'A' && last <= 'D' ? region.hit(RedactionType.UK_NINO, start, p + 1) : -1;
  }

  private int nric(int start, int end) {
    char[] t = region.t;
    char first = (char) (t[start] & ~0x20);
    if ("STFGM".indexOf(first) < 0
        || !region.wants(RedactionType.SG_NRIC)
        || !read(start + 1, end - 1, 0)
        || !isAlone(start, end)) {
      return -1;
    }
    int sum =
        digits[0] * 2
            + digits[1] * 7
            + digits[2] * 6
            + digits[3] * 5
            + digits[4] * 4
            + digits[5] * 3
            + digits[6] * 2;
    String letters;
    int place;
    if (first == 'M') {
      letters = "KLJNPQRTUWX";
      place = 10 - (sum + 3) % 11;
    } else {
      letters = first == 'S' || first == 'T' ? "JZIHGFEDCBA" : "XWUTRQPNMLK";
      place = (sum + (first == 'T' || first == 'G' ? 4 : 0)) % 11;
    }
    return letters.charAt(place) == (t[end - 1] & ~0x20) && !isOther(start)
        ? region.hit(RedactionType.SG_NRIC, start, end)
        : -1;
  }

  private int pan(int start, int end) {
    char[] t = region.t;
    for (int i = 0; i < 10; i++) {
      boolean digit = i >= 5 && i < 9;
      if (digit != Chars.isDigit(t[start + i])) {
        return -1;
      }
    }
    char holder = (char) (t[start + 3] & ~0x20);
    if (!region.wants(RedactionType.IN_PAN) || !isAlone(start, end)) {
      return -1;
    }
    boolean said = region.context(start).type == RedactionType.IN_PAN;
    boolean upper = Chars.isUpper(t[start]) && Chars.isUpper(t[end - 1]);
    boolean shape = upper && PAN_HOLDERS.indexOf(holder) >= 0 && !isOther(start);
    return said || shape ? region.hit(RedactionType.IN_PAN, start, end) : -1;
  }

  /** A French number of somebody born in Corsica, whose departments are 2A and 2B. */
  private int corsican(int start, int end) {
    char[] t = region.t;
    char letter = (char) (t[start + 6] & ~0x20);
    if ((letter != 'A' && letter != 'B')
        || t[start + 5] != '2'
        || !region.wants(RedactionType.FR_NIR)
        || !read(start, start + 6, 0)
        || !read(start + 7, end, 7)) {
      return -1;
    }
    digits[6] = 0;
    long number = CheckDigits.longNumber(digits, 0, 13);
    number -= letter == 'A' ? 1_000_000 : 2_000_000;
    return 97 - number % 97 == CheckDigits.number(digits, 13, 2)
        ? region.hit(RedactionType.FR_NIR, start, end)
        : -1;
  }

  private int italian(int start, int end) {
    char[] t = region.t;
    if (!region.wants(RedactionType.IT_CODICE_FISCALE)) {
      return -1;
    }
    int sum = 0;
    for (int i = 0; i < 16; i++) {
      char c = t[start + i];
      boolean letter = i < 6 || i == 8 || i == 11 || i == 15;
      char upper = (char) (Chars.isLetter(c) ? c & ~0x20 : c);
      // Letters stand for digits where two people had the same code.
      if (letter ? !Chars.isLetter(c) : !Chars.isDigit(c) && "LMNPQRSTUV".indexOf(upper) < 0) {
        return -1;
      }
      int value = Chars.isDigit(c) ? c - '0' : upper - 'A' + 10;
      if (i == 15) {
        return sum % 26 == upper - 'A' && "ABCDEHLMPRST".indexOf(t[start + 8] & ~0x20) >= 0
            ? region.hit(RedactionType.IT_CODICE_FISCALE, start, end)
            : -1;
      }
      sum += (i & 1) == 0 ? ITALIAN_ODD[value] : value >= 10 ? value - 10 : value;
    }
    return -1;
  }

  private int curp(int start, int end) {
    char[] t = region.t;
    for (int i = 0; i < 18; i++) {
      char c = t[start + i];
      boolean digit = (i >= 4 && i < 10) || i == 17;
      boolean either = i == 16;
      if ((!either && digit != Chars.isDigit(c)) || !Chars.isAlnum(c)) {
        return -1;
      }
    }
    char sex = (char) (t[start + 10] & ~0x20);
    if (sex != 'H' && sex != 'M' && sex != 'X') {
      return -1;
    }
    int sum = 0;
    for (int i = 0; i < 17; i++) {
      char c = t[start + i];
      int value = Chars.isDigit(c) ? c - '0' : (c & ~0x20) - 'A' + 10;
      // The alphabet has an N with tilde behind the N.
      sum += (value > 23 ? value + 1 : value) * (18 - i);
    }
    boolean proved = (10 - sum % 10) % 10 == t[end - 1] - '0';
    return proved && region.wants(RedactionType.MX_CURP)
        ? region.hit(RedactionType.MX_CURP, start, end)
        : -1;
  }

  private int chinese(int start, int end) {
    return (region.t[end - 1] | 0x20) == 'x'
            && region.wants(RedactionType.CN_ID)
            && read(start, end - 1, 0)
            && CheckDigits.chinese(digits, 0, 10)
        ? region.hit(RedactionType.CN_ID, start, end)
        : -1;
  }

  /** A Finnish code whose sign for the century is a letter. */
  private int hetu(int start, int end) {
    return hetu(start, end, region.t[start + 6]);
  }

  /** Six digits, the century, three digits and the check character. */
  int hetu(int start, int end, char century) {
    if (!region.wants(RedactionType.FI_HETU)
        || "+-ABCDEFYXWVU".indexOf(century) < 0
        || !read(start, start + 6, 0)
        || !read(start + 7, start + 10, 6)
        || !CheckDigits.isDay(CheckDigits.number(digits, 2, 2), CheckDigits.number(digits, 0, 2))) {
      return -1;
    }
    char check = region.t[start + 10];
    if (Chars.isLetter(check)) {
      check = (char) (check & ~0x20);
    }
    return FINNISH.charAt(CheckDigits.number(digits, 0, 9) % 31) == check
        ? region.hit(RedactionType.FI_HETU, start, end)
        : -1;
  }
}
