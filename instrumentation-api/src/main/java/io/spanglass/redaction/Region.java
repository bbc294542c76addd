/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.redaction;

import java.util.Locale;
import java.util.Set;

/** The part of a text that is scanned, and what is known of it meanwhile. */
final class Region {
  /** So many proofs that take microseconds are made in a value; then the shape alone counts. */
  private static final int MOST_COSTLY = 2000;

  final RedactionPolicy policy;
  final Budget budget;
  private final Context context = new Context();
  private final long types;

  char[] t = new char[0];
  int from;
  int to;

  /** Nothing before this is looked at again: the end of what was found last. */
  int floor;

  Matches found = new Matches();

  /** The name of the field that the text is the value of; empty where it has none. */
  private char[] key = new char[0];

  private int keyStart;
  private int keyEnd;
  private int contextAt;
  private int costly;

  Region(RedactionPolicy policy, Budget budget) {
    this.policy = policy;
    this.budget = budget;
    this.types = policy.types;
  }

  void set(char[] text, int start, int end, Matches matches) {
    t = text;
    from = start;
    to = end;
    floor = start;
    found = matches;
    contextAt = -1;
  }

  void setKey(char[] text, int start, int end) {
    key = text;
    keyStart = start;
    keyEnd = end;
  }

  void setKey(Region other) {
    setKey(other.key, other.keyStart, other.keyEnd);
  }

  void startValue() {
    costly = 0;
  }

  boolean mayProve() {
    return costly++ < MOST_COSTLY;
  }

  boolean wants(RedactionType type) {
    return (types & type.bit()) != 0;
  }

  /** Whether the text before the position is not the middle of a word. */
  boolean startsAt(int position) {
    return position == from || !Chars.isAlnum(t[position - 1]);
  }

  boolean endsAt(int position) {
    return position >= to || !Chars.isAlnum(t[position]);
  }

  char at(int position) {
    return position >= from && position < to ? t[position] : '\0';
  }

  /** Notes what was found, if it is wanted and not allowed; its end in any case. */
  int hit(RedactionType type, int start, int end) {
    if (wants(type) && !isAllowed(start, end)) {
      found.add(type, null, start, end, 0);
    }
    floor = end;
    return end;
  }

  private boolean isAllowed(int start, int end) {
    return isAllowedIn(t, start, end);
  }

  boolean isAllowedIn(char[] text, int start, int end) {
    Set<String> allowed = policy.allowed;
    if (allowed.isEmpty() && policy.allowedEnds.isEmpty()) {
      return false;
    }
    String value = new String(text, start, end - start).toLowerCase(Locale.ROOT);
    if (allowed.contains(value)) {
      return true;
    }
    for (String last : policy.allowedEnds) {
      if (value.endsWith(last)) {
        return true;
      }
    }
    return false;
  }

  /** What the words before the position, and the field's name, say of it. */
  Context context(int position) {
    if (contextAt != position) {
      contextAt = position;
      context.clear();
      context.before(t, from, position, found);
      if (keyEnd > keyStart) {
        context.name(key, keyStart, keyEnd);
      }
    }
    return context;
  }

  /** The same, with the words behind it. */
  Context contextWithAfter(int position, int end) {
    Context said = context(position);
    said.after(t, end, to);
    return said;
  }
}
