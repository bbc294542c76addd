/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.gpu;

/** Makes the {@link NvmlApi} that a probe reads; called on the collector thread only. */
interface Driver {
  NvmlApi load() throws NativeLibraries.UnavailableException;
}
