/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.examples.vllm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class ServerMetricsTest {
  private static final String TEXT =
      """
      # HELP vllm:prompt_tokens_total Number of prefill tokens processed.
      # TYPE vllm:prompt_tokens_total counter
      vllm:prompt_tokens_total{engine="0",model_name="m"} 2592.0
      vllm:prompt_tokens_created{engine="0",model_name="m"} 1.7e+09
      vllm:prompt_tokens_by_source_total{engine="0",model_name="m",source="local_compute"} 1824.0
      vllm:prompt_tokens_cached_total{engine="0",model_name="m"} 768.0
      vllm:generation_tokens_total{engine="0",model_name="m"} 3614.0
      vllm:generation_tokens_total{engine="1",model_name="m"} 1.0
      vllm:request_success_total{engine="0",finished_reason="stop",model_name="m"} 6.0
      vllm:request_success_total{engine="0",finished_reason="length",model_name="m"} 30.0
      vllm:time_to_first_token_seconds_bucket{engine="0",le="0.001",model_name="m"} 0.0
      vllm:time_to_first_token_seconds_count{engine="0",model_name="m"} 38.0
      vllm:time_to_first_token_seconds_sum{engine="0",model_name="m"} 20.5
      """;

  @Test
  void seriesOfANameAreAddedUpAndOthersAreNotTakenForIt() {
    assertThat(ServerMetrics.parse(TEXT))
        .isEqualTo(new ServerMetrics(2592, 768, 3615, 36, 38, 20.5));
  }

  @Test
  void aMetricThatIsMissingIsNoZero() {
    assertThatThrownBy(() -> ServerMetrics.parse(TEXT.replace("generation_tokens_total", "tokens")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("vllm:generation_tokens_total");
  }
}
