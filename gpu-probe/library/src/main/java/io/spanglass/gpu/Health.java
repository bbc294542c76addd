/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.gpu;

/** The rules for {@code hw.status}: what was seen of a GPU in one cycle, and the state it means. */
final class Health {
  enum State {
    OK("ok"),
    DEGRADED("degraded"),
    FAILED("failed"),
    PREDICTED_FAILURE("predicted_failure");

    final String variant;

    State(String value) {
      this.variant = "hw.state=" + value;
    }
  }

  // Bits of the clock event reasons.
  static final long SW_THERMAL_SLOWDOWN = 0x20;
  static final long HW_THERMAL_SLOWDOWN = 0x40;
  static final long HW_POWER_BRAKE = 0x80;

  /** XID 79: the GPU has fallen off the bus. */
  static final int XID_OFF_THE_BUS = 79;

  /** A link narrower than its maximum counts only while there is work for it. */
  static final double LOAD = 0.1;

  /** It is lost, needs a reset, or cannot be read for another reason of its own. */
  boolean unreadable;

  boolean offTheBus;
  int recoveryAction;
  boolean rowRemapFailed;
  boolean rowRemapPending;
  boolean pagesPending;
  boolean doubleBitErrors;
  long clockEventReasons;
  int pcieWidth;
  int pcieWidthMax;
  double utilization;
  boolean nvlinkDown;

  void clear() {
    unreadable = false;
    offTheBus = false;
    recoveryAction = 0;
    rowRemapFailed = false;
    rowRemapPending = false;
    pagesPending = false;
    doubleBitErrors = false;
    clockEventReasons = 0;
    pcieWidth = 0;
    pcieWidthMax = 0;
    utilization = 0;
    nvlinkDown = false;
  }

  /** Exactly one state, the worst that applies. What was not seen does not count. */
  State state() {
    if (unreadable || offTheBus || recoveryAction != 0) {
      return State.FAILED;
    }
    if (rowRemapFailed || pagesPending || doubleBitErrors) {
      return State.PREDICTED_FAILURE;
    }
    boolean slowedDown =
        (clockEventReasons & (SW_THERMAL_SLOWDOWN | HW_THERMAL_SLOWDOWN | HW_POWER_BRAKE)) != 0;
    boolean narrow = pcieWidth > 0 && pcieWidth < pcieWidthMax && utilization >= LOAD;
    if (slowedDown || rowRemapPending || narrow || nvlinkDown) {
      return State.DEGRADED;
    }
    return State.OK;
  }
}
