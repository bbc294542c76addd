/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.testing;

import io.spanglass.wire.RequestHead;
import io.spanglass.wire.ResponseHead;
import io.spanglass.wire.decode.ResponseListener;
import io.spanglass.wire.decode.ResponseReader;
import io.spanglass.wire.decode.WireApi;
import org.jspecify.annotations.Nullable;

/** The head of a response, and of a request of which nothing is known. */
public record Head(int status, @Nullable String contentType, @Nullable String contentEncoding)
    implements ResponseHead, RequestHead {
  public ResponseReader newReader(WireApi api, ResponseListener listener) {
    return api.newResponseReader(this, this, listener);
  }

  @Override
  public String method() {
    return "POST";
  }

  @Override
  public @Nullable String scheme() {
    return null;
  }

  @Override
  public @Nullable String host() {
    return null;
  }

  @Override
  public int port() {
    return -1;
  }

  @Override
  public @Nullable String rawPath() {
    return null;
  }

  @Override
  public @Nullable String rawQuery() {
    return null;
  }

  @Override
  public @Nullable String header(String name) {
    return name.equals("Content-Type")
        ? contentType
        : name.equals("Content-Encoding") ? contentEncoding : null;
  }
}
