/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

/** An ordinary application that calls a model with LangChain4j. */
@NullMarked
package io.spanglass.examples.langchain4j;

import org.jspecify.annotations.NullMarked;
