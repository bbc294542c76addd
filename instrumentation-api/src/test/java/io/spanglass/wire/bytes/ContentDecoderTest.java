/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.wire.bytes;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.spanglass.testing.Pieces;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.reflect.Field;
import java.util.Arrays;
import java.util.Random;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import java.util.zip.GZIPOutputStream;
import java.util.zip.Inflater;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

class ContentDecoderTest {
  private static final byte[] TEXT =
      "data: {\"choices\":[{\"delta\":{\"content\":\"caf\u00e9\"}}]}\n\n".repeat(5).getBytes(UTF_8);

  private static final int HEADER_CRC = 2;
  private static final int EXTRA = 4;
  private static final int NAME = 8;
  private static final int COMMENT = 16;

  /** Collects what a decoder gives on. */
  private static final class Output implements ByteSink {
    final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    @Override
    public void onBytes(byte[] from, int offset, int length) {
      bytes.write(from, offset, length);
    }
  }

  private static byte[] deflate(byte[] text, boolean raw) {
    Deflater deflater = new Deflater(Deflater.DEFAULT_COMPRESSION, raw);
    deflater.setInput(text);
    deflater.finish();
    byte[] out = new byte[text.length + 100];
    int length = deflater.deflate(out);
    deflater.end();
    return Arrays.copyOf(out, length);
  }

