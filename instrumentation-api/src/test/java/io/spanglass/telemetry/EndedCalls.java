/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.telemetry;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import io.spanglass.testing.Head;
import io.spanglass.wire.call.CallState;
import io.spanglass.wire.decode.RequestDecoder;
import io.spanglass.wire.decode.ResponseReader;
import io.spanglass.wire.decode.WireApi;
import io.spanglass.wire.decode.WireApis;
import io.spanglass.wire.frame.BodyReader;
import io.spanglass.wire.frame.DocumentFraming;
import java.nio.ByteBuffer;

/** Calls of the wire core that have ended, for tests of what is told of them. */
final class EndedCalls {
  static final WireApi CHAT = requireNonNull(WireApis.byPath("POST", "/v1/chat/completions"));

  static final String REQUEST =
      "{\"model\":\"gpt-4o\",\"messages\":[],\"stream\":true,\"temperature\":0.5,\"max_tokens\":64}";

  static final String[] STREAM = {
    "data: {\"id\":\"c-1\",\"model\":\"gpt-4o-2024\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hi\"},"
        + "\"finish_reason\":null}]}\n\n",
    "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n",
    "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":2}}\n\n",
    "data: [DONE]\n\n"
  };

  private EndedCalls() {}

  /** A call whose answer came whole, with status 200. */
  static CallState streamed(InferenceSpan span, String request, String... body) {
    return ended(span, request, 200, "text/event-stream", body);
  }

  static CallState ended(
      InferenceSpan span, String request, int status, String contentType, String... body) {
    CallState call = begun(span, request, status, contentType, body);
    if (!call.isEnded()) {
      call.onResponseEnd(System.nanoTime());
    }
    return call;
  }

  static CallState begun(
      InferenceSpan span, String request, int status, String contentType, String... body) {
    RequestDecoder decoder = CHAT.newRequestDecoder();
    new BodyReader(new DocumentFraming(decoder), null)
        .onBuffer(ByteBuffer.wrap(request.getBytes(UTF_8)));
    CallState call = new CallState(System.nanoTime(), span);
    call.onRequest(decoder.facts());
    ResponseReader reader = new Head(status, contentType, null).newReader(CHAT, call);
    call.onResponseHead(status, reader);
    for (String piece : body) {
      call.onResponseBytes(System.nanoTime());
      reader.onBytes(ByteBuffer.wrap(piece.getBytes(UTF_8)));
    }
    return call;
  }
}
