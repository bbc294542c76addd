/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.testing.contract;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.GZIPOutputStream;

/** Bodies of the OpenAI chat completions API, right and wrong. */
public final class Bodies {

  private static final String[] WORDS = {
    "Hello",
    " wörld",
    " 你好",
    " \\u00e9t\\u00e9",
    " \\\"quoted\\\"",
    " 🙂🚀",
    "\\n\\nnew",
    " back\\\\slash",
    " data: [DONE]",
    " \\ud83d\\ude00",
    " {\\\"json\\\":1}",
    " plain"
  };

  /** A request body. */
  public static String chatRequest(Random random, boolean stream) {
    StringBuilder body = new StringBuilder("{\"model\":\"gpt-4o-mini\",\"messages\":[");
    body.append("{\"role\":\"user\",\"content\":\"").append(words(random, 1 + random.nextInt(20)));
    body.append("\"}]");
    if (random.nextBoolean()) {
      body.append(",\"temperature\":0.").append(random.nextInt(10));
    }
    if (stream) {
      body.append(",\"stream\":true,\"stream_options\":{\"include_usage\":true}");
    }
    return body.append('}').toString();
  }

  private static String words(Random random, int count) {
    StringBuilder words = new StringBuilder();
    for (int i = 0; i < count; i++) {
      words.append(WORDS[random.nextInt(WORDS.length)]);
    }
    return words.toString();
  }

  /** A whole response that is not streamed. */
  public static byte[] completion(Random random) {
    return utf8(
        "{\"id\":\"chatcmpl-"
            + random.nextInt(1000)
            + "\",\"object\":\"chat.completion\",\"created\":1,\"model\":\"gpt-4o-mini-2024\","
            + "\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\""
            + words(random, 1 + random.nextInt(60))
            + "\"},\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":"
            + random.nextInt(500)
            + ",\"completion_tokens\":"
            + random.nextInt(500)
            + ",\"total_tokens\":1}}");
  }

  /** A stream of events, with the endings and line ends that servers differ in. */
  public static byte[] stream(Random random, int chunks, boolean usage, boolean done) {
    String eol = new String[] {"\n", "\r\n", "\r"}[random.nextInt(3)];
    StringBuilder body = new StringBuilder();
    if (random.nextInt(5) == 0) {
      body.append(": comment").append(eol).append(eol);
    }
    event(body, chunk("{\"role\":\"assistant\",\"content\":\"\"}", "null"), eol);
    for (int i = 0; i < chunks; i++) {
      event(body, chunk("{\"content\":\"" + words(random, 1) + "\"}", "null"), eol);
    }
    event(body, chunk("{}", "\"stop\""), eol);
    if (usage) {
      event(
          body,
          "{\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"model\":\"m\",\"choices\":[],"
              + "\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":"
              + chunks
              + "}}",
          eol);
    }
    if (done) {
      event(body, "[DONE]", eol);
    }
    return utf8(body.toString());
  }

  private static String chunk(String delta, String finish) {
    return "{\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"model\":\"m\",\"choices\":[{\"index\":0,"
        + "\"delta\":"
        + delta
        + ",\"finish_reason\":"
        + finish
        + "}]}";
  }

  private static void event(StringBuilder body, String data, String eol) {
    body.append("data: ").append(data).append(eol).append(eol);
  }

