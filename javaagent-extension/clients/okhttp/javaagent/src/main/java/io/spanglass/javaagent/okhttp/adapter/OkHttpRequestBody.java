/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.javaagent.okhttp.adapter;

import io.spanglass.call.InMemoryBody;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.lang.reflect.Proxy;
import okhttp3.MediaType;
import okhttp3.RequestBody;
import okio.Buffer;
import okio.BufferedSink;
import okio.ByteString;
import org.jspecify.annotations.Nullable;

/** A body that OkHttp made of bytes in memory. It hands them over in one piece. */
final class OkHttpRequestBody implements InMemoryBody {
  /** OkHttp's own bodies of a byte array or string; those of a file or its descriptor are not. */
  private static final ClassValue<Boolean> IN_MEMORY =
      new ClassValue<>() {
        @Override
        protected Boolean computeValue(Class<?> type) {
          if (!type.getName().startsWith(RequestBody.class.getName() + "$")) {
            return false;
          }
          boolean bytes = false;
          for (Field field : type.getDeclaredFields()) {
            Class<?> held = field.getType();
            if (held == byte[].class || held == ByteString.class) {
              bytes = true;
            } else if (!Modifier.isStatic(field.getModifiers())
                && !held.isPrimitive()
                && held != MediaType.class) {
              return false;
            }
          }
          return bytes;
        }
      };

  /** How much the wire core reads. */
  private static final int READ = 64 * 1024;

  private final RequestBody body;

  private OkHttpRequestBody(RequestBody body) {
    this.body = body;
  }

  /** Returns null for any other body: the application's own is written once, by the client. */
  static @Nullable OkHttpRequestBody of(@Nullable RequestBody body) {
    return body != null && IN_MEMORY.get(body.getClass()) ? new OkHttpRequestBody(body) : null;
  }

  @Override
  public void writeTo(Sink sink) {
    try {
      if (body.contentLength() <= READ) {
        Buffer buffer = new Buffer();
        body.writeTo(buffer);
        new BufferedBytes(sink::accept).show(buffer, 0, buffer.size());
        buffer.clear();
      } else {
        body.writeTo(keepingNothing(sink));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Spares a large body the copy. Making it costs as much as copying a few dozen kilobytes. */
  private static BufferedSink keepingNothing(Sink sink) {
    return (BufferedSink)
        Proxy.newProxyInstance(
            BufferedSink.class.getClassLoader(),
            new Class<?>[] {BufferedSink.class},
            (self, method, arguments) -> {
              if (method.getName().equals("write")) {
                accept(arguments, sink);
              }
              return self;
            });
  }

  private static void accept(Object[] arguments, Sink sink) {
    if (arguments.length == 3 && arguments[0] instanceof byte[]) {
      sink.accept((byte[]) arguments[0], (Integer) arguments[1], (Integer) arguments[2]);
    } else if (arguments.length == 1 && arguments[0] instanceof ByteString) {
      ByteString all = (ByteString) arguments[0];
      // One more than is read, so that it is seen that there is more.
      byte[] start = all.substring(0, Math.min(all.size(), READ + 1)).toByteArray();
      sink.accept(start, 0, start.length);
    }
  }
}
