/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

/** What a call costs an application: without an agent, with it, and with the extension in it. */
@NullMarked
package io.spanglass.benchmarks.overhead;

import org.jspecify.annotations.NullMarked;
