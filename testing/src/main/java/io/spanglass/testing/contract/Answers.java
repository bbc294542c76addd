/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.testing.contract;

import java.io.ByteArrayOutputStream;
import org.jspecify.annotations.Nullable;

/**
 * One answer with known usage, whole and in the events of a stream: 11 tokens in and 7 out, 3 of
 * them with the first event.
 */
public final class Answers {

  /** The end mark. */
  public static final byte[] DONE = Bodies.utf8("data: [DONE]\n\n");

  /** The answer as one document. */
  public static byte[] document() {
    return Bodies.utf8(
        "{\"id\":\"chatcmpl-1\",\"object\":\"chat.completion\",\"created\":1,"
            + "\"model\":\"gpt-4o-mini-2024-07-18\",\"choices\":[{\"index\":0,\"message\":"
            + "{\"role\":\"assistant\",\"content\":\"Hello\"},\"finish_reason\":\"stop\"}],"
            + "\"usage\":{\"prompt_tokens\":11,\"completion_tokens\":7,"
            + "\"total_tokens\":18}}");
  }

  /** What comes before any token. */
  public static byte[] role() {
    return chunk("{\"role\":\"assistant\",\"content\":\"\"}", null, null);
  }

  /** With usage so far, as servers send it that report it continuously. */
  public static byte[] first() {
    return chunk(
        "{\"content\":\"Hel\"}",
        null,
        "{\"prompt_tokens\":11,\"completion_tokens\":3,\"total_tokens\":14}");
  }

  /** With the finish reason. */
  public static byte[] last() {
    return chunk(
        "{\"content\":\"lo\"}",
        "\"stop\"",
        "{\"prompt_tokens\":11,\"completion_tokens\":7,\"total_tokens\":18}");
  }

  /** The events of a whole stream, joined. */
  public static byte[] stream() {
    return join(role(), first(), last(), DONE);
  }

  /** One after the other. */
  public static byte[] join(byte[]... pieces) {
    ByteArrayOutputStream joined = new ByteArrayOutputStream();
    for (byte[] piece : pieces) {
      joined.writeBytes(piece);
    }
    return joined.toByteArray();
  }

  private static byte[] chunk(String delta, @Nullable String finish, @Nullable String usage) {
    return Bodies.utf8(
        "data: {\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"created\":1,"
            + "\"model\":\"gpt-4o-mini-2024-07-18\",\"choices\":[{\"index\":0,\"delta\":"
            + delta
            + ",\"finish_reason\":"
            + finish
            + "}]"
            + (usage == null ? "" : ",\"usage\":" + usage)
            + "}\n\n");
  }

  private Answers() {}
}
