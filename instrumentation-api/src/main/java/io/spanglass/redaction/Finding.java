/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.redaction;

/** Where something was found. It does not hold what was found. */
public final class Finding {
  private final RedactionType type;
  private final String name;
  private final int start;
  private final int end;

  Finding(RedactionType type, String name, int start, int end) {
    this.type = type;
    this.name = name;
    this.start = start;
    this.end = end;
  }

  public RedactionType type() {
    return type;
  }

  /** The type's name, or that of the user's rule. */
  public String name() {
    return name;
  }

  /** Index of the first character, in UTF-16 units. */
  public int start() {
    return start;
  }

  /** Index behind the last character. */
  public int end() {
    return end;
  }

  @Override
  public String toString() {
    return name + "[" + start + "," + end + ")";
  }
}
