/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.wire.json;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.spanglass.testing.Pieces;
import java.io.IOException;
import java.math.BigInteger;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** The scanner against Jackson, and against itself for input that is no JSON. */
class JsonScannerPropertiesTest {
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
  private static final ObjectMapper JACKSON = new ObjectMapper();

  private static final String LONG_KEY = "k".repeat(70);

  /** Names of wanted fields at every level among those of others. */
  private static final String[] KEYS = {
    "model",
    "id",
    "choices",
    "delta",
    "content",
    "usage",
    "other",
    "models",
    "",
    "é",
    "\ud83d\ude00",
    "a\"b",
    LONG_KEY,
    "c".repeat(64)
  };

  private static final Fields FIELDS =
      new Fields(-1, 0)
          .with("model", new Fields(1, 8))
          .with("id", new Fields(2, 200))
          .with("content", new Fields(3, 0))
          .with(
              "choices",
              new Fields(4, 0)
                  .with("id", new Fields(5, 100))
                  .with(
                      "delta",
                      new Fields(6, 0)
                          .with("content", new Fields(7, 1))
                          .with("c".repeat(64), new Fields(8, 5))))
          .with("usage", new Fields(9, 0).with("a\"b", new Fields(10, 3)));

  @Provide
  Arbitrary<JsonNode> documents() {
    return objects(Arbitraries.lazy(() -> values(3)));
  }

  private Arbitrary<JsonNode> values(int depth) {
    Arbitrary<JsonNode> scalar =
        Arbitraries.oneOf(
            strings().map(NODES::textNode),
            Arbitraries.longs().map(NODES::numberNode),
            Arbitraries.integers().between(-3, 300).map(NODES::numberNode),
            Arbitraries.bigIntegers()
                .between(BigInteger.TEN.pow(30).negate(), BigInteger.TEN.pow(30))
                .map(NODES::numberNode),
            Arbitraries.doubles().map(NODES::numberNode),
            Arbitraries.of(true, false).map(NODES::booleanNode),
            Arbitraries.just(NODES.nullNode()));
    if (depth == 0) {
      return scalar;
    }
    Arbitrary<JsonNode> value = Arbitraries.lazy(() -> values(depth - 1));
    return Arbitraries.oneOf(
        scalar,
        objects(value),
        value.list().ofMaxSize(4).map(elements -> NODES.arrayNode().addAll(elements)));
  }

  private static Arbitrary<JsonNode> objects(Arbitrary<JsonNode> values) {
    Arbitrary<Map<String, JsonNode>> properties =
        Arbitraries.maps(Arbitraries.of(KEYS), values).ofMaxSize(6);
    return properties.map(
        p -> NODES.objectNode().<com.fasterxml.jackson.databind.node.ObjectNode>setAll(p));
  }

  private static Arbitrary<String> strings() {
    return Arbitraries.oneOf(
        Arbitraries.strings().ofMaxLength(12),
        Arbitraries.strings().ascii().ofMaxLength(300),
        Arbitraries.strings()
            .withChars('"', '\\', '/', '{', '}', '[', ']', ':', ',', '\n', 'u', '\u20ac', '\0')
            .withChars('\ud83d', '\ude00')
            .ofMaxLength(12));
  }

  @Property
  void readsWhatJacksonReads(@ForAll("documents") JsonNode written, @ForAll long seed)
      throws IOException {
    byte[] json = JsonWriter.write(written, seed);
    List<String> expected = FIELDS.eventsOf(JACKSON.readTree(json));

    Fields.Recorder whole = new Fields.Recorder();
    JsonScanner<Fields.Recorder> scanner = new JsonScanner<>(FIELDS.toDocument(), whole);
    Pieces.whole(json, scanner::onBytes);
    assertThat(whole.events).isEqualTo(expected);
    assertThat(scanner.isComplete()).isTrue();
    assertThat(scanner.isBroken()).isFalse();

    whole.events.clear();
    scanner.reset();
    Pieces.singly(json, scanner::onBytes);
    assertThat(whole.events).isEqualTo(expected);
    assertThat(scanner.isComplete()).isTrue();

    whole.events.clear();
    scanner.reset();
    Pieces.randomly(json, seed, scanner::onBytes);
    assertThat(whole.events).isEqualTo(expected);
    assertThat(scanner.isComplete()).isTrue();
  }

