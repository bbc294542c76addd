/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.javaagent.apachehttpclient5.adapter;

import io.spanglass.call.InMemoryBody;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import org.apache.hc.core5.http.HttpEntity;
import org.apache.hc.core5.http.io.entity.ByteArrayEntity;
import org.apache.hc.core5.http.io.entity.StringEntity;
import org.jspecify.annotations.Nullable;

/** A body that the client made of a string or of bytes. It hands them over by reference. */
final class EntityBytes implements InMemoryBody {
  private final HttpEntity entity;

  private EntityBytes(HttpEntity entity) {
    this.entity = entity;
  }

  /** Returns null for any other body: the application's own is written once, by the client. */
  static @Nullable EntityBytes of(@Nullable HttpEntity entity) {
    return entity != null
            && (entity.getClass() == StringEntity.class
                || entity.getClass() == ByteArrayEntity.class)
        ? new EntityBytes(entity)
        : null;
  }

  @Override
  public void writeTo(Sink sink) {
    try {
      entity.writeTo(
          new OutputStream() {
            @Override
            public void write(int b) {
              write(new byte[] {(byte) b}, 0, 1);
            }

            @Override
            public void write(byte[] bytes, int offset, int length) {
              sink.accept(bytes, offset, length);
            }
          });
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
