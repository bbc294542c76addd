/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.telemetry;

import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.metrics.DoubleHistogramBuilder;
import io.opentelemetry.api.metrics.LongCounter;
import io.opentelemetry.api.metrics.LongHistogram;
import io.opentelemetry.api.metrics.LongHistogramBuilder;
import io.opentelemetry.api.metrics.Meter;
import io.opentelemetry.context.Context;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Makes instruments from their specification; one for each name, however many measures feed it. */
final class Instruments {
  private final Meter meter;
  private final Map<String, Recorder> byName = new HashMap<>();
  private int measures;

  Instruments(Meter meter) {
    this.meter = meter;
  }

  private interface Recorder {
    void record(double value, Attributes attributes, Context context);
  }

  /** Where the values of one measure go: none, one or several instruments. */
  static final class Measure {
    /** Its number among the measures of its {@link Instruments}. */
    final int id;

    private final MetricSpec[] specs;
    private final Recorder[] recorders;
    private final @Nullable String kind;

    private Measure(int id, List<MetricSpec> specs, Recorder[] recorders, @Nullable String kind) {
      this.id = id;
      this.specs = specs.toArray(new MetricSpec[0]);
      this.recorders = recorders;
      this.kind = kind;
    }

    void record(double value, Series series, Context context) {
      @Nullable Attributes[] points = series.points(this);
      for (int i = 0; i < recorders.length; i++) {
        Attributes attributes = points[i];
        if (attributes != null) {
          recorders[i].record(value, attributes, context);
        }
      }
    }

    /** For what is no call's. */
    void record(double value, Attributes attributes, Context context) {
      for (int i = 0; i < recorders.length; i++) {
        recorders[i].record(value, Outlet.select(specs[i], attributes), context);
      }
    }

    /**
     * @param call all attributes of the call; each instrument takes those that it is specified with
     */
    @Nullable Attributes[] points(Attributes call, boolean embeddings) {
      Attributes ofKind =
          kind == null ? call : Outlet.with(call, SpanglassSemconv.TOKEN_KIND, kind);
      @Nullable Attributes[] points = new @Nullable Attributes[specs.length];
      for (int i = 0; i < points.length; i++) {
        if (embeddings ? specs[i].forEmbeddings : specs[i].forInference) {
          points[i] = Outlet.select(specs[i], ofKind);
        }
      }
      return points;
    }
  }

  /** How many measures there are. */
  int count() {
    return measures;
  }

  Measure measure(MetricSpec spec) {
    return measure(List.of(spec), null);
  }

  /** A measure of one kind of tokens. */
  Measure measure(MetricSpec spec, String kind) {
    return measure(List.of(spec), kind);
  }

  Measure measure(List<MetricSpec> specs) {
    return measure(specs, null);
  }

  private Measure measure(List<MetricSpec> specs, @Nullable String kind) {
    Recorder[] recorders = new Recorder[specs.size()];
    for (int i = 0; i < recorders.length; i++) {
      MetricSpec spec = specs.get(i);
      recorders[i] = byName.computeIfAbsent(spec.name, name -> recorder(spec));
    }
    return new Measure(measures++, specs, recorders, kind);
  }

  private Recorder recorder(MetricSpec spec) {
    return spec.kind == MetricSpec.Kind.COUNTER ? counter(spec) : histogram(spec);
  }

  private Recorder counter(MetricSpec spec) {
    if (spec.isLong) {
      return longAdder(
          meter
              .counterBuilder(spec.name)
              .setUnit(spec.unit)
              .setDescription(spec.description)
              .build());
    }
    return meter
            .counterBuilder(spec.name)
            .ofDoubles()
            .setUnit(spec.unit)
            .setDescription(spec.description)
            .build()
        ::add;
  }

  private static Recorder longAdder(LongCounter counter) {
    return (value, attributes, context) -> counter.add((long) value, attributes, context);
  }

  private Recorder histogram(MetricSpec spec) {
    DoubleHistogramBuilder builder =
        meter.histogramBuilder(spec.name).setUnit(spec.unit).setDescription(spec.description);
    if (spec.isLong) {
      LongHistogramBuilder longs =
          builder.ofLongs().setExplicitBucketBoundariesAdvice(spec.longBuckets);
      LongHistogram histogram = longs.build();
      return (value, attributes, context) -> histogram.record((long) value, attributes, context);
    }
    return builder.setExplicitBucketBoundariesAdvice(spec.doubleBuckets).build()::record;
  }
}
