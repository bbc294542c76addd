/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.telemetry;

import io.opentelemetry.api.trace.Span;
import io.spanglass.wire.call.StreamEnd;
import org.jspecify.annotations.Nullable;

/**
 * A span of a model call that somebody else has opened and will end. It is found by what it is; its
 * owner's name matters only for who counts the call.
 */
final class ForeignSpan {
  /** How the scopes begin whose instrumentations record the conventions' metrics themselves. */
  private static final String[] RECORD_METRICS = {"io.opentelemetry.openai-java"};

  private final Span span;
  private final SpanReader reader;
  private final long attemptsBefore;

  /** Whether the owner records the call's duration and its tokens. */
  final boolean recordsMetrics;

  /** Whether the owner is Spanglass too, of another class loader, and records every metric. */
  final boolean isOfAnotherCopy;

  private ForeignSpan(Span span, SpanReader reader, @Nullable String scope, long attemptsBefore) {
    this.span = span;
    this.reader = reader;
    this.attemptsBefore = attemptsBefore;
    this.isOfAnotherCopy = GenAiTelemetry.SCOPE.equals(scope);
    this.recordsMetrics = isOfAnotherCopy || (scope != null && recordsMetrics(scope));
  }

  private static boolean recordsMetrics(String scope) {
    for (String prefix : RECORD_METRICS) {
      if (scope.startsWith(prefix)) {
        return true;
      }
    }
    return false;
  }

  /**
   * The span as one that stands for a call which is about to be issued; null if it does not. One
   * that had an answer already, or has a request under way, stands for more than one call.
   *
   * @param span not one of this copy's
   * @param operation that of the call
   */
  static @Nullable ForeignSpan of(
      Span span, SpanReader reader, SemconvProfile semconv, String operation) {
    if (!span.isRecording()) {
      return null;
    }
    String present = semconv.operationName.of(span, reader);
    if (present == null || !isSameKind(semconv.operationName, present, operation)) {
      return null;
    }
    Long attempts = SpanglassSemconv.ATTEMPTS.of(span, reader);
    if (attempts != null && !hasFailed(SpanglassSemconv.STREAM_END.of(span, reader))) {
      return null;
    }
    return new ForeignSpan(span, reader, reader.scope(span), attempts == null ? 0 : attempts);
  }

  private static boolean hasFailed(@Nullable String streamEnd) {
    return StreamEnd.RESET.value().equals(streamEnd)
        || StreamEnd.TIMEOUT.value().equals(streamEnd)
        || StreamEnd.ERROR.value().equals(streamEnd);
  }

  /** Names differ between versions and vendors for what is one call to generate text. */
  private static boolean isSameKind(Concept<String> concept, String present, String operation) {
    return is(concept, present, operation)
        || (generates(concept, present) && generates(concept, operation));
  }

  private static boolean generates(Concept<String> concept, String value) {
    return is(concept, value, GenAiOperations.CHAT)
        || is(concept, value, GenAiOperations.TEXT_COMPLETION)
        || is(concept, value, GenAiOperations.GENERATE_CONTENT);
  }

  /** Whether a value means the operation, in this profile or in most. */
  private static boolean is(Concept<String> concept, String value, String operation) {
    return value.equals(operation) || value.equals(concept.value(operation));
  }

  /** How many requests there have been, if the call took that many. */
  long attempts(long ofCall) {
    return attemptsBefore + ofCall;
  }

  /** Whether the owner, or a request before this one, has said it. */
  boolean has(Concept<?> concept) {
    return concept.of(span, reader) != null;
  }
}
