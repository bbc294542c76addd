/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.wire.json;

import io.spanglass.wire.frame.FrameHandler;

/** Reads frames as a decoder does, with templates, and writes down what it is told. */
final class Documents implements FrameHandler {
  final Fields.Recorder recorder = new Fields.Recorder();

  /** How many frames were read by comparing. */
  int hits;

  private final JsonScanner<Fields.Recorder> scanner;
  private final JsonTemplates<Fields.Recorder> templates;

  Documents(JsonField<Fields.Recorder> fields) {
    scanner = new JsonScanner<>(fields, recorder);
    templates = new JsonTemplates<>(scanner);
  }

  @Override
  public void onStream() {
    recorder.add("stream");
  }

  @Override
  public void onFrameStart() {
    scanner.reset();
    templates.beforeDocument();
    recorder.add("frame");
  }

  @Override
  public void onFrameBytes(byte[] bytes, int offset, int length) {
    scanner.onBytes(bytes, offset, length);
  }

  @Override
  public int onDocumentBytes(byte[] bytes, int offset, int length) {
    return scanner.onBytes(bytes, offset, length);
  }

  @Override
  public boolean isFrameComplete() {
    return scanner.isComplete();
  }

  @Override
  public void onFrameEnd() {
    recorder.add(scanner.isComplete() ? "complete" : scanner.isBroken() ? "broken" : "open");
  }

  @Override
  public int onFrameLikeBefore(byte[] bytes, int from, int end) {
    int to = templates.match(bytes, from, end);
    if (to >= 0) {
      hits++;
      recorder.add("frame");
      templates.replay(bytes);
      onFrameEnd();
    }
    return to;
  }

  @Override
  public void onWholeFrame(byte[] bytes, int from, int to) {
    templates.afterDocument(bytes, from, to);
  }
}
