/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PromQlTest {
  @Test
  void aSelectorIsItsName() {
    assertThat(PromQl.metricNames("up")).containsExactly("up");
    assertThat(PromQl.metricNames("vllm:num_requests_waiting{model_name=\"m\"} > 0"))
        .containsExactly("vllm:num_requests_waiting");
  }

  @Test
  void functionsAggregationsAndLabelsAreNone() {
    assertThat(
            PromQl.metricNames(
                "histogram_quantile(0.95, sum by (le, service) (rate(a_bucket{x=\"y\"}[5m]))) and on"
                    + " (service) group_left (zone) topk(3, b) or vector(0)"))
        .containsExactly("a_bucket", "b");
    assertThat(PromQl.metricNames("sum(a) by (b) / sum without (c) (d)")).containsExactly("a", "d");
    assertThat(PromQl.metricNames("SUM BY (b) (a)")).containsExactly("a");
  }

  @Test
  void aMetricMayBeCalledLikeAnAggregation() {
    assertThat(PromQl.metricNames("count + sum(min)")).containsExactly("count", "min");
  }

  @Test
  void whatLooksLikeANameInAStringIsNone() {
    assertThat(PromQl.metricNames("label_replace(a, \"b\", \"c d\", 'e', `f`)"))
        .containsExactly("a");
    assertThat(PromQl.metricNames("a{b=\"c\\\"d{e}\"} - f")).containsExactly("a", "f");
  }

  @Test
  void numbersDurationsAndModifiersAreNone() {
    assertThat(PromQl.metricNames("1e3 * a[1h:5m] offset 1d - Inf + 0x1f > bool NaN @ end()"))
        .containsExactly("a");
  }

  @Test
  void commentsAreNone() {
    assertThat(PromQl.metricNames("a # and b\n+ c")).containsExactly("a", "c");
  }

  @Test
  void aSelectorOnTheNameTellsWhatItComparesWith() {
    assertThat(PromQl.metricNames("{__name__=~\"otelcol_x(_total)?\", a=\"b\"}"))
        .containsExactly("otelcol_x(_total)?");
    assertThat(PromQl.metricNames("{\"gen_ai.x\", a=\"b\"}")).containsExactly("gen_ai.x");
  }

  @Test
  void aSelectorWithoutANameIsNotPassedOver() {
    assertThat(PromQl.metricNames("{job=\"a\"}")).containsExactly("{}");
    assertThat(PromQl.metricNames("{__name__!=\"a\", job=\"a\"}")).containsExactly("{}");
    assertThat(PromQl.metricNames("sum by (a) ({job=\"a\"})")).containsExactly("{}");
    assertThat(PromQl.metricNames("a {job=\"a\"}")).containsExactly("a");
  }
}
