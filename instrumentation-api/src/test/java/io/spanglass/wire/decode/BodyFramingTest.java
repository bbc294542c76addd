/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.wire.decode;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.spanglass.testing.Pieces;
import io.spanglass.wire.bytes.ByteSink;
import io.spanglass.wire.frame.Framing;
import io.spanglass.wire.frame.JsonFraming;
import io.spanglass.wire.frame.SniffingFraming;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a body is, whatever it is typed as: answers as servers and gateways send them. */
class BodyFramingTest {
  private static final String WHOLE =
      "{\"id\":\"x\",\"model\":\"m\",\"choices\":[{\"index\":0,\"message\":{\"content\":\"plum\"},"
          + "\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":13,\"completion_tokens\":8}}";
  private static final String FIRST =
      "{\"id\":\"x\",\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\"},\"finish_reason\":null}]}";
  private static final String SECOND =
      "{\"id\":\"x\",\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"b\"},\"finish_reason\":null}]}";
  private static final String LAST =
      "{\"id\":\"x\",\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}],"
          + "\"usage\":{\"prompt_tokens\":6,\"completion_tokens\":2}}";

  private static final String[] TYPES = {
    "text/event-stream", "TEXT/EVENT-STREAM; charset=utf-8", "application/json", "text/plain", null
  };

  /** A body that is read, and what the decoder says of it. */
  private static final class Reading {
    final List<String> told = new ArrayList<>();
    final ResponseDecoder decoder =
        requireNonNull(WireApis.byPath("POST", "/v1/chat/completions"))
            .newResponseDecoder(
                new ResponseListener() {
                  @Override
                  public void onChunk(int outputKinds, boolean hasChoices) {
                    told.add("chunk " + outputKinds);
                  }

                  @Override
                  public void onTerminator() {
                    told.add("done");
                  }
                });

    String facts() {
      ResponseFacts facts = decoder.facts();
      return facts.model
          + " "
          + facts.inputTokens
          + "/"
          + facts.outputTokens
          + " "
          + facts.finishReasons()
          + (facts.error ? " error " + facts.errorCode : "")
          + (decoder.isStream() ? " stream" : " document")
          + (decoder.isAnswerWhole() ? " whole" : " part");
    }
  }

