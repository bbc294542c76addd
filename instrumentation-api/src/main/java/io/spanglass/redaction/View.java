/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.redaction;

import java.util.Arrays;

/**
 * A text to scan: the value itself, or what one of its parts says when its escapes are undone. Of
 * the latter each character knows where it comes from.
 */
final class View {
  /** Buffers larger than this are not kept. */
  private static final int KEPT = 1 << 18;

  char[] chars = new char[1024];
  int length;

  /** So much of the buffer was written to since it was released. */
  private int used;

  /** Where each character starts in the text that this was made of; one more for the end. */
  int[] origin = new int[0];

  final Matches matches = new Matches();

  void load(String text) {
    length = text.length();
    if (chars.length < length) {
      chars = new char[Math.max(length, Math.min(KEPT, 2 * chars.length))];
    }
    text.getChars(0, length, chars, 0);
    used = Math.max(used, length);
    matches.size = 0;
  }

  /** Makes room for a text that is not longer than this. */
  void prepare(int capacity) {
    if (chars.length < capacity) {
      chars = new char[Math.max(capacity, Math.min(KEPT, 2 * chars.length))];
    }
    if (origin.length < capacity + 1) {
      origin = new int[chars.length + 1];
    }
    length = 0;
    used = Math.max(used, capacity);
    matches.size = 0;
  }

  void put(char c, int from) {
    chars[length] = c;
    origin[length++] = from;
  }

  /** Tells what was found here to the view that this was made of. */
  void tell(Matches parent) {
    for (int i = 0; i < matches.size; i++) {
      parent.add(
          matches.types[i],
          matches.names[i],
          origin[matches.starts[i]],
          origin[matches.ends[i]],
          matches.quotes[i]);
    }
  }

  void release() {
    if (chars.length > KEPT) {
      chars = new char[1024];
      origin = new int[0];
    } else {
      // What was scanned must not be in a heap dump for longer than it has to.
      Arrays.fill(chars, 0, used, ' ');
    }
    length = 0;
    used = 0;
  }
}
