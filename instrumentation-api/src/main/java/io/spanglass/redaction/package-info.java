/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

/**
 * Finds personal data and secrets in text and replaces them. Usable alone: it needs nothing but the
 * JDK. {@link io.spanglass.redaction.Redactor} is where to start.
 */
@NullMarked
package io.spanglass.redaction;

import org.jspecify.annotations.NullMarked;
