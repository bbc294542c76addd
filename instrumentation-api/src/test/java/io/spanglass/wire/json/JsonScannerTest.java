/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.wire.json;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.spanglass.testing.Allocations;
import io.spanglass.testing.Pieces;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class JsonScannerTest {
  private static final Fields FIELDS =
      new Fields(-1, 0)
          .with("model", new Fields(1, 8))
          .with("n", new Fields(2, 0))
          .with("messages", new Fields(3, 0))
          .with("usage", new Fields(4, 0).with("tokens", new Fields(5, 0)));

  private final Fields.Recorder recorder = new Fields.Recorder();
  private final JsonScanner<Fields.Recorder> scanner =
      new JsonScanner<>(FIELDS.toDocument(), recorder);

  private List<String> scan(String json) {
    recorder.events.clear();
    scanner.reset();
    Pieces.whole(json.getBytes(UTF_8), scanner::onBytes);
    return recorder.events;
  }

  @ParameterizedTest
  @CsvSource({
    "0, 2 long 0",
    "-0, 2 long 0",
    "-17, 2 long -17",
    "9223372036854775807, 2 long 9223372036854775807",
    "-9223372036854775808, 2 long -9223372036854775808",
    "9223372036854775808, 2 double 9.223372036854776E18",
    "-9223372036854775809, 2 double -9.223372036854776E18",
    "18446744073709551615, 2 double 1.8446744073709552E19",
    "0.7, 2 double 0.7",
    "1e5, 2 double 100000.0",
    "1E+5, 2 double 100000.0",
    "-1.5e-3, 2 double -0.0015",
  })
  void numbers(String number, String event) {
    String json = "{\"n\":" + number + "}";
    List<String> expected = List.of("-1 {", event, "-1 }");
    assertThat(scan(json)).isEqualTo(expected);

    byte[] bytes = json.getBytes(UTF_8);
    for (int cut = 0; cut <= bytes.length; cut++) {
      recorder.events.clear();
      scanner.reset();
      Pieces.cut(bytes, scanner::onBytes, cut);
      assertThat(recorder.events).as("cut at %s", cut).isEqualTo(expected);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {" ", "\t", "\n", ",\"other\":1", ""})
  void aNumberEndsWithWhateverFollows(String after) {
    assertThat(scan("{\"n\":12" + after + "}")).containsExactly("-1 {", "2 long 12", "-1 }");
    assertThat(scanner.isComplete()).isTrue();
  }

  @Test
  void aNumberThatTheInputEndsInIsNotReported() {
    // 12 could be the start of 123.
    assertThat(scan("{\"n\":12")).containsExactly("-1 {");
    assertThat(scanner.isComplete()).isFalse();
    assertThat(scanner.isBroken()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "0.3333333333333333333333333333333333333333333333333333",
        "1e400",
        "123456789012345678901234567890123456789012345678901234567890"
      })
  void aNumberThatNoDoubleHoldsIsLeftOutAndTheRestIsRead(String number) {
    assertThat(scan("{\"n\":" + number + ",\"model\":\"m\"}"))
        .containsExactly("-1 {", "1 string of 1: m", "-1 }");
    assertThat(scanner.isComplete()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"-", "1-2", "1.2.3", "+1", ".5", "--1", "1e", "e5", "-e"})
  void whatIsNoNumberBreaksTheDocument(String number) {
    assertThat(scan("{\"n\":" + number + ",\"model\":\"m\"}")).containsExactly("-1 {");
    assertThat(scanner.isBroken()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"tree", "tru", "truee", "fance", "nil", "NaN", "True", "nul", "n"})
  void whatIsNoLiteralBreaksTheDocument(String literal) {
    assertThat(scan("{\"n\":" + literal + ",\"model\":\"m\"}")).containsExactly("-1 {");
    assertThat(scanner.isBroken()).isTrue();
  }

  @Test
  void nullIsNoValue() {
    assertThat(scan("{\"n\":null,\"model\":null,\"usage\":null,\"messages\":[null]}"))
        .containsExactly("-1 {", "3 [", "3 ]", "-1 }");
  }

  @Test
  void keysMayBeEscaped() {
    assertThat(scan("{\"\\u006do\\u0064el\":\"m\",\"mod\\u00e9l\":\"x\",\"m\\/odel\":1}"))
        .containsExactly("-1 {", "1 string of 1: m", "-1 }");
  }

  @Test
  void aKeyThatOnlyStartsLikeAFieldIsAnother() {
    String padded = "model" + " ".repeat(100);
    String escaped = "model\\u0020" + "x".repeat(100);
    for (String key : List.of("models", "mode", "", padded, escaped, "Model", "model\\u0000")) {
      byte[] json = ("{\"" + key + "\":\"m\",\"n\":1}").getBytes(UTF_8);
      for (int cut = 0; cut <= json.length; cut++) {
        recorder.events.clear();
        scanner.reset();
        Pieces.cut(json, scanner::onBytes, cut);
        assertThat(recorder.events).as(key).containsExactly("-1 {", "2 long 1", "-1 }");
      }
    }
  }

  @Test
  void ofAStringMoreThanItsLengthIsKeptOnlyUpToTheLimit() {
    assertThat(scan("{\"model\":\"1234567\"}")).contains("1 string of 7: 1234567");
    assertThat(scan("{\"model\":\"12345678\"}")).contains("1 string of 8: 12345678");
    assertThat(scan("{\"model\":\"123456789\"}")).contains("1 string of 9: 12345678");
    assertThat(scan("{\"n\":\"secret\"}")).contains("2 string of 6: ");
    assertThat(scan("{\"messages\":\"secret\"}")).contains("3 string of 6: ");
  }

  @Test
  void theLimitCutsNoCharacterInTwo() {
    // The 8 bytes end within the third euro sign.
    assertThat(scan("{\"model\":\"\u20ac\u20ac\u20ac\"}")).contains("1 string of 9: \u20ac\u20ac");
    assertThat(scan("{\"model\":\"12345\\ud83d\\ude00\"}")).contains("1 string of 9: 12345");
    assertThat(scan("{\"model\":\"1234\ud83d\ude00\"}"))
        .contains("1 string of 8: 1234\ud83d\ude00");
  }

  @Test
  void theLengthIsThatOfTheUnescapedText() {
    assertThat(scan("{\"messages\":\"\\u00e9\\n\\ud83d\\ude00\\u20ac\"}"))
        .contains("3 string of 10: ");
  }

  @Test
  void surrogatesWithoutPartnerBecomeReplacementCharacters() {
    assertThat(scan("{\"model\":\"\\ud83d\"}")).contains("1 string of 3: \ufffd");
    assertThat(scan("{\"model\":\"\\ude00\"}")).contains("1 string of 3: \ufffd");
    assertThat(scan("{\"model\":\"\\ud83dx\"}")).contains("1 string of 4: \ufffdx");
    assertThat(scan("{\"model\":\"\\ud83d\\n\"}")).contains("1 string of 4: \ufffd\n");
    assertThat(scan("{\"model\":\"\\ud83d\\ud83d\\ude00\"}"))
        .contains("1 string of 7: \ufffd\ud83d\ude00");
  }

  @Test
  void aSurrogateOfOneDocumentDoesNotReachTheNext() {
    scan("{\"model\":\"\\ud83d");
    assertThat(scan("{\"model\":\"\\ude00\"}")).contains("1 string of 3: \ufffd");
  }

  @Test
  void ofATextWithoutLimitOnlyTheLengthIsTold() {
    List<String> texts = new ArrayList<>();
    JsonScanner<List<String>> lengths =
        new JsonScanner<>(
            JsonField.document(
                JsonField.text(
                    "model",
                    0,
                    (into, text) -> into.add(text.length() + ":" + text + ":" + text.isWhole()))),
            texts);
    Pieces.whole("{\"model\":\"gpt\"}".getBytes(UTF_8), lengths::onBytes);
    lengths.reset();
    Pieces.singly("{\"model\":\"gpt\"}".getBytes(UTF_8), lengths::onBytes);
    assertThat(texts).containsExactly("3::false", "3::false");
  }

  @Test
  void arraysAreTransparentAndArraysInThemAreNot() {
    assertThat(scan("{\"usage\":[{\"tokens\":1},[{\"tokens\":2}],{\"tokens\":3}],\"n\":[[1],2]}"))
        .containsExactly(
            "-1 {",
            "4 [",
            "4 {",
            "5 long 1",
            "4 }",
            "4 {",
            "5 long 3",
            "4 }",
            "4 ]",
            "2 [",
            "2 long 2",
            "2 ]",
            "-1 }");
  }

  /** Each document at each cut, and what a tree of fields told of it. */
  private static void assertTold(
      JsonField<List<String>> document, String json, String... expected) {
    byte[] bytes = json.getBytes(UTF_8);
    for (int cut = 0; cut <= bytes.length; cut++) {
      List<String> told = new ArrayList<>();
      JsonScanner<List<String>> scanner = new JsonScanner<>(document, told);
      Pieces.cut(bytes, scanner::onBytes, cut);
      assertThat(told).as("cut at %s", cut).containsExactly(expected);
      assertThat(scanner.isComplete()).isTrue();
    }
  }

  @Test
  void elementsOfAnArrayMayBeUnlikeAndArraysThemselves() {
    JsonField<List<String>> vector =
        JsonField.<List<String>>named("")
            .onLong((told, value) -> told.add("number " + value))
            .onArrayStart(told -> told.add("inner ["))
            .onArrayEnd(told -> told.add("inner ]"));
    JsonField<List<String>> element =
        JsonField.<List<String>>named("")
            .onText(9, (told, text) -> told.add("text " + text))
            .onLong((told, value) -> told.add("number " + value))
            .onBoolean((told, value) -> told.add("boolean " + value))
            .onArrayStart(told -> told.add("["))
            .onArrayEnd(told -> told.add("]"))
            .elements(vector)
            .children(JsonField.text("t", 9, (told, text) -> told.add("t " + text)));
    JsonField<List<String>> document =
        JsonField.document(
            JsonField.<List<String>>named("input")
                .onArrayStart(told -> told.add("input ["))
                .onArrayEnd(told -> told.add("input ]"))
                .elements(element));
    assertTold(
        document,
        "{\"input\": [1, \"a\", true, null, {\"t\": \"b\", \"u\": [\"]\"]}, [1, [2], 3], []] , \"x\":1}",
        "input [",
        "number 1",
        "text a",
        "boolean true",
        "t b",
        "[",
        "number 1",
        "inner [",
        "number 2",
        "inner ]",
        "number 3",
        "]",
        "[",
        "]",
        "input ]");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"a\": [1, {\"b\": \"}\\\"\"}], \"c\": null}",
        "[[1], 2]",
        "\"te\\n\\\"xt\\u00e9\"",
        "-1.5e3",
        "true",
        "null",
        "{}",
        "\"\""
      })
  void aRawValueIsAsItIsWritten(String value) {
    StringBuilder raw = new StringBuilder();
    int[] values = new int[1];
    JsonField<List<String>> document =
        JsonField.document(
            JsonField.<List<String>>named("raw")
                .onRaw(
                    (told, bytes, offset, length, last) -> {
                      raw.append(new String(bytes, offset, length, UTF_8));
                      if (last) {
                        values[0]++;
                        told.add(raw.toString());
                        raw.setLength(0);
                      }
                    }),
            JsonField.integer("n", (told, number) -> told.add("n " + number)));
    assertTold(document, "{\"raw\": " + value + " ,\"n\":1}", value, "n 1");
    assertTold(document, "{\"raw\":" + value + "}", value);
    assertTold(document, "{\"n\":1,\"raw\":[],\"x\":{\"raw\":1}}", "n 1", "[]");
    assertThat(values[0]).isPositive();
  }

  @Test
  void aFirstTextIsToldUntilItWillDo() {
    JsonField<List<String>> document =
        JsonField.document(
            JsonField.firstText(
                "model",
                9,
                (told, text) -> {
                  told.add("model " + text);
                  return !text.isEmpty();
                }),
            JsonField.object(
                "in",
                JsonField.firstText(
                    "id",
                    9,
                    (told, text) -> {
                      told.add("id " + text);
                      return true;
                    })));
    List<String> told = new ArrayList<>();
    JsonScanner<List<String>> first = new JsonScanner<>(document, told);
    for (String json :
        List.of(
            "{\"model\":\"\"}",
            "{\"model\":\"a\",\"model\":\"b\",\"in\":{\"id\":\"\\u0031\"}}",
            "{\"model\":\"\\n\",\"in\":{\"id\":\"2\"}}")) {
      first.reset();
      Pieces.whole(json.getBytes(UTF_8), first::onBytes);
      first.reset();
      Pieces.singly(json.getBytes(UTF_8), first::onBytes);
    }
    assertThat(told).containsExactly("model ", "model ", "model a", "id 1");
  }

  @Test
  void aFieldIsPartOfOneTreeAndFixedFromThenOn() {
    JsonField<List<String>> field = JsonField.named("a");
    JsonField.document(field);
    assertThatThrownBy(() -> field.onLong((told, value) -> {}))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void ofWhatFollowsTheDocumentNothingIsTaken() {
    byte[] json = "{\"n\":1}  {\"n\":2}".getBytes(UTF_8);
    scanner.reset();
    assertThat(scanner.onBytes(json, 0, json.length)).isEqualTo(7);
    assertThat(scanner.onBytes(json, 7, json.length - 7)).isZero();
    assertThat(recorder.events).containsExactly("-1 {", "2 long 1", "-1 }");
  }

  @Test
  void anObjectNobodyLooksIntoIsStillThere() {
    assertThat(scan("{\"messages\":{\"model\":\"inner\",\"x\":[\"}\",{}]},\"model\":\"m\"}"))
        .containsExactly("-1 {", "3 {", "3 }", "1 string of 1: m", "-1 }");
  }

  @Test
  void whatFollowsTheDocumentIsNotRead() {
    assertThat(scan("{\"n\":1}{\"n\":2} garbage")).containsExactly("-1 {", "2 long 1", "-1 }");
    assertThat(scanner.isComplete()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"n\" 1}",
        "{n:1}",
        "{\"n\":}",
        "{\"n\":1]",
        "{\"model\":\"\\x\"}",
        "{\"model\":\"\\u12g4\"}",
        "{\"model\":1 2}",
        "}",
        ":",
        "{\"other\":,\"n\":1}",
        "{\"\\q\":1}",
        "<html>",
        "]"
      })
  void afterTheFirstFaultNothingIsReported(String json) {
    List<String> events = new ArrayList<>(scan(json));
    assertThat(scanner.isBroken()).as(json).isTrue();
    assertThat(scanner.isComplete()).isFalse();
    Pieces.whole("{\"n\":7}".getBytes(UTF_8), scanner::onBytes);
    assertThat(recorder.events).isEqualTo(events);
  }

  @Test
  void nestingThatMattersIsLimitedAndAllOtherIsNot() {
    Fields tree = new Fields(40, 0).with("leaf", new Fields(41, 0));
    StringBuilder json = new StringBuilder("{\"leaf\":1}");
    for (int i = 0; i < 20; i++) {
      tree = new Fields(i, 0).with("d", tree);
      json.insert(0, "{\"d\":").append('}');
    }
    JsonScanner<Fields.Recorder> deep = new JsonScanner<>(tree.toDocument(), recorder);
    Pieces.whole(json.toString().getBytes(UTF_8), deep::onBytes);
    assertThat(deep.isBroken()).isTrue();

    assertThat(
            scan("{\"other\":" + "[{\"x\":".repeat(5000) + "1" + "}]".repeat(5000) + ",\"n\":1}"))
        .containsExactly("-1 {", "2 long 1", "-1 }");
  }

  /** 100 MB of one thing, in pieces of 64 KB. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"model\":\"",
        "{\"messages\":\"",
        "{\"other\":\"",
        "{\"other\":[\"",
        "{\"other\":1",
        "{\"",
        "{\"\\u0061"
      })
  void memoryDoesNotGrowWithTheDocument(String start) {
    byte[] piece = new byte[64 * 1024];
    Arrays.fill(piece, (byte) '1');
    byte[] first = start.getBytes(UTF_8);
    // One run before, which loads what has to be loaded.
    feed(first, piece, 2);

    long allocated = Allocations.during(() -> feed(first, piece, 1600));

    assertThat(allocated).isLessThan(4096);
    assertThat(scanner.isBroken()).isFalse();
  }

  @Test
  void memoryDoesNotGrowWithTheNesting() {
    byte[] piece = new byte[64 * 1024];
    Arrays.fill(piece, (byte) '[');
    byte[] first = "{\"other\":".getBytes(UTF_8);
    feed(first, piece, 2);

    assertThat(Allocations.during(() -> feed(first, piece, 1600))).isLessThan(4096);
    assertThat(scanner.isBroken()).isFalse();
  }

  private void feed(byte[] first, byte[] piece, int count) {
    scanner.reset();
    scanner.onBytes(first, 0, first.length);
    for (int i = 0; i < count; i++) {
      scanner.onBytes(piece, 0, piece.length);
    }
  }
}
