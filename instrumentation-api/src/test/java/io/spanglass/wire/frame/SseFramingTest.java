/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.wire.frame;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.spanglass.testing.Allocations;
import io.spanglass.testing.Pieces;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Bodies are written as characters up to U+00FF, each of them a byte. */
class SseFramingTest {
  private static final String MARK = "\u00ef\u00bb\u00bf";

  /** Cases of the standard's text and examples, and of its edges. */
  static List<Arguments> cases() {
    return List.of(
        frames("line feed", "data: a\n\ndata: b\n\n", "a", "b"),
        frames("carriage return", "data: a\r\rdata: b\r\r", "a", "b"),
        frames("both", "data: a\r\n\r\ndata: b\r\n\r\n", "a", "b"),
        frames("both, several data lines", "data: a\r\ndata: b\r\n\r\n", "a\nb"),
        frames("mixed", "data: a\r\n\ndata: b\n\r\ndata: c\r\r\n", "a", "b", "c"),
        frames("LF CR is two line ends", "data: a\n\rdata: b\n\r", "a", "b"),
        frames("byte order mark", MARK + "data: a\n\n", "a"),
        frames("second mark", MARK + MARK + "data: a\n\n"),
        frames("mark not at the start", "\n" + MARK + "data: a\n\ndata: b\n\n", "b"),
        frames("part of a mark", "\u00ef\u00bbdata: a\n\ndata: b\n\n", "b"),
        frames("part of a mark, then line end", "\u00ef\ndata: b\n\n", "b"),
        frames("mark only", MARK),
        frames("mark and blank line", MARK + "\r\n\r\ndata: a\n\n", "a"),
        frames("mark and comment", MARK + ": c\ndata: a\n\n", "a"),
        frames(
            "comments", ": OPENROUTER PROCESSING\n\n:\n:data: x\ndata: a\n: in between\n\n", "a"),
        frames("several data lines", "data: YHOO\ndata: +2\ndata: 10\n\n", "YHOO\n+2\n10"),
        frames("no space", "data:a\n\n", "a"),
        frames("one of two spaces", "data:  a\n\n", " a"),
        frames("trailing space stays", "data: a \n\n", "a "),
        frames("colons in the value", "data: a: b:c\n\n", "a: b:c"),
        frames("tab is no space", "data:\ta\n\n", "\ta"),
        frames("field without colon", "data\n\ndata\ndata\n\ndata:", "", "\n", ""),
        frames("empty value", "data:\n\ndata: \n\n", "", ""),
        frames("other fields", "event: add\nid: 1\nretry: 10\ndata: a\nid\n\n", "a"),
        frames("no data", "event: ping\n\nid: 3\n\n"),
        frames(
            "names that start alike",
            "dat: x\ndatax: x\ndata : x\n data: x\nDATA: x\ndata: a\n\n",
            "a"),
        frames("blank lines", "\n\n\r\n\rdata: a\n\n\n\n\n", "a"),
        frames("open at the end", "data: a\n\ndata: b\n", "a", "b"),
        frames("open line at the end", "data: a\n\ndata: b", "a", "b"),
        frames("open name at the end", "data: a\n\ndata", "a"),
        frames("carriage return at the end", "data: a\r", "a"),
        frames("empty", ""),
        frames("no line end", "{\"a\":1}"),
        frames("bytes of UTF-8", "data: \u00c3\u00a9\n\n", "\u00c3\u00a9"));
  }

