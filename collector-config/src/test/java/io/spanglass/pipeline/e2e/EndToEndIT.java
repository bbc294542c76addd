/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.pipeline.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** All stages; Loki's and the trace store's where these were built, or with {@code EXTENDED=1}. */
class EndToEndIT {

  @Test
  void everyStageHolds() throws Exception {
    Path root = Path.of(System.getProperty("spanglass.root"));
    // A machine that is set up for the build has Go or the parts; one that is not, is told.
    assumeTrue(
        System.getenv("CI") != null || canBuild(root),
        "the pipeline's parts are not built and there is no Go to build them");
    try (EndToEnd test =
        new EndToEnd(
            root,
            System.getProperty("spanglass.version"),
            "1".equals(System.getenv("EXTENDED")),
            EndToEnd.LATE_MILLIS)) {
      assertThat(test.run(Set.of())).as("see the stages' lines above").isTrue();
    }
  }

  private static boolean canBuild(Path root) throws Exception {
    if (succeeds("go", "version")) {
      return true;
    }
    for (String tool : new String[] {"prometheus", "alertmanager", "otelcol"}) {
      if (!succeeds(root.resolve("collector-config/tools/build").toString(), "--cached", tool)) {
        return false;
      }
    }
    return true;
  }

  private static boolean succeeds(String... command) throws InterruptedException {
    try {
      return new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start()
              .waitFor()
          == 0;
    } catch (java.io.IOException e) {
      return false;
    }
  }
}
