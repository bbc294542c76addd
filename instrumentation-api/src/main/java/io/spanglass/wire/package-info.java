/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

/** The heads of requests and responses, as an API's readers see them. */
@NullMarked
package io.spanglass.wire;

import org.jspecify.annotations.NullMarked;
