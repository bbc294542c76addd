/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.wire.frame;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.spanglass.testing.AwsEvents;
import io.spanglass.testing.Pieces;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AwsEventFramingTest {
  /** What was told, in order. */
  private static final class Told implements FrameHandler {
    final List<String> told = new ArrayList<>();
    private final ByteArrayOutputStream frame = new ByteArrayOutputStream();

    @Override
    public void onStream() {
      told.add("stream");
    }

    @Override
    public void onFailureNamed(String name) {
      told.add("failure " + name);
    }

    @Override
    public void onFrameStart() {
      frame.reset();
    }

    @Override
    public void onFrameBytes(byte[] bytes, int offset, int length) {
      frame.write(bytes, offset, length);
    }

    @Override
    public void onFrameEnd() {
      told.add(frame.toString(UTF_8));
    }
  }

  private static List<String> read(byte[] body) {
    Told whole = new Told();
    Framing framing = new AwsEventFraming(whole);
    Pieces.whole(body, framing);
    framing.onEnd();
    Told singly = new Told();
    framing = new AwsEventFraming(singly);
    Pieces.singly(body, framing);
    framing.onEnd();
    assertThat(singly.told).isEqualTo(whole.told);
    return whole.told;
  }

  @Test
  void payloadsAreFramesAndFailuresAreNamed() {
    String lines =
        """
        event messageStart {"role":"assistant"}
        event delta {"text":"gr\u00fc\u00dfe"}
        exception throttlingException {"message":"x"}
        """;
    assertThat(read(AwsEvents.of(lines)))
        .containsExactly(
            "stream",
            "{\"role\":\"assistant\"}",
            "{\"text\":\"gr\u00fc\u00dfe\"}",
            "failure throttlingException",
            "{\"message\":\"x\"}");
  }

  @Test
  void headersOfEveryTypeAreStepped() {
    ByteArrayOutputStream headers = new ByteArrayOutputStream();
    int[] lengths = {0, 0, 1, 2, 4, 8, 3, 3, 8, 16};
    for (int type = 0; type < lengths.length; type++) {
      headers.write(1);
      headers.write('h');
      headers.write(type);
      if (type == 6 || type == 7) {
        headers.write(0);
        headers.write(lengths[type]);
      }
      headers.writeBytes(new byte[lengths[type]]);
    }
    headers.writeBytes(AwsEvents.headers(":error-code", "Nope", "", "", ":error-code", ""));
    assertThat(read(AwsEvents.message(headers.toByteArray(), "{}".getBytes(UTF_8))))
        .containsExactly("stream", "failure Nope", "{}");
  }

  @Test
  void aMessageWithoutPayloadIsNoFrameAndAnOpenOneEndsWithTheBody() {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    body.writeBytes(AwsEvents.message(new byte[0], new byte[0]));
    body.writeBytes(AwsEvents.message(new byte[0], "{}".getBytes(UTF_8)));
    body.write(AwsEvents.of("event e {\"a\":1}"), 0, 87);
    assertThat(read(body.toByteArray())).startsWith("stream", "{}").hasSize(3);
  }

  @ParameterizedTest
  @ValueSource(
      longs = {0x7fffffff_00000000L, 0xffffffff_00000000L, 0x00000010_ffffffffL, 0x10_00000001L})
  void whatCanBeNoLengthEndsTheReading(long lengths) {
    byte[] body = ByteBuffer.allocate(100).putLong(lengths).array();
    assertThat(read(body)).isEmpty();
  }

  @Test
  void nothingIsThrownWhateverComes() {
    Random random = new Random(1);
    byte[] good =
        AwsEvents.of(
            """
            event a {"x":1}
            exception b {"y":2}
            event c {}
            """);
    for (int i = 0; i < 2_000; i++) {
      byte[] body = good.clone();
      for (int j = 0; j <= i % 5; j++) {
        body[random.nextInt(body.length)] = (byte) random.nextInt();
      }
      read(body);
    }
  }
}
