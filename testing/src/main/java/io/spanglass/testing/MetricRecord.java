/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.testing;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One data point of a metric as it arrived over OTLP.
 *
 * @param type {@code gauge}, {@code sum}, {@code histogram}, {@code exponential_histogram} or
 *     {@code summary}
 * @param temporality {@code CUMULATIVE}, {@code DELTA} or {@code UNSPECIFIED}; gauges and summaries
 *     have none
 * @param monotonic false for everything but a monotonic sum
 * @param startNanos nanoseconds since the epoch, 0 if not sent
 * @param timeNanos nanoseconds since the epoch
 * @param count number of measurements; null for sums and gauges
 * @param sum of the measurements; null if not sent
 * @param value Long or Double of a sum or gauge; null for the others
 * @param bounds explicit bucket bounds; empty unless a histogram
 * @param bucketCounts one more than there are bounds
 */
public record MetricRecord(
    String name,
    String description,
    String unit,
    String type,
    String temporality,
    boolean monotonic,
    String scopeName,
    String scopeVersion,
    String schemaUrl,
    Map<String, Object> attributes,
    Map<String, Object> resourceAttributes,
    long startNanos,
    long timeNanos,
    @Nullable Long count,
    @Nullable Double sum,
    @Nullable Number value,
    @Nullable Double min,
    @Nullable Double max,
    List<Double> bounds,
    List<Long> bucketCounts,
    List<Exemplar> exemplars) {

  /**
   * A measurement kept with its trace.
   *
   * @param value Long or Double
   * @param traceId empty if the measurement was taken outside of a span
   */
  public record Exemplar(
      String traceId,
      String spanId,
      Number value,
      long timeNanos,
      Map<String, Object> filteredAttributes) {}
}
