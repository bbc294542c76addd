/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.redaction;

import java.text.Normalizer;
import java.util.Arrays;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Writes a text anew, with something else where something was found. */
final class Replacements {
  private static final int LAST = 4;

  /** Of less than this much the last four characters would say too much. */
  private static final int SHORTEST_MASKED = 8;

  private final RedactionPolicy policy;

  Replacements(RedactionPolicy policy) {
    this.policy = policy;
  }

  /** The text with the matches replaced; {@code at} is told where each replacement came to lie. */
  String apply(String text, Matches matches, @Nullable Edits edits) {
    StringBuilder out = new StringBuilder(text.length() + 16);
    int done = 0;
    for (int i = 0; i < matches.size; i++) {
      int start = matches.starts[i];
      int end = matches.ends[i];
      out.append(text, done, start);
      int from = out.length();
      quote(out, matches.quotes[i]);
      append(out, text, matches.types[i], matches.name(i), start, end);
      quote(out, matches.quotes[i]);
      if (edits != null) {
        edits.add(start, end, from, out.length());
      }
      done = end;
    }
    return out.append(text, done, text.length()).toString();
  }

  /** The quotation mark of a string that is in so many strings. */
  private static void quote(StringBuilder out, int level) {
    if (level > 0) {
      for (int i = (1 << (level - 1)) - 1; i > 0; i--) {
        out.append('\\');
      }
      out.append('"');
    }
  }

  private void append(
      StringBuilder out, String text, RedactionType type, String name, int start, int end) {
    RedactionPolicy.Action action = policy.action(type);
    TokenKeys keys = policy.keys;
    switch (action) {
      case DROP:
        return;
      case TOKEN:
        if (keys != null) {
          out.append('[').append(name).append(':').append(keys.id()).append(':');
          keys.append(out, name, canonical(type, text.substring(start, end)));
          out.append(']');
          return;
        }
        break;
      case MASK:
        if (!type.isSecret() && end - start >= SHORTEST_MASKED) {
          out.append('[').append(name).append(":*");
          int at = out.length();
          for (int p = end - 1; p >= start && out.length() - at < LAST; p--) {
            if (Chars.isAlnum(text.charAt(p))) {
              out.insert(at, text.charAt(p));
            }
          }
          out.append(']');
          return;
        }
        break;
      default:
        break;
    }
    out.append('[').append(name).append(']');
  }

  /** One spelling of a value for all its spellings, so that their tokens are the same. */
  static String canonical(RedactionType type, String found) {
    View plain = new View();
    char[] chars = found.toCharArray();
    Folding.fold(chars, 0, chars.length, plain);
    String value = new String(plain.chars, 0, plain.length);
    switch (type) {
      case EMAIL:
        int at = value.lastIndexOf('@');
        return value.substring(0, at + 1) + value.substring(at + 1).toLowerCase(Locale.ROOT);
      case PHONE:
        return digits(value);
      case IP_ADDRESS:
      case MAC_ADDRESS:
        return value.toLowerCase(Locale.ROOT).replace('-', ':');
      case CRYPTO_ADDRESS:
      case API_KEY:
      case JWT:
      case PRIVATE_KEY:
      case SECRET:
      case URL_CREDENTIALS:
      case CUSTOM:
      case DATE_OF_BIRTH:
        return Normalizer.normalize(value, Normalizer.Form.NFKC);
      default:
        StringBuilder plainId = new StringBuilder();
        for (int i = 0; i < value.length(); i++) {
          char c = value.charAt(i);
          if (Character.isLetterOrDigit(c)) {
            plainId.append(Character.toUpperCase(c));
          }
        }
        return plainId.toString();
    }
  }

  /** As in E.164, as far as that is known: without signs, two zeros for a plus, and extension. */
  private static String digits(String value) {
    StringBuilder digits = new StringBuilder();
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      if (Chars.isDigit(c)) {
        digits.append(c);
      } else if (Chars.isLetter(c)) {
        break;
      }
    }
    String all = digits.toString();
    return all.startsWith("00") ? all.substring(2) : all;
  }

  /** Where parts of a text went when it was written anew. */
  static final class Edits {
    private int size;
    private int[] old = new int[32];
    private int[] fresh = new int[32];

    void add(int oldStart, int oldEnd, int freshStart, int freshEnd) {
      if (2 * size + 2 > old.length) {
        old = Arrays.copyOf(old, 2 * old.length);
        fresh = Arrays.copyOf(fresh, 2 * fresh.length);
      }
      old[2 * size] = oldStart;
      old[2 * size + 1] = oldEnd;
      fresh[2 * size] = freshStart;
      fresh[2 * size + 1] = freshEnd;
      size++;
    }

    /** Where a position of the new text was in the old one; of a replacement its start or end. */
    int before(int position, boolean end) {
      int shift = 0;
      for (int i = 0; i < size; i++) {
        if (position < fresh[2 * i]
            || (!end && position == fresh[2 * i] && fresh[2 * i] == fresh[2 * i + 1])) {
          break;
        }
        if (position < fresh[2 * i + 1]) {
          return end && position == fresh[2 * i] ? old[2 * i] : old[end ? 2 * i + 1 : 2 * i];
        }
        shift = old[2 * i + 1] - fresh[2 * i + 1];
      }
      return position + shift;
    }
  }
}
