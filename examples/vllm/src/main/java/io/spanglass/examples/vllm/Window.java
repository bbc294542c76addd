/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.examples.vllm;

import java.util.List;

/**
 * Some calls, and by how much the servers' metrics went up from before the first of them to after
 * the last.
 *
 * @param calls in the order in which they were made
 */
record Window(List<Call> calls, ServerMetrics chat, ServerMetrics embeddings) {}
