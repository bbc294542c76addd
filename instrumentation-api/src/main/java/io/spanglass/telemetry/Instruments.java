/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.telemetry;

import io.opentelemetry.api.OpenTelemetry;
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
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Makes instruments from their specification; one for each name, however many measures feed it.
 *
 * <p>With two profiles a measure feeds the instruments of both, each made by a meter with the
 * profile's schema. A metric that both have is recorded once.
 */
final class Instruments {
  /** The first is that of the spans, and has our own metrics. */
  private final SemconvProfile[] profiles;

  private final Meter[] meters;
  private final Map<String, Recorder> byName = new HashMap<>();
  private int measures;

  Instruments(OpenTelemetry openTelemetry, SemconvProfile... profiles) {
    this.profiles = profiles;
    this.meters = new Meter[profiles.length];
    for (int i = 0; i < meters.length; i++) {
      meters[i] =
          openTelemetry
              .meterBuilder(GenAiTelemetry.SCOPE)
              .setInstrumentationVersion(Version.VERSION)
              .setSchemaUrl(profiles[i].schemaUrl)
              .build();
    }
  }

  private interface Recorder {
    void record(double value, Attributes attributes, Context context);
  }

  /** Where the values of one measure go: none, one or several instruments. */
  static final class Measure {
    /** Its number among the measures of its {@link Instruments}. */
    final int id;

    private final MetricSpec[] specs;

    /** For each specification the profile that it is of, by its place. */
    private final int[] profiles;

    private final Recorder[] recorders;
    private final @Nullable String kind;

    private Measure(
        int id,
        List<MetricSpec> specs,
        int[] profiles,
        Recorder[] recorders,
        @Nullable String kind) {
      this.id = id;
      this.specs = specs.toArray(new MetricSpec[0]);
      this.profiles = profiles;
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

    /** For what is no call's, or not of the whole call. */
    void record(double value, Attributes attributes, Context context) {
      for (int i = 0; i < recorders.length; i++) {
        recorders[i].record(value, Outlet.select(specs[i], attributes), context);
      }
    }

    /**
     * @param call all attributes of the call, as each profile has them; each instrument takes those
     *     that it is specified with
     */
    @Nullable Attributes[] points(Attributes[] call, boolean embeddings) {
      @Nullable Attributes[] points = new @Nullable Attributes[specs.length];
      for (int i = 0; i < points.length; i++) {
        if (embeddings ? specs[i].forEmbeddings : specs[i].forInference) {
          Attributes all = call[profiles[i]];
          points[i] =
              Outlet.select(
                  specs[i],
                  kind == null ? all : Outlet.with(all, SpanglassSemconv.TOKEN_KIND, kind));
        }
      }
      return points;
    }
  }

  /** How many measures there are. */
  int count() {
    return measures;
  }

  Measure measure(MetricSpec own) {
    return measure(own, null);
  }

  /** A measure of one kind of tokens. */
  Measure measure(MetricSpec own, @Nullable String kind) {
    return new Measure(
        measures++, List.of(own), new int[1], new Recorder[] {recorder(own, 0)}, kind);
  }

  /** A measure of the conventions, recorded as each of the profiles has it. */
  Measure measure(Function<SemconvProfile, List<MetricSpec>> ofProfile) {
    List<MetricSpec> specs = new ArrayList<>();
    List<Integer> places = new ArrayList<>();
    for (int i = 0; i < profiles.length; i++) {
      for (MetricSpec spec : ofProfile.apply(profiles[i])) {
        if (!isRecordedByAnother(spec, i, ofProfile)) {
          specs.add(spec);
          places.add(i);
        }
      }
    }
    Recorder[] recorders = new Recorder[specs.size()];
    int[] of = new int[recorders.length];
    for (int i = 0; i < recorders.length; i++) {
      of[i] = places.get(i);
      recorders[i] = recorder(specs.get(i), of[i]);
    }
    return new Measure(measures++, specs, of, recorders, null);
  }

  /** Of two profiles that have the metric the one records it that counts more calls with it. */
  private boolean isRecordedByAnother(
      MetricSpec spec, int profile, Function<SemconvProfile, List<MetricSpec>> ofProfile) {
    for (int i = 0; i < profiles.length; i++) {
      if (i == profile) {
        continue;
      }
      for (MetricSpec other : ofProfile.apply(profiles[i])) {
        if (other.isOfSamePoints(spec)
            && other.countsAllOf(spec)
            && (i < profile || !spec.countsAllOf(other))) {
          return true;
        }
      }
    }
    return false;
  }

  private Recorder recorder(MetricSpec spec, int profile) {
    return byName.computeIfAbsent(
        profile + " " + spec.name, key -> recorder(spec, meters[profile]));
  }

  private static Recorder recorder(MetricSpec spec, Meter meter) {
    return spec.kind == MetricSpec.Kind.COUNTER ? counter(spec, meter) : histogram(spec, meter);
  }

  private static Recorder counter(MetricSpec spec, Meter meter) {
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

  private static Recorder histogram(MetricSpec spec, Meter meter) {
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
