/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.redaction;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What the words around a number say about it. A window of text is collected in lower case, nearest
 * first lost, and looked through for the words of the table.
 */
final class Context {
  static final int NONE = 0;
  static final int PHONE = 1;

  /** Only "number" or the like. */
  static final int NUMBER = 1 << 1;

  static final int CARD = 1 << 2;
  static final int NATIONAL_ID = 1 << 3;
  static final int SSN = 1 << 4;
  static final int BIC = 1 << 5;
  static final int ROUTING = 1 << 6;
  static final int NETWORK = 1 << 7;
  static final int VERSION = 1 << 8;

  /** It is a number of something else: of an order, a line, a commit. */
  static final int OTHER = 1 << 9;

  private static final int KINDS = 10;

  private static final int BEFORE = 48;
  private static final int AFTER = 20;
  private static final int VERSION_BEFORE = 24;

  /** How far back the window reaches over what was found there. */
  private static final int REACH = 192;

  private static final int LONGEST_WORD = 28;

  private static final String[] WORDS;
  private static final int[] BITS;
  private static final boolean[] WHOLE;
  private static final @Nullable RedactionType[] TYPES;

  /** From a hash to an index in the above plus one; linear probing. */
  private static final short[] TABLE;

  /** Hashes of all beginnings of words, so that what starts like none is left at once. */
  private static final long[] BEGINNINGS = new long[1024];

  static {
    List<String> words = new ArrayList<>();
    List<Integer> bits = new ArrayList<>();
    List<@Nullable RedactionType> types = new ArrayList<>();
    read(words, bits, types);
    int size = words.size();
    WORDS = words.toArray(new String[0]);
    BITS = new int[size];
    WHOLE = new boolean[size];
    TYPES = new RedactionType[size];
    TABLE = new short[Integer.highestOneBit(size) * 8];
    for (int i = 0; i < size; i++) {
      String word = WORDS[i];
      if (word.endsWith(".") && word.length() > 1) {
        WHOLE[i] = true;
        word = word.substring(0, word.length() - 1);
        WORDS[i] = word;
      }
      BITS[i] = bits.get(i);
      TYPES[i] = types.get(i);
      int hash = 0;
      for (int k = 0; k < word.length(); k++) {
        hash = hash * 31 + word.charAt(k);
        int bit = beginning(hash);
        BEGINNINGS[bit >>> 6] |= 1L << bit;
      }
      int slot = slot(hash);
      while (TABLE[slot] != 0) {
        slot = (slot + 1) & (TABLE.length - 1);
      }
      TABLE[slot] = (short) (i + 1);
    }
  }

