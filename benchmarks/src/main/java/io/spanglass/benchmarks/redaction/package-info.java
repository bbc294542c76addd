/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

/** How well and how fast redaction finds what it looks for. */
@NullMarked
package io.spanglass.benchmarks.redaction;

import org.jspecify.annotations.NullMarked;
