/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.wire.decode;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.spanglass.wire.json.JsonField;
import io.spanglass.wire.json.JsonScanner;
import io.spanglass.wire.json.JsonTemplates;
import org.jspecify.annotations.Nullable;

/**
 * Reads a response that is one JSON document, or a stream of them that {@code [DONE]} ends, by the
 * fields of its API.
 */
final class JsonResponseDecoder implements ResponseDecoder {
  private static final byte[] DONE = "[DONE]".getBytes(US_ASCII);

  /** The frame is no mark for the end of the stream. */
  private static final int NOT_DONE = -1;

  private final ResponseFactsBuilder builder = new ResponseFactsBuilder();
  private final JsonScanner<ResponseFactsBuilder> scanner;
  private final ResponseListener listener;

  /** Only where frames follow one another. */
  private @Nullable JsonTemplates<ResponseFactsBuilder> templates;

  private @Nullable ResponseFacts facts;
  private boolean stream;

  /** How many bytes of the mark this frame started with, so far, or {@link #NOT_DONE}. */
  private int doneMatched;

  JsonResponseDecoder(JsonField<ResponseFactsBuilder> fields, ResponseListener listener) {
    this.scanner = new JsonScanner<>(fields, builder);
    this.listener = listener;
  }

  @Override
  public ResponseFacts facts() {
    ResponseFacts facts = this.facts;
    if (facts == null) {
      facts = new ResponseFacts(builder);
      this.facts = facts;
    }
    return facts;
  }

  @Override
  public boolean isStream() {
    return stream || builder.isStreamed();
  }

  /** What a response's head told already goes here. */
  ResponseFactsBuilder builder() {
    return builder;
  }

  @Override
  public boolean isAnswerWhole() {
    return builder.terminated
        || isDone()
        || (isStream()
            ? builder.allChoicesFinished()
            : scanner.isComplete() && scanner.isContainer());
  }

  @Override
  public boolean isFrameComplete() {
    return scanner.isComplete() || isDone();
  }

  private boolean isDone() {
    return doneMatched == DONE.length;
  }

  @Override
  public void onStream() {
    if (!stream) {
      stream = true;
      templates = new JsonTemplates<>(scanner);
    }
  }

  @Override
  public void onErrorEvent() {
    if (!builder.terminated) {
      facts = null;
      builder.errorEvent();
    }
  }

  @Override
  public void onFailureNamed(String name) {
    if (!builder.terminated) {
      facts = null;
      builder.failure(name);
    }
  }

  @Override
  public void onFrameStart() {
    if (builder.terminated) {
      return;
    }
    scanner.reset();
    JsonTemplates<ResponseFactsBuilder> templates = this.templates;
    if (templates != null) {
      templates.beforeDocument();
    }
    start();
  }

  private void start() {
    doneMatched = 0;
    facts = null;
    builder.start();
  }

  @Override
  public void onFrameBytes(byte[] bytes, int offset, int length) {
    onDocumentBytes(bytes, offset, length);
  }

  @Override
  public int onDocumentBytes(byte[] bytes, int offset, int length) {
    if (builder.terminated) {
      return length;
    }
    facts = null;
    int at = offset;
    int end = offset + length;
    if (doneMatched != NOT_DONE) {
      at = mark(bytes, at, end);
      if (doneMatched != NOT_DONE) {
        return length;
      }
    }
    return at - offset + scanner.onBytes(bytes, at, end - at);
  }

  /** Reads on in what may be the mark for the end of the stream, with blanks before and behind. */
  private int mark(byte[] bytes, int from, int end) {
    int at = from;
    while (at < end && doneMatched == 0 && isBlank(bytes[at])) {
      at++;
    }
    while (at < end && doneMatched < DONE.length && bytes[at] == DONE[doneMatched]) {
      at++;
      doneMatched++;
    }
    while (at < end && isDone() && isBlank(bytes[at])) {
      at++;
    }
    if (at < end) {
      if (doneMatched > 0) {
        scanner.onBytes(DONE, 0, doneMatched);
      }
      doneMatched = NOT_DONE;
    }
    return at;
  }

  private static boolean isBlank(byte b) {
    return b == ' ' || b == '\t';
  }

  @Override
  public void onFrameEnd() {
    if (builder.terminated) {
      return;
    }
    boolean complete = scanner.isComplete();
    if (complete && builder.isAnswer()) {
      if (builder.isDelta()) {
        // The first of several documents, which no other may have followed yet.
        onStream();
      }
      listener.onChunk(builder.outputKinds(), builder.hasChoices());
    }
    if (isDone() || (complete && builder.isLast())) {
      builder.terminated = true;
      facts = null;
      listener.onTerminator();
    }
  }

  @Override
  public int onFrameLikeBefore(byte[] bytes, int from, int end) {
    JsonTemplates<ResponseFactsBuilder> templates = this.templates;
    if (templates == null || builder.terminated) {
      return -1;
    }
    int to = templates.match(bytes, from, end);
    if (to < 0) {
      return -1;
    }
    start();
    doneMatched = NOT_DONE;
    templates.replay(bytes);
    onFrameEnd();
    return to;
  }

  @Override
  public void onWholeFrame(byte[] bytes, int from, int to) {
    JsonTemplates<ResponseFactsBuilder> templates = this.templates;
    if (templates != null && !builder.terminated) {
      templates.afterDocument(bytes, from, to);
    }
  }
}
