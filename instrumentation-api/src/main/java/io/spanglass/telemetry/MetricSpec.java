/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.telemetry;

import io.opentelemetry.api.common.AttributeKey;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What the table of names says about one instrument. Immutable.
 *
 * @see <a href="https://opentelemetry.io/docs/specs/otel/metrics/api/">Metrics API</a>
 */
final class MetricSpec {

  enum Kind {
    HISTOGRAM,
    COUNTER
  }

  final String name;
  final String unit;
  final String description;
  final Kind kind;

  /** Whether values are {@code long}; else they are {@code double}. */
  final boolean isLong;

  /** Upper bounds of the buckets of a {@code double} histogram; empty for all others. */
  final List<Double> doubleBuckets;

  /** Upper bounds of the buckets of a {@code long} histogram; empty for all others. */
  final List<Long> longBuckets;

  /** Whether calls that generate content are recorded with it. */
  final boolean forInference;

  /** Whether calls that make embeddings are recorded with it. */
  final boolean forEmbeddings;

  /** Attributes, by name, with the same value on every point. */
  final Map<String, String> fixed;

  /** The other attributes that a point may carry. */
  final Set<AttributeKey<?>> takes;

  private MetricSpec(
      String name,
      String unit,
      String description,
      Kind kind,
      boolean isLong,
      List<Double> doubleBuckets,
      List<Long> longBuckets,
      boolean forInference,
      boolean forEmbeddings,
      Map<String, String> fixed,
      AttributeKey<?>[] takes) {
    this.name = name;
    this.unit = unit;
    this.description = description;
    this.kind = kind;
    this.isLong = isLong;
    this.doubleBuckets = doubleBuckets;
    this.longBuckets = longBuckets;
    this.forInference = forInference;
    this.forEmbeddings = forEmbeddings;
    this.fixed = fixed;
    this.takes = Set.of(takes);
  }

  static MetricSpec doubleHistogram(
      String name,
      String unit,
      String description,
      List<Double> buckets,
      boolean forInference,
      boolean forEmbeddings,
      Map<String, String> fixed,
      AttributeKey<?>... takes) {
    return new MetricSpec(
        name,
        unit,
        description,
        Kind.HISTOGRAM,
        /* isLong= */ false,
        buckets,
        List.of(),
        forInference,
        forEmbeddings,
        fixed,
        takes);
  }

  static MetricSpec longHistogram(
      String name,
      String unit,
      String description,
      List<Long> buckets,
      boolean forInference,
      boolean forEmbeddings,
      Map<String, String> fixed,
      AttributeKey<?>... takes) {
    return new MetricSpec(
        name,
        unit,
        description,
        Kind.HISTOGRAM,
        /* isLong= */ true,
        List.of(),
        buckets,
        forInference,
        forEmbeddings,
        fixed,
        takes);
  }

  static MetricSpec doubleCounter(
      String name,
      String unit,
      String description,
      boolean forInference,
      boolean forEmbeddings,
      Map<String, String> fixed,
      AttributeKey<?>... takes) {
    return new MetricSpec(
        name,
        unit,
        description,
        Kind.COUNTER,
        /* isLong= */ false,
        List.of(),
        List.of(),
        forInference,
        forEmbeddings,
        fixed,
        takes);
  }

  static MetricSpec longCounter(
      String name,
      String unit,
      String description,
      boolean forInference,
      boolean forEmbeddings,
      Map<String, String> fixed,
      AttributeKey<?>... takes) {
    return new MetricSpec(
        name,
        unit,
        description,
        Kind.COUNTER,
        /* isLong= */ true,
        List.of(),
        List.of(),
        forInference,
        forEmbeddings,
        fixed,
        takes);
  }

  /** Whether both are the same metric, and the same of its points where one is fed by several. */
  boolean isOfSamePoints(MetricSpec other) {
    return name.equals(other.name) && fixed.equals(other.fixed);
  }

  /** Whether every call that the other counts is counted by this. */
  boolean countsAllOf(MetricSpec other) {
    return (forInference || !other.forInference) && (forEmbeddings || !other.forEmbeddings);
  }

  @Override
  public String toString() {
    return name;
  }
}
