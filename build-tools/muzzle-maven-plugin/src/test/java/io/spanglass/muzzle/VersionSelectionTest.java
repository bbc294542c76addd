/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.muzzle;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class VersionSelectionTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "4.0.0-alpha01",
        "5.0.0-alpha.17",
        "4.10.0-RC1",
        "1.0-rc-2",
        "2.0.0.RC1",
        "3.0.0.M2",
        "1.0.0-M1",
        "7.0-b02",
        "1.0-SNAPSHOT",
        "2.0-beta",
        "1.2.3-beta30",
        "1.0.0.Beta1",
        "4.0.0-preview.2",
        "1.0.CR1",
        "1.0-dev",
        "2.0rc1"
      })
  void preReleases(String version) {
    assertThat(VersionSelection.isPreRelease(version)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "3.12.13",
        "33.4.0-jre",
        "33.4.0-android",
        "4.1.100.Final",
        "1.0.GA",
        "5.0.0.RELEASE",
        "20240303",
        "1.0-b-side",
        "2.0-2"
      })
  void releases(String version) {
    assertThat(VersionSelection.isPreRelease(version)).isFalse();
  }

  @Test
  void theLowestTheNewestOfEachMinorAndTheNewest() {
    assertThat(
            VersionSelection.select(
                List.of("3.12.0", "3.12.1", "3.12.13", "3.14.0", "3.14.9", "4.0.0", "5", "5.0.1"),
                0))
        .containsExactly("3.12.0", "3.12.13", "3.14.9", "4.0.0", "5.0.1");
    assertThat(VersionSelection.select(List.of("1.0"), 0)).containsExactly("1.0");
    assertThat(VersionSelection.select(List.of(), 0)).isEmpty();
  }

  @Test
  void aPatchOfAnOldMinorDoesNotChangeTheOrder() {
    // Maven sorts by version, so this is only about what is kept.
    assertThat(VersionSelection.select(List.of("1.0.0", "1.1.0", "1.1.5", "1.2.0"), 0))
        .containsExactly("1.0.0", "1.1.5", "1.2.0");
  }

  @Test
  void atMostKeepsTheEnds() {
    List<String> versions = new ArrayList<>();
    for (int i = 0; i <= 100; i++) {
      versions.add("4." + i + ".0");
    }
    assertThat(VersionSelection.select(versions, 5))
        .containsExactly("4.0.0", "4.25.0", "4.50.0", "4.75.0", "4.100.0");
    assertThat(VersionSelection.select(versions, 1)).containsExactly("4.100.0");
    assertThat(VersionSelection.select(versions, 200)).hasSize(101);
  }
}
