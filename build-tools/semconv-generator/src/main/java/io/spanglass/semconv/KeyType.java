/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.semconv;

import org.jspecify.annotations.Nullable;

/** The types of attribute that the table knows, and what each is in the OpenTelemetry API. */
enum KeyType {
  STRING("string", "String", "stringKey"),
  LONG("long", "Long", "longKey"),
  DOUBLE("double", "Double", "doubleKey"),
  BOOLEAN("boolean", "Boolean", "booleanKey"),
  STRINGS("string[]", "List<String>", "stringArrayKey");

  private final String type;
  final String javaType;
  final String factory;

  KeyType(String type, String javaType, String factory) {
    this.type = type;
    this.javaType = javaType;
    this.factory = factory;
  }

  static @Nullable KeyType of(String type) {
    for (KeyType keyType : values()) {
      if (keyType.type.equals(type)) {
        return keyType;
      }
    }
    return null;
  }
}
