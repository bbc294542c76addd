/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.wire.json;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.spanglass.testing.Allocations;
import io.spanglass.testing.Pieces;
import io.spanglass.wire.frame.Framing;
import io.spanglass.wire.frame.JsonFraming;
import io.spanglass.wire.frame.SseFraming;
import java.lang.reflect.Field;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Collections;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.jspecify.annotations.Nullable;

/**
 * Templates against the scanner. Bytes that come one by one are never compared with a template, so
 * the same stream in other pieces is the oracle.
 */
class JsonTemplatesTest {
  private static final Fields FIELDS =
      new Fields(-1, 0)
          .with("id", new Fields(1, 20))
          .with("model", new Fields(2, 4))
          .with("n", new Fields(3, 0))
          .with(
              "choices",
              new Fields(4, 0)
                  .with("index", new Fields(5, 0))
                  .with("delta", new Fields(6, 0).with("content", new Fields(7, 3)))
                  .with("finish_reason", new Fields(8, 100)))
          .with("usage", new Fields(9, 0).with("tokens", new Fields(10, 0)));

  private static final String[] STRINGS = {
    "",
    "a",
    " there",
    "caf\u00e9",
    "\\n\\n",
    "\\\"",
    "\\\\",
    "\\u00e9\\ud83d\\ude00",
    "\\ud83d",
    "\\ud83d\\ud83dx",
    "\\u12",
    "\\x",
    "\\",
    "\t",
    "\n",
    "\r",
    "\0",
    "a somewhat longer text, of more than two words of eight bytes",
    "{[,:]}"
  };

  private static final String[] SCALARS = {
    "0",
    "7",
    "-1",
    "12345678901",
    "9223372036854775808",
    "1.5",
    "1e3",
    "-0.25E-2",
    "1.",
    "-",
    "01",
    "1-2",
    "1" + "0".repeat(45),
    "null",
    "true",
    "false",
    "nul",
    "NaN",
    "",
    "1 ",
    " 2",
    "1x",
    "e"
  };

  private static final String[] BREAKS = {"\n\n", "\r\n\r\n", "\r\r", "\n", "\n\n\n", "\r\n"};

  /** A stream whose events are of few shapes, with all that can stand in a hole, and damage. */
  private static byte[] stream(Random random, boolean events) {
    String space = random.nextInt(3) == 0 ? " " : "";
    String prefix = events ? random.nextInt(4) == 0 ? "event: x\ndata:" : "data: " : "";
    String breaks = events ? pick(random, BREAKS) : random.nextBoolean() ? "\n" : "";
    boolean wild = random.nextBoolean();
    StringBuilder stream = new StringBuilder();
    for (int i = random.nextInt(12) + 2; i > 0; i--) {
      stream.append(prefix).append(document(random, random.nextInt(3), space, wild)).append(breaks);
      if (random.nextInt(15) == 0) {
        stream.append(events ? ": a comment\n\n" : " \n");
      }
    }
    byte[] bytes = stream.toString().getBytes(ISO_8859_1);
    for (int i = random.nextInt(4) - 2; i > 0; i--) {
      bytes[random.nextInt(bytes.length)] =
          (byte)
              (random.nextBoolean()
                  ? random.nextInt(256)
                  : "\"\\{}[]:, \n\r0".charAt(random.nextInt(12)));
    }
    return bytes;
  }

