/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.redaction;

import org.jspecify.annotations.Nullable;

/** The name of a field, and what it says of the field's value. */
final class FieldName {
  final char[] name;
  final KeyNames.@Nullable Rule rule;

  FieldName(char[] name, KeyNames.@Nullable Rule rule) {
    this.name = name;
    this.rule = rule;
  }

  /** Whether the name alone is enough. */
  boolean isRule() {
    return rule != null;
  }
}
