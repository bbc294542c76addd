/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

/** Step 2, frames: reads JSON incrementally, without keeping it. */
@NullMarked
package io.spanglass.wire.json;

import org.jspecify.annotations.NullMarked;