  private static String document(Random random, int shape, String space, boolean wild) {
    String colon = "\":" + space;
    String comma = "," + space;
    String text = wild ? pick(random, STRINGS) : "t" + random.nextInt(1000);
    String number = wild ? pick(random, SCALARS) : "" + random.nextInt(1000);
    String skipped =
        wild && random.nextBoolean() ? pick(random, SCALARS) : "17" + random.nextInt(99);
    String start =
        "{\"id" + colon + "\"" + text + "\"" + comma + "\"created" + colon + skipped + comma;
    return switch (shape) {
      case 0 ->
          start
              + "\"choices"
              + colon
              + "[{\"index"
              + colon
              + number
              + comma
              + "\"delta"
              + colon
              + "{\"content"
              + colon
              + "\""
              + text
              + "\"}"
              + comma
              + "\"logprobs"
              + colon
              + "[{\"t"
              + colon
              + "\""
              + text
              + "\""
              + comma
              + "\"p"
              + colon
              + number
              + comma
              + "\"b"
              + colon
              + "[1"
              + comma
              + skipped
              + "]}]"
              + comma
              + "\"finish_reason"
              + colon
              + "null}]}";
      case 1 ->
          start
              + "\"model"
              + colon
              + "\"m"
              + text
              + "\""
              + comma
              + "\"usage"
              + colon
              + "{\"tokens"
              + colon
              + number
              + "}"
              + comma
              + "\"n"
              + colon
              + "["
              + number
              + comma
              + "\""
              + text
              + "\"]}";
      default -> start + "\"n" + colon + "true" + comma + "\"id" + colon + number + "}";
    };
  }

  private static String pick(Random random, String[] from) {
    return from[random.nextInt(from.length)];
  }

  private static Documents read(byte[] stream, boolean events, @Nullable Random cuts) {
    Documents documents = new Documents(FIELDS.toDocument());
    Framing framing = events ? new SseFraming(documents) : JsonFraming.documents(documents);
    if (cuts == null) {
      Pieces.singly(stream, framing);
    } else {
      int at = 0;
      while (at < stream.length) {
        int length =
            Math.min(stream.length - at, 1 + cuts.nextInt(cuts.nextInt(2) == 0 ? 40 : 900));
        byte[] piece = new byte[length];
        System.arraycopy(stream, at, piece, 0, length);
        Pieces.whole(piece, framing);
        at += length;
      }
    }
    framing.onEnd();
    return documents;
  }

  @Property(tries = 1500)
  void eventsReadTheSameByTemplateAndByScanner(@ForAll long seed) {
    assertSame(seed, /* events= */ true);
  }

  @Property(tries = 700)
  void documentsInARowReadTheSameByTemplateAndByScanner(@ForAll long seed) {
    assertSame(seed, /* events= */ false);
  }

  private static void assertSame(long seed, boolean events) {
    Random random = new Random(seed);
    byte[] stream = stream(random, events);
    Documents singly = read(stream, events, null);
    assertThat(singly.hits).isZero();
    List<String> expected = singly.recorder.events;

    Documents whole = new Documents(FIELDS.toDocument());
    Framing framing = events ? new SseFraming(whole) : JsonFraming.documents(whole);
    Pieces.whole(stream, framing);
    framing.onEnd();
    assertThat(whole.recorder.events).isEqualTo(expected);

    assertThat(read(stream, events, random).recorder.events).isEqualTo(expected);
  }

  @Example
  void theStreamsOfThePropertyAreComparedAndNotOnlyScanned() {
    int hits = 0;
    for (int seed = 0; seed < 300; seed++) {
      Random random = new Random(seed);
      boolean events = seed % 2 == 0;
      hits += read(stream(random, events), events, new Random(seed)).hits;
    }
    assertThat(hits).isGreaterThan(200);
  }

  private static byte[] chunk(int i, String content) {
    return String.format(
            "data: {\"id\":\"c-%d\",\"created\":1%d,\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":"
                + "{\"content\":\"%s\"},\"logprobs\":{\"token\":\"%s\",\"value\":-0.%d},\"finish_reason\":null}]}\n\n",
            i, i, content, content, i)
        .getBytes(UTF_8);
  }

  @Example
  void theThirdEventOfAShapeIsCompared() {
    Documents documents = new Documents(FIELDS.toDocument());
    SseFraming framing = new SseFraming(documents);
    for (int i = 0; i < 10; i++) {
      Pieces.whole(chunk(i, "text " + i), framing);
      assertThat(documents.hits).isEqualTo(Math.max(0, i - 1));
    }
  }

  @Example
  void twoShapesThatTakeTurnsAreBothKnown() {
    Documents documents = new Documents(FIELDS.toDocument());
    SseFraming framing = new SseFraming(documents);
    byte[] usage = "data: {\"usage\":{\"tokens\":12}}\n\n".getBytes(UTF_8);
    for (int i = 0; i < 10; i++) {
      Pieces.whole(chunk(i, "x"), framing);
      Pieces.whole(usage, framing);
    }
    assertThat(documents.hits).isEqualTo(17);
  }