  @Property(tries = 60)
  void readsTheSameWhereverTheInputIsCut(@ForAll("documents") JsonNode written, @ForAll long seed) {
    byte[] json = JsonWriter.write(written, seed);
    List<String> expected = scan(json);
    Fields.Recorder recorder = new Fields.Recorder();
    JsonScanner<Fields.Recorder> scanner = new JsonScanner<>(FIELDS.toDocument(), recorder);
    for (int cut = 0; cut <= json.length; cut++) {
      scanner.reset();
      recorder.events.clear();
      Pieces.cut(json, scanner::onBytes, cut);
      assertThat(recorder.events).as("cut at %s", cut).isEqualTo(expected);
    }
  }

  @Property
  void whatIsCutShortGivesTheStartOfTheWhole(
      @ForAll("documents") JsonNode written, @ForAll long seed) {
    byte[] json = JsonWriter.write(written, seed);
    List<String> whole = scan(json);
    byte[] start = Arrays.copyOf(json, new Random(seed).nextInt(json.length + 1));
    List<String> events = scan(start);
    assertThat(events).isEqualTo(whole.subList(0, events.size()));
  }

  @Property
  void damagedDocumentsNeverThrowAndReadTheSameInPieces(
      @ForAll("documents") JsonNode written, @ForAll long seed) {
    byte[] json = JsonWriter.write(written, seed);
    Random random = new Random(seed);
    for (int i = 0; i < 3 && json.length > 0; i++) {
      json[random.nextInt(json.length)] = (byte) random.nextInt(256);
    }
    assertSameInPieces(json, seed);
  }

  /**
   * Found by the property above: a bracket that closes nothing, after a value that is passed over.
   */
  @Example
  void aWrongBracketReadsTheSameInPieces() {
    assertSameInPieces("{\"unknown\":1]}".getBytes(UTF_8), 1);
    assertThat(scan("{\"unknown\":1],\"id\":\"x\"}".getBytes(UTF_8))).containsExactly("-1 {");
  }

  @Provide
  Arbitrary<byte[]> garbage() {
    return Arbitraries.oneOf(
        Arbitraries.bytes().array(byte[].class).ofMaxSize(60),
        Arbitraries.of(
                "{",
                "}",
                "[",
                "]",
                "\"",
                ":",
                ",",
                "\\",
                "\\u",
                "\\ud83d",
                "0",
                "-",
                ".",
                "1e5",
                "true",
                "nul",
                "\"model\"",
                "\"choices\":[{",
                " ",
                "\u00e9",
                "9".repeat(30))
            .list()
            .ofMaxSize(20)
            .map(tokens -> String.join("", tokens).getBytes(UTF_8)));
  }

  @Property(tries = 2000)
  void garbageNeverThrowsAndReadsTheSameInPieces(
      @ForAll("garbage") byte[] garbage, @ForAll long seed) {
    assertSameInPieces(garbage, seed);
  }

  private static void assertSameInPieces(byte[] json, long seed) {
    List<String> expected = scan(json);
    Fields.Recorder recorder = new Fields.Recorder();
    JsonScanner<Fields.Recorder> scanner = new JsonScanner<>(FIELDS.toDocument(), recorder);
    Pieces.singly(json, scanner::onBytes);
    assertThat(recorder.events).isEqualTo(expected);
    recorder.events.clear();
    scanner.reset();
    Pieces.randomly(json, seed, scanner::onBytes);
    assertThat(recorder.events).isEqualTo(expected);

    // Whatever the state it was left in, the next document is read.
    recorder.events.clear();
    scanner.reset();
    Pieces.whole("{\"id\":\"next\"}".getBytes(UTF_8), scanner::onBytes);
    assertThat(recorder.events).containsExactly("-1 {", "2 string of 4: next", "-1 }");
  }

  private static List<String> scan(byte[] json) {
    Fields.Recorder recorder = new Fields.Recorder();
    Pieces.whole(json, new JsonScanner<>(FIELDS.toDocument(), recorder)::onBytes);
    return recorder.events;
  }
}
