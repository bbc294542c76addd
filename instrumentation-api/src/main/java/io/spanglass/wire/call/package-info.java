/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

/** Step 4, call state: what is known of one call so far, and when it was seen. */
@NullMarked
package io.spanglass.wire.call;

import org.jspecify.annotations.NullMarked;
