/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.redaction;

import org.jspecify.annotations.Nullable;

/** All that one thread needs to scan a value; used again for the next. */
final class Scan {
  /** How deep text may be in text: JSON in strings of JSON, base64, escapes. */
  static final int MOST_DEPTH = 8;

  /** How deep arrays and objects may be. */
  private static final int MOST_NESTING = 128;

  /** Numbers in JSON with fewer digits are nobody's. */
  private static final int FEWEST_DIGITS = 7;

  private final RedactionPolicy policy;
  final Budget budget = new Budget();
  final KeyNames names = new KeyNames();
  private final View[] views = new View[MOST_DEPTH];
  private final TextScanner[] scanners = new TextScanner[MOST_DEPTH];
  private final LinearPattern[] patterns;

  /** How many levels of JSON the text of a depth is in. */
  private final int[] quotes = new int[MOST_DEPTH];

  Scan(RedactionPolicy policy) {
    this.policy = policy;
    patterns = new LinearPattern[policy.rules.size()];
    for (int i = 0; i < patterns.length; i++) {
      patterns[i] = policy.rules.get(i).pattern.copy();
    }
  }

  View view(int depth) {
    View view = views[depth];
    if (view == null) {
      view = new View();
      views[depth] = view;
    }
    return view;
  }

  private TextScanner scanner(int depth) {
    TextScanner scanner = scanners[depth];
    if (scanner == null) {
      scanner = new TextScanner(policy, this, depth);
      scanners[depth] = scanner;
    }
    return scanner;
  }

  /**
   * Finds all that is in a text.
   *
   * @param key what the text is the value of, or null
   * @return what was found, until the next call
   */
  Matches find(String text, @Nullable FieldName key) {
    View view = view(0);
    view.load(text);
    quotes[0] = 0;
    KeyNames.Rule rule = key == null ? null : key.rule;
    char[] name = key == null ? NO_KEY : key.name;
    for (int i = 0; i < MOST_DEPTH && scanners[i] != null; i++) {
      scanners[i].region().startValue();
    }
    scanner(0).region().setKey(name, 0, name.length);
    value(0, view, 0, view.length, rule);
    return view.matches;
  }

  void start(long nanos) {
    budget.start(nanos);
  }

  void release() {
    for (View view : views) {
      if (view != null) {
        view.release();
      }
    }
  }

  private static final char[] NO_KEY = {};

  private boolean wants(RedactionType type) {
    return (policy.types & type.bit()) != 0;
  }

  /** Scans a value: JSON, or text. The name of its field is known to the scanner of its depth. */
  void value(int depth, View view, int from, int to, KeyNames.@Nullable Rule rule) {
    if (rule != null && scanner(depth).isSecretField(rule, view.chars, from, to)) {
      if (!scanner(depth).region().isAllowedIn(view.chars, from, to)) {
        view.matches.add(rule.type, null, from, to, 0);
      }
      return;
    }
    int p = from;
    while (p < to && view.chars[p] <= ' ') {
      p++;
    }
    if (p < to && (view.chars[p] == '{' || view.chars[p] == '[') && depth + 1 < MOST_DEPTH) {
      int read = json(depth, view, p, to);
      if (read < to) {
        text(depth, view, read, to);
      }
    } else {
      text(depth, view, from, to);
    }
  }

  private void userRules(View view, int from, int to) {
    for (int i = 0; i < patterns.length; i++) {
      String name = policy.rules.get(i).name;
      Region region = scanner(0).region();
      patterns[i].find(
          view.chars,
          from,
          to,
          budget,
          (start, end) -> {
            if (!region.isAllowedIn(view.chars, start, end)
                && !isRedacted(view.chars, from, start, end, to)) {
              view.matches.merge(RedactionType.CUSTOM, name, start, end);
            }
          });
    }
  }

  /** Whether a match of a user's rule lies in what was put in the place of something. */
  private static boolean isRedacted(char[] t, int from, int start, int end, int to) {
    for (int p = start; p >= Math.max(from, start - 88); p--) {
      if (t[p] == '[') {
        int close = Placeholders.end(t, p, to);
        return close >= end;
      }
      if (t[p] == ']' && p < start) {
        return false;
      }
    }
    return false;
  }

  private void text(int depth, View view, int from, int to) {
    TextScanner scanner = scanner(depth);
    if (scanner.scan(view.chars, from, to, view.matches, depth + 1 == MOST_DEPTH)) {
      userRules(view, from, to);
      return;
    }
    View plain = view(depth + 1);
    Folding.fold(view.chars, from, to, plain);
    TextScanner inner = scanner(depth + 1);
    inner.region().setKey(scanner.region());
    inner.scan(plain.chars, 0, plain.length, plain.matches, true);
    userRules(plain, 0, plain.length);
    plain.tell(view.matches);
  }

  // ---- JSON ----------------------------------------------------------------------------------

  private final boolean[] isObject = new boolean[MOST_NESTING];
  private final int[] keyStarts = new int[MOST_NESTING];
  private final int[] keyEnds = new int[MOST_NESTING];

