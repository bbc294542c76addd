/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

/**
 * The state of the host's NVIDIA GPUs, read over NVML, as OpenTelemetry metrics.
 *
 * <p>Data flows one way: {@link io.spanglass.gpu.NvmlApi} (the driver, or the demo) → the collector
 * thread → an immutable snapshot → the instruments' callbacks. Only the collector and the event
 * thread ever call the driver.
 */
@NullMarked
package io.spanglass.gpu;

import org.jspecify.annotations.NullMarked;