  @Example
  void whereShapesKeepChangingItStopsTryingAndStartsAgain() {
    Documents documents = new Documents(FIELDS.toDocument());
    SseFraming framing = new SseFraming(documents);
    for (int i = 0; i < 300; i++) {
      Pieces.whole(("data: {\"k" + i + "\":1}\n\n").getBytes(UTF_8), framing);
    }
    assertThat(documents.hits).isZero();
    for (int i = 0; i < 70; i++) {
      Pieces.whole(chunk(i, "x"), framing);
    }
    assertThat(documents.hits).isBetween(1, 69);
  }

  /** The 2 KB of a document of 100 KB are in a hole, or in none: both stay small. */
  @Example
  void memoryIsBoundedWhateverTheEvents() {
    Documents documents = new Documents(FIELDS.toDocument());
    SseFraming framing = new SseFraming(documents);
    byte[][] events = new byte[40][];
    for (int i = 0; i < events.length; i++) {
      String many = ",\"x\":[" + "\"s\",".repeat(i * 50) + "1]";
      String longName = ",\"" + "k".repeat(i * 400) + "\":1";
      events[i] =
          ("data: {\"id\":\""
                  + "v".repeat(i * 300)
                  + "\""
                  + (i % 2 == 0 ? many : longName)
                  + "}\n\n")
              .getBytes(UTF_8);
    }
    for (byte[] event : events) {
      framing.onBytes(event, 0, event.length);
    }
    documents.recorder.events.clear();
    long allocated =
        Allocations.during(
            () -> {
              for (int round = 0; round < 50; round++) {
                for (byte[] event : events) {
                  framing.onBytes(event, 0, event.length);
                  documents.recorder.events.clear();
                }
              }
            });
    // What the recorder of this test writes down of 2000 events is in it.
    assertThat(allocated).isLessThan(2000 * 2048);
  }

  @Example
  void noByteOfAHoleIsKept() throws IllegalAccessException {
    Documents documents = new Documents(FIELDS.toDocument());
    SseFraming framing = new SseFraming(documents);
    for (int i = 0; i < 6; i++) {
      byte[] event = chunk(7770 + i, "secret\\n" + i);
      framing.onBytes(event, 0, event.length);
      Arrays.fill(event, (byte) 0);
    }
    assertThat(documents.hits).isGreaterThan(2);
    documents.recorder.events.clear();
    int arrays = 0;
    for (byte[] array : byteArraysOf(documents)) {
      arrays++;
      // An unescaped text is kept for the call, as it always was.
      assertThat(new String(array, ISO_8859_1)).doesNotContain("777").doesNotContain("secret");
    }
    assertThat(arrays).isGreaterThan(5);
  }

  /** All byte arrays that our objects hold, but for the text of the last string. */
  private static Set<byte[]> byteArraysOf(Object root) throws IllegalAccessException {
    Set<Object> seen = Collections.newSetFromMap(new IdentityHashMap<>());
    Set<byte[]> arrays = Collections.newSetFromMap(new IdentityHashMap<>());
    Deque<Object> todo = new ArrayDeque<>(List.of(root));
    while (!todo.isEmpty()) {
      Object object = todo.pop();
      if (!seen.add(object)) {
        continue;
      }
      if (object instanceof byte[] bytes) {
        arrays.add(bytes);
      } else if (object instanceof Object[] elements) {
        for (Object element : elements) {
          if (element != null) {
            todo.push(element);
          }
        }
      } else if (object.getClass().getName().startsWith("io.spanglass")
          && !object.getClass().isHidden()
          && !(object instanceof JsonText)) {
        for (Class<?> type = object.getClass(); type != Object.class; type = type.getSuperclass()) {
          for (Field field : type.getDeclaredFields()) {
            if (!field.getType().isPrimitive()) {
              field.setAccessible(true);
              Object value = field.get(object);
              if (value != null) {
                todo.push(value);
              }
            }
          }
        }
      }
    }
    return arrays;
  }
}
