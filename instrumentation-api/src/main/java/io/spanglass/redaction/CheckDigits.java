/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.redaction;

/**
 * The check digits and dates of published number schemes. Digits are given as values from 0 to 9;
 * {@code o} is where the number starts among them.
 */
final class CheckDigits {
  private static final byte[][] VERHOEFF_D = {
    {0, 1, 2, 3, 4, 5, 6, 7, 8, 9},
    {1, 2, 3, 4, 0, 6, 7, 8, 9, 5},
    {2, 3, 4, 0, 1, 7, 8, 9, 5, 6},
    {3, 4, 0, 1, 2, 8, 9, 5, 6, 7},
    {4, 0, 1, 2, 3, 9, 5, 6, 7, 8},
    {5, 9, 8, 7, 6, 0, 4, 3, 2, 1},
    {6, 5, 9, 8, 7, 1, 0, 4, 3, 2},
    {7, 6, 5, 9, 8, 2, 1, 0, 4, 3},
    {8, 7, 6, 5, 9, 3, 2, 1, 0, 4},
    {9, 8, 7, 6, 5, 4, 3, 2, 1, 0}
  };
  private static final byte[][] VERHOEFF_P = {
    {0, 1, 2, 3, 4, 5, 6, 7, 8, 9},
    {1, 5, 7, 6, 2, 8, 3, 0, 9, 4},
    {5, 8, 0, 3, 7, 9, 6, 1, 4, 2},
    {8, 9, 1, 6, 0, 4, 3, 5, 2, 7},
    {9, 4, 5, 3, 1, 2, 6, 8, 7, 0},
    {4, 2, 8, 6, 5, 7, 3, 9, 0, 1},
    {2, 7, 9, 3, 8, 0, 6, 4, 1, 5},
    {7, 0, 4, 6, 9, 1, 3, 2, 5, 8}
  };
  private static final byte[] DAYS = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

  private static final byte[] NHS = {10, 9, 8, 7, 6, 5, 4, 3, 2};
  private static final byte[] TFN_NINE = {1, 4, 3, 7, 5, 8, 6, 9, 10};
  private static final byte[] TFN_EIGHT = {10, 7, 8, 4, 6, 3, 5, 1};
  private static final byte[] MEDICARE = {1, 3, 7, 9, 1, 3, 7, 9};
  private static final byte[] PESEL = {1, 3, 7, 9, 1, 3, 7, 9, 1, 3};
  private static final byte[] NIF = {9, 8, 7, 6, 5, 4, 3, 2};
  private static final byte[] FNR_ONE = {3, 7, 6, 1, 8, 9, 4, 5, 2};
  private static final byte[] FNR_TWO = {5, 4, 3, 2, 7, 6, 5, 4, 3, 2};
  private static final byte[] CNP = {2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9};
  private static final byte[] EGN = {2, 4, 8, 5, 10, 9, 7, 3, 6};
  private static final byte[] CNPJ = {6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2};
  private static final byte[] RRN = {2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5};
  private static final byte[] CN = {7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2};
  private static final byte[] MY_NUMBER = {6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2};

  private CheckDigits() {}

  static boolean luhn(byte[] d, int o, int n) {
    int sum = 0;
    boolean twice = false;
    for (int i = o + n - 1; i >= o; i--) {
      int value = d[i];
      if (twice) {
        value *= 2;
        if (value > 9) {
          value -= 9;
        }
      }
      sum += value;
      twice = !twice;
    }
    return sum % 10 == 0;
  }

  static boolean allSame(byte[] d, int o, int n) {
    for (int i = 1; i < n; i++) {
      if (d[o + i] != d[o]) {
        return false;
      }
    }
    return true;
  }

  private static int weighted(byte[] d, int o, byte[] weights) {
    int sum = 0;
    for (int i = 0; i < weights.length; i++) {
      sum += d[o + i] * weights[i];
    }
    return sum;
  }

  static int number(byte[] d, int o, int n) {
    int value = 0;
    for (int i = 0; i < n; i++) {
      value = value * 10 + d[o + i];
    }
    return value;
  }

  static long longNumber(byte[] d, int o, int n) {
    long value = 0;
    for (int i = 0; i < n; i++) {
      value = value * 10 + d[o + i];
    }
    return value;
  }

  static boolean isDay(int month, int day) {
    return month >= 1 && month <= 12 && day >= 1 && day <= DAYS[month - 1];
  }

  /** Year, month and day of two digits each. */
  private static boolean isYmd(byte[] d, int o) {
    return isDay(number(d, o + 2, 2), number(d, o + 4, 2));
  }

  static boolean ssn(byte[] d, int o) {
    int area = number(d, o, 3);
    return area != 0
        && area != 666
        && area < 900
        && number(d, o + 3, 2) != 0
        && number(d, o + 5, 4) != 0;
  }