  /** Reads a body at each cut, with one type after the other; {@code check} must always hold. */
  private static void each(String body, BiConsumer<Reading, String> check) {
    byte[] bytes = body.getBytes(UTF_8);
    for (int i = 0; i < TYPES.length; i++) {
      String type = TYPES[i];
      // All cuts with all types would take long and show nothing more.
      for (int cut = i - 1; cut <= bytes.length; cut = cut < 0 ? 0 : cut + TYPES.length) {
        Reading reading = new Reading();
        Framing framing = new SniffingFraming(reading.decoder, type);
        if (cut < 0) {
          Pieces.singly(bytes, framing);
        } else {
          Pieces.cut(bytes, framing, cut);
        }
        framing.onEnd();
        check.accept(reading, type + " cut at " + cut);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "\n", " \r\n\t", "}", "\n\nx: y"})
  void oneDocumentIsADocumentHoweverItIsTyped(String rest) {
    each(
        WHOLE + rest,
        (reading, as) -> {
          assertThat(reading.facts()).as(as).isEqualTo("m 13/8 [stop] document whole");
          assertThat(reading.told).as(as).containsExactly("chunk 1");
        });
  }

  @ParameterizedTest
  @ValueSource(strings = {"\n\ndata: [DONE]\n\n", "\ndata: [DONE]", "data: [DONE]\n"})
  void aMarkBehindADocumentMakesItNoStream(String rest) {
    each(
        WHOLE + rest,
        (reading, as) -> {
          assertThat(reading.facts()).as(as).isEqualTo("m 13/8 [stop] document whole");
          assertThat(reading.told).as(as).containsExactly("chunk 1", "done");
        });
  }

  @Test
  void anErrorIsOneHoweverItIsTyped() {
    each(
        "{\"error\":{\"message\":\"m\",\"type\":\"t\",\"code\":\"rate_limit_exceeded\"}}",
        (reading, as) ->
            assertThat(reading.facts())
                .as(as)
                .isEqualTo("null -1/-1 [] error rate_limit_exceeded document whole"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "data: %s\n\n",
        "data: %s\n",
        "data:%s\r\n\r\n",
        "data: %s\r",
        "data: %s\r\r",
        "event: e\nid: 7\ndata: %s\n\n",
        ": c\n\ndata: %s\n\n"
      })
  void eventsAreAStreamHoweverTheyAreTypedAndWithoutBlankLines(String event) {
    each(
        String.format(event, FIRST)
            + String.format(event, SECOND)
            + String.format(event, LAST)
            + String.format(event, "[DONE]"),
        (reading, as) -> {
          assertThat(reading.facts()).as(as).isEqualTo("m 6/2 [stop] stream whole");
          assertThat(reading.told).as(as).containsExactly("chunk 1", "chunk 1", "chunk 0", "done");
        });
  }

  @ParameterizedTest
  @ValueSource(strings = {"%s\n", "%s\r\n", "%s", "\n%s\n\n", "\u001e%s\n"})
  void documentsInARowAreAStream(String line) {
    each(
        String.format(line, FIRST) + String.format(line, SECOND) + String.format(line, LAST),
        (reading, as) -> {
          assertThat(reading.facts()).as(as).isEqualTo("m 6/2 [stop] stream whole");
          assertThat(reading.told).as(as).containsExactly("chunk 1", "chunk 1", "chunk 0");
        });
  }

  @Test
  void documentsInARowMayEndWithAMark() {
    each(
        FIRST + "\n" + LAST + "\ndata: [DONE]\n",
        (reading, as) -> {
          assertThat(reading.facts()).as(as).isEqualTo("m 6/2 [stop] stream whole");
          assertThat(reading.told).as(as).containsExactly("chunk 1", "chunk 0", "done");
        });
  }

  @Test
  void theElementsOfAnArrayAreAStreamIfTheApiSaysSo() {
    String body = "[" + FIRST + ",\n" + SECOND + "\n,\r\n" + LAST + "]\n";
    byte[] bytes = body.getBytes(UTF_8);
    for (int cut = 0; cut <= bytes.length; cut++) {
      Reading reading = new Reading();
      Framing framing = JsonFraming.array(reading.decoder);
      Pieces.cut(bytes, framing, cut);
      framing.onEnd();
      assertThat(reading.facts()).isEqualTo("m 6/2 [stop] stream whole");
      assertThat(reading.told).containsExactly("chunk 1", "chunk 1", "chunk 0");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"[]", " [ ] ", "[", "["})
  void anArrayOfNothingIsAStreamOfNothing(String body) {
    Reading reading = new Reading();
    Framing framing = JsonFraming.array(reading.decoder);
    Pieces.singly(body.getBytes(UTF_8), framing);
    framing.onEnd();
    assertThat(reading.told).isEmpty();
    assertThat(reading.decoder.isStream()).isTrue();
    assertThat(reading.decoder.isAnswerWhole()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " \n",
        "<html><body>no</body></html>",
        "upstream connect error",
        "{\"id\":\"x\",\"choices\":[{",
        "[",
        "data",
        "error\n\n"
      })
  void whatIsNoAnswerIsNotWhole(String body) {
    each(
        body,
        (reading, as) -> {
          assertThat(reading.decoder.isAnswerWhole()).as(as).isFalse();
          assertThat(reading.told).as(as).isEmpty();
        });
  }

  /** The application reads to the mark and closes: nothing more will come. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "data: [DONE]",
        "data: [DONE]\n",
        "data:[DONE]\r",
        "data:  [DONE]\n",
        "data: \t[DONE] \t\n",
        "data: [DONE] ",
        "id: 1\ndata: [DONE]\n"
      })
  void theMarkCountsAsSoonAsItIsThere(String mark) {
    String body = "data: " + FIRST + "\n\n" + mark;
    byte[] bytes = body.getBytes(UTF_8);
    for (int cut = 0; cut <= bytes.length; cut++) {
      Reading reading = new Reading();
      ByteSink framing = new SniffingFraming(reading.decoder, "text/event-stream");
      Pieces.cut(bytes, framing, cut);
      assertThat(reading.decoder.isAnswerWhole()).isTrue();
      boolean lineIsOver = body.endsWith("\n") || body.endsWith("\r");
      assertThat(reading.told)
          .containsExactlyElementsOf(lineIsOver ? List.of("chunk 1", "done") : List.of("chunk 1"));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"[DONE]x", "[DONE]]", "[[DONE]", "[DONE", "[done]", "\"[DONE]\"", "x[DONE]"})
  void whatOnlyLooksLikeTheMarkIsNone(String mark) {
    each(
        "data: " + FIRST + "\n\ndata: " + mark + "\n\n",
        (reading, as) -> {
          assertThat(reading.told).as(as).containsExactly("chunk 1");
          assertThat(reading.facts()).as(as).isEqualTo("m -1/-1 [] stream part");
        });
  }
}
