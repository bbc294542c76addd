/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

/**
 * Step 2, frames: cuts a body into the documents it carries: events, documents in a row, or one.
 */
@NullMarked
package io.spanglass.wire.frame;

import org.jspecify.annotations.NullMarked;
