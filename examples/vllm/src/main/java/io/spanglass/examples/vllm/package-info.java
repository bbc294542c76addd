/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

/** Compares what Spanglass exports with what a real vLLM says of the same calls. */
@NullMarked
package io.spanglass.examples.vllm;

import org.jspecify.annotations.NullMarked;
