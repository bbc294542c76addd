/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.wire.frame;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.spanglass.testing.Pieces;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SniffingFramingTest {
  @ParameterizedTest
  @ValueSource(
      strings = {"{\"a\":1}", "  \r\n\t{\"data\":\n\n1}", "[1]", "{", "<html>data: {}\n\n", "null"})
  void whatStartsLikeNoLineOfEventsIsOneDocument(String body) {
    byte[] bytes = body.getBytes(ISO_8859_1);
    for (int cut = 0; cut <= bytes.length; cut++) {
      Frames frames = new Frames();
      SniffingFraming framing = new SniffingFraming(frames);
      Pieces.cut(bytes, framing, cut);
      assertThat(framing.isEventStream()).isFalse();
      framing.onEnd();
      assertThat(frames.frames).containsExactly(body.stripLeading());
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "data: {}\n\n",
        "\n\n: comment\ndata: {}\n\n",
        "\u00ef\u00bb\u00bfdata: {}\n\n",
        "event: x\ndata:{}"
      })
  void whatStartsLikeALineOfEventsIsAStream(String body) {
    byte[] bytes = body.getBytes(ISO_8859_1);
    for (int cut = 0; cut <= bytes.length; cut++) {
      Frames frames = new Frames();
      SniffingFraming framing = new SniffingFraming(frames);
      Pieces.cut(bytes, framing, cut);
      assertThat(framing.isEventStream()).isTrue();
      framing.onEnd();
      assertThat(frames.frames).containsExactly("{}");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " \r\n"})
  void aBodyOfNothingIsNeither(String body) {
    Frames frames = new Frames();
    SniffingFraming framing = new SniffingFraming(frames);
    Pieces.singly(body.getBytes(ISO_8859_1), framing);
    assertThat(framing.isEventStream()).isFalse();
    framing.onEnd();
    assertThat(frames.frames).isEmpty();
  }

  @Test
  void aDocumentIsOneFrameThatEndsOnce() {
    Frames frames = new Frames();
    DocumentFraming framing = new DocumentFraming(frames);
    framing.onBytes(new byte[0], 0, 0);
    assertThat(frames.frames).isEqualTo(List.of());
    Pieces.singly("{\"a\":\n\n1}".getBytes(ISO_8859_1), framing);
    framing.onEnd();
    framing.onEnd();
    assertThat(frames.frames).containsExactly("{\"a\":\n\n1}");
  }
}
