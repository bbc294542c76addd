/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.javaagent.okhttp.adapter;

import io.spanglass.http.ModelRequest;
import java.lang.reflect.Field;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Proxy;
import okhttp3.MediaType;
import okhttp3.RequestBody;
import okio.BufferedSink;
import okio.ByteString;
import org.jspecify.annotations.Nullable;

/**
 * Looks into a body that OkHttp made of bytes in memory: it hands them over in one piece to a sink
 * that keeps none of them.
 */
final class InMemoryBody implements InvocationHandler {
  /** OkHttp's own bodies of a byte array or string. Those of a file or its descriptor are not. */
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

  private final ModelRequest request;

  private InMemoryBody(ModelRequest request) {
    this.request = request;
  }

  /** Returns whether the body was looked into. The application's own is never written. */
  static boolean preview(@Nullable RequestBody body, ModelRequest request) {
    try {
      if (body == null || !IN_MEMORY.get(body.getClass())) {
        return false;
      }
      body.writeTo(
          (BufferedSink)
              Proxy.newProxyInstance(
                  BufferedSink.class.getClassLoader(),
                  new Class<?>[] {BufferedSink.class},
                  new InMemoryBody(request)));
      return true;
    } catch (Throwable t) {
      Guard.swallow(t);
      return false;
    }
  }

  @Override
  public Object invoke(Object proxy, Method method, Object @Nullable [] arguments) {
    if (arguments != null && method.getName().equals("write")) {
      if (arguments.length == 3 && arguments[0] instanceof byte[]) {
        preview((byte[]) arguments[0], (Integer) arguments[1], (Integer) arguments[2]);
      } else if (arguments.length == 1 && arguments[0] instanceof ByteString) {
        ByteString all = (ByteString) arguments[0];
        int length = Math.min(all.size(), ModelRequest.PREVIEW_LIMIT);
        byte[] bytes = all.substring(0, length).toByteArray();
        request.onPreview(bytes, 0, length, length == all.size());
      }
    }
    return proxy;
  }

  private void preview(byte[] bytes, int offset, int length) {
    int read = Math.min(length, ModelRequest.PREVIEW_LIMIT);
    request.onPreview(bytes, offset, read, read == length);
  }
}
