/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

/**
 * Translates Apache HttpClient 5 into the wire core. These classes are defined beside the client,
 * in the application's class loader; nothing else may stand in this package.
 */
@NullMarked
package io.spanglass.javaagent.apachehttpclient5.adapter;

import org.jspecify.annotations.NullMarked;
