/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.wire.json;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.spanglass.testing.Head;
import io.spanglass.testing.Pieces;
import io.spanglass.wire.bytes.ByteSink;
import io.spanglass.wire.decode.RequestFacts;
import io.spanglass.wire.decode.RequestReader;
import io.spanglass.wire.decode.ResponseFacts;
import io.spanglass.wire.decode.ResponseListener;
import io.spanglass.wire.decode.ResponseReader;
import io.spanglass.wire.decode.WireApi;
import io.spanglass.wire.decode.WireApis;
import io.spanglass.wire.frame.Framing;
import io.spanglass.wire.frame.JsonFraming;
import io.spanglass.wire.frame.SniffingFraming;
import io.spanglass.wire.frame.SseFraming;
import java.io.ByteArrayOutputStream;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/**
 * A search for a body that throws, or that is read in another way in other pieces. Each build
 * searches everything for some seconds; {@code instrumentation-api/fuzz} searches one thing for as
 * long as it is told, and says what there is to choose from.
 *
 * <p>What it finds it puts beside the seeds, in {@code
 * src/test/resources/io/spanglass/wire/json/WireFuzzITInputs}; to be kept there.
 */
class WireFuzzIT {
  /** One method for all: the fuzzer runs no more than one in a process. */
  private static final String TARGET =
      Objects.requireNonNullElse(System.getenv("SPANGLASS_FUZZ_TARGET"), "all");

  private static final List<WireApi> APIS = WireApis.all();

  private static final Fields FIELDS =
      new Fields(-1, 0)
          .with("id", new Fields(1, 20))
          .with("n", new Fields(2, 0))
          .with("c", new Fields(3, 0).with("d", new Fields(4, 3)))
          .with("u", new Fields(5, 9).with("t", new Fields(6, 0)));

  private static final int SSE = 0;
  private static final int DOCUMENTS = 1;
  private static final int ARRAY = 2;
  private static final int SNIFFING = 3;

  private static Framing framing(int kind, Documents documents) {
    return switch (kind) {
      case SSE -> new SseFraming(documents);
      case DOCUMENTS -> JsonFraming.documents(documents);
      case ARRAY -> JsonFraming.array(documents);
      default -> new SniffingFraming(documents, null);
    };
  }

  /**
   * @param input a byte that says how the body is framed and cut and whose it is, and the body
   */
  @FuzzTest(maxDuration = "1m")
  void aBodyReadsTheSameInPiecesAndByTemplate(byte[] input) {
    if (input.length == 0) {
      return;
    }
    int choice = input[0] & 0xff;
    byte[] body = Arrays.copyOfRange(input, 1, input.length);
    switch (TARGET) {
      case "all" -> {
        assertFrames(choice & 3, body, choice);
        assertReader(APIS.get((choice >> 2) % APIS.size()), body, choice);
      }
      case "frames" -> assertFrames((choice & 1) == 0 ? SSE : SNIFFING, body, choice);
      case "json" -> assertFrames((choice & 1) == 0 ? DOCUMENTS : ARRAY, body, choice);
      case "templates" -> assertFrames(SSE, twiceAndOnce(body, choice), choice);
      default -> {
        int found = 0;
        for (WireApi api : APIS) {
          if (api.getClass().getSimpleName().equals(TARGET)) {
            assertReader(api, body, choice);
            found++;
          }
        }
        assertThat(found).as("nothing to fuzz is called %s", TARGET).isPositive();
      }
    }
  }

  /** An event from which a template is learned, and another that may be read by it. */
  private static byte[] twiceAndOnce(byte[] body, int choice) {
    int cut = body.length == 0 ? 0 : Math.min(body.length, body.length / 2 + choice % 8);
    ByteArrayOutputStream events = new ByteArrayOutputStream();
    for (int i = 0; i < 3; i++) {
      events.writeBytes(new byte[] {'d', 'a', 't', 'a', ':', ' '});
      events.write(body, i == 2 ? cut : 0, i == 2 ? body.length - cut : cut);
      events.writeBytes(new byte[] {'\n', '\n'});
    }
    return events.toByteArray();
  }

  private static void assertFrames(int kind, byte[] body, int seed) {
    Documents singly = new Documents(FIELDS.toDocument());
    Framing framing = framing(kind, singly);
    Pieces.singly(body, framing);
    framing.onEnd();

    Documents whole = new Documents(FIELDS.toDocument());
    framing = framing(kind, whole);
    Pieces.whole(body, framing);
    framing.onEnd();
    assertSame(whole.recorder.events, singly.recorder.events);

    Documents cut = new Documents(FIELDS.toDocument());
    framing = framing(kind, cut);
    Pieces.randomly(body, seed, framing);
    framing.onEnd();
    assertSame(cut.recorder.events, singly.recorder.events);
  }

  /** Without a matcher's own work while all is well: the fuzzer counts that, and waits for it. */
  private static void assertSame(Object actual, Object expected) {
    if (!actual.equals(expected)) {
      assertThat(actual).isEqualTo(expected);
    }
  }

  private interface Cuts {
    void feed(byte[] bytes, ByteSink sink);
  }

  private static void assertReader(WireApi api, byte[] body, int seed) {
    List<String> whole = read(api, body, seed, Pieces::whole);
    assertSame(read(api, body, seed, Pieces::singly), whole);
    assertSame(read(api, body, seed, (bytes, sink) -> Pieces.randomly(bytes, seed, sink)), whole);
  }

  /** The body as a request and as a response, as they come from a client. */
  private static List<String> read(WireApi api, byte[] body, int seed, Cuts cuts) {
    List<String> told = new ArrayList<>();
    Head head =
        new Head(
            (seed & 4) == 0 ? 200 : 400,
            (seed & 1) == 0
                ? "text/event-stream"
                : (seed & 2) == 0 ? "application/json" : "application/vnd.amazon.eventstream",
            null);
    try (RequestReader request = api.newRequestReader(head)) {
      cuts.feed(body, request::onBytes);
      RequestFacts facts = request.facts();
      told.add(text(facts));
    }
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
    try (ResponseReader response = api.newResponseReader(head, head, listener)) {
      cuts.feed(body, response::onBytes);
      response.onEnd();
      told.add(response.isStream() + " " + response.isAnswerWhole());
      ResponseFacts facts = response.facts();
      told.add(text(facts) + facts.finishReasons() + facts.allChoicesFinished());
    }
    return told;
  }

  private static String text(Object facts) {
    StringBuilder text = new StringBuilder();
    try {
      for (Field field : facts.getClass().getFields()) {
        if (!Modifier.isStatic(field.getModifiers())) {
          Object value = field.get(facts);
          text.append(field.getName()).append('=');
          text.append(value instanceof long[] longs ? Arrays.toString(longs) : value).append(' ');
        }
      }
    } catch (IllegalAccessException e) {
      throw new AssertionError(e);
    }
    return text.toString();
  }
}
