/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

/**
 * What every HTTP client must keep to under the extension. A client is described by one {@link
 * io.spanglass.testing.contract.ClientDriver}; the exchanges, the servers and what is looked at are
 * the same for all.
 */
@NullMarked
package io.spanglass.testing.contract;

import org.jspecify.annotations.NullMarked;