  /** A stream of which some events are not what the API promises. */
  static byte[] malformedStream(Random random) {
    String[] events = {
      "data: {\"id\":\"c\",\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\n",
      "data: {\"choices\":[{\"delta\":{\"content\":\"b\n\n",
      "data: {}\n\n",
      "data: null\n\n",
      "data: []\n\n",
      "data:\n\n",
      "data\n\n",
      "event: error\ndata: {\"error\":{\"message\":\"m\",\"type\":\"server_error\"}}\n\n",
      "id: 1\nretry: x\n: hello\ndata: {\"choices\":\ndata: []}\n\n",
      "data: {\"choices\":[{\"delta\":{\"content\":17}}],\"usage\":\"none\"}\n\n",
      "data: {\"usage\":{\"prompt_tokens\":1e400,\"completion_tokens\":-1}}\n\n",
      "data: {\"model\":\"\\ud800\",\"choices\":[{\"index\":99999999999}]}\n\n",
      "\u0000\u0001\u0002\n\n",
      "data: " + "[".repeat(2000) + "\n\n",
      "data: \"\\u12\n\n",
    };
    StringBuilder body = new StringBuilder(random.nextBoolean() ? "\ufeff" : "");
    int count = 3 + random.nextInt(10);
    for (int i = 0; i < count; i++) {
      body.append(events[random.nextInt(events.length)]);
    }
    if (random.nextBoolean()) {
      body.append("data: [DONE]\n\n");
    }
    byte[] bytes = utf8(body.toString());
    if (random.nextBoolean()) {
      // No UTF-8 at all from here on.
      bytes[random.nextInt(bytes.length)] = (byte) 0xff;
    }
    return bytes;
  }

  /** A document that is broken off, wrong, or of another kind. */
  static byte[] malformedDocument(Random random) {
    byte[] whole = completion(random);
    return switch (random.nextInt(6)) {
      case 0 -> Arrays.copyOf(whole, random.nextInt(whole.length));
      case 1 -> utf8("{\"choices\":[{}]}");
      case 2 -> utf8("[1,2,{\"usage\":{\"prompt_tokens\":\"many\"}}]");
      case 3 -> utf8("<html><body>502 Bad Gateway</body></html>");
      case 4 -> utf8("\"text\"");
      default -> utf8("{\"usage\":null,\"choices\":null,\"model\":7}trailing");
    };
  }

  /** One line of text, longer than anybody expects. */
  public static byte[] hugeLine(int length) {
    return utf8(
        "data: {\"choices\":[{\"delta\":{\"content\":\""
            + "x".repeat(length)
            + "\"}}]}\n\ndata: [DONE]\n\n");
  }

  public static byte[] error(String type) {
    return utf8(
        "{\"error\":{\"message\":\"scripted\",\"type\":\""
            + type
            + "\",\"param\":null,\"code\":null}}");
  }

  public static byte[] gzip(byte[] bytes) {
    return compress(bytes, true);
  }

  static byte[] deflate(byte[] bytes) {
    return compress(bytes, false);
  }

  private static byte[] compress(byte[] bytes, boolean gzip) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (OutputStream compressed =
        gzip ? new GZIPOutputStream(out) : new DeflaterOutputStream(out)) {
      compressed.write(bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toByteArray();
  }

  /**
   * Cuts bytes into pieces; many cuts lie inside a UTF-8 sequence, inside an escape or inside a
   * line end.
   */
  public static List<byte[]> cut(Random random, byte[] bytes, int pieces) {
    List<Integer> spiteful = new ArrayList<>();
    for (int i = 1; i < bytes.length; i++) {
      if ((bytes[i] & 0xc0) == 0x80 || bytes[i - 1] == '\\' || bytes[i - 1] == '\r') {
        spiteful.add(i);
      }
    }
    TreeSet<Integer> cuts = new TreeSet<>();
    for (int i = 1; i < pieces && bytes.length > 1; i++) {
      if (!spiteful.isEmpty() && random.nextBoolean()) {
        cuts.add(spiteful.get(random.nextInt(spiteful.size())));
      } else {
        cuts.add(1 + random.nextInt(bytes.length - 1));
      }
    }
    cuts.add(bytes.length);
    List<byte[]> cutUp = new ArrayList<>();
    int from = 0;
    for (int to : cuts) {
      cutUp.add(Arrays.copyOfRange(bytes, from, to));
      from = to;
    }
    return cutUp;
  }

  public static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private Bodies() {}
}
