/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.wire.decode;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.spanglass.testing.Head;
import io.spanglass.testing.Pieces;
import io.spanglass.wire.bytes.ByteSink;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.BiConsumer;

/**
 * A search for a body that a reader of some API throws on, or reads in another way in other pieces.
 * Each build searches for some seconds. To search for longer:
 *
 * <pre>
 * ./mvnw -pl instrumentation-api -am verify -Dit.test=ReaderFuzzIT -Dtest=none \\
 *     -Dsurefire.failIfNoSpecifiedTests=false -Dfuzz.duration=65m
 * </pre>
 *
 * <p>What it finds it puts beside the seeds, in {@code
 * src/test/resources/io/spanglass/wire/decode/ReaderFuzzITInputs}; to be kept there.
 */
class ReaderFuzzIT {
  /** A path of each API. Seeds start with the place here, so that new ones come last. */
  private static final List<String> PATHS =
      List.of(
          "/v1/chat/completions",
          "/v1/completions",
          "/v1/embeddings",
          "/v1/messages",
          "/generate_stream",
          "/api/chat",
          "/api/generate",
          "/api/embed",
          "/models/m:streamGenerateContent",
          "/models/m:embedContent",
          "/v2/chat",
          "/v2/embed",
          "/model/m/converse-stream");

  /**
   * @param input a byte that says which API reads it and how it is typed, and the body
   */
  @FuzzTest(maxDuration = "2h")
  void everyReaderReadsABodyTheSameInPieces(byte[] input) {
    if (input.length == 0) {
      return;
    }
    String path = PATHS.get((input[0] & 0x7f) % PATHS.size());
    boolean typed = input[0] < 0;
    byte[] body = Arrays.copyOfRange(input, 1, input.length);
    List<String> whole = response(path, typed, body, Pieces::whole);
    assertThat(response(path, typed, body, Pieces::singly)).isEqualTo(whole);
    assertThat(response(path, typed, body, (bytes, sink) -> Pieces.randomly(bytes, input[0], sink)))
        .isEqualTo(whole);
    assertThat(request(path, body, Pieces::singly)).isEqualTo(request(path, body, Pieces::whole));
  }

  private static List<String> request(
      String path, byte[] body, BiConsumer<byte[], ByteSink> pieces) {
    RequestReader reader =
        requireNonNull(WireApis.byPath("POST", path)).newRequestReader(new Head(200, null, null));
    pieces.accept(body, reader::onBytes);
    return facts(reader.facts());
  }

  private static List<String> response(
      String path, boolean typed, byte[] body, BiConsumer<byte[], ByteSink> pieces) {
    List<String> told = new ArrayList<>();
    ResponseListener listener =
        new ResponseListener() {
          @Override
          public void onChunk(int outputKinds, boolean hasChoices) {
            told.add("chunk " + outputKinds + hasChoices);
          }

          @Override
          public void onTerminator() {
            told.add("done");
          }
        };
    String type =
        path.endsWith("/converse-stream")
            ? "application/vnd.amazon.eventstream"
            : "text/event-stream";
    ResponseReader reader =
        new Head(200, typed ? type : null, null)
            .newReader(requireNonNull(WireApis.byPath("POST", path)), listener);
    pieces.accept(body, reader::onBytes);
    reader.onEnd();
    told.add(reader.isStream() + " " + reader.isAnswerWhole());
    told.add(reader.facts().finishReasons().toString());
    told.addAll(facts(reader.facts()));
    return told;
  }

  private static List<String> facts(Object facts) {
    List<String> values = new ArrayList<>();
    for (Field field : facts.getClass().getFields()) {
      if (Modifier.isStatic(field.getModifiers())) {
        continue;
      }
      try {
        Object value = field.get(facts);
        values.add(
            field.getName()
                + " "
                + (value instanceof long[] times ? Arrays.toString(times) : value));
      } catch (IllegalAccessException e) {
        throw new AssertionError(e);
      }
    }
    return values;
  }
}
