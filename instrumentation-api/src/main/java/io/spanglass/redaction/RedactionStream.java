/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.redaction;

import java.util.Arrays;

/**
 * A text that comes in pieces. What is returned of it, put together, is what {@link
 * Redactor#redact(String)} makes of the whole, however the pieces were cut. So the end of what came
 * is held back until it cannot be a part of something any more: some hundred characters in ordinary
 * text, all of it where the text is JSON or has no words.
 *
 * <p>For one thread at a time.
 */
public final class RedactionStream {
  /** Behind a place to cut at there is at least this much, which nothing reaches over. */
  static final int HELD_BACK = 1024;

  /** And before what is scanned there is at least this much of what was returned. */
  private static final int LOOKED_BACK = 512;

  private static final int NEAR = 64;

  private static final int DEFAULT_STEP = 2048;
  private static final int DEFAULT_MOST = 1 << 18;

  private final Redactor redactor;
  private final int heldBack;
  private final int step;
  private final int most;
  private char[] held = new char[256];
  private int size;

  /** Up to here the text was returned; kept for what the words in it say about what follows. */
  private int returned;

  private int nextTry;
  private boolean started;
  private boolean whole;
  private boolean failed;

  RedactionStream(Redactor redactor) {
    this(redactor, HELD_BACK, DEFAULT_STEP, DEFAULT_MOST);
  }

  /**
   * @param step how much has to come before another look at it
   * @param most how much is held at most
   */
  RedactionStream(Redactor redactor, int heldBack, int step, int most) {
    this.redactor = redactor;
    this.heldBack = heldBack;
    this.step = step;
    this.most = most;
    nextTry = heldBack + step;
  }

  /** Takes a piece; returns what can be returned by now, often nothing. */
  public String append(CharSequence piece) {
    int length = piece.length();
    if (failed) {
      return "";
    }
    if (size + length > most) {
      return fail();
    }
    if (size + length > held.length) {
      held = Arrays.copyOf(held, Math.max(size + length, 2 * held.length));
    }
    for (int i = 0; i < length; i++) {
      held[size++] = piece.charAt(i);
    }
    if (!started) {
      for (int i = 0; i < size && !started; i++) {
        if (held[i] > ' ') {
          started = true;
          whole = held[i] == '{' || held[i] == '[';
        }
      }
    }
    return whole || size < nextTry ? "" : release();
  }

  /** The end of the text: returns the rest. Nothing may be appended after that. */
  public String finish() {
    if (failed) {
      return "";
    }
    try {
      if (returned == 0) {
        return redactor.redact(new String(held, 0, size));
      }
      return scan(size);
    } finally {
      clear();
    }
  }

  private String fail() {
    failed = true;
    redactor.failed();
    clear();
    return Placeholders.FAILED;
  }

  private void clear() {
    Arrays.fill(held, ' ');
    size = 0;
  }

  private String release() {
    nextTry = size + step;
    int cut = size - heldBack;
    while (cut > returned && !isCut(cut)) {
      cut--;
    }
    if (cut <= returned) {
      return "";
    }
    return scan(cut);
  }

  /** Between two words, neither of which can be a part of a number or a key. */
  private boolean isCut(int p) {
    if (p < 3 || p + 2 >= size) {
      return false;
    }
    char c = held[p - 1];
    if (c == ' ') {
      return isSmall(held[p])
          && isSmall(held[p + 1])
          && isSmall(held[p - 2])
          && isSmall(held[p - 3]);
    }
    return Chars.isUnspaced(c) && Chars.isUnspaced(held[p]) && Character.isLetter(c);
  }

  private static boolean isSmall(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 0xDF && c < 0x0590 && Character.isLetter(c));
  }

  /** Returns the redacted text up to the cut, or up to where something starts that crosses it. */
  private String scan(int end) {
    RedactionSession session = redactor.acquire();
    try {
      session.scan.start(redactor.policy().nanos);
      String text = new String(held, 0, size);
      Matches found = redactor.findAll(session.scan, null, text);
      int cut = end;
      for (int i = 0; i < found.size; i++) {
        if (found.starts[i] < cut && found.ends[i] > cut) {
          cut = found.starts[i];
        }
      }
      if (cut <= returned) {
        return "";
      }
      Matches here = new Matches();
      for (int i = 0; i < found.size; i++) {
        if (found.ends[i] > returned && found.starts[i] < cut) {
          int start = Math.max(0, found.starts[i] - returned);
          here.add(
              found.types[i], found.names[i], start, found.ends[i] - returned, found.quotes[i]);
        }
      }
      redactor.count(here);
      String out = redactor.replacements().apply(text.substring(returned, cut), here, null);
      returned = cut;
      forget(found);
      return out;
    } catch (Throwable failure) {
      return fail();
    } finally {
      redactor.release(session);
    }
  }

  /** Lets go of what is too far back to say anything about what comes. */
  private void forget(Matches found) {
    int from = returned - LOOKED_BACK;
    while (from > 0 && (!isCut(from) || isNear(found, from))) {
      from--;
    }
    if (from > 0) {
      System.arraycopy(held, from, held, 0, size - from);
      size -= from;
      returned -= from;
      nextTry -= from;
    }
  }

  /** What stands before something may be why it was found, as "Bearer" before a token is. */
  private static boolean isNear(Matches found, int position) {
    for (int i = 0; i < found.size; i++) {
      if (found.starts[i] < position + NEAR && found.ends[i] > position) {
        return true;
      }
    }
    return false;
  }
}
