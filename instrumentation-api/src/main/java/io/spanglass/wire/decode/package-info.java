/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

/** Step 3, decoders: one class per API says what the fields on the wire mean. */
@NullMarked
package io.spanglass.wire.decode;

import org.jspecify.annotations.NullMarked;
