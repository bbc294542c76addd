/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.gpu;

/** What the collector and the event thread report as it happens. */
interface Listener {
  void onCycle(double seconds);

  /** A driver call failed for another reason than that the device lacks the field. */
  void onError(int code);

  /** {@code gpuInstance} is -1 when the event is about the whole GPU. */
  void onXid(DeviceState device, int xid, int gpuInstance);
}
