/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

/** The JDK's client as the contract's subject, and what only that client has. */
@NullMarked
package io.spanglass.testing.jdk;

import org.jspecify.annotations.NullMarked;
