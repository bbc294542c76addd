/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.pipeline.e2e;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

/** Metrics, as OTLP in JSON, for which Prometheus answers a whole request with an error. */
final class Poison {

  /** What becomes of it. */
  enum Fate {
    /** The Collector takes it out; what came in the same request is stored. */
    FILTERED,
    /** It is changed so that it can be stored. */
    MENDED,
    /** Prometheus refuses it, and the request with it: it cannot be told in front. */
    REFUSED
  }

  /** One metric and what becomes of it. */
  record Dose(Fate fate, ObjectNode metric) {}

  /** Of each kind one, by its name; the metrics are called {@code e2e_poison_KIND}. */
  static Map<String, Dose> kinds() {
    Map<String, Dose> kinds = new LinkedHashMap<>();
    kinds.put("delta", new Dose(Fate.MENDED, counter("delta", 1, Duration.ZERO, "kind")));
    kinds.put("label", new Dose(Fate.MENDED, counter("label", 2, Duration.ZERO, "__")));
    kinds.put("no_temporality", filtered(counter("no_temporality", 0, Duration.ZERO, "kind")));
    kinds.put("old", filtered(counter("old", 2, Duration.ofHours(-30), "kind")));
    kinds.put("ahead", filtered(counter("ahead", 2, Duration.ofMinutes(20), "kind")));
    ObjectNode empty = named("empty");
    empty.putObject("gauge").putArray("dataPoints");
    kinds.put("empty", filtered(empty));
    kinds.put("no_type", filtered(named("no_type")));
    ObjectNode noTime = named("no_time");
    noTime.putObject("gauge").putArray("dataPoints").addObject().put("asInt", "1");
    kinds.put("no_time", filtered(noTime));
    kinds.put("scale", filtered(exponential("scale", -8, 2)));
    kinds.put("sum", new Dose(Fate.REFUSED, exponential("sum", 2, 7)));
    return kinds;
  }

  private static Dose filtered(ObjectNode metric) {
    return new Dose(Fate.FILTERED, metric);
  }

  private static ObjectNode named(String kind) {
    return Http.JSON.createObjectNode().put("name", "e2e_poison_" + kind).put("unit", "1");
  }

  private static ObjectNode counter(
      String kind, int temporality, Duration offset, String attribute) {
    ObjectNode metric = named(kind);
    ObjectNode point =
        metric
            .putObject("sum")
            .put("aggregationTemporality", temporality)
            .put("isMonotonic", true)
            .putArray("dataPoints")
            .addObject()
            .put("startTimeUnixNano", nanos(offset.minusSeconds(1)))
            .put("timeUnixNano", nanos(offset))
            .put("asInt", "1");
    point
        .putArray("attributes")
        .addObject()
        .put("key", attribute)
        .putObject("value")
        .put("stringValue", kind);
    return metric;
  }

  /** A histogram of two values. */
  private static ObjectNode exponential(String kind, int scale, int inBuckets) {
    ObjectNode metric = named(kind);
    ObjectNode point =
        metric
            .putObject("exponentialHistogram")
            .put("aggregationTemporality", 2)
            .putArray("dataPoints")
            .addObject()
            .put("startTimeUnixNano", nanos(Duration.ofSeconds(-1)))
            .put("timeUnixNano", nanos(Duration.ZERO))
            .put("count", "2")
            .put("sum", 3)
            .put("scale", scale)
            .put("zeroCount", "0");
    point
        .putObject("positive")
        .put("offset", 0)
        .putArray("bucketCounts")
        .add(Integer.toString(inBuckets));
    return metric;
  }

  private static String nanos(Duration offset) {
    return Long.toString(OtlpSender.nowNanos() + offset.toNanos());
  }

  private Poison() {}
}
