/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.wire.json;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * The fields that a decoder wants to see of a document, as a tree of names. Everything else the
 * scanner passes over. Arrays are transparent: an element counts as a value of the array's field.
 *
 * <p>Immutable and shared by all scanners of an API.
 */
public final class JsonField {
  final int id;

  /** For a string: how many bytes of its text the scanner keeps for the handler, 0 for none. */
  final int textLimit;

  private final byte[] name;
  private final @Nullable JsonField[] table;
  private final int mask;
  private final boolean hasChildren;

  private JsonField(String name, int id, int textLimit, JsonField[] children) {
    this.name = name.getBytes(StandardCharsets.UTF_8);
    this.id = id;
    this.textLimit = textLimit;
    int size = Integer.highestOneBit(Math.max(1, children.length)) * 4;
    this.table = new JsonField[size];
    this.mask = size - 1;
    this.hasChildren = children.length > 0;
    for (JsonField child : children) {
      int slot = slot(child.name, 0, child.name.length);
      while (table[slot] != null) {
        slot = (slot + 1) & mask;
      }
      table[slot] = child;
    }
  }

  /** The document itself. */
  public static JsonField document(JsonField... children) {
    return new JsonField("", -1, 0, children);
  }

  /** A field whose value is an object, or an array of objects. */
  public static JsonField object(String name, int id, JsonField... children) {
    return new JsonField(name, id, 0, children);
  }

  /** A number, boolean or short string, whose text is kept up to a limit in bytes. */
  public static JsonField value(String name, int id, int textLimit) {
    return new JsonField(name, id, textLimit, new JsonField[0]);
  }

  /** A field of which only matters that, and how long, it is: no text of it is kept. */
  public static JsonField presence(String name, int id) {
    return new JsonField(name, id, 0, new JsonField[0]);
  }

  boolean hasChildren() {
    return hasChildren;
  }

  @Nullable JsonField child(byte[] bytes, int offset, int length) {
    int slot = slot(bytes, offset, length);
    while (true) {
      JsonField candidate = table[slot];
      if (candidate == null) {
        return null;
      }
      if (candidate.isNamed(bytes, offset, length)) {
        return candidate;
      }
      slot = (slot + 1) & mask;
    }
  }

  /** A plain loop: names are too short for anything cleverer to pay. */
  private boolean isNamed(byte[] bytes, int offset, int length) {
    if (name.length != length) {
      return false;
    }
    for (int i = 0; i < length; i++) {
      if (name[i] != bytes[offset + i]) {
        return false;
      }
    }
    return true;
  }

  private int slot(byte[] bytes, int offset, int length) {
    if (length == 0) {
      return 0;
    }
    return (length * 31 + bytes[offset] * 7 + bytes[offset + length - 1]) & mask;
  }
}
