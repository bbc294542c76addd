/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.examples.vllm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** The whole comparison with a real vLLM, where one is installed. */
class VerifyIT {

  @Test
  void spanglassAndVllmSayTheSame() throws Exception {
    Path root = Path.of(System.getProperty("spanglass.vllm.root"));
    assumeTrue(
        VllmServers.isInstalled(root.resolve("examples").resolve("vllm")),
        "vLLM is not installed; examples/vllm/start --install-only does that");
    Comparison.Result result = Verify.run(root, System.getProperty("spanglass.vllm.version"));
    assertThat(result.findings()).as(Report.text(result)).isEmpty();
    assertThat(result.rows()).hasSizeGreaterThan(20);
    assertThat(result.openSpans()).isZero();
    assertThat(result.sameTrace()).isTrue();
    // So that it is noticed if there is nothing left to account for.
    assertThat(result.prompt().onSpans()).isPositive();
    assertThat(result.prompt().withoutUsage()).isPositive();
    assertThat(result.prompt().cancelled()).isPositive();
  }
}
