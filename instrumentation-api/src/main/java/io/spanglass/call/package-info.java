/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

/**
 * The door for client adapters: a call of the application ({@link io.spanglass.call.Exchange}), the
 * requests that are sent for it ({@link io.spanglass.call.Attempt}), their heads and bytes, and how
 * they end. All that is decided of these is decided here.
 */
@NullMarked
package io.spanglass.call;

import org.jspecify.annotations.NullMarked;