  /**
   * Reads JSON, also more than one document, and scans its names, strings and numbers.
   *
   * @return as far as it is JSON: what follows is for somebody else to read
   */
  private int json(int depth, View view, int from, int to) {
    char[] t = view.chars;
    // A value within is read to its end before the next: the arrays are shared by all depths.
    int base = jsonBase;
    int top = base - 1;
    int p = from;
    int good = from;
    boolean wantsKey = false;
    try {
      while (p < to) {
        char c = t[p];
        if (c <= ' ' || c == ',') {
          if (c == ',' && top >= base) {
            wantsKey = isObject[top];
          }
          p++;
          continue;
        }
        if (c == ':' && top >= base) {
          p++;
          continue;
        }
        if (c == '{' || c == '[') {
          if (top + 1 >= MOST_NESTING) {
            return good;
          }
          // The elements of an array are values of its field.
          int start = top >= base ? keyStarts[top] : 0;
          int end = top >= base ? keyEnds[top] : 0;
          top++;
          isObject[top] = c == '{';
          keyStarts[top] = c == '{' ? 0 : start;
          keyEnds[top] = c == '{' ? 0 : end;
          wantsKey = c == '{';
          p++;
          continue;
        }
        if (c == '}' || c == ']') {
          if (top < base || isObject[top] != (c == '}')) {
            return good;
          }
          top--;
          wantsKey = false;
          p++;
          if (top < base) {
            good = p;
          }
          continue;
        }
        if (top < base) {
          // Something behind a document that is no document.
          return good;
        }
        if (c == '"') {
          int start = p + 1;
          int end = start;
          boolean escaped = false;
          while (end < to && t[end] != '"') {
            if (t[end] == '\\') {
              escaped = true;
              end++;
            }
            end++;
          }
          end = Math.min(end, to);
          if (wantsKey) {
            keyStarts[top] = start;
            keyEnds[top] = end;
            jsonBase = top + 1;
            string(depth, view, start, end, escaped, 0, 0);
            wantsKey = false;
          } else {
            jsonBase = top + 1;
            string(depth, view, start, end, escaped, keyStarts[top], keyEnds[top]);
          }
          p = Math.min(to, end + 1);
          good = p;
          continue;
        }
        if (c == '-' || Chars.isDigit(c)) {
          int end = numberEnd(t, p, to);
          if (end < to && t[end] != ',' && t[end] != '}' && t[end] != ']' && t[end] > ' ') {
            return good;
          }
          number(depth, view, p, end, keyStarts[top], keyEnds[top]);
          p = end;
          good = p;
          continue;
        }
        int literal = literal(t, p, to);
        if (literal < 0) {
          return good;
        }
        p = literal;
        good = p;
      }
      return to;
    } finally {
      jsonBase = base;
    }
  }

  private int jsonBase;

  /** Where a number ends that is one of JSON. */
  private static int numberEnd(char[] t, int start, int to) {
    int p = digits(t, t[start] == '-' ? start + 1 : start, to);
    if (p + 1 < to && t[p] == '.' && Chars.isDigit(t[p + 1])) {
      p = digits(t, p + 1, to);
    }
    if (p + 1 < to && (t[p] | 0x20) == 'e') {
      p = digits(t, t[p + 1] == '-' || t[p + 1] == '+' ? p + 2 : p + 1, to);
    }
    return p;
  }

  private static int digits(char[] t, int start, int to) {
    int p = start;
    while (p < to && Chars.isDigit(t[p])) {
      p++;
    }
    return p;
  }

  private static int literal(char[] t, int p, int to) {
    if (Chars.startsWith(t, p, to, "true") || Chars.startsWith(t, p, to, "null")) {
      return p + 4;
    }
    return Chars.startsWith(t, p, to, "false") ? p + 5 : -1;
  }

  private void string(
      int depth, View view, int start, int end, boolean escaped, int keyStart, int keyEnd) {
    if (start >= end) {
      return;
    }
    KeyNames.Rule rule = rule(view, keyStart, keyEnd);
    if (escaped) {
      View inner = view(depth + 1);
      Folding.unescape(view.chars, start, end, inner);
      quotes[depth + 1] = quotes[depth] + 1;
      scanner(depth + 1).region().setKey(view.chars, keyStart, keyEnd);
      value(depth + 1, inner, 0, inner.length, rule);
      inner.tell(view.matches);
      return;
    }
    Region region = scanner(depth).region();
    region.setKey(view.chars, keyStart, keyEnd);
    if (rule != null && scanner(depth).isSecretField(rule, view.chars, start, end)) {
      if (!region.isAllowedIn(view.chars, start, end)) {
        view.matches.add(rule.type, null, start, end, 0);
      }
    } else {
      text(depth, view, start, end);
    }
    region.setKey(NO_KEY, 0, 0);
  }

  private KeyNames.@Nullable Rule rule(View view, int keyStart, int keyEnd) {
    if (keyEnd <= keyStart) {
      return null;
    }
    KeyNames.Rule rule = names.find(view.chars, keyStart, keyEnd);
    return rule == null || !wants(rule.type) ? null : rule;
  }

  /** A number becomes a string: another number would be one that nobody said. */
  private void number(int depth, View view, int start, int end, int keyStart, int keyEnd) {
    char[] t = view.chars;
    boolean digits = true;
    for (int p = start; p < end; p++) {
      digits &= Chars.isDigit(t[p]);
    }
    if (!digits) {
      return;
    }
    KeyNames.Rule rule = rule(view, keyStart, keyEnd);
    int before = view.matches.size;
    if (rule != null && scanner(depth).isSecretField(rule, t, start, end)) {
      view.matches.add(rule.type, null, start, end, quotes[depth] + 1);
      return;
    }
    if (end - start < FEWEST_DIGITS) {
      return;
    }
    Region region = scanner(depth).region();
    region.setKey(t, keyStart, keyEnd);
    scanner(depth).scan(t, start, end, view.matches, true);
    region.setKey(NO_KEY, 0, 0);
    if (view.matches.size > before) {
      RedactionType type = view.matches.types[before];
      view.matches.size = before;
      view.matches.add(type, null, start, end, quotes[depth] + 1);
    }
  }
}
