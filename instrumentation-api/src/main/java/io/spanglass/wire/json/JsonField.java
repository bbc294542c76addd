/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.wire.json;

import io.spanglass.wire.bytes.ByteSearch;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * One field of a document, and what is done with its values: the fields of an API are a tree of
 * these. What a tree does not name is passed over.
 *
 * <p>Arrays are transparent as long as a field names no {@linkplain #elements elements}: each
 * element is a value of the field, and an array that lies right in an array is passed over.
 *
 * <p>A tree is built in one expression and shared by all scanners of an API. A field cannot be
 * changed once it is part of a tree.
 *
 * @param <T> what the actions act on
 */
public final class JsonField<T> {
  /** Takes a string. */
  public interface TextAction<T> {
    /** The text is a view that holds only during the call. */
    void on(T target, JsonText text);
  }

  /** Takes a string until it has one that will do, for the rest of a stream. */
  public interface FirstTextAction<T> {
    /**
     * The text is a view that holds only during the call.
     *
     * @return whether this is the one; no other is told after that
     */
    boolean on(T target, JsonText text);
  }

  /** Takes a whole number. */
  public interface LongAction<T> {
    void on(T target, long value);
  }

  /** Takes a number. */
  public interface DoubleAction<T> {
    void on(T target, double value);
  }

  /** Takes a boolean. */
  public interface BooleanAction<T> {
    void on(T target, boolean value);
  }

  /** Is told that something starts or ends. */
  public interface Action<T> {
    void on(T target);
  }

  /** Takes a value as it is written, of whatever kind, in one piece or several. */
  public interface RawAction<T> {
    /**
     * Takes the next piece of the value.
     *
     * @param bytes belong to the caller: nothing of them may be kept
     * @param last whether the value is over; the last piece may be empty
     */
    void on(T target, byte[] bytes, int offset, int length, boolean last);
  }

  private static final int WORD = 8;

  private final byte[] name;
  private final long nameStart;
  private final long nameEnd;
  private boolean sealed;

  int textLimit;
  @Nullable TextAction<T> onText;
  @Nullable FirstTextAction<T> onFirstText;

  /** Of a field that asks for the first text only: its bit among those of the tree. */
  long settledBit;

  @Nullable LongAction<T> onLong;
  @Nullable DoubleAction<T> onDouble;
  @Nullable BooleanAction<T> onBoolean;
  @Nullable Action<T> onObjectStart;
  @Nullable Action<T> onObjectEnd;
  @Nullable Action<T> onArrayStart;
  @Nullable Action<T> onArrayEnd;
  @Nullable RawAction<T> onRaw;

  /** What the elements of an array are values of. */
  @Nullable JsonField<T> elements;

  /** The children by the start of their names; null where there are none. */
  @Nullable JsonField<T> @Nullable [] children;

  /** What members are values of that no child is named as. */
  @Nullable JsonField<T> others;

  private int shift;

  private JsonField(String name) {
    this.name = name.getBytes(StandardCharsets.UTF_8);
    int length = this.name.length;
    this.nameStart = ByteSearch.word(this.name, 0, length);
    this.nameEnd = length > WORD ? ByteSearch.word(this.name, length - WORD) : 0;
  }

  /** Returns a field that asks for nothing yet. */
  public static <T> JsonField<T> named(String name) {
    return new JsonField<>(name);
  }

  /** Returns the document itself. */
  @SafeVarargs
  @SuppressWarnings("varargs") // The array is only passed on and read.
  public static <T> JsonField<T> document(JsonField<T>... children) {
    return JsonField.<T>named("").children(children).asDocument();
  }

  /** Makes this field, which has no name, the document itself. */
  public JsonField<T> asDocument() {
    checkOpen();
    sealed = true;
    number(0);
    return this;
  }

  /** Gives each field that asks for the first text only a bit of its own. */
  private int number(int used) {
    int next = used;
    if (onFirstText != null) {
      if (next == Long.SIZE) {
        throw new IllegalStateException("too many first texts");
      }
      settledBit = 1L << next;
      next++;
    }
    if (children != null) {
      for (JsonField<T> child : children) {
        if (child != null) {
          next = child.number(next);
        }
      }
    }
    if (others != null) {
      next = others.number(next);
    }
    return elements == null ? next : elements.number(next);
  }

  /** Returns a field whose value is an object, or an array of objects. */
  @SafeVarargs
  @SuppressWarnings("varargs") // The array is only passed on and read.
  public static <T> JsonField<T> object(String name, JsonField<T>... children) {
    return JsonField.<T>named(name).children(children);
  }

  /** Returns a field whose value is a string, or an array of strings. See {@link #onText}. */
  public static <T> JsonField<T> text(String name, int limit, TextAction<T> action) {
    return JsonField.<T>named(name).onText(limit, action);
  }

  /** Returns a field whose value is the same string in all documents of a stream. */
  public static <T> JsonField<T> firstText(String name, int limit, FirstTextAction<T> action) {
    JsonField<T> field = JsonField.named(name);
    field.textLimit = limit;
    field.onFirstText = action;
    return field;
  }

  /** Returns a field whose value is a whole number, or an array of them. See {@link #onLong}. */
  public static <T> JsonField<T> integer(String name, LongAction<T> action) {
    return JsonField.<T>named(name).onLong(action);
  }

  /** Returns a field whose value is a number, or an array of them. */
  public static <T> JsonField<T> number(String name, DoubleAction<T> action) {
    return JsonField.<T>named(name).onDouble(action);
  }

  /** Returns a field whose value is a boolean, or an array of them. */
  public static <T> JsonField<T> bool(String name, BooleanAction<T> action) {
    return JsonField.<T>named(name).onBoolean(action);
  }

  /**
   * Asks for strings.
   *
   * @param limit how many bytes of UTF-8 of a string can be read; its length is told in any case
   */
  public JsonField<T> onText(int limit, TextAction<T> action) {
    checkOpen();
    textLimit = limit;
    onText = action;
    return this;
  }

  /**
   * Asks for whole numbers that fit a long. Where nobody {@linkplain #onDouble asks} for other
   * numbers, one that is written with a fraction or an exponent and is whole counts too.
   */
  public JsonField<T> onLong(LongAction<T> action) {
    checkOpen();
    onLong = action;
    return this;
  }

  /** Asks for numbers: all that {@link #onLong} does not take. */
  public JsonField<T> onDouble(DoubleAction<T> action) {
    checkOpen();
    onDouble = action;
    return this;
  }

  public JsonField<T> onBoolean(BooleanAction<T> action) {
    checkOpen();
    onBoolean = action;
    return this;
  }

  /** Asks for the starts of objects, whether or not something in them is asked for. */
  public JsonField<T> onObjectStart(Action<T> action) {
    checkOpen();
    onObjectStart = action;
    return this;
  }

  public JsonField<T> onObjectEnd(Action<T> action) {
    checkOpen();
    onObjectEnd = action;
    return this;
  }

  public JsonField<T> onArrayStart(Action<T> action) {
    checkOpen();
    onArrayStart = action;
    return this;
  }

  public JsonField<T> onArrayEnd(Action<T> action) {
    checkOpen();
    onArrayEnd = action;
    return this;
  }

  /** Asks for values as they are written, and for nothing else of them. */
  public JsonField<T> onRaw(RawAction<T> action) {
    checkOpen();
    onRaw = action;
    return this;
  }

  /** Makes the elements of an array values of another field, arrays among them. */
  public JsonField<T> elements(JsonField<T> field) {
    checkOpen();
    field.sealed = true;
    elements = field;
    return this;
  }

  /** Adds the fields of an object. */
  @SafeVarargs
  public final JsonField<T> children(JsonField<T>... fields) {
    checkOpen();
    int bits = 2 + 32 - Integer.numberOfLeadingZeros(Math.max(1, fields.length));
    shift = 64 - bits;
    @SuppressWarnings("unchecked") // No array of a generic type can be made otherwise.
    @Nullable JsonField<T>[] table = (@Nullable JsonField<T>[]) new JsonField<?>[1 << bits];
    for (JsonField<T> field : fields) {
      field.sealed = true;
      int slot = slot(field.nameStart, field.name.length);
      while (table[slot] != null) {
        slot = (slot + 1) & (table.length - 1);
      }
      table[slot] = field;
    }
    children = table;
    return this;
  }

  /**
   * Makes all members of an object values of another field whose names no child has. To follow
   * {@link #children}.
   */
  public JsonField<T> others(JsonField<T> field) {
    checkOpen();
    if (children == null) {
      throw new IllegalStateException("no children: " + this);
    }
    field.sealed = true;
    others = field;
    return this;
  }

  private void checkOpen() {
    if (sealed) {
      throw new IllegalStateException("part of a tree already: " + this);
    }
  }

  /**
   * Returns the child of that name, else what all others are values of, or null.
   *
   * @param start the first eight bytes of the name, or all and zeros
   */
  @Nullable JsonField<T> child(long start, byte[] bytes, int offset, int length) {
    @Nullable JsonField<T>[] table = children;
    if (table == null) {
      return null;
    }
    int slot = slot(start, length);
    while (true) {
      JsonField<T> candidate = table[slot];
      if (candidate == null) {
        return others;
      }
      if (candidate.nameStart == start && candidate.endsAs(bytes, offset, length)) {
        return candidate;
      }
      slot = (slot + 1) & (table.length - 1);
    }
  }

  /** Whether the rest of the name is the same, once its first eight bytes are. */
  private boolean endsAs(byte[] bytes, int offset, int length) {
    if (length != name.length) {
      return false;
    }
    if (length <= WORD) {
      return true;
    }
    return ByteSearch.word(bytes, offset + length - WORD) == nameEnd
        && (length <= 2 * WORD
            || Arrays.equals(
                bytes, offset + WORD, offset + length - WORD, name, WORD, length - WORD));
  }

  private int slot(long start, int length) {
    return (int) (((start ^ length) * 0x9E3779B97F4A7C15L) >>> shift);
  }

  @Override
  public String toString() {
    return new String(name, StandardCharsets.UTF_8);
  }
}
