/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.examples.modelserver;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.Headers;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** One API besides chat completions: how its requests ask, and how its answers are written. */
interface Protocol {

  /**
   * What a request asks for, in the words of chat completions: {@code model}, {@code messages},
   * {@code tools}, {@code max_tokens} and {@code stream}.
   */
  ObjectNode asChat(JsonNode request, String path) throws ApiException;

  /** The answer in one document. */
  JsonNode whole(Reply reply);

  /** What a stream begins with, well before the output. */
  void start(Reply reply, Frames out) throws IOException;

  /**
   * A piece of the text, or of the tool call's arguments.
   *
   * @param index counts from 0
   */
  void piece(Reply reply, int index, String piece, Frames out) throws IOException;

  /** What a stream ends with. */
  void end(Reply reply, Frames out) throws IOException;

  default String streamContentType() {
    return "text/event-stream; charset=utf-8";
  }

  /** Headers of this API's own. */
  default void headers(Headers headers, Reply reply) {}

  /** An error in this API's shape. */
  JsonNode error(ApiException e);

  /**
   * An answer to one request.
   *
   * @param id unlike all others
   * @param model the snapshot that answers
   */
  record Reply(
      String id,
      Instant at,
      String model,
      boolean stream,
      long promptTokens,
      Answer answer,
      long elapsedNanos) {

    /** The id with the prefix that the API gives to ids. */
    String id(String prefix) {
      return prefix + id.substring(id.lastIndexOf('-') + 1);
    }

    Reply after(long nanos) {
      return new Reply(id, at, model, stream, promptTokens, answer, nanos);
    }
  }

  /** Where the frames of a stream go, each at once. */
  record Frames(OutputStream out) {
    /** An event, with a name or without one. */
    void event(@Nullable String name, JsonNode data) throws IOException {
      write((name == null ? "" : "event: " + name + "\n") + "data: " + data + "\n\n");
    }

    /** A line of JSON. */
    void line(JsonNode data) throws IOException {
      write(data + "\n");
    }

    private void write(String text) throws IOException {
      out.write(text.getBytes(StandardCharsets.UTF_8));
      out.flush();
    }
  }
}
