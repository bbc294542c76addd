/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.gpu;

import io.opentelemetry.sdk.metrics.data.DoublePointData;
import io.opentelemetry.sdk.metrics.data.LongPointData;
import io.opentelemetry.sdk.metrics.data.MetricData;
import io.opentelemetry.sdk.metrics.data.PointData;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;

/** Metrics as sorted lines: {@code name kind [unit] {attributes} = value}. */
final class MetricText {
  private MetricText() {}

  static String of(Collection<MetricData> metrics) {
    List<String> lines = new ArrayList<>();
    for (MetricData metric : metrics) {
      String head = metric.getName() + " " + kind(metric) + " [" + metric.getUnit() + "]";
      for (PointData point : metric.getData().getPoints()) {
        StringBuilder attributes = new StringBuilder();
        point
            .getAttributes()
            .forEach(
                (key, value) ->
                    attributes
                        .append(attributes.length() == 0 ? "" : ", ")
                        .append(key.getKey())
                        .append('=')
                        .append(value));
        lines.add(head + " {" + attributes + "}" + value(point));
      }
    }
    Collections.sort(lines);
    return lines.isEmpty() ? "" : String.join("\n", lines) + "\n";
  }

  private static String kind(MetricData metric) {
    return switch (metric.getType()) {
      case LONG_SUM -> metric.getLongSumData().isMonotonic() ? "counter" : "updowncounter";
      case DOUBLE_SUM -> metric.getDoubleSumData().isMonotonic() ? "counter" : "updowncounter";
      case LONG_GAUGE, DOUBLE_GAUGE -> "gauge";
      default -> "histogram";
    };
  }

  private static String value(PointData point) {
    if (point instanceof LongPointData number) {
      return " = " + number.getValue();
    }
    if (point instanceof DoublePointData number) {
      return " = " + number.getValue();
    }
    return "";
  }
}
