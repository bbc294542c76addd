/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.gpu;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class MonotonicTest {
  private final Monotonic counter = new Monotonic();

  @Test
  void beginsAtZeroHoweverLongTheDriverHasCounted() {
    assertThat(counter.update(5_000_000, false)).isZero();
    assertThat(counter.update(5_000_300, false)).isEqualTo(300);
    assertThat(counter.update(5_000_300, false)).isEqualTo(300);
  }

  @Test
  void goesOnFromTheOldSumWhenTheDriverStartsAgainFromZero() {
    counter.update(5_000_000, false);
    counter.update(5_000_300, false);

    assertThat(counter.update(40, false)).isEqualTo(340);
    assertThat(counter.update(50, false)).isEqualTo(350);
  }

  @Test
  void aFallFromTheTopOf32BitsIsAWrap() {
    counter.update(0xFFFF_FF00L, true);

    assertThat(counter.update(0x10, true)).isEqualTo(0x110);
  }

  @Test
  void aFallFromTheMiddleIsARestart() {
    counter.update(0x4000_0000L, true);

    assertThat(counter.update(0x10, true)).isEqualTo(0x10);
  }

  @Test
  void aCounterThatWentBeyond32BitsDoesNotWrapThere() {
    counter.update(0x1_0000_0000L, true);
    counter.update(0x1_FFFF_FFFFL, true);

    assertThat(counter.update(7, true)).isEqualTo(0xFFFF_FFFFL + 7);
  }

  @Test
  void aFallFromTheTopOf64BitsIsAWrap() {
    counter.update(-16, true);

    assertThat(counter.update(4, true)).isEqualTo(20);
  }

  @Test
  void onlyCountersThatMayWrapAreTakenToWrap() {
    counter.update(0xFFFF_FF00L, false);

    assertThat(counter.update(0x10, false)).isEqualTo(0x10);
  }
}
