/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

/** Where Apache HttpClient 5 is hooked; what happens there is in {@code adapter}. */
@NullMarked
package io.spanglass.javaagent.apachehttpclient5;

import org.jspecify.annotations.NullMarked;
