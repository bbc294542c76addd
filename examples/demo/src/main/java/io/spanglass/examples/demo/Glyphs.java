/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.examples.demo;

import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;

/**
 * The characters that the report is drawn with.
 *
 * @param waiting the part of a bar before the first token
 * @param busy any other part of a bar
 * @param dot stands between two facts
 * @param dash stands for "none"
 */
record Glyphs(
    Charset charset,
    String waiting,
    String busy,
    String branch,
    String lastBranch,
    String trunk,
    String dot,
    String dash,
    String rule) {

  static final Glyphs UNICODE =
      new Glyphs(StandardCharsets.UTF_8, "░", "█", "├─ ", "└─ ", "│  ", " ·", "–", "─");
  static final Glyphs ASCII =
      new Glyphs(StandardCharsets.US_ASCII, ".", "#", "|- ", "`- ", "|  ", ";", "-", "-");

  /** What the terminal that Java was started from can show. */
  static Glyphs ofTerminal() {
    return System.getProperty("native.encoding", "").equalsIgnoreCase("UTF-8") ? UNICODE : ASCII;
  }
}