  /** One gzip member by RFC 1952, with the optional fields that the flags say. */
  private static byte[] gzip(byte[] text, int flags, byte[] extra) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(new byte[] {0x1f, (byte) 0x8b, 8, (byte) flags, 1, 2, 3, 4, 0, 3});
    if ((flags & EXTRA) != 0) {
      out.write(extra.length & 0xff);
      out.write(extra.length >> 8);
      out.writeBytes(extra);
    }
    if ((flags & NAME) != 0) {
      out.writeBytes("body.txt\0".getBytes(ISO_8859_1));
    }
    if ((flags & COMMENT) != 0) {
      out.writeBytes("no comment\0".getBytes(ISO_8859_1));
    }
    if ((flags & HEADER_CRC) != 0) {
      out.write(0);
      out.write(0);
    }
    out.writeBytes(deflate(text, /* raw= */ true));
    CRC32 crc = new CRC32();
    crc.update(text);
    littleEndian(out, (int) crc.getValue());
    littleEndian(out, text.length);
    return out.toByteArray();
  }

  private static void littleEndian(ByteArrayOutputStream out, int value) {
    for (int shift = 0; shift < 32; shift += 8) {
      out.write(value >> shift);
    }
  }

  private static byte[] decode(@Nullable String encoding, byte[] encoded, int... cuts) {
    Output output = new Output();
    ByteSink sink = ContentDecoder.decoding(encoding, output);
    Pieces.cut(encoded, sink, cuts);
    return output.bytes.toByteArray();
  }

  @Test
  void everyCombinationOfGzipHeaderFieldsAtEveryCut() {
    for (int flags = 0; flags < 32; flags += 2) {
      for (byte[] extra : new byte[][] {{}, {1}, new byte[300]}) {
        byte[] encoded = gzip(TEXT, flags, extra);
        for (int cut = 0; cut <= encoded.length; cut++) {
          assertThat(decode("gzip", encoded, cut))
              .as("flags %s cut %s", flags, cut)
              .isEqualTo(TEXT);
        }
        if ((flags & EXTRA) == 0) {
          break;
        }
      }
    }
  }

  @Test
  void byteByByte() throws IOException {
    ByteArrayOutputStream encoded = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(encoded)) {
      gzip.write(TEXT);
    }
    Output output = new Output();
    Pieces.singly(encoded.toByteArray(), ContentDecoder.decoding("gzip", output));
    assertThat(output.bytes.toByteArray()).isEqualTo(TEXT);
  }

  @Test
  void membersInARowAreOneBody() {
    ByteArrayOutputStream encoded = new ByteArrayOutputStream();
    encoded.writeBytes(gzip("one ".getBytes(UTF_8), NAME, new byte[0]));
    encoded.writeBytes(gzip(new byte[0], 0, new byte[0]));
    encoded.writeBytes(gzip("two".getBytes(UTF_8), HEADER_CRC | EXTRA, new byte[7]));
    byte[] bytes = encoded.toByteArray();
    for (int cut = 0; cut <= bytes.length; cut++) {
      assertThat(decode("gzip", bytes, cut)).as("cut %s", cut).asString(UTF_8).isEqualTo("one two");
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void deflateWithAndWithoutZlibHeader(boolean raw) {
    byte[] encoded = deflate(TEXT, raw);
    for (int cut = 0; cut <= encoded.length; cut++) {
      assertThat(decode("deflate", encoded, cut)).as("cut %s", cut).isEqualTo(TEXT);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "identity", "Identity"})
  @NullSource
  void withoutEncodingTheBytesPassAsTheyAre(@Nullable String encoding) {
    Output output = new Output();
    assertThat(ContentDecoder.isReadable(encoding)).isTrue();
    assertThat(ContentDecoder.decoding(encoding, output)).isSameAs(output);
  }

  @ParameterizedTest
  @ValueSource(strings = {"gzip", "GZIP", " gzip ", "x-gzip"})
  void namesOfGzip(String encoding) {
    assertThat(ContentDecoder.isReadable(encoding)).isTrue();
    assertThat(decode(encoding, gzip(TEXT, 0, new byte[0]))).isEqualTo(TEXT);
  }

  @ParameterizedTest
  @ValueSource(strings = {"br", "zstd", "gzip, br", "gzipped", "aes128gcm"})
  void otherEncodingsAreNotReadable(String encoding) {
    assertThat(ContentDecoder.isReadable(encoding)).isFalse();
  }

  @Test
  void aBodyCutShortGivesWhatWasWhole() {
    byte[] encoded = gzip(TEXT, NAME, new byte[0]);
    for (int length = 0; length < encoded.length; length++) {
      byte[] decoded = decode("gzip", Arrays.copyOf(encoded, length));
      assertThat(decoded).isEqualTo(Arrays.copyOf(TEXT, decoded.length));
    }
  }

  @Test
  void aBodyThatIsNotWhatItsHeaderSaysGivesNothing() {
    Output output = new Output();
    ContentDecoder decoder = (ContentDecoder) ContentDecoder.decoding("gzip", output);
    Pieces.singly(TEXT, decoder);
    assertThat(output.bytes.size()).isZero();
    assertThat(decoder.failed()).isTrue();
  }

  @Test
  void aSecondMemberThatIsDamagedIsAFailure() {
    byte[] member = gzip(TEXT, 0, new byte[0]);
    byte[] damaged = Arrays.copyOf(member, member.length * 2);
    System.arraycopy(member, 0, damaged, member.length, 10);
    Arrays.fill(damaged, member.length + 10, damaged.length, (byte) 0xff);
    ContentDecoder decoder = (ContentDecoder) ContentDecoder.decoding("gzip", new Output());
    Pieces.singly(damaged, decoder);
    assertThat(decoder.failed()).isTrue();
  }

  @Test
  void aPresetDictionaryIsAFailureAndNoLoop() {
    Deflater deflater = new Deflater();
    deflater.setDictionary("content".getBytes(UTF_8));
    deflater.setInput(TEXT);
    deflater.finish();
    byte[] out = new byte[1000];
    int length = deflater.deflate(out);
    deflater.end();
    ContentDecoder decoder = (ContentDecoder) ContentDecoder.decoding("deflate", new Output());
    Pieces.singly(Arrays.copyOf(out, length), decoder);
    assertThat(decoder.failed()).isTrue();
  }

  @Test
  void whatFollowsTheLastMemberIsNotGivenOn() {
    ByteArrayOutputStream encoded = new ByteArrayOutputStream();
    encoded.writeBytes(gzip(TEXT, 0, new byte[0]));
    byte[] member = encoded.toByteArray();
    for (byte[] padding :
        new byte[][] {
          new byte[100], {0}, {0x1f}, {0x1f, 0}, {0x1f, (byte) 0x8b, 9}, "text".getBytes(UTF_8)
        }) {
      byte[] padded = Arrays.copyOf(member, member.length + padding.length);
      System.arraycopy(padding, 0, padded, member.length, padding.length);
      for (int cut = 0; cut <= padded.length; cut++) {
        Output output = new Output();
        ContentDecoder decoder = (ContentDecoder) ContentDecoder.decoding("gzip", output);
        Pieces.cut(padded, decoder, cut);
        assertThat(output.bytes.toByteArray()).isEqualTo(TEXT);
        // All of the body was read, whatever stands behind it.
        assertThat(decoder.failed()).isFalse();
      }
    }

    encoded.reset();
    encoded.writeBytes(deflate(TEXT, /* raw= */ false));
    encoded.writeBytes("trailing".getBytes(UTF_8));
    byte[] bytes = encoded.toByteArray();
    for (int cut = 0; cut <= bytes.length; cut++) {
      assertThat(decode("deflate", bytes, cut)).isEqualTo(TEXT);
    }
  }

  @Property
  void garbageNeverThrows(
      @ForAll @Size(max = 200) byte[] garbage, @ForAll boolean gzip, @ForAll long seed) {
    Output output = new Output();
    Pieces.randomly(garbage, seed, ContentDecoder.decoding(gzip ? "gzip" : "deflate", output));

    byte[] damaged = gzip ? gzip(TEXT, NAME | EXTRA, new byte[5]) : deflate(TEXT, false);
    Random random = new Random(seed);
    for (int i = 0; i < 3; i++) {
      damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
    }
    Output whole = new Output();
    Pieces.whole(damaged, ContentDecoder.decoding(gzip ? "gzip" : "deflate", whole));
    Output pieces = new Output();
    Pieces.randomly(damaged, seed, ContentDecoder.decoding(gzip ? "gzip" : "deflate", pieces));
    // How much the inflater gives before it notices depends on the cuts; never what.
    byte[] a = whole.bytes.toByteArray();
    byte[] b = pieces.bytes.toByteArray();
    int common = Math.min(a.length, b.length);
    assertThat(Arrays.copyOf(a, common)).isEqualTo(Arrays.copyOf(b, common));
  }

  @Test
  void closingGivesBackTheNativeMemory() throws Exception {
    ContentDecoder decoder = (ContentDecoder) ContentDecoder.decoding("gzip", new Output());
    byte[] encoded = gzip(TEXT, 0, new byte[0]);
    Pieces.whole(Arrays.copyOf(encoded, 20), decoder);
    Inflater inflater = inflater(decoder);
    assertThat(inflater).isNotNull();

    decoder.close();
    decoder.close();

    assertThat(inflater(decoder)).isNull();
    assertThatThrownBy(inflater::getBytesRead).hasMessageContaining("closed");
    assertThat(decoder.failed()).isFalse();
  }

  @Test
  void aFailureGivesBackTheNativeMemory() throws Exception {
    ContentDecoder decoder = (ContentDecoder) ContentDecoder.decoding("deflate", new Output());
    Pieces.whole(new byte[] {0x78, (byte) 0x9c}, decoder);
    Inflater inflater = inflater(decoder);
    Pieces.whole(new byte[] {7, 7, 7, 7, 7, 7}, decoder);
    assertThat(decoder.failed()).isTrue();
    assertThatThrownBy(inflater::getBytesRead).hasMessageContaining("closed");
  }

  @Test
  void whatTheBytesAreGivenToMayClose() {
    ByteSink[] decoder = new ByteSink[1];
    Output output = new Output();
    decoder[0] =
        ContentDecoder.decoding(
            "gzip",
            (bytes, offset, length) -> {
              output.onBytes(bytes, offset, length);
              ((ContentDecoder) decoder[0]).close();
            });
    byte[] large = new byte[50_000];
    byte[] encoded = gzip(large, 0, new byte[0]);
    Pieces.whole(encoded, decoder[0]);
    assertThat(output.bytes.size()).isBetween(1, large.length - 1);

    int atClose = output.bytes.size();
    Pieces.whole(encoded, decoder[0]);
    assertThat(output.bytes.size()).isEqualTo(atClose);
  }

  private static Inflater inflater(ContentDecoder decoder) throws ReflectiveOperationException {
    Field field = ContentDecoder.class.getDeclaredField("inflater");
    field.setAccessible(true);
    return (Inflater) field.get(decoder);
  }
}
