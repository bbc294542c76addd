/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.redaction.exporters;

import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.sdk.metrics.data.DoubleExemplarData;
import io.opentelemetry.sdk.metrics.data.DoublePointData;
import io.opentelemetry.sdk.metrics.data.ExponentialHistogramBuckets;
import io.opentelemetry.sdk.metrics.data.ExponentialHistogramPointData;
import io.opentelemetry.sdk.metrics.data.HistogramPointData;
import io.opentelemetry.sdk.metrics.data.LongExemplarData;
import io.opentelemetry.sdk.metrics.data.LongPointData;
import io.opentelemetry.sdk.metrics.data.PointData;
import java.util.List;

/** Points with other exemplars than they were given. */
final class RedactedPoints {
  private RedactedPoints() {}

  /** What all points have. */
  private abstract static class Base<P extends PointData> implements PointData {
    final P point;

    Base(P point) {
      this.point = point;
    }

    @Override
    public long getStartEpochNanos() {
      return point.getStartEpochNanos();
    }

    @Override
    public long getEpochNanos() {
      return point.getEpochNanos();
    }

    @Override
    public Attributes getAttributes() {
      return point.getAttributes();
    }
  }

  /** Of that kind. */
  static final class Longs extends Base<LongPointData> implements LongPointData {
    private final List<LongExemplarData> exemplars;

    Longs(LongPointData point, List<LongExemplarData> exemplars) {
      super(point);
      this.exemplars = exemplars;
    }

    @Override
    public List<LongExemplarData> getExemplars() {
      return exemplars;
    }

    @Override
    public long getValue() {
      return point.getValue();
    }
  }

  /** Of that kind. */
  static final class Doubles extends Base<DoublePointData> implements DoublePointData {
    private final List<DoubleExemplarData> exemplars;

    Doubles(DoublePointData point, List<DoubleExemplarData> exemplars) {
      super(point);
      this.exemplars = exemplars;
    }

    @Override
    public List<DoubleExemplarData> getExemplars() {
      return exemplars;
    }

    @Override
    public double getValue() {
      return point.getValue();
    }
  }

  /** Of that kind. */
  static final class Histogram extends Base<HistogramPointData> implements HistogramPointData {
    private final List<DoubleExemplarData> exemplars;

    Histogram(HistogramPointData point, List<DoubleExemplarData> exemplars) {
      super(point);
      this.exemplars = exemplars;
    }

    @Override
    public List<DoubleExemplarData> getExemplars() {
      return exemplars;
    }

    @Override
    public double getSum() {
      return point.getSum();
    }

    @Override
    public long getCount() {
      return point.getCount();
    }

    @Override
    public boolean hasMin() {
      return point.hasMin();
    }

    @Override
    public double getMin() {
      return point.getMin();
    }

    @Override
    public boolean hasMax() {
      return point.hasMax();
    }

    @Override
    public double getMax() {
      return point.getMax();
    }

    @Override
    public List<Double> getBoundaries() {
      return point.getBoundaries();
    }

    @Override
    public List<Long> getCounts() {
      return point.getCounts();
    }
  }

  /** Of that kind. */
  static final class Exponential extends Base<ExponentialHistogramPointData>
      implements ExponentialHistogramPointData {
    private final List<DoubleExemplarData> exemplars;

    Exponential(ExponentialHistogramPointData point, List<DoubleExemplarData> exemplars) {
      super(point);
      this.exemplars = exemplars;
    }

    @Override
    public List<DoubleExemplarData> getExemplars() {
      return exemplars;
    }

    @Override
    public int getScale() {
      return point.getScale();
    }

    @Override
    public double getSum() {
      return point.getSum();
    }

    @Override
    public long getCount() {
      return point.getCount();
    }

    @Override
    public long getZeroCount() {
      return point.getZeroCount();
    }

    @Override
    public boolean hasMin() {
      return point.hasMin();
    }

    @Override
    public double getMin() {
      return point.getMin();
    }

    @Override
    public boolean hasMax() {
      return point.hasMax();
    }

    @Override
    public double getMax() {
      return point.getMax();
    }

    @Override
    public ExponentialHistogramBuckets getPositiveBuckets() {
      return point.getPositiveBuckets();
    }

    @Override
    public ExponentialHistogramBuckets getNegativeBuckets() {
      return point.getNegativeBuckets();
    }
  }
}
