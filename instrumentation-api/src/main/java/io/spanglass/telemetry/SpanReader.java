/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.telemetry;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.Span;
import org.jspecify.annotations.Nullable;

/**
 * Reads spans that others have opened, which OpenTelemetry's API can only write. Given by whoever
 * knows the SDK that is in use. Thread-safe; no method throws.
 */
public interface SpanReader {
  /** Knows nothing of any span: none is then taken for somebody's span of a model call. */
  SpanReader NONE =
      new SpanReader() {
        @Override
        public <T> @Nullable T attribute(Span span, AttributeKey<T> key) {
          return null;
        }

        @Override
        public @Nullable String scope(Span span) {
          return null;
        }
      };

  /** The attribute's present value; null if it is not set or the span cannot be read. */
  <T> @Nullable T attribute(Span span, AttributeKey<T> key);

  /** The name of the instrumentation scope; null if the span cannot be read. */
  @Nullable String scope(Span span);
}
