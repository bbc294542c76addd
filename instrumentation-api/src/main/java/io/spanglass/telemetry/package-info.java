/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

/** Step 5, telemetry: turns call state into a span and metrics under the GenAI conventions. */
@NullMarked
package io.spanglass.telemetry;

import org.jspecify.annotations.NullMarked;
