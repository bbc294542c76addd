/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.redaction;

/** Whose card a number is: the ranges that the schemes publish, and the lengths in them. */
final class Cards {
  /** A range of some scheme, or none that is known: only beside a word that says "card". */
  static final int POSSIBLE = 1;

  static final int KNOWN = 2;

  private Cards() {}

  /**
   * @param grouped in groups, as cards are written
   */
  static int issuer(byte[] d, int o, int n, boolean grouped) {
    int one = d[o];
    int two = CheckDigits.number(d, o, 2);
    int three = CheckDigits.number(d, o, 3);
    int four = CheckDigits.number(d, o, 4);
    boolean usual;
    switch (one) {
      case 4:
        usual = n == 16 || (n == 19 && grouped);
        break;
      case 5:
        usual =
            (two >= 51 && two <= 55 && n == 16)
                || (n == 16
                    && (four == 5018
                        || four == 5019
                        || four == 5020
                        || four == 5038
                        || four == 5893));
        break;
      case 2:
        usual = n == 16 && ((four >= 2221 && four <= 2720) || (four >= 2200 && four <= 2204));
        break;
      case 3:
        usual =
            (n == 15 && (two == 34 || two == 37))
                || (n == 14
                    && (three <= 305 || three == 309 || two == 36 || two == 38 || two == 39))
                || (n == 16 && four >= 3528 && four <= 3589);
        break;
      case 6:
        usual =
            (n == 16
                    && (four == 6011
                        || (three >= 644 && three <= 649)
                        || two == 65
                        || two == 62
                        || two == 60
                        || two == 63
                        || two == 67
                        || two == 81
                        || two == 82))
                || (n > 16 && two == 62 && grouped);
        break;
      default:
        usual = n == 16 && four == 9792;
        break;
    }
    return usual ? KNOWN : POSSIBLE;
  }
}