  private static Arguments frames(String name, String body, String... frames) {
    return Arguments.of(name, body, List.of(frames));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("cases")
  void readsTheCaseHoweverItIsCut(String name, String body, List<String> expected) {
    byte[] bytes = body.getBytes(ISO_8859_1);
    assertThat(reference(body)).isEqualTo(expected);
    for (int first = 0; first <= bytes.length; first++) {
      for (int second = first; second <= bytes.length; second++) {
        Frames frames = new Frames();
        SseFraming framing = new SseFraming(frames);
        Pieces.cut(bytes, framing, first, second);
        framing.onEnd();
        assertThat(frames.frames).as("cut at %s and %s", first, second).isEqualTo(expected);
      }
    }
    Frames frames = new Frames();
    SseFraming framing = new SseFraming(frames);
    Pieces.singly(bytes, framing);
    framing.onEnd();
    assertThat(frames.frames).isEqualTo(expected);
  }

  @Provide
  Arbitrary<String> bodies() {
    return Arbitraries.of(
            "data",
            "data:",
            "data: ",
            "\n",
            "\n",
            "\r",
            "\r\n",
            "\n\n",
            ":",
            " ",
            "x",
            "event: e",
            "id",
            MARK,
            "\u00ef",
            "\u00bb",
            "{\"a\":[1]}",
            "dat",
            "\u0000")
        .list()
        .ofMaxSize(25)
        .map(tokens -> String.join("", tokens));
  }

  @Property(tries = 3000)
  void readsWhatTheRulesSay(@ForAll("bodies") String body, @ForAll long seed) {
    byte[] bytes = body.getBytes(ISO_8859_1);
    List<String> expected = reference(body);
    for (int way = 0; way < 3; way++) {
      Frames frames = new Frames();
      SseFraming framing = new SseFraming(frames);
      switch (way) {
        case 0 -> Pieces.whole(bytes, framing);
        case 1 -> Pieces.singly(bytes, framing);
        default -> Pieces.randomly(bytes, seed, framing);
      }
      framing.onEnd();
      framing.onEnd();
      assertThat(frames.frames).isEqualTo(expected);
    }
  }

  @Property
  void anyBytesAreReadTheSameInPieces(@ForAll byte[] bytes, @ForAll long seed) {
    Frames whole = new Frames();
    Pieces.whole(bytes, new SseFraming(whole));
    Frames pieces = new Frames();
    Pieces.randomly(bytes, seed, new SseFraming(pieces));
    assertThat(pieces.frames).isEqualTo(whole.frames);
  }

  /** The standard's rules by the letter, on the whole body, with the open event counted. */
  private static List<String> reference(String body) {
    String text = body.startsWith(MARK) ? body.substring(MARK.length()) : body;
    List<String> frames = new ArrayList<>();
    List<String> data = new ArrayList<>();
    String[] lines = text.split("\r\n|\n|\r", -1);
    for (int i = 0; i < lines.length; i++) {
      String line = lines[i];
      boolean ended = i < lines.length - 1;
      if (line.isEmpty() && ended) {
        dispatch(frames, data);
        continue;
      }
      int colon = line.indexOf(':');
      String field = colon < 0 ? line : line.substring(0, colon);
      // A name counts once it is over.
      if (field.equals("data") && (colon >= 0 || ended)) {
        String value = colon < 0 ? "" : line.substring(colon + 1);
        data.add(value.startsWith(" ") ? value.substring(1) : value);
      }
    }
    dispatch(frames, data);
    return frames;
  }

  private static void dispatch(List<String> frames, List<String> data) {
    if (!data.isEmpty()) {
      frames.add(String.join("\n", data));
      data.clear();
    }
  }

  @Test
  void aLineOfAnyLengthTakesNoMemory() {
    byte[] piece = new byte[64 * 1024];
    Arrays.fill(piece, (byte) 'x');
    FrameHandler nothing =
        new FrameHandler() {
          @Override
          public void onFrameStart() {}

          @Override
          public void onFrameBytes(byte[] bytes, int offset, int length) {}

          @Override
          public void onFrameEnd() {}
        };
    for (String start : List.of("data: ", "", ": ", "x")) {
      SseFraming framing = new SseFraming(nothing);
      byte[] first = start.getBytes(ISO_8859_1);
      framing.onBytes(first, 0, first.length);
      framing.onBytes(piece, 0, piece.length);
      long allocated =
          Allocations.during(
              () -> {
                for (int i = 0; i < 400; i++) {
                  framing.onBytes(piece, 0, piece.length);
                }
              });
      assertThat(allocated).as(start).isLessThan(1024);
    }
  }
}
