/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.gpu;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class HealthTest {

  @Test
  void okWhenNothingIsWrong() {
    assertThat(state(h -> {})).isEqualTo(Health.State.OK);
  }

  @Test
  void failed() {
    assertThat(state(h -> h.unreadable = true)).isEqualTo(Health.State.FAILED);
    assertThat(state(h -> h.offTheBus = true)).isEqualTo(Health.State.FAILED);
    assertThat(state(h -> h.recoveryAction = 1)).isEqualTo(Health.State.FAILED);
  }

  @Test
  void predictedFailure() {
    assertThat(state(h -> h.rowRemapFailed = true)).isEqualTo(Health.State.PREDICTED_FAILURE);
    assertThat(state(h -> h.pagesPending = true)).isEqualTo(Health.State.PREDICTED_FAILURE);
    assertThat(state(h -> h.doubleBitErrors = true)).isEqualTo(Health.State.PREDICTED_FAILURE);
  }

  @Test
  void degraded() {
    assertThat(state(h -> h.clockEventReasons = 0x20)).isEqualTo(Health.State.DEGRADED);
    assertThat(state(h -> h.clockEventReasons = 0x40)).isEqualTo(Health.State.DEGRADED);
    assertThat(state(h -> h.clockEventReasons = 0x80)).isEqualTo(Health.State.DEGRADED);
    assertThat(state(h -> h.rowRemapPending = true)).isEqualTo(Health.State.DEGRADED);
    assertThat(state(h -> h.nvlinkDown = true)).isEqualTo(Health.State.DEGRADED);
  }

  @Test
  void reachingThePowerCapIsNoFault() {
    assertThat(state(h -> h.clockEventReasons = 0x1 | 0x4)).isEqualTo(Health.State.OK);
  }

  @Test
  void aNarrowLinkCountsOnlyUnderLoad() {
    Consumer<Health> narrow =
        h -> {
          h.pcieWidth = 8;
          h.pcieWidthMax = 16;
        };
    assertThat(state(narrow)).isEqualTo(Health.State.OK);
    assertThat(state(narrow.andThen(h -> h.utilization = 0.5))).isEqualTo(Health.State.DEGRADED);
  }

  @Test
  void theWorstWins() {
    assertThat(
            state(
                h -> {
                  h.unreadable = true;
                  h.rowRemapFailed = true;
                  h.nvlinkDown = true;
                }))
        .isEqualTo(Health.State.FAILED);
    assertThat(
            state(
                h -> {
                  h.rowRemapFailed = true;
                  h.nvlinkDown = true;
                }))
        .isEqualTo(Health.State.PREDICTED_FAILURE);
  }

  private static Health.State state(Consumer<Health> seen) {
    Health health = new Health();
    seen.accept(health);
    return health.state();
  }
}
