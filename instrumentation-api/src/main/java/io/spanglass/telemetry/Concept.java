/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.telemetry;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.Span;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An attribute by its meaning: its name, type and values in one profile of the conventions, or that
 * the profile lacks it. Who sets one need not know which: {@link Outlet} passes over what is
 * lacking. Immutable.
 */
final class Concept<T> {
  /** What an attribute's values are, which decides how the {@link Outlet} guards them. */
  enum Kind {
    /** Ids, names, codes, addresses and counts. Whole or not at all: a part would be another id. */
    STRUCTURAL,
    /** Short text that people have written. May be shortened. */
    TEXT,
    /** What prompts and answers say. */
    CONTENT
  }

  private static final Concept<Object> ABSENT = new Concept<>(null, Kind.STRUCTURAL, Map.of());

  private final @Nullable AttributeKey<T> key;
  final Kind kind;
  private final Map<String, String> values;

  /** Whether it is Spanglass's own, and not one of the conventions. */
  final boolean own;

  private Concept(@Nullable AttributeKey<T> key, Kind kind, Map<String, String> values) {
    this.key = key;
    this.kind = kind;
    this.values = values;
    this.own = key != null && key.getKey().startsWith("spanglass.");
  }

  static <T> Concept<T> of(AttributeKey<T> key, Kind kind) {
    return new Concept<>(key, kind, Map.of());
  }

  /**
   * @param values what the profile calls a value, by what the code calls it; others stand as they
   *     are
   */
  static Concept<String> of(AttributeKey<String> key, Kind kind, Map<String, String> values) {
    return new Concept<>(key, kind, values);
  }

  /** A number whose type depends on the profile. */
  @SuppressWarnings("unchecked") // The outlet asks the key for its type before it sets a value.
  static Concept<Number> number(AttributeKey<? extends Number> key, Kind kind) {
    return new Concept<>((AttributeKey<Number>) key, kind, Map.of());
  }

  /** One that the profile lacks. */
  @SuppressWarnings("unchecked") // It has no values.
  static <T> Concept<T> absent() {
    return (Concept<T>) ABSENT;
  }

  /** The key, for the {@link Outlet} and for readers; null if the profile lacks the concept. */
  @Nullable AttributeKey<T> key() {
    return key;
  }

  /** What the profile calls a value. */
  String value(String value) {
    String named = values.get(value);
    return named != null ? named : value;
  }

  /** The span's present value; null if there is none that can be read. */
  @Nullable T of(Span span, SpanReader reader) {
    return key == null ? null : reader.attribute(span, key);
  }

  @Override
  public String toString() {
    return String.valueOf(key);
  }
}
