/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.examples.demo;

import io.spanglass.testing.MetricRecord;
import io.spanglass.testing.OtlpReceiver;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A series of one of the metrics of model calls, added up over the applications.
 *
 * @param type {@code histogram}, {@code sum}, {@code gauge}, …
 * @param attributes sorted by name
 * @param count number of measurements; null for a sum or gauge
 * @param sum of the measurements; null for a sum or gauge
 * @param value of a sum or gauge; null for the others
 */
record MetricSeries(
    String name,
    String unit,
    String type,
    Map<String, Object> attributes,
    @Nullable Long count,
    @Nullable Double sum,
    @Nullable Number value) {

  /**
   * The series of model calls: those of Spanglass, and any other in the {@code gen_ai} namespace.
   */
  static List<MetricSeries> of(OtlpReceiver receiver) {
    List<MetricRecord> points = new ArrayList<>();
    // A cumulative point replaces the one before; a delta adds to it.
    for (MetricRecord point : receiver.metrics()) {
      if (point.temporality().equals("DELTA")) {
        points.add(point);
      }
    }
    for (MetricRecord point : receiver.latestMetrics()) {
      if (!point.temporality().equals("DELTA")) {
        points.add(point);
      }
    }
    return of(points);
  }

  static List<MetricSeries> of(Collection<MetricRecord> points) {
    Map<List<Object>, MetricSeries> series = new LinkedHashMap<>();
    for (MetricRecord point : points) {
      if (point.scopeName().equals(Spans.SCOPE)
          || point.name().startsWith("gen_ai.")
          || point.name().startsWith("spanglass.")) {
        MetricSeries one =
            new MetricSeries(
                point.name(),
                point.unit(),
                point.type(),
                new TreeMap<>(point.attributes()),
                point.count(),
                point.sum(),
                point.value());
        series.merge(
            List.of(one.name, one.unit, one.type, one.attributes), one, MetricSeries::plus);
      }
    }
    List<MetricSeries> sorted = new ArrayList<>(series.values());
    sorted.sort(
        Comparator.comparing(MetricSeries::name).thenComparing(one -> one.attributes().toString()));
    return sorted;
  }

  private MetricSeries plus(MetricSeries other) {
    Number added = other.value;
    if (!type.equals("gauge") && value != null && other.value != null) {
      if (value instanceof Long && other.value instanceof Long) {
        added = value.longValue() + other.value.longValue();
      } else {
        added = value.doubleValue() + other.value.doubleValue();
      }
    }
    return new MetricSeries(
        name,
        unit,
        type,
        attributes,
        count == null || other.count == null ? null : Long.valueOf(count + other.count),
        sum == null || other.sum == null ? null : Double.valueOf(sum + other.sum),
        added);
  }
}
