/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.javaagent;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.sdk.trace.ReadableSpan;
import io.spanglass.telemetry.SpanReader;
import org.jspecify.annotations.Nullable;

/** Reads spans by the agent's SDK, which lies in its loader, out of the wire core's sight. */
final class SdkSpanReader implements SpanReader {
  @Override
  public <T> @Nullable T attribute(Span span, AttributeKey<T> key) {
    return span instanceof ReadableSpan ? ((ReadableSpan) span).getAttribute(key) : null;
  }

  @Override
  public @Nullable String scope(Span span) {
    return span instanceof ReadableSpan
        ? ((ReadableSpan) span).getInstrumentationScopeInfo().getName()
        : null;
  }
}
