/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.wire.frame;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.spanglass.testing.Allocations;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;

class BodyReaderTest {
  private static final String BODY = "{\"text\":\"" + "0123456789".repeat(1000) + "\"}";

  private final Frames frames = new Frames();
  private final BodyReader reader = new BodyReader(new DocumentFraming(frames), null);

  /** The buffers that clients have, with something before and behind what is to be read. */
  private static List<ByteBuffer> buffersOf(byte[] bytes) {
    ByteBuffer heap = ByteBuffer.allocate(bytes.length + 7);
    ByteBuffer direct = ByteBuffer.allocateDirect(bytes.length + 7);
    for (ByteBuffer buffer : List.of(heap, direct)) {
      buffer.put((byte) '!').put(bytes).put((byte) '?').flip();
      buffer.position(1).limit(bytes.length + 1);
    }
    ByteBuffer sliced = ByteBuffer.allocate(bytes.length + 7);
    sliced.put("head".getBytes(UTF_8));
    sliced = sliced.slice();
    sliced.put(bytes).flip();
    return List.of(
        heap,
        direct,
        sliced,
        heap.asReadOnlyBuffer(),
        direct.asReadOnlyBuffer(),
        ByteBuffer.wrap(bytes));
  }

  @Test
  void readsWhatRemainsOfEveryKindOfBuffer() {
    byte[] bytes = BODY.getBytes(UTF_8);
    int count = 0;
    for (ByteBuffer buffer : buffersOf(bytes)) {
      int limit = buffer.limit();
      reader.onBuffer(buffer);
      assertThat(buffer.position()).isEqualTo(limit);
      assertThat(buffer.limit()).isEqualTo(limit);
      count++;
    }
    reader.onEnd();
    assertThat(frames.frames).containsExactly(BODY.repeat(count));
  }

  @Test
  void doesNotChangeWhatItReads() {
    byte[] bytes = BODY.getBytes(UTF_8);
    ByteBuffer direct = buffersOf(bytes).get(1);
    reader.onBuffer(direct.duplicate());
    assertThat(direct.remaining()).isEqualTo(bytes.length);
    byte[] after = new byte[bytes.length];
    direct.get(after);
    assertThat(after).isEqualTo(bytes);
  }

  @Test
  void undoesTheEncodingOfEveryKindOfBuffer() throws IOException {
    ByteArrayOutputStream encoded = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(encoded)) {
      gzip.write(BODY.getBytes(UTF_8));
    }
    for (ByteBuffer buffer : buffersOf(encoded.toByteArray())) {
      Frames decoded = new Frames();
      BodyReader gzipped = new BodyReader(new DocumentFraming(decoded), "gzip");
      gzipped.onBuffer(buffer);
      gzipped.onEnd();
      gzipped.close();
      assertThat(decoded.frames).containsExactly(BODY);
    }
  }

  @Test
  void anEmptyBodyIsNoFrame() {
    reader.onBuffer(ByteBuffer.allocate(0));
    reader.onBuffer(ByteBuffer.allocateDirect(0));
    reader.onEnd();
    assertThat(frames.frames).isEmpty();
  }

  @Test
  void aBufferWithoutArrayCostsOneWindow() {
    ByteBuffer direct = ByteBuffer.allocateDirect(10 * 1024 * 1024);
    BodyReader large = new BodyReader((Framing) new Nowhere(), null);
    long allocated = Allocations.during(() -> large.onBuffer(direct));
    assertThat(direct.hasRemaining()).isFalse();
    assertThat(allocated).isLessThan(16 * 1024);
  }

  private static final class Nowhere implements Framing {
    @Override
    public void onBytes(byte[] bytes, int offset, int length) {}

    @Override
    public void onEnd() {}
  }
}
