/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

/** An OTLP receiver, forked JVMs and scripted servers for the project's own tests. Not shipped. */
@NullMarked
package io.spanglass.testing;

import org.jspecify.annotations.NullMarked;
