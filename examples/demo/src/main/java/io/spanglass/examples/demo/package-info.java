/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

/** Runs the example applications under the agent with Spanglass and reports what they exported. */
@NullMarked
package io.spanglass.examples.demo;

import org.jspecify.annotations.NullMarked;
