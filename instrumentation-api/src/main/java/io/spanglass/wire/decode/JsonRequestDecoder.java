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

  /** The first byte that is no white space; 0 as long as there was none. */
  private byte first;

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

  /**
   * An object, whether or not it is whole and well-formed: a server may have to say that it is not.
   */
  @Override
  public boolean isPossible() {
    return first == '{';
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
    for (int i = offset; first == 0 && i < offset + length; i++) {
      if (bytes[i] < 0 || bytes[i] > ' ') {
        first = bytes[i];
      }
    }
    scanner.onBytes(bytes, offset, length);
  }

  @Override
  public void onFrameEnd() {}
}
