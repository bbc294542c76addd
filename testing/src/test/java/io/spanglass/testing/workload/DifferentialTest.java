/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.testing.workload;

import static org.assertj.core.api.Assertions.assertThat;

import io.spanglass.testing.OtlpReceiver;
import io.spanglass.testing.workload.Differential.Observation;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The harness itself: runs that must be the same are, and the agent's own part is known. */
class DifferentialTest {

  @Test
  void theSameWithoutAnythingAndUnderTheAgent() throws Exception {
    try (Differential differential = new Differential(20261122, 100);
        OtlpReceiver receiver = OtlpReceiver.start()) {
      Map<String, Observation> plain = differential.run(jvm -> jvm.agent(null));
      Map<String, Observation> again = differential.run(jvm -> jvm.agent(null));
      Map<String, Observation> agent = differential.run(jvm -> jvm.exportTo(receiver));

      assertThat(Differential.differences(plain, again, Differential::same)).isEmpty();
      assertThat(Differential.differences(plain, agent, Differential::officialAgent)).isEmpty();
    }
  }
}
