/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.gpu;

import io.opentelemetry.api.common.Attributes;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** What one cycle read: never changed once published. */
final class Snapshot {

  static final class Point {
    final Attributes attributes;
    final long longValue;
    final double doubleValue;

    Point(Attributes attributes, long longValue, double doubleValue) {
      this.attributes = attributes;
      this.longValue = longValue;
      this.doubleValue = doubleValue;
    }
  }

  /** Collects the points of one cycle. */
  static final class Builder {
    private final Map<Metric, List<Point>> points = new EnumMap<>(Metric.class);

    void add(Metric metric, Attributes attributes, long value) {
      list(metric).add(new Point(attributes, value, value));
    }

    void add(Metric metric, Attributes attributes, double value) {
      list(metric).add(new Point(attributes, (long) value, value));
    }

    void addAll(Builder other) {
      other.points.forEach((metric, list) -> list(metric).addAll(list));
    }

    private List<Point> list(Metric metric) {
      return points.computeIfAbsent(metric, m -> new ArrayList<>());
    }

    /**
     * The finished snapshot.
     *
     * @param takenAtNanos {@link System#nanoTime} at the start of the cycle, so that a cycle that
     *     hung is stale when it ends
     */
    Snapshot build(long takenAtNanos) {
      return new Snapshot(points, takenAtNanos);
    }
  }

  final long takenAtNanos;
  private final Map<Metric, List<Point>> points;

  private Snapshot(Map<Metric, List<Point>> points, long takenAtNanos) {
    this.points = points;
    this.takenAtNanos = takenAtNanos;
  }

  List<Point> points(Metric metric) {
    List<Point> list = points.get(metric);
    return list == null ? Collections.emptyList() : list;
  }

  int size() {
    int size = 0;
    for (List<Point> list : points.values()) {
      size += list.size();
    }
    return size;
  }
}
