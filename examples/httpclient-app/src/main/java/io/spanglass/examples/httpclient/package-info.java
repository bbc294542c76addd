/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

/** An ordinary application that calls a model with {@code java.net.http}. */
@NullMarked
package io.spanglass.examples.httpclient;

import org.jspecify.annotations.NullMarked;
