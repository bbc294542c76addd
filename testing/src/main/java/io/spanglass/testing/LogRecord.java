/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.testing;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A log record or event as it arrived over OTLP.
 *
 * @param eventName empty for a plain log record
 * @param severity the number that the protocol defines, 0 if not sent
 * @param body null if there was none; otherwise as attribute values are
 */
public record LogRecord(
    String eventName,
    int severity,
    @Nullable Object body,
    String traceId,
    String spanId,
    long timeNanos,
    String scopeName,
    String scopeVersion,
    Map<String, Object> attributes,
    Map<String, Object> resourceAttributes) {}