  static boolean itin(byte[] d, int o) {
    int group = number(d, o + 3, 2);
    return d[o] == 9
        && number(d, o + 5, 4) != 0
        && ((group >= 50 && group <= 65)
            || (group >= 70 && group <= 88)
            || (group >= 90 && group <= 92)
            || group >= 94);
  }

  static boolean nhs(byte[] d, int o) {
    int check = 11 - weighted(d, o, NHS) % 11;
    return check != 10 && check % 11 == d[o + 9] && !allSame(d, o, 10);
  }

  static boolean sin(byte[] d, int o) {
    return d[o] != 0 && d[o] != 8 && luhn(d, o, 9);
  }

  static boolean tfn(byte[] d, int o, int n) {
    return !allSame(d, o, n) && weighted(d, o, n == 9 ? TFN_NINE : TFN_EIGHT) % 11 == 0;
  }

  /** With or without the number of the person on the card. */
  static boolean medicare(byte[] d, int o) {
    return d[o] >= 2 && d[o] <= 6 && weighted(d, o, MEDICARE) % 10 == d[o + 8];
  }

  static boolean aadhaar(byte[] d, int o) {
    if (d[o] < 2) {
      return false;
    }
    int c = 0;
    for (int i = 0; i < 12; i++) {
      c = VERHOEFF_D[c][VERHOEFF_P[i & 7][d[o + 11 - i]]];
    }
    return c == 0;
  }

  static boolean germanTaxId(byte[] d, int o) {
    if (d[o] == 0) {
      return false;
    }
    int product = 10;
    int seen = 0;
    int most = 0;
    for (int i = 0; i < 10; i++) {
      int sum = (d[o + i] + product) % 10;
      product = (sum == 0 ? 10 : sum) * 2 % 11;
      seen |= 1 << d[o + i];
      int same = 0;
      for (int k = 0; k < 10; k++) {
        same += d[o + k] == d[o + i] ? 1 : 0;
      }
      most = Math.max(most, same);
    }
    int check = 11 - product;
    // Numbers of the tests that all sources quote have no digit twice, real ones have one.
    return Integer.bitCount(seen) >= 7 && most <= 3 && (check == 10 ? 0 : check) == d[o + 10];
  }

  /** Sex, year, month, department, commune, number, and the key where there are 15. */
  static boolean nir(byte[] d, int o, int n) {
    int month = number(d, o + 3, 2);
    boolean shape =
        (d[o] == 1 || d[o] == 2 || d[o] == 3 || d[o] == 4 || d[o] == 7 || d[o] == 8)
            && ((month >= 1 && month <= 12) || (month >= 20 && month <= 42) || month >= 50);
    return shape && n == 15 && 97 - longNumber(d, o, 13) % 97 == number(d, o + 13, 2);
  }

  static boolean bsn(byte[] d, int o) {
    int sum = -d[o + 8];
    for (int i = 0; i < 8; i++) {
      sum += d[o + i] * (9 - i);
    }
    return sum % 11 == 0 && !allSame(d, o, 9);
  }

  static boolean belgian(byte[] d, int o) {
    int month = number(d, o + 2, 2) % 20;
    int day = number(d, o + 4, 2);
    if (month > 12 || day > 31) {
      return false;
    }
    long base = longNumber(d, o, 9);
    int check = number(d, o + 9, 2);
    return 97 - base % 97 == check || 97 - (2_000_000_000L + base) % 97 == check;
  }

  static boolean pesel(byte[] d, int o) {
    int month = number(d, o + 2, 2) % 20;
    return isDay(month, number(d, o + 4, 2)) && (10 - weighted(d, o, PESEL) % 10) % 10 == d[o + 10];
  }

  static boolean portugueseNif(byte[] d, int o) {
    int first = d[o];
    if (first == 0 || (first == 4 && d[o + 1] != 5)) {
      return false;
    }
    int rest = weighted(d, o, NIF) % 11;
    return (rest < 2 ? 0 : 11 - rest) == d[o + 8];
  }

  /** Ten digits; of twelve the century is left out. */
  static boolean personnummer(byte[] d, int o) {
    int day = number(d, o + 4, 2);
    return isDay(number(d, o + 2, 2), day > 60 ? day - 60 : day) && luhn(d, o, 10);
  }

  static boolean fodselsnummer(byte[] d, int o) {
    int day = number(d, o, 2);
    int month = number(d, o + 2, 2) % 40;
    if (!isDay(month, day > 40 ? day - 40 : day)) {
      return false;
    }
    int one = 11 - weighted(d, o, FNR_ONE) % 11;
    int two = 11 - weighted(d, o, FNR_TWO) % 11;
    return (one == 11 ? 0 : one) == d[o + 9] && (two == 11 ? 0 : two) == d[o + 10];
  }

  /** Has no check digit since 2007: the date is all there is. */
  static boolean cpr(byte[] d, int o) {
    return isDay(number(d, o + 2, 2), number(d, o, 2));
  }

