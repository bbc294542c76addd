/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.javaagent.okhttp.adapter;

import io.spanglass.call.InMemoryBody;
import java.io.IOException;
import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Modifier;
import java.lang.reflect.Proxy;
import okhttp3.MediaType;
import okhttp3.RequestBody;
import okio.BufferedSink;
import okio.ByteString;
import org.jspecify.annotations.Nullable;

/**
 * A body that OkHttp made of bytes in memory. It hands them over in one piece, here to a sink that
 * keeps none.
 */
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

  /** Of sinks that keep nothing. Looked up once: that costs as much as the rest of the look. */
  private static final Constructor<?> SINK = sinkConstructor();

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
    InvocationHandler handler =
        (self, method, arguments) -> {
          if (method.getName().equals("write")) {
            accept(arguments, sink);
          }
          return self;
        };
    try {
      body.writeTo((BufferedSink) SINK.newInstance(handler));
    } catch (IOException | ReflectiveOperationException e) {
      throw new IllegalStateException(e);
    }
  }

  @SuppressWarnings("deprecation") // In favour of making an instance each time.
  private static Constructor<?> sinkConstructor() {
    try {
      return Proxy.getProxyClass(BufferedSink.class.getClassLoader(), BufferedSink.class)
          .getConstructor(InvocationHandler.class);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(e);
    }
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
