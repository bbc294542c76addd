/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.testing.contract;

/**
 * How the wire core fails while an exchange is played. Told to the injected code by system
 * properties, so that one JVM shows all of them.
 */
public enum FaultMode {
  /** Every method that a client's instrumentation calls throws, each time. */
  EXCEPTIONS_AT_THE_DOOR("door", 1, "exception"),
  /** Every third of these calls throws an error. */
  ERRORS_AT_THE_DOOR("door", 3, "error"),
  /** Every seventh call behind the door throws. */
  EXCEPTIONS_INSIDE("inside", 7, "exception");

  /** Which of the injected places fail: {@code door} or {@code inside}; none unless set. */
  public static final String WHERE = "spanglass.test.fault.where";

  /** How many calls there are to one that fails; 1 unless set. */
  public static final String EVERY = "spanglass.test.fault.every";

  /** {@code error} for errors instead of runtime exceptions. */
  public static final String KIND = "spanglass.test.fault.kind";

  private final String where;
  private final int every;
  private final String kind;

  FaultMode(String where, int every, String kind) {
    this.where = where;
    this.every = every;
    this.kind = kind;
  }

  /** The mode of an exchange: they take turns, beginning with another one in each rotation. */
  public static FaultMode of(int exchange, int rotation) {
    return values()[(exchange + rotation) % values().length];
  }

  void set() {
    System.setProperty(EVERY, Integer.toString(every));
    System.setProperty(KIND, kind);
    System.setProperty(WHERE, where);
  }
}