  static boolean birthNumber(byte[] d, int o, int n) {
    int month = number(d, o + 2, 2) % 50;
    if (month > 20) {
      month -= 20;
    }
    if (!isDay(month, number(d, o + 4, 2))) {
      return false;
    }
    if (n == 9) {
      return number(d, o, 2) < 54;
    }
    long base = longNumber(d, o, 9);
    return longNumber(d, o, 10) % 11 == 0 || (base % 11 == 10 && d[o + 9] == 0);
  }

  static boolean cnp(byte[] d, int o) {
    int check = weighted(d, o, CNP) % 11;
    return d[o] != 0
        && isDay(number(d, o + 3, 2), number(d, o + 5, 2))
        && (check == 10 ? 1 : check) == d[o + 12];
  }

  static boolean egn(byte[] d, int o) {
    int month = number(d, o + 2, 2);
    month = month > 40 ? month - 40 : month > 20 ? month - 20 : month;
    return isDay(month, number(d, o + 4, 2)) && weighted(d, o, EGN) % 11 % 10 == d[o + 9];
  }

  static boolean tckn(byte[] d, int o) {
    int odd = d[o] + d[o + 2] + d[o + 4] + d[o + 6] + d[o + 8];
    int even = d[o + 1] + d[o + 3] + d[o + 5] + d[o + 7];
    return d[o] != 0
        && Math.floorMod(odd * 7 - even, 10) == d[o + 9]
        && (odd + even + d[o + 9]) % 10 == d[o + 10];
  }

  static boolean southAfrican(byte[] d, int o) {
    return isYmd(d, o) && d[o + 10] <= 2 && luhn(d, o, 13);
  }

  static boolean israeli(byte[] d, int o) {
    int sum = 0;
    for (int i = 0; i < 9; i++) {
      int value = d[o + i] * (1 + (i & 1));
      sum += value > 9 ? value - 9 : value;
    }
    return sum % 10 == 0 && !allSame(d, o, 9);
  }

  static boolean cpf(byte[] d, int o) {
    if (allSame(d, o, 11)) {
      return false;
    }
    int one = 0;
    int two = 0;
    for (int i = 0; i < 9; i++) {
      one += d[o + i] * (10 - i);
      two += d[o + i] * (11 - i);
    }
    one = one * 10 % 11 % 10;
    two = (two + one * 2) * 10 % 11 % 10;
    return one == d[o + 9] && two == d[o + 10];
  }

  static boolean cnpj(byte[] d, int o) {
    int one = 0;
    int two = 0;
    for (int i = 0; i < 12; i++) {
      one += d[o + i] * CNPJ[i + 1];
      two += d[o + i] * CNPJ[i];
    }
    one = one % 11 < 2 ? 0 : 11 - one % 11;
    two += one * CNPJ[12];
    two = two % 11 < 2 ? 0 : 11 - two % 11;
    return one == d[o + 12] && two == d[o + 13] && !allSame(d, o, 14);
  }

  /** The check digit of what was given out before October 2020; later ones have none. */
  static boolean rrn(byte[] d, int o) {
    return rrnDate(d, o) && (11 - weighted(d, o, RRN) % 11) % 10 == d[o + 12];
  }

  static boolean rrnDate(byte[] d, int o) {
    return isYmd(d, o) && d[o + 6] >= 1 && d[o + 6] <= 8;
  }

  /** The 17 digits before the check character; 10 is an X. */
  static boolean chinese(byte[] d, int o, int check) {
    int year = number(d, o + 6, 4);
    return d[o] >= 1
        && d[o] <= 8
        && year >= 1900
        && year < 2100
        && isDay(number(d, o + 10, 2), number(d, o + 12, 2))
        && (12 - weighted(d, o, CN) % 11) % 11 == check;
  }

  static boolean myNumber(byte[] d, int o) {
    int rest = weighted(d, o, MY_NUMBER) % 11;
    return (rest <= 1 ? 0 : 11 - rest) == d[o + 11] && !allSame(d, o, 12);
  }

  static boolean thai(byte[] d, int o) {
    int sum = 0;
    for (int i = 0; i < 12; i++) {
      sum += d[o + i] * (13 - i);
    }
    return d[o] >= 1 && (11 - sum % 11) % 10 == d[o + 12];
  }

  /** A bank's routing number. */
  static boolean routing(byte[] d, int o) {
    int start = number(d, o, 2);
    boolean range =
        start <= 12 || (start >= 21 && start <= 32) || (start >= 61 && start <= 72) || start == 80;
    return range
        && !allSame(d, o, 9)
        && (3 * (d[o] + d[o + 3] + d[o + 6])
                    + 7 * (d[o + 1] + d[o + 4] + d[o + 7])
                    + d[o + 2]
                    + d[o + 5]
                    + d[o + 8])
                % 10
            == 0;
  }
}
