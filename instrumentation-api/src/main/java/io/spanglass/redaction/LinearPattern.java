/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.redaction;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A pattern of the user's: a subset of RE2's syntax, matched by all its states at once. The time is
 * at most the length of the text, times the states, times {@link #LONGEST}; nothing is tried again.
 *
 * <p>There are: characters, {@code .}, {@code [a-z]}, {@code [^a-z]}, {@code \d \w \s} and their
 * opposites, {@code \t \n \r}, {@code \x41}, any other sign after a backslash; {@code (…)}, {@code
 * (?:…)}, {@code |}, {@code ? * +}, {@code {2}}, {@code {2,}}, {@code {2,5}}, {@code \b}, {@code ^}
 * and {@code $} for the start and the end of the text, and {@code (?i)} in front of all. Not there
 * are back-references, look-around, lazy and possessive repetition. Of the matches that start first
 * the longest counts.
 */
final class LinearPattern {
  /** A match is not longer. */
  static final int LONGEST = 512;

  private static final int MOST_STATES = 1000;
  private static final int UNBOUNDED = -1;

  private static final int SET = 0;
  private static final int SPLIT = 1;
  private static final int WORD_EDGE = 2;
  private static final int TEXT_START = 3;
  private static final int TEXT_END = 4;
  private static final int MATCH = 5;

  // The program: what each state does, and where it goes on.
  private int size;
  private int[] kinds = new int[64];
  private int[] next = new int[64];
  private int[] other = new int[64];
  private CharSet[] sets = new CharSet[64];

  private final String source;
  private final int start;
  private boolean ignoreCase;
  private int at;

  /** What can come first in a match; only this is looked for where nothing is under way. */
  private final boolean[] first = new boolean[128];

  private boolean firstAny;

  // What is under way: states and where their match started.
  private final int[] now;
  private final int[] nowStarts;
  private final int[] then;
  private final int[] thenStarts;
  private final int[] marks;
  private final int[] stack;
  private int mark;
  private int thenSize;

  /** A set of characters: ranges, for what is not ASCII, and a table for the rest. */
  private static final class CharSet {
    private final boolean[] ascii = new boolean[128];
    private int[] ranges = {};
    private boolean negated;

    void add(int from, int to) {
      for (int c = from; c <= to && c < 128; c++) {
        ascii[c] = true;
      }
      if (to >= 128) {
        ranges = Arrays.copyOf(ranges, ranges.length + 2);
        ranges[ranges.length - 2] = Math.max(from, 128);
        ranges[ranges.length - 1] = to;
      }
    }

    void negate() {
      negated = !negated;
    }

    boolean has(char c) {
      if (c < 128) {
        return ascii[c] != negated;
      }
      for (int i = 0; i < ranges.length; i += 2) {
        if (c >= ranges[i] && c <= ranges[i + 1]) {
          return !negated;
        }
      }
      return negated;
    }

    void ignoreCase() {
      for (int c = 'a'; c <= 'z'; c++) {
        boolean either = ascii[c] || ascii[c - 32];
        ascii[c] = either;
        ascii[c - 32] = either;
      }
      for (int i = 0; i < ranges.length; i += 2) {
        int from = ranges[i];
        int to = Math.min(ranges[i + 1], from + 1024);
        for (int c = from; c <= to; c++) {
          int folded =
              Character.isUpperCase(c) ? Character.toLowerCase(c) : Character.toUpperCase(c);
          if (folded != c && !has((char) folded)) {
            add(folded, folded);
          }
        }
      }
    }
  }

  /** A part of the program: where it starts, and the loose ends. */
  private static final class Part {
    final int start;
    final List<int[]> ends;

    Part(int start, List<int[]> ends) {
      this.start = start;
      this.ends = ends;
    }
  }

  private LinearPattern(String source) {
    this.source = source;
    if (source.startsWith("(?i)")) {
      ignoreCase = true;
      at = 4;
    }
    Part all = alternatives(0);
    if (at < source.length()) {
      throw error("a ) that nothing opens");
    }
    connect(all.ends, state(MATCH, null));
    start = all.start;
    now = new int[size];
    nowStarts = new int[size];
    then = new int[size];
    thenStarts = new int[size];
    marks = new int[size];
    stack = new int[2 * size + 2];
    findFirst(start, new boolean[size]);
  }

  /**
   * Reads a pattern.
   *
   * @throws IllegalArgumentException which says what is wrong and where
   */
  static LinearPattern compile(String source) {
    LinearPattern pattern = new LinearPattern(source);
    if (pattern.matchesNothing()) {
      throw new IllegalArgumentException("the pattern matches the empty text");
    }
    return pattern;
  }

  /** Patterns keep state while they match: each thread has its own copy. */
  LinearPattern copy() {
    return new LinearPattern(source);
  }

  private IllegalArgumentException error(String what) {
    return new IllegalArgumentException(what + " at position " + at);
  }

  private int state(int kind, @Nullable CharSet set) {
    if (size >= MOST_STATES) {
      throw new IllegalArgumentException("the pattern needs more than " + MOST_STATES + " states");
    }
    if (size == kinds.length) {
      kinds = Arrays.copyOf(kinds, 2 * size);
      next = Arrays.copyOf(next, 2 * size);
      other = Arrays.copyOf(other, 2 * size);
      sets = Arrays.copyOf(sets, 2 * size);
    }
    kinds[size] = kind;
    next[size] = -1;
    other[size] = -1;
    if (set != null) {
      if (ignoreCase) {
        set.ignoreCase();
      }
      sets[size] = set;
    }
    return size++;
  }

  private void connect(List<int[]> ends, int to) {
    for (int[] end : ends) {
      if (end[1] == 0) {
        next[end[0]] = to;
      } else {
        other[end[0]] = to;
      }
    }
  }

  private static List<int[]> ends(int state, int which) {
    List<int[]> ends = new ArrayList<>();
    ends.add(new int[] {state, which});
    return ends;
  }

  private Part alternatives(int depth) {
    if (depth > 50) {
      throw error("groups are nested too deeply");
    }
    Part left = sequence(depth);
    while (at < source.length() && source.charAt(at) == '|') {
      at++;
      Part right = sequence(depth);
      int split = state(SPLIT, null);
      next[split] = left.start;
      other[split] = right.start;
      left.ends.addAll(right.ends);
      left = new Part(split, left.ends);
    }
    return left;
  }

  private Part sequence(int depth) {
    Part all = null;
    while (at < source.length() && source.charAt(at) != '|' && source.charAt(at) != ')') {
      Part part = repeated(depth);
      if (all == null) {
        all = part;
      } else {
        connect(all.ends, part.start);
        all = new Part(all.start, part.ends);
      }
    }
    if (all == null) {
      int nothing = state(SPLIT, null);
      return new Part(nothing, ends(nothing, 0));
    }
    return all;
  }

  private Part repeated(int depth) {
    int from = at;
    Part part = atom(depth);
    int to = at;
    int least = 1;
    int most = 1;
    if (at < source.length()) {
      char c = source.charAt(at);
      if (c == '?' || c == '*' || c == '+') {
        least = c == '+' ? 1 : 0;
        most = c == '?' ? 1 : UNBOUNDED;
        at++;
      } else if (c == '{') {
        at++;
        least = number();
        most = least;
        if (at < source.length() && source.charAt(at) == ',') {
          at++;
          most = at < source.length() && source.charAt(at) == '}' ? UNBOUNDED : number();
        }
        if (at >= source.length()
            || source.charAt(at) != '}'
            || (most != UNBOUNDED && most < least)) {
          throw error("not a repetition like {2,5}");
        }
        at++;
      }
      if (to != at && at < source.length() && "?*+{".indexOf(source.charAt(at)) >= 0) {
        throw error("a repetition of a repetition (lazy and possessive ones are not supported)");
      }
    }
    int after = at;
    if (least == 1 && most == 1) {
      return part;
    }
    Part all = null;
    for (int i = 0; i < Math.max(least, 1) || i < most; i++) {
      Part copy = part;
      if (i > 0) {
        at = from;
        copy = atom(depth);
      }
      boolean last = i + 1 >= Math.max(least, 1) && most == UNBOUNDED;
      if (last && most == UNBOUNDED) {
        int loop = state(SPLIT, null);
        connect(copy.ends, loop);
        next[loop] = copy.start;
        copy = new Part(least == 0 ? loop : copy.start, ends(loop, 1));
      } else if (i >= least) {
        int maybe = state(SPLIT, null);
        next[maybe] = copy.start;
        List<int[]> ends = copy.ends;
        ends.add(new int[] {maybe, 1});
        copy = new Part(maybe, ends);
      }
      if (all == null) {
        all = copy;
      } else {
        connect(all.ends, copy.start);
        all = new Part(all.start, copy.ends);
      }
      if (last) {
        break;
      }
    }
    at = after;
    if (all == null || most == 0) {
      throw error("a repetition of nothing");
    }
    return all;
  }

  private int number() {
    int from = at;
    int value = 0;
    while (at < source.length() && Chars.isDigit(source.charAt(at)) && at - from < 4) {
      value = value * 10 + source.charAt(at++) - '0';
    }
    if (at == from) {
      throw error("a number is missing");
    }
    return value;
  }

  private Part atom(int depth) {
    char c = source.charAt(at++);
    switch (c) {
      case '(':
        if (source.startsWith("?:", at)) {
          at += 2;
        } else if (at < source.length() && source.charAt(at) == '?') {
          throw error("look-around, named groups and flags inside are not supported");
        }
        Part group = alternatives(depth + 1);
        if (at >= source.length()) {
          throw error("a ( that is not closed");
        }
        at++;
        return group;
      case '[':
        return set(bracket());
      case '.':
        CharSet any = new CharSet();
        any.add('\n', '\n');
        any.negate();
        return set(any);
      case '^':
        return assertion(TEXT_START);
      case '$':
        return assertion(TEXT_END);
      case '*':
      case '+':
      case '?':
      case '{':
        at--;
        throw error("a repetition of nothing");
      case '\\':
        if (at < source.length() && source.charAt(at) == 'b') {
          at++;
          return assertion(WORD_EDGE);
        }
        CharSet escaped = new CharSet();
        escape(escaped);
        return set(escaped);
      default:
        CharSet one = new CharSet();
        one.add(c, c);
        return set(one);
    }
  }

  private Part set(CharSet set) {
    int state = state(SET, set);
    return new Part(state, ends(state, 0));
  }

  private Part assertion(int kind) {
    int state = state(kind, null);
    return new Part(state, ends(state, 0));
  }

  /** Adds what the escape stands for; the one character, or -1 where it is a class. */
  private int escape(CharSet set) {
    if (at >= source.length()) {
      throw error("a backslash with nothing behind it");
    }
    char c = source.charAt(at++);
    switch (c) {
      case 'd':
        set.add('0', '9');
        return -1;
      case 'D':
        set.add(0, '0' - 1);
        set.add('9' + 1, 0xFFFF);
        return -1;
      case 'w':
        word(set);
        return -1;
      case 'W':
        set.add(0, '0' - 1);
        set.add('9' + 1, 'A' - 1);
        set.add('Z' + 1, '_' - 1);
        set.add('_' + 1, 'a' - 1);
        set.add('z' + 1, 0xFFFF);
        return -1;
      case 's':
        set.add('\t', '\r');
        set.add(' ', ' ');
        return -1;
      case 'S':
        set.add(0, '\t' - 1);
        set.add('\r' + 1, ' ' - 1);
        set.add(' ' + 1, 0xFFFF);
        return -1;
      default:
        int one = c;
        if (c == 't') {
          one = '\t';
        } else if (c == 'n') {
          one = '\n';
        } else if (c == 'r') {
          one = '\r';
        } else if (c == 'x') {
          if (at + 2 > source.length()
              || !Chars.isHex(source.charAt(at))
              || !Chars.isHex(source.charAt(at + 1))) {
            throw error("not of the form \\x41");
          }
          one = Chars.hexValue(source.charAt(at)) * 16 + Chars.hexValue(source.charAt(at + 1));
          at += 2;
        } else if (Chars.isAlnum(c)) {
          throw error("the escape \\" + c + " is not supported");
        }
        set.add(one, one);
        return one;
    }
  }

  private static void word(CharSet set) {
    set.add('0', '9');
    set.add('A', 'Z');
    set.add('_', '_');
    set.add('a', 'z');
  }

  private CharSet bracket() {
    CharSet set = new CharSet();
    boolean negated = at < source.length() && source.charAt(at) == '^';
    if (negated) {
      at++;
    }
    boolean empty = true;
    while (at < source.length() && (source.charAt(at) != ']' || empty)) {
      empty = false;
      int from = source.charAt(at++);
      if (from == '[' && at < source.length() && source.charAt(at) == ':') {
        throw error("named classes are not supported");
      }
      if (from == '\\') {
        from = escape(set);
        if (from < 0) {
          continue;
        }
      }
      int to = from;
      if (at + 1 < source.length() && source.charAt(at) == '-' && source.charAt(at + 1) != ']') {
        at++;
        to = source.charAt(at++);
        if (to == '\\') {
          to = escape(new CharSet());
        }
        if (to < from) {
          throw error("a range that ends before it starts");
        }
      }
      set.add(from, to);
    }
    if (at >= source.length()) {
      throw error("a [ that is not closed");
    }
    at++;
    if (ignoreCase) {
      set.ignoreCase();
    }
    if (negated) {
      set.negate();
    }
    return set;
  }

  private boolean matchesNothing() {
    thenSize = 0;
    mark++;
    follow(start, 0, new char[0], 0, 0, 0);
    for (int i = 0; i < thenSize; i++) {
      if (kinds[then[i]] == MATCH) {
        return true;
      }
    }
    return false;
  }

  private void findFirst(int state, boolean[] seen) {
    if (state < 0 || seen[state]) {
      return;
    }
    seen[state] = true;
    if (kinds[state] == SET) {
      for (char c = 0; c < 128; c++) {
        first[c] |= sets[state].has(c);
      }
      firstAny |= sets[state].ranges.length > 0 || sets[state].negated;
      return;
    }
    findFirst(next[state], seen);
    findFirst(other[state], seen);
  }

  /** Adds the state, and all that follow it without a character. */
  private void follow(int state, int began, char[] text, int from, int p, int to) {
    int top = 0;
    stack[top++] = state;
    while (top > 0) {
      int s = stack[--top];
      if (s < 0 || marks[s] == mark) {
        continue;
      }
      marks[s] = mark;
      switch (kinds[s]) {
        case SPLIT:
          stack[top++] = other[s];
          stack[top++] = next[s];
          break;
        case WORD_EDGE:
          if (isWord(text, from, p - 1, to) != isWord(text, from, p, to)) {
            stack[top++] = next[s];
          }
          break;
        case TEXT_START:
          if (p == from) {
            stack[top++] = next[s];
          }
          break;
        case TEXT_END:
          if (p == to) {
            stack[top++] = next[s];
          }
          break;
        default:
          then[thenSize] = s;
          thenStarts[thenSize++] = began;
          break;
      }
    }
  }

  private static boolean isWord(char[] text, int from, int p, int to) {
    return p >= from && p < to && (Chars.isAlnum(text[p]) || text[p] == '_');
  }

  /** What is told of each match. */
  interface Sink {
    void found(int start, int end);
  }

  void find(char[] text, int from, int to, Budget budget, Sink sink) {
    int p = from;
    while (p < to) {
      int nowSize = 0;
      int bestStart = -1;
      int bestEnd = -1;
      for (; p <= to; p++) {
        if (nowSize == 0 && bestStart < 0) {
          while (p < to && !(text[p] < 128 ? first[text[p]] : firstAny)) {
            p++;
          }
        }
        budget.check(p);
        // Those under way started earlier, and come first.
        thenSize = 0;
        mark++;
        for (int i = 0; i < nowSize; i++) {
          int began = nowStarts[i];
          if ((bestStart < 0 || began <= bestStart) && p - began <= LONGEST) {
            follow(now[i], began, text, from, p, to);
          }
        }
        if (bestStart < 0) {
          follow(start, p, text, from, p, to);
        }
        nowSize = 0;
        for (int i = 0; i < thenSize; i++) {
          int s = then[i];
          int began = thenStarts[i];
          if (kinds[s] == MATCH) {
            if (p > began && (bestStart < 0 || began <= bestStart)) {
              bestStart = began;
              bestEnd = p;
            }
          } else if (p < to && sets[s].has(text[p])) {
            now[nowSize] = next[s];
            nowStarts[nowSize++] = began;
          }
        }
        if (nowSize == 0 && bestStart >= 0) {
          break;
        }
      }
      if (bestStart < 0) {
        return;
      }
      sink.found(bestStart, bestEnd);
      p = bestEnd;
    }
  }
}
