/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

/** Call state: what is known of one response so far, when it was seen, how it ended. */
@NullMarked
package io.spanglass.wire.call;

import org.jspecify.annotations.NullMarked;
