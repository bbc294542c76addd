/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.redaction;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** What was found in a text, in ascending order; grows and is used again. */
final class Matches {
  int size;
  int[] starts = new int[16];
  int[] ends = new int[16];
  RedactionType[] types = new RedactionType[16];
  @Nullable String[] names = new String[16];

  /** Of a number in JSON: how deep in JSON within JSON it is; 0 for text. */
  byte[] quotes = new byte[16];

  void add(RedactionType type, @Nullable String name, int start, int end, int quoted) {
    if (size == starts.length) {
      int larger = size * 2;
      starts = Arrays.copyOf(starts, larger);
      ends = Arrays.copyOf(ends, larger);
      types = Arrays.copyOf(types, larger);
      names = Arrays.copyOf(names, larger);
      quotes = Arrays.copyOf(quotes, larger);
    }
    starts[size] = start;
    ends[size] = end;
    types[size] = type;
    names[size] = name;
    quotes[size] = (byte) quoted;
    size++;
  }

  /** Puts in a match that may overlap others: what overlaps becomes one, named by the longest. */
  void merge(RedactionType type, @Nullable String name, int start, int end) {
    int first = size;
    while (first > 0 && ends[first - 1] > start) {
      first--;
    }
    int last = first;
    int from = start;
    int to = end;
    int longest = end - start;
    RedactionType kind = type;
    String kindName = name;
    int quoted = 0;
    while (last < size && starts[last] < end) {
      if (ends[last] - starts[last] > longest) {
        longest = ends[last] - starts[last];
        kind = types[last];
        kindName = names[last];
      }
      quoted = Math.max(quoted, quotes[last]);
      from = Math.min(from, starts[last]);
      to = Math.max(to, ends[last]);
      last++;
    }
    int moved = size - last;
    add(kind, kindName, from, to, quoted);
    int added = size - 1;
    if (last == added) {
      if (first != added) {
        copy(added, first);
      }
      size = first + 1;
      return;
    }
    RedactionType addedType = types[added];
    String addedName = names[added];
    System.arraycopy(starts, last, starts, first + 1, moved);
    System.arraycopy(ends, last, ends, first + 1, moved);
    System.arraycopy(types, last, types, first + 1, moved);
    System.arraycopy(names, last, names, first + 1, moved);
    System.arraycopy(quotes, last, quotes, first + 1, moved);
    starts[first] = from;
    ends[first] = to;
    types[first] = addedType;
    names[first] = addedName;
    quotes[first] = (byte) quoted;
    size = first + 1 + moved;
  }

  private void copy(int from, int to) {
    starts[to] = starts[from];
    ends[to] = ends[from];
    types[to] = types[from];
    names[to] = names[from];
    quotes[to] = quotes[from];
  }

  String name(int index) {
    String name = names[index];
    return name == null ? types[index].name() : name;
  }
}
