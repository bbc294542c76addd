/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

/** A program for every Java that the extension supports; compiled for Java 11. */
@NullMarked
package io.spanglass.testing.smoke;

import org.jspecify.annotations.NullMarked;
