/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

/** HTTP servers that play scripts byte by byte and keep what they received. */
@NullMarked
package io.spanglass.testing.server;

import org.jspecify.annotations.NullMarked;
