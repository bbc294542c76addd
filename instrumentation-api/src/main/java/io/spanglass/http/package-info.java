/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

/** The door for client adapters: request head, body bytes, response head, body bytes, end. */
@NullMarked
package io.spanglass.http;

import org.jspecify.annotations.NullMarked;
