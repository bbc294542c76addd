/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

/**
 * Programs for forked JVMs. The differential workload writes down everything that an application
 * can see of its exchanges through the JDK's HttpClient, so that runs with and without the agent
 * can be compared.
 */
@NullMarked
package io.spanglass.testing.workload;

import org.jspecify.annotations.NullMarked;
