/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

/**
 * A server that speaks the OpenAI wire with scripted timing. It is no model: answers are canned.
 */
@NullMarked
package io.spanglass.examples.modelserver;

import org.jspecify.annotations.NullMarked;
