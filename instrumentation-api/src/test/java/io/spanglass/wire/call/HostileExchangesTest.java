/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.wire.call;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.spanglass.testing.Pieces;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What no server should send, made of what each sends: nothing is thrown, and facts are bounded.
 */
class HostileExchangesTest {
  private static final Pattern NUMBER =
      Pattern.compile("(?<=[:,\\[ ])-?\\d+(\\.\\d+)?(?=[,}\\] ])");
  private static final Pattern STRING = Pattern.compile("(?<=[:\\[] ?)\"[^\"\\\\]*\"");
  private static final Pattern OBJECT = Pattern.compile("(?<=: ?)\\{");

  private static final List<String> NUMBERS =
      List.of(
          "2147483648",
          "-1",
          "1e999",
          "9223372036854775808",
          "0." + "1".repeat(400),
          "\"7\"",
          "null",
          "[[1]]",
          "{\"a\":1}",
          "NaN");

  private static final List<String> STRINGS =
      List.of(
          "\"" + "x".repeat(5_000) + "\"",
          "\"\\ud800\\u0000\\\\\"",
          "true",
          "17",
          "{\"text\":[{}]}",
          "[".repeat(40) + "]".repeat(40),
          "\"\"");

  private static final int FLIPS = 20;

  /** Of a text, in characters; the decoders' own bounds are in bytes and not above it. */
  private static final int MAX_TEXT = 256;

  static List<Path> exchanges() throws IOException {
    return OpenAiExchangesTest.exchanges();
  }

  @ParameterizedTest
  @MethodSource("exchanges")
  void nothingIsThrownAndNothingIsWithoutBound(Path file) throws IOException {
    RecordedExchange exchange = RecordedExchange.read(file).exchange();
    String request = new String(exchange.requestBody, UTF_8);
    String response = new String(exchange.responseBody, UTF_8);
    List<RecordedExchange> hostile = new ArrayList<>();
    for (String number : NUMBERS) {
      hostile.add(
          exchange.with(replace(NUMBER, request, number), replace(NUMBER, response, number)));
    }
    for (String string : STRINGS) {
      hostile.add(
          exchange.with(replace(STRING, request, string), replace(STRING, response, string)));
    }
    String deep = "{\"a\":".repeat(10_000) + "1" + "}".repeat(10_000) + ",\"b\":{";
    hostile.add(
        exchange.with(
            first(OBJECT, request, "{\"x\":" + deep), first(OBJECT, response, "{\"x\":" + deep)));
    String twice =
        response.replaceAll(
            "(\"[a-zA-Z_]+\": ?(\\d+|\"[^\"\\\\]*\"|true|false|null))(?=[,}])", "$1,$1");
    hostile.add(exchange.with(request.getBytes(UTF_8), twice.getBytes(UTF_8)));
    Random random = new Random(1);
    for (int i = 0; i < FLIPS; i++) {
      hostile.add(
          exchange.with(
              flipped(exchange.requestBody, random), flipped(exchange.responseBody, random)));
    }
    for (RecordedExchange one : hostile) {
      JsonNode facts = one.facts(Pieces::whole);
      assertThat(one.facts((bytes, sink) -> Pieces.randomly(bytes, 1, sink))).isEqualTo(facts);
      assertBounded(facts);
    }
  }

  private static byte[] replace(Pattern what, String text, String with) {
    return what.matcher(text).replaceAll(Matcher.quoteReplacement(with)).getBytes(UTF_8);
  }

  private static byte[] first(Pattern what, String text, String with) {
    return what.matcher(text).replaceFirst(Matcher.quoteReplacement(with)).getBytes(UTF_8);
  }

  private static byte[] flipped(byte[] bytes, Random random) {
    byte[] flipped = bytes.clone();
    for (int i = 0; i < 3 && flipped.length > 0; i++) {
      flipped[random.nextInt(flipped.length)] = (byte) random.nextInt();
    }
    return flipped;
  }

  private static void assertBounded(JsonNode facts) {
    assertThat(facts.path("response").path("finishReasons").size()).isLessThanOrEqualTo(128);
    assertThat(facts.path("response").path("toolCalls").size()).isLessThanOrEqualTo(16);
    assertThat(facts.path("request").path("stopSequences").size()).isLessThanOrEqualTo(16);
    for (String side : List.of("request", "response")) {
      for (JsonNode fact : facts.path(side)) {
        assertTextIsBounded(fact);
        fact.forEach(HostileExchangesTest::assertTextIsBounded);
      }
    }
  }

  private static void assertTextIsBounded(JsonNode fact) {
    assertThat(fact.asText().length()).isLessThanOrEqualTo(MAX_TEXT);
  }
}
