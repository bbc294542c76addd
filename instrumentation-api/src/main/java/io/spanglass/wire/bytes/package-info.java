/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

/**
 * Step 1, bytes: content decoding of what passes on the wire (gzip, deflate) on our own view of it.
 */
@NullMarked
package io.spanglass.wire.bytes;

import org.jspecify.annotations.NullMarked;
