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
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Makes instruments from their specification; one for each name, however many measures feed it. */
final class Instruments {
  private final Meter meter;
  private final Map<String, Recorder> byName = new HashMap<>();

  Instruments(Meter meter) {
    this.meter = meter;
  }

  private interface Recorder {
    void record(double value, Attributes attributes, Context context);
  }

  /** Where the values of one measure go: none, one or several instruments. */
  static final class Measure {
    private final List<MetricSpec> specs = new ArrayList<>();
    private final List<Recorder> recorders = new ArrayList<>();

    /**
     * @param call all attributes of the call; each instrument takes those that it is specified with
     */
    void record(double value, Attributes call, Context context) {
      for (int i = 0; i < specs.size(); i++) {
        recorders.get(i).record(value, specs.get(i).select(call), context);
      }
    }

    /** The attributes for {@link #recordSelected}, to be made once for many values. */
    Attributes[] select(Attributes call) {
      Attributes[] selected = new Attributes[specs.size()];
      for (int i = 0; i < selected.length; i++) {
        selected[i] = specs.get(i).select(call);
      }
      return selected;
    }

    void recordSelected(double value, Attributes[] selected, Context context) {
      for (int i = 0; i < selected.length; i++) {
        recorders.get(i).record(value, selected[i], context);
      }
    }
  }

  Measure measure(MetricSpec spec) {
    return measure(List.of(spec));
  }

  Measure measure(List<MetricSpec> specs) {
    Measure measure = new Measure();
    for (MetricSpec spec : specs) {
      measure.specs.add(spec);
      measure.recorders.add(byName.computeIfAbsent(spec.name, name -> recorder(spec)));
    }
    return measure;
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
