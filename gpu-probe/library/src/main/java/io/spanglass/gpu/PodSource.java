/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.gpu;

/** Where the collector asks for the containers of GPUs. */
interface PodSource {
  /** No waiting; called on the collector thread. */
  PodAllocations current();
}
