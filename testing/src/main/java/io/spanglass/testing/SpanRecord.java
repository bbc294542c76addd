/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.testing;

import java.util.List;
import java.util.Map;

/**
 * A span as it arrived over OTLP.
 *
 * @param traceId 32 hexadecimal digits
 * @param spanId 16 hexadecimal digits
 * @param parentSpanId 16 hexadecimal digits, empty for a root span
 * @param kind {@code INTERNAL}, {@code SERVER}, {@code CLIENT}, {@code PRODUCER}, {@code CONSUMER}
 *     or {@code UNSPECIFIED}
 * @param startNanos nanoseconds since the epoch
 * @param endNanos nanoseconds since the epoch
 * @param status {@code UNSET}, {@code OK} or {@code ERROR}
 * @param schemaUrl of the scope's spans, empty if none was sent
 * @param attributes values are String, Boolean, Long, Double, byte[], List or Map
 */
public record SpanRecord(
    String traceId,
    String spanId,
    String parentSpanId,
    String name,
    String kind,
    long startNanos,
    long endNanos,
    String status,
    String statusDescription,
    String scopeName,
    String scopeVersion,
    String schemaUrl,
    Map<String, Object> attributes,
    Map<String, Object> resourceAttributes,
    List<Event> events,
    List<Link> links) {

  /** A span event. */
  public record Event(String name, long timeNanos, Map<String, Object> attributes) {}

  /** A link to another span. */
  public record Link(String traceId, String spanId, Map<String, Object> attributes) {}
}
