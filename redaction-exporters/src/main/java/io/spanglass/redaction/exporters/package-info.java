/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

/**
 * Exporters of the OpenTelemetry SDK that redact what they are given before they pass it on. {@link
 * io.spanglass.redaction.exporters.RedactingSpanExporter#wrap} and the like are where to start.
 */
@NullMarked
package io.spanglass.redaction.exporters;

import org.jspecify.annotations.NullMarked;
