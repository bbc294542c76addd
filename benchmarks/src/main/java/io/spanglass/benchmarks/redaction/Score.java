/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.benchmarks.redaction;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What was found of what is there. */
final class Score {
  private static final int SHOWN = 12;

  private final String name;
  private int there;
  private int found;
  private int told;
  private int right;
  private final List<String> missed = new ArrayList<>();
  private final List<String> wrong = new ArrayList<>();

  Score(String name) {
    this.name = name;
  }

  /** Something that is there, and whether all of it was found as what it is. */
  void there(boolean isFound, String text) {
    there++;
    if (isFound) {
      found++;
    } else if (missed.size() < SHOWN) {
      missed.add(text);
    }
  }

  /** Something that was told, and whether it is there. */
  void told(boolean isRight, String text) {
    told++;
    if (isRight) {
      right++;
    } else if (wrong.size() < SHOWN) {
      wrong.add(text);
    }
  }

  String row() {
    return String.format(
        Locale.ROOT,
        "| %s | %d | %s | %s |",
        name,
        there,
        there == 0 ? "-" : String.format(Locale.ROOT, "%.4f", (double) found / there),
        told == 0
            ? "-"
            : String.format(Locale.ROOT, "%.4f (%d wrong)", (double) right / told, told - right));
  }

  List<String> details() {
    List<String> lines = new ArrayList<>();
    missed.forEach(text -> lines.add("missed, " + name + ": " + text.replace('\n', ' ')));
    wrong.forEach(text -> lines.add("wrong, " + name + ": " + text.replace('\n', ' ')));
    return lines;
  }
}
