/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

/** Configuration: what users can set, with its checks and defaults. */
@NullMarked
package io.spanglass.config;

import org.jspecify.annotations.NullMarked;
