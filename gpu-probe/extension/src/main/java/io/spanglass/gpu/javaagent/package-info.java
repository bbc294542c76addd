/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

/** The GPU probe as an extension of the OpenTelemetry Java agent. */
@NullMarked
package io.spanglass.gpu.javaagent;

import org.jspecify.annotations.NullMarked;
