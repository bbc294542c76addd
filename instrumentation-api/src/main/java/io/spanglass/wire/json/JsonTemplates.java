/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.wire.json;

import org.jspecify.annotations.Nullable;

/**
 * Reads documents that look like one of the last of a stream by comparing instead of parsing: the
 * events of a stream differ in a few strings and numbers. A document of another shape is left to
 * the scanner, and the next one may look like it.
 *
 * <p>Two shapes are known at a time, since streams go back and forth between two: a text and its
 * usage, two choices. Where shapes keep changing it stops trying, for longer and longer.
 *
 * @param <T> what the actions of the fields act on
 */
public final class JsonTemplates<T> {
  private static final int PATIENCE = 4;
  private static final int LONGEST_PAUSE = 64;
  private static final int[] NONE = {};

  private final JsonScanner<T> scanner;
  private @Nullable JsonTemplate<T> first;
  private @Nullable JsonTemplate<T> second;
  private @Nullable JsonTemplate<T> matched;
  private int[] holes = NONE;

  /** How many documents were seen, as far as that matters: of a single one nothing is learned. */
  private int documents;

  private int misses;
  private int pause;

  public JsonTemplates(JsonScanner<T> scanner) {
    this.scanner = scanner;
  }

  /**
   * Looks whether the document that starts here is of a known shape and lies whole in the piece.
   * Calls nothing yet.
   *
   * @param from where the document starts, or what frames it
   * @return where it ends, or what frames it; -1 if the scanner has to read it
   */
  public int match(byte[] bytes, int from, int end) {
    if (pause > 0) {
      return -1;
    }
    JsonTemplate<T> template = first;
    if (template != null) {
      int to = template.match(bytes, from, end, holes);
      if (to >= 0) {
        misses = 0;
        matched = template;
        return to;
      }
      JsonTemplate<T> other = second;
      if (other != null) {
        to = other.match(bytes, from, end, holes);
        if (to >= 0) {
          misses = 0;
          first = other;
          second = template;
          matched = other;
          return to;
        }
      }
    }
    return -1;
  }

  /** Does what the scanner would have done with the document that {@link #match} found. */
  public void replay(byte[] bytes) {
    JsonTemplate<T> template = matched;
    if (template != null) {
      template.replay(scanner, bytes, holes);
    }
  }

  /** The scanner is to read the document that starts now; to follow its {@code reset()}. */
  public void beforeDocument() {
    if (pause == 0 && documents > 0) {
      scanner.recording().start();
    }
  }

  /**
   * The scanner has read a document that lies whole in a piece.
   *
   * @param from where the document starts, or what frames it
   */
  public void afterDocument(byte[] bytes, int from, int to) {
    if (documents == 0) {
      documents = 1;
      return;
    }
    if (pause > 0) {
      pause--;
      return;
    }
    misses++;
    // After a pause one document is learned from, and only the next one tells whether it helped.
    if (misses > PATIENCE && misses % 2 == 0) {
      pause = Math.min(LONGEST_PAUSE, 1 << Math.min((misses - PATIENCE) / 2, 30));
    }
    JsonRecording<T> recording = scanner.recording();
    if (!recording.isActive() || !scanner.isComplete()) {
      return;
    }
    JsonTemplate<T> template = second;
    if (template == null) {
      template = new JsonTemplate<>();
    }
    second = first;
    // Where it cannot be learned, what the template was is gone: it is the one that was of less
    // use.
    first = null;
    if (template.learn(recording, bytes, from, to)) {
      if (2 * template.holes() > holes.length) {
        holes = new int[2 * recording.holeStarts.length];
      }
      first = template;
    } else {
      first = second;
      second = null;
    }
    recording.stop();
  }
}
