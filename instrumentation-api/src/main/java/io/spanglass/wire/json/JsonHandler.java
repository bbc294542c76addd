/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.wire.json;

/** Takes the values of the fields that a {@link JsonField} tree names, in document order. */
public interface JsonHandler {
  /** Whether the text of the string that starts now is wanted; its length comes in any case. */
  boolean wantsText(int field);

  void onString(int field, JsonText text);

  /** A number without fraction and exponent that fits a long. */
  void onLong(int field, long value);

  /** Any other number. */
  void onDouble(int field, double value);

  void onBoolean(int field, boolean value);

  /** An object, or an object in an array, starts. */
  void onObjectStart(int field);

  void onObjectEnd(int field);

  void onArrayStart(int field);
}