  private static void read(
      List<String> words, List<Integer> bits, List<@Nullable RedactionType> types) {
    try (InputStream in = Context.class.getResourceAsStream("context-words.txt")) {
      if (in == null) {
        throw new IllegalStateException("context-words.txt is missing beside " + Context.class);
      }
      BufferedReader lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (line.isEmpty() || line.charAt(0) == '#') {
          continue;
        }
        int blank = line.indexOf(' ');
        String kind = line.substring(0, blank);
        int kindBits = kind(kind);
        RedactionType type = null;
        if (kindBits == NONE) {
          type = RedactionType.valueOf(kind);
          kindBits = type.context;
        }
        for (String word : line.substring(blank + 1).split(",", -1)) {
          words.add(word.trim().toLowerCase(Locale.ROOT));
          bits.add(kindBits);
          types.add(type);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static int kind(String name) {
    switch (name) {
      case "PHONE":
        return PHONE;
      case "NUMBER":
        return NUMBER;
      case "CARD":
        return CARD;
      case "NATIONAL_ID":
        return NATIONAL_ID;
      case "BIC":
        return BIC;
      case "ROUTING":
        return ROUTING;
      case "NETWORK":
        return NETWORK;
      case "VERSION":
        return VERSION;
      case "OTHER":
        return OTHER;
      default:
        return NONE;
    }
  }

  private static int beginning(int hash) {
    return (hash * 0x9E3779B1) >>> 16;
  }

  private static int slot(int hash) {
    return ((hash ^ hash >>> 15) * 0x9E3779B1) >>> 7 & TABLE.length - 1;
  }

  /** What is said before, and where in the window each kind was said last. */
  int bits;

  /** The type that is said nearest. */
  @Nullable RedactionType type;

  /** Another one that the same word says: the check digits decide. */
  @Nullable RedactionType otherType;

  private final int[] places = new int[KINDS];
  private final char[] window = new char[BEFORE + 2];
  private int typePlace;

  void clear() {
    bits = 0;
    type = null;
    otherType = null;
    typePlace = -1;
    Arrays.fill(places, -1);
  }

  /** Whether one kind is said nearer than another, or the other is not said at all. */
  boolean isNearer(int kind, int other) {
    return place(kind) > place(other);
  }

  boolean has(int kind) {
    return (bits & kind) != 0;
  }

  private int place(int kind) {
    return places[Integer.numberOfTrailingZeros(kind)];
  }

  /**
   * Reads what stands before a position.
   *
   * @param from where the text starts
   * @param found what was found before the position: it counts as one word that says its type
   */
  void before(char[] text, int from, int position, Matches found) {
    if (isWordless(text, Math.max(from, position - BEFORE - 2), position, found)) {
      return;
    }
    int w = window.length;
    int limit = Math.max(from, position - REACH);
    int match = found.size - 1;
    int carried = 0;
    int p = position;
    while (p > limit && w > 2) {
      if (match >= 0 && found.ends[match] >= p && found.starts[match] < p) {
        carried |= found.types[match].context;
        p = found.starts[match--];
        window[--w] = ' ';
        continue;
      }
      char c = text[--p];
      if (c == ']') {
        int open = Placeholders.open(text, limit, p);
        if (open >= 0) {
          RedactionType said = Placeholders.type(text, open);
          carried |= said == null ? 0 : said.context;
          p = open;
          window[--w] = ' ';
          continue;
        }
      }
      window[--w] = c == '_' || c < ' ' ? ' ' : Chars.lower(c);
    }
    // A word that the window begins in the middle of is none.
    boolean cut = p > from && Character.isLetterOrDigit(text[p - 1]) && text[p - 1] < 0x0590;
    words(w, window.length, cut, 0);
    if (carried != 0) {
      say(carried, null, w);
    }
  }

  /** Whether there are only digits and signs before: nothing says anything then, and soon. */
  private static boolean isWordless(char[] text, int start, int position, Matches found) {
    if (found.size > 0 && found.ends[found.size - 1] > start) {
      return false;
    }
    for (int p = position - 1; p >= start; p--) {
      if (text[p] >= 'A') {
        return false;
      }
    }
    return true;
  }

  /** Reads what stands behind a position. */
  void after(char[] text, int position, int to) {
    int first = position;
    while (first < to && first < position + AFTER && text[first] < 'A') {
      // What follows a digit is said about that.
      if (Chars.isDigit(text[first++])) {
        return;
      }
    }
    if (first >= to || first == position + AFTER) {
      return;
    }
    int w = 0;
    int p = position;
    while (p < to && w < AFTER && text[p] != '[' && text[p] != '\n') {
      char c = text[p++];
      window[w++] = c == '_' || c < ' ' ? ' ' : Chars.lower(c);
    }
    // Something that is said behind another number is about that one.
    for (int i = 0; i < w; i++) {
      if (Chars.isDigit(window[i])) {
        w = i;
      }
    }
    words(0, w, false, -1);
  }

  /** Reads the name of a field: words in camel case or parted by anything. */
  void name(char[] text, int start, int end) {
    int w = 0;
    boolean lower = false;
    for (int p = start; p < end && w + 1 < window.length; p++) {
      char c = text[p];
      if (lower && Chars.isUpper(c)) {
        window[w++] = ' ';
      }
      lower = c >= 'a' && c <= 'z';
      window[w++] = c < 128 && !Chars.isAlnum(c) ? ' ' : Chars.lower(c);
    }
    words(0, w, false, window.length);
  }

  /** Whether the words near before the position speak of a version and not of a host. */
  static boolean saysVersion(Context context) {
    int version = context.place(VERSION);
    return version >= context.window.length - VERSION_BEFORE && version > context.place(NETWORK);
  }

  private void words(int start, int end, boolean cut, int bias) {
    boolean inside = cut;
    for (int i = start; i < end; i++) {
      char c = window[i];
      if (c == ' ') {
        inside = false;
        continue;
      }
      boolean letter = c < 128 ? Chars.isAlnum(c) : Character.isLetterOrDigit(c);
      if ((letter && (!inside || c >= 0x0590)) || (!letter && c >= 128)) {
        word(i, end, bias);
      }
      inside = letter;
    }
  }

  private void word(int start, int end, int bias) {
    int hash = 0;
    int limit = Math.min(end, start + LONGEST_WORD);
    for (int i = start; i < limit; i++) {
      hash = hash * 31 + window[i];
      int bit = beginning(hash);
      if ((BEGINNINGS[bit >>> 6] & 1L << bit) == 0) {
        return;
      }
      int slot = slot(hash);
      while (TABLE[slot] != 0) {
        int index = TABLE[slot] - 1;
        if (matches(WORDS[index], start, i + 1)
            && (!WHOLE[index] || i + 1 == end || !isLetter(window[i + 1]))) {
          say(BITS[index], TYPES[index], bias > 0 ? bias : start + bias);
        }
        slot = (slot + 1) & (TABLE.length - 1);
      }
    }
  }

  private static boolean isLetter(char c) {
    return c < 128 ? Chars.isAlnum(c) : Character.isLetter(c);
  }

  private boolean matches(String word, int start, int end) {
    if (word.length() != end - start) {
      return false;
    }
    for (int i = 0; i < word.length(); i++) {
      if (word.charAt(i) != window[start + i]) {
        return false;
      }
    }
    return true;
  }

  private void say(int said, @Nullable RedactionType saidType, int place) {
    bits |= said;
    for (int rest = said; rest != 0; rest &= rest - 1) {
      int kind = Integer.numberOfTrailingZeros(rest);
      places[kind] = Math.max(places[kind], place);
    }
    if (saidType != null) {
      if (place == typePlace && type != saidType) {
        otherType = saidType;
      } else if (place >= typePlace) {
        type = saidType;
        typePlace = place;
        otherType = null;
      }
    }
  }
}
