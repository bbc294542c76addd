/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package org.bytedeco.cuda.global;

/**
 * An empty stand-in for the CUDA runtime's class, which the NVML presets name as their parent and
 * whose own static initialiser would load libcuda and libcudart, neither of which NVML needs.
 *
 * <p>Applications that use CUDA through bytedeco in the same class loader must leave it out, see
 * docs/gpu.md.
 */
@SuppressWarnings("JavaLangClash") // the name is bytedeco's
public class cudart extends org.bytedeco.cuda.presets.cudart {}
