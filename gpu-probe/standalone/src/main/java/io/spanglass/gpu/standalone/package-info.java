/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

/** The GPU probe as a program: an OTLP exporter, or a table in the terminal. */
@NullMarked
package io.spanglass.gpu.standalone;

import org.jspecify.annotations.NullMarked;
