/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.examples.demo;

import static org.assertj.core.api.Assertions.assertThat;

import io.spanglass.testing.MetricRecord;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class MetricSeriesTest {

  @Test
  void seriesOfSeveralApplicationsAreAddedUp() {
    List<MetricSeries> series =
        MetricSeries.of(
            List.of(
                histogram("a", "gen_ai.client.operation.duration", 2, 1.5),
                histogram("b", "gen_ai.client.operation.duration", 1, 0.25),
                sum("a", "spanglass.client.token.usage.details", 3),
                sum("b", "spanglass.client.token.usage.details", 4)));

    assertThat(series)
        .containsExactly(
            new MetricSeries(
                "gen_ai.client.operation.duration",
                "s",
                "histogram",
                Map.of("gen_ai.request.model", "m"),
                3L,
                1.75,
                null),
            new MetricSeries(
                "spanglass.client.token.usage.details",
                "{token}",
                "sum",
                Map.of("gen_ai.request.model", "m"),
                null,
                null,
                7L));
  }

  @Test
  void otherMetricsAreLeftOut() {
    assertThat(MetricSeries.of(List.of(histogram("a", "http.client.request.duration", 1, 1))))
        .isEmpty();
  }

  private static MetricRecord histogram(String app, String name, long count, double sum) {
    return record(app, name, "s", "histogram", count, sum, null);
  }

  private static MetricRecord sum(String app, String name, long value) {
    return record(app, name, "{token}", "sum", null, null, value);
  }

  private static MetricRecord record(
      String app,
      String name,
      String unit,
      String type,
      @Nullable Long count,
      @Nullable Double sum,
      @Nullable Number value) {
    return new MetricRecord(
        name,
        "",
        unit,
        type,
        "CUMULATIVE",
        true,
        "some.scope",
        "",
        "",
        Map.of("gen_ai.request.model", "m"),
        Map.of("service.name", app),
        0,
        0,
        count,
        sum,
        value,
        null,
        null,
        List.of(),
        List.of(),
        List.of());
  }
}
