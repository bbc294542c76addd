/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.gpu;

/**
 * The XIDs that operators meet most.
 *
 * @see <a href="https://docs.nvidia.com/deploy/xid-errors/">XID errors</a>
 */
final class Xid {

  /** Whether the code usually comes from a program that ran on the GPU, not from the GPU. */
  static boolean isApplicationError(int xid) {
    return xid == 13 || xid == 31 || xid == 43 || xid == 45;
  }

  /** A few words in brackets, or nothing for a code not listed here. */
  static String explain(int xid) {
    switch (xid) {
      case 13:
        return " (graphics engine exception)";
      case 31:
        return " (GPU memory page fault)";
      case 43:
        return " (GPU stopped processing)";
      case 45:
        return " (preemptive cleanup, due to previous errors)";
      case 48:
        return " (double bit ECC error)";
      case 63:
        return " (row remapping or page retirement recorded)";
      case 64:
        return " (row remapping or page retirement failed)";
      case 74:
        return " (NVLink error)";
      case Health.XID_OFF_THE_BUS:
        return " (GPU has fallen off the bus)";
      case 92:
        return " (high single-bit ECC error rate)";
      case 94:
        return " (contained ECC error)";
      case 95:
        return " (uncontained ECC error)";
      case 119:
        return " (GSP firmware does not answer)";
      default:
        return "";
    }
  }

  private Xid() {}
}
