/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.telemetry;

import io.opentelemetry.api.common.AttributeKey;
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

  private ForeignSpan(Span span, SpanReader reader, @Nullable String scope, long attemptsBefore) {
    this.span = span;
    this.reader = reader;
    this.attemptsBefore = attemptsBefore;
    this.recordsMetrics = scope != null && recordsMetrics(scope);
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
   * @param operation that of the call
   */
  static @Nullable ForeignSpan of(
      Span span, SpanReader reader, AttributeKey<String> operationName, String operation) {
    if (!span.isRecording()) {
      return null;
    }
    String present = reader.attribute(span, operationName);
    if (present == null || !isSameKind(present, operation)) {
      return null;
    }
    String scope = reader.scope(span);
    if (GenAiTelemetry.SCOPE.equals(scope)) {
      return null;
    }
    Long attempts = reader.attribute(span, SpanglassSemconv.ATTEMPTS);
    if (attempts != null && !hasFailed(reader.attribute(span, SpanglassSemconv.STREAM_END))) {
      return null;
    }
    return new ForeignSpan(span, reader, scope, attempts == null ? 0 : attempts);
  }

  private static boolean hasFailed(@Nullable String streamEnd) {
    return StreamEnd.RESET.value().equals(streamEnd)
        || StreamEnd.TIMEOUT.value().equals(streamEnd)
        || StreamEnd.ERROR.value().equals(streamEnd);
  }

  /** Names differ between versions and vendors for what is one call to generate text. */
  private static boolean isSameKind(String operation, String other) {
    return operation.equals(other) || (generates(operation) && generates(other));
  }

  private static boolean generates(String operation) {
    return operation.equals("chat")
        || operation.equals("text_completion")
        || operation.equals("generate_content");
  }

  /** How many requests there have been, if the call took that many. */
  long attempts(long ofCall) {
    return attemptsBefore + ofCall;
  }

  /** Whether the owner, or a request before this one, has said it. */
  boolean has(AttributeKey<?> key) {
    return reader.attribute(span, key) != null;
  }
}
