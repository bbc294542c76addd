/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.redaction.exporters;

import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.sdk.common.InstrumentationScopeInfo;
import io.opentelemetry.sdk.metrics.data.Data;
import io.opentelemetry.sdk.metrics.data.DoubleExemplarData;
import io.opentelemetry.sdk.metrics.data.DoublePointData;
import io.opentelemetry.sdk.metrics.data.ExemplarData;
import io.opentelemetry.sdk.metrics.data.ExponentialHistogramData;
import io.opentelemetry.sdk.metrics.data.ExponentialHistogramPointData;
import io.opentelemetry.sdk.metrics.data.GaugeData;
import io.opentelemetry.sdk.metrics.data.HistogramData;
import io.opentelemetry.sdk.metrics.data.HistogramPointData;
import io.opentelemetry.sdk.metrics.data.LongExemplarData;
import io.opentelemetry.sdk.metrics.data.LongPointData;
import io.opentelemetry.sdk.metrics.data.MetricData;
import io.opentelemetry.sdk.metrics.data.MetricDataType;
import io.opentelemetry.sdk.metrics.data.PointData;
import io.opentelemetry.sdk.metrics.data.SumData;
import io.opentelemetry.sdk.resources.Resource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.BiFunction;

/** A metric with other exemplars, or another resource, than it was given. */
final class RedactedMetric implements MetricData {
  private final MetricData metric;
  private final Data<?> data;
  private final Resource resource;

  private RedactedMetric(MetricData metric, Data<?> data, Resource resource) {
    this.metric = metric;
    this.data = data;
    this.resource = resource;
  }

  /** The same metric where nothing was found in it. */
  static MetricData of(MetricData metric, TelemetryRedactor redactor) {
    Resource resource = redactor.resource(metric.getResource());
    Data<?> data = data(metric, redactor);
    return resource == metric.getResource() && data == metric.getData()
        ? metric
        : new RedactedMetric(metric, data, resource);
  }

  private static Data<?> data(MetricData metric, TelemetryRedactor redactor) {
    switch (metric.getType()) {
      case LONG_GAUGE:
        GaugeData<LongPointData> longGauge = metric.getLongGaugeData();
        Collection<LongPointData> longs = longs(longGauge.getPoints(), redactor);
        return longs == longGauge.getPoints() ? longGauge : GaugeData.createLongGaugeData(longs);
      case DOUBLE_GAUGE:
        GaugeData<DoublePointData> gauge = metric.getDoubleGaugeData();
        Collection<DoublePointData> doubles = doubles(gauge.getPoints(), redactor);
        return doubles == gauge.getPoints() ? gauge : GaugeData.createDoubleGaugeData(doubles);
      case LONG_SUM:
        SumData<LongPointData> longSum = metric.getLongSumData();
        Collection<LongPointData> longParts = longs(longSum.getPoints(), redactor);
        return longParts == longSum.getPoints()
            ? longSum
            : SumData.createLongSumData(
                longSum.isMonotonic(), longSum.getAggregationTemporality(), longParts);
      case DOUBLE_SUM:
        SumData<DoublePointData> sum = metric.getDoubleSumData();
        Collection<DoublePointData> parts = doubles(sum.getPoints(), redactor);
        return parts == sum.getPoints()
            ? sum
            : SumData.createDoubleSumData(
                sum.isMonotonic(), sum.getAggregationTemporality(), parts);
      case HISTOGRAM:
        HistogramData histogram = metric.getHistogramData();
        Collection<HistogramPointData> points =
            points(
                histogram.getPoints(),
                HistogramPointData::getExemplars,
                RedactedPoints.Histogram::new,
                redactor);
        return points == histogram.getPoints()
            ? histogram
            : HistogramData.create(histogram.getAggregationTemporality(), points);
      case EXPONENTIAL_HISTOGRAM:
        ExponentialHistogramData exponential = metric.getExponentialHistogramData();
        Collection<ExponentialHistogramPointData> exponentials =
            points(
                exponential.getPoints(),
                ExponentialHistogramPointData::getExemplars,
                RedactedPoints.Exponential::new,
                redactor);
        return exponentials == exponential.getPoints()
            ? exponential
            : ExponentialHistogramData.create(
                exponential.getAggregationTemporality(), exponentials);
      default:
        // A summary has no exemplars.
        return metric.getData();
    }
  }

  private static Collection<LongPointData> longs(
      Collection<LongPointData> points, TelemetryRedactor redactor) {
    return points(points, LongPointData::getExemplars, RedactedPoints.Longs::new, redactor);
  }

  private static Collection<DoublePointData> doubles(
      Collection<DoublePointData> points, TelemetryRedactor redactor) {
    return points(points, DoublePointData::getExemplars, RedactedPoints.Doubles::new, redactor);
  }

  /** Which exemplars a kind of points has. */
  private interface Exemplars<P, E> {
    List<E> of(P point);
  }

  private static <P extends PointData, E extends ExemplarData> Collection<P> points(
      Collection<P> points,
      Exemplars<P, E> exemplars,
      BiFunction<P, List<E>, P> with,
      TelemetryRedactor redactor) {
    List<P> redacted = null;
    int i = 0;
    for (P point : points) {
      List<E> given = exemplars.of(point);
      List<E> now = exemplars(given, redactor);
      if (now != given) {
        if (redacted == null) {
          redacted = new ArrayList<>(points);
        }
        redacted.set(i, with.apply(point, now));
      }
      i++;
    }
    return redacted == null ? points : redacted;
  }

  private static <E extends ExemplarData> List<E> exemplars(
      List<E> exemplars, TelemetryRedactor redactor) {
    List<E> redacted = null;
    for (int i = 0; i < exemplars.size(); i++) {
      E exemplar = exemplars.get(i);
      Attributes attributes = redactor.attributes(exemplar.getFilteredAttributes());
      if (attributes != exemplar.getFilteredAttributes()) {
        if (redacted == null) {
          redacted = new ArrayList<>(exemplars);
        }
        redacted.set(i, with(exemplar, attributes));
      }
    }
    return redacted == null ? exemplars : redacted;
  }

  @SuppressWarnings("unchecked") // The one kind makes its own kind.
  private static <E extends ExemplarData> E with(E exemplar, Attributes attributes) {
    if (exemplar instanceof LongExemplarData) {
      return (E)
          LongExemplarData.create(
              attributes,
              exemplar.getEpochNanos(),
              exemplar.getSpanContext(),
              ((LongExemplarData) exemplar).getValue());
    }
    return (E)
        DoubleExemplarData.create(
            attributes,
            exemplar.getEpochNanos(),
            exemplar.getSpanContext(),
            ((DoubleExemplarData) exemplar).getValue());
  }

  @Override
  public Resource getResource() {
    return resource;
  }

  @Override
  public Data<?> getData() {
    return data;
  }

  @Override
  public InstrumentationScopeInfo getInstrumentationScopeInfo() {
    return metric.getInstrumentationScopeInfo();
  }

  @Override
  public String getName() {
    return metric.getName();
  }

  @Override
  public String getDescription() {
    return metric.getDescription();
  }

  @Override
  public String getUnit() {
    return metric.getUnit();
  }

  @Override
  public MetricDataType getType() {
    return metric.getType();
  }
}
