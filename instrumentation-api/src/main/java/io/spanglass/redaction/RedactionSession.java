/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.redaction;

import org.jspecify.annotations.Nullable;

/**
 * Redacts many values in a row, as {@link Redactor#redact(String, String)} does each. To be closed
 * when they are done, and not to be used after that.
 */
public final class RedactionSession implements AutoCloseable {
  private final Redactor redactor;
  final Scan scan;

  RedactionSession(Redactor redactor, Scan scan) {
    this.redactor = redactor;
    this.scan = scan;
  }

  /**
   * The text with everything replaced that was found in it; the same object if that is nothing.
   *
   * @param name of the field that the text is the value of; null if it has none
   */
  public String redact(@Nullable String name, String text) {
    return redactor.isClean(name, text) ? text : redactor.redact(scan, name, text);
  }

  @Override
  public void close() {
    redactor.release(this);
  }
}
