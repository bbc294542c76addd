/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.javaagent.okhttp.adapter;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.List;
import okio.Buffer;
import org.junit.jupiter.api.Test;

class BufferedBytesTest {
  private static final int SEGMENT = 8192;

  private final ByteArrayOutputStream seen = new ByteArrayOutputStream();
  private final List<byte[]> arrays = new ArrayList<>();
  private final BufferedBytes bytes =
      new BufferedBytes(
          (data, offset, length) -> {
            arrays.add(data);
            seen.write(data, offset, length);
          });

  @Test
  void showsWhatWasAskedForOverSegments() {
    Buffer buffer = new Buffer();
    byte[] all = new byte[3 * SEGMENT + 100];
    for (int i = 0; i < all.length; i++) {
      all[i] = (byte) (i * 31);
    }
    buffer.write(all);
    bytes.show(buffer, SEGMENT - 10, SEGMENT + 20);
    assertThat(seen.toByteArray())
        .isEqualTo(java.util.Arrays.copyOfRange(all, SEGMENT - 10, 2 * SEGMENT + 10));
    assertThat(arrays).hasSize(3);
    assertThat(buffer.size()).isEqualTo(all.length);
    assertThat(buffer.readByteArray()).isEqualTo(all);
  }

  @Test
  void canBeUsedAgain() {
    Buffer buffer = new Buffer();
    buffer.writeUtf8("one");
    bytes.show(buffer, 0, 3);
    buffer.writeUtf8("two");
    bytes.show(buffer, 3, 3);
    bytes.show(buffer, 6, 0);
    assertThat(seen.toString(UTF_8)).isEqualTo("onetwo");
  }

  /** An application that reads a large body whole keeps all of it in the buffer. */
  @Test
  void newBytesAreNotReachedOverAllThatAreBeforeThem() throws Exception {
    Buffer buffer = new Buffer();
    for (int i = 0; i < 4; i++) {
      buffer.write(new byte[SEGMENT]);
    }
    buffer.writeUtf8("new");
    Object head = field(buffer.getClass(), "head").get(buffer);
    Field next = field(head.getClass(), "next");
    Object second = next.get(head);
    // Whoever goes this way falls.
    next.set(head, null);
    try {
      bytes.show(buffer, 4 * SEGMENT, 3);
    } finally {
      next.set(head, second);
    }
    assertThat(seen.toString(UTF_8)).isEqualTo("new");
  }

  private static Field field(Class<?> type, String name) throws ReflectiveOperationException {
    Field field = type.getDeclaredField(name);
    field.setAccessible(true);
    return field;
  }
}
