/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.wire.decode;

import io.spanglass.wire.json.JsonField;
import io.spanglass.wire.json.JsonScanner;

/** Reads a request that is one JSON document by the fields of its API. */
final class JsonRequestDecoder implements RequestDecoder {
  private final RequestFactsBuilder builder;
  private final JsonScanner<RequestFactsBuilder> scanner;

  JsonRequestDecoder(JsonField<RequestFactsBuilder> fields) {
    this(fields, new RequestFactsBuilder());
  }

  /**
   * @param builder may know something already
   */
  JsonRequestDecoder(JsonField<RequestFactsBuilder> fields, RequestFactsBuilder builder) {
    this.builder = builder;
    this.scanner = new JsonScanner<>(fields, builder);
  }

  @Override
  public RequestFacts facts() {
    return builder.facts();
  }

  @Override
  public boolean isComplete() {
    return scanner.isComplete();
  }

  @Override
  public void onFrameStart() {
    scanner.reset();
  }

  @Override
  public void onFrameBytes(byte[] bytes, int offset, int length) {
    scanner.onBytes(bytes, offset, length);
  }

  @Override
  public void onFrameEnd() {}
}
