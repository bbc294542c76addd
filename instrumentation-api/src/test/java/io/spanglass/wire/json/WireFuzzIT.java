/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.wire.json;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.spanglass.testing.Pieces;
import io.spanglass.wire.decode.ResponseDecoder;
import io.spanglass.wire.decode.ResponseListener;
import io.spanglass.wire.decode.WireApis;
import io.spanglass.wire.frame.Framing;
import io.spanglass.wire.frame.JsonFraming;
import io.spanglass.wire.frame.SniffingFraming;
import io.spanglass.wire.frame.SseFraming;
import java.util.ArrayList;
import java.util.List;

/**
 * A search for a body that throws, or that is read in another way in other pieces. Each build
 * searches for some seconds. To search for longer:
 *
 * <pre>
 * ./mvnw -pl instrumentation-api -am verify -Dit.test=WireFuzzIT -Dtest=none \\
 *     -Dsurefire.failIfNoSpecifiedTests=false -Dfuzz.duration=8h
 * </pre>
 *
 * <p>What it finds it puts beside the seeds, in {@code
 * src/test/resources/io/spanglass/wire/json/WireFuzzITInputs}; to be kept there.
 */
class WireFuzzIT {
  private static final Fields FIELDS =
      new Fields(-1, 0)
          .with("id", new Fields(1, 20))
          .with("n", new Fields(2, 0))
          .with("c", new Fields(3, 0).with("d", new Fields(4, 3)))
          .with("u", new Fields(5, 9).with("t", new Fields(6, 0)));

  private static Framing framing(int kind, Documents documents) {
    return switch (kind) {
      case 0 -> new SseFraming(documents);
      case 1 -> JsonFraming.documents(documents);
      case 2 -> JsonFraming.array(documents);
      default -> new SniffingFraming(documents, null);
    };
  }

  /**
   * @param input a byte that says how the body is framed and cut, and the body
   */
  @FuzzTest(maxDuration = "1m")
  void aBodyReadsTheSameInPiecesAndByTemplate(byte[] input) {
    if (input.length == 0) {
      return;
    }
    int kind = input[0] & 3;
    byte[] body = new byte[input.length - 1];
    System.arraycopy(input, 1, body, 0, body.length);

    Documents singly = new Documents(FIELDS.toDocument());
    Framing framing = framing(kind, singly);
    Pieces.singly(body, framing);
    framing.onEnd();

    Documents whole = new Documents(FIELDS.toDocument());
    framing = framing(kind, whole);
    Pieces.whole(body, framing);
    framing.onEnd();
    assertThat(whole.recorder.events).isEqualTo(singly.recorder.events);

    Documents cut = new Documents(FIELDS.toDocument());
    framing = framing(kind, cut);
    Pieces.randomly(body, input[0], framing);
    framing.onEnd();
    assertThat(cut.recorder.events).isEqualTo(singly.recorder.events);

    assertThat(decode(body, true)).isEqualTo(decode(body, false));
  }

  private static List<String> decode(byte[] body, boolean whole) {
    List<String> told = new ArrayList<>();
    ResponseDecoder decoder =
        requireNonNull(WireApis.byPath("POST", "/v1/chat/completions"))
            .newResponseDecoder(
                new ResponseListener() {
                  @Override
                  public void onChunk(int outputKinds, boolean hasChoices) {
                    told.add("chunk " + outputKinds + hasChoices);
                  }

                  @Override
                  public void onTerminator() {
                    told.add("done");
                  }
                });
    Framing framing = new SniffingFraming(decoder, "text/event-stream");
    if (whole) {
      Pieces.whole(body, framing);
    } else {
      Pieces.singly(body, framing);
    }
    framing.onEnd();
    told.add(decoder.isStream() + " " + decoder.isAnswerWhole());
    told.add(decoder.facts().finishReasons() + " " + decoder.facts().inputTokens);
    return told;
  }
}
