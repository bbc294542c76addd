/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.wire.call;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.spanglass.testing.Head;
import io.spanglass.wire.decode.OutputKind;
import io.spanglass.wire.decode.ResponseReader;
import io.spanglass.wire.decode.WireApis;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** When things happened and how the call ended. Times are made up: nothing here waits. */
class CallStateTest {
  private static final long START = 1_000;

  private static final String ROLE = chunk("{\"role\":\"assistant\",\"content\":\"\"}", "null");
  private static final String REASONING = chunk("{\"reasoning\":\"hm\"}", "null");
  private static final String ANSWER = chunk("{\"content\":\"Hi\"}", "null");
  private static final String TOOL = chunk("{\"tool_calls\":[{\"index\":0}]}", "null");
  private static final String LAST = chunk("{}", "\"stop\"");
  private static final String USAGE =
      "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":2}}\n\n";
  private static final String ERROR = "data: {\"error\":{\"code\":\"overloaded\"}}\n\n";
  private static final String DONE = "data: [DONE]\n\n";
  private static final String DOCUMENT =
      "{\"model\":\"m\",\"choices\":[{\"index\":0,\"finish_reason\":\"stop\"}]}";

  private final List<String> heard = new ArrayList<>();
  private final CallState call =
      new CallState(
          START,
          new ChunkListener() {
            @Override
            public void onFirstChunk(CallState call) {
              heard.add("first after " + call.timeToFirstChunk());
            }

            @Override
            public void onNextChunk(CallState call, long nanos) {
              heard.add("next after " + nanos);
            }
          });

  private static String chunk(String delta, String finishReason) {
    return "data: {\"choices\":[{\"index\":0,\"delta\":"
        + delta
        + ",\"finish_reason\":"
        + finishReason
        + "}]}\n\n";
  }

  private ResponseReader reader = head(200, null, null);

  private ResponseReader head(
      int status, @Nullable String contentType, @Nullable String contentEncoding) {
    reader =
        new Head(status, contentType, contentEncoding)
            .newReader(requireNonNull(WireApis.byPath("POST", "/v1/chat/completions")), call);
    call.onResponseHead(status, reader);
    return reader;
  }

  private void stream() {
    head(200, "text/event-stream", null);
  }

  private void bytes(String text, long now) {
    bytes(text.getBytes(UTF_8), now);
  }

  private void bytes(byte[] bytes, long now) {
    if (!call.isEnded()) {
      call.onResponseBytes(now);
      reader.onBytes(bytes, 0, bytes.length);
    }
  }

  private void end(long now) {
    reader.onEnd();
    call.onResponseEnd(now);
  }

  private void fail(Throwable failure, long now) {
    call.onFailure(Failures.classify(failure, false, false), failure, now);
  }

  private void assertEnd(StreamEnd end, long at) {
    assertThat(call.isEnded()).isTrue();
    assertThat(call.end()).isEqualTo(end);
    assertThat(call.duration()).isEqualTo(at - START);
  }

  @Test
  void aStreamEndsAtItsTerminatorAndNotWhenTheConnectionCloses() {
    stream();
    bytes(ROLE, 1_100);
    bytes(ANSWER, 1_200);
    bytes(LAST, 1_300);
    bytes(USAGE, 1_310);
    bytes(DONE, 1_320);
    assertEnd(StreamEnd.COMPLETED, 1_320);
    end(9_000);
    call.onStopped(StreamEnd.CANCELLED, 9_001);
    fail(new IOException(), 9_002);
    bytes(ERROR, 9_003);
    assertEnd(StreamEnd.COMPLETED, 1_320);
    assertThat(call.errorType()).isNull();
    assertThat(call.response().outputTokens).isEqualTo(2);
    assertThat(call.response().error).isFalse();
  }

  @Test
  void whatFollowsTheTerminatorInTheSameBufferChangesNothing() {
    stream();
    bytes(ANSWER + LAST + DONE + ERROR + USAGE + DONE, 1_200);
    assertEnd(StreamEnd.COMPLETED, 1_200);
    assertThat(call.errorType()).isNull();
    assertThat(call.response().error).isFalse();
    assertThat(call.response().inputTokens).isEqualTo(-1);
  }

  @Test
  void withoutTerminatorAStreamEndsAtItsLastChunk() {
    stream();
    bytes(ANSWER, 1_200);
    bytes(LAST, 1_300);
    bytes(": keep-alive\n\n", 5_000);
    end(9_000);
    assertEnd(StreamEnd.COMPLETED, 1_300);
  }

  @Test
  void aTerminatorThatTheBodyEndsInCounts() {
    stream();
    bytes(ANSWER, 1_200);
    bytes("data: [DONE]", 1_300);
    assertThat(call.isEnded()).isFalse();
    end(9_000);
    assertEnd(StreamEnd.COMPLETED, 1_300);
  }

  @Test
  void aStreamThatEndsWithoutItsEndIsIncomplete() {
    stream();
    bytes(ANSWER, 1_200);
    end(9_000);
    assertEnd(StreamEnd.ERROR, 1_200);
    assertThat(call.errorType()).isEqualTo("stream_incomplete");
  }

  @Test
  void anEmptyStreamIsIncomplete() {
    stream();
    end(9_000);
    assertEnd(StreamEnd.ERROR, 9_000);
    assertThat(call.errorType()).isEqualTo("stream_incomplete");
  }

  @Test
  void aStreamThatEndsWithAnErrorEndsWhenThatCame() {
    stream();
    bytes(ANSWER, 1_200);
    bytes(ERROR, 1_700);
    end(9_000);
    assertEnd(StreamEnd.ERROR, 1_700);
    assertThat(call.errorType()).isEqualTo("overloaded");
  }

  @Test
  void aDocumentEndsWithItsLastByte() {
    head(200, "application/json", null);
    bytes(DOCUMENT.substring(0, 20), 1_200);
    bytes(DOCUMENT.substring(20), 1_300);
    end(9_000);
    assertEnd(StreamEnd.COMPLETED, 1_300);
    assertThat(call.isEventStream()).isFalse();
    assertThat(call.timeToFirstChunk()).isEqualTo(CallState.UNKNOWN);
    assertThat(heard).isEmpty();
  }

  @Test
  void chunksAreToldAsTheyCome() {
    stream();
    bytes(ROLE, 1_100);
    bytes(ANSWER + ANSWER, 1_250);
    bytes(LAST, 1_300);
    bytes(USAGE, 1_350);
    bytes(DONE, 1_400);
    assertThat(heard)
        .containsExactly("first after 100", "next after 150", "next after 0", "next after 50");
  }

  @Test
  void timesToFirstOutputAreThoseOfTheirKinds() {
    stream();
    bytes(ROLE, 1_100);
    bytes(REASONING, 1_200);
    bytes(TOOL, 1_300);
    bytes(ANSWER, 1_400);
    bytes(REASONING + ANSWER + TOOL, 1_500);
    assertThat(call.timeToFirstChunk()).isEqualTo(100);
    assertThat(call.timeToFirstOutput(1)).isEqualTo(200);
    assertThat(call.timeToFirstOutput(2)).isEqualTo(300);
    assertThat(call.timeToFirstOutput(OutputKind.ANSWER_INDEX)).isEqualTo(400);
  }

  @Test
  void aKindThatDidNotComeHasNoTime() {
    stream();
    bytes(ROLE + LAST + DONE, 1_100);
    for (int kind = 0; kind < OutputKind.COUNT; kind++) {
      assertThat(call.timeToFirstOutput(kind)).isEqualTo(CallState.UNKNOWN);
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"CANCELLED", "ABANDONED"})
  void aStoppedStreamIsNoError(StreamEnd how) {
    stream();
    bytes(ANSWER, 1_200);
    call.onStopped(how, 1_500);
    assertEnd(how, 1_500);
    assertThat(call.errorType()).isNull();
  }

  @Test
  void stoppingAfterTheWholeAnswerIsItsEnd() {
    stream();
    bytes(ANSWER, 1_200);
    bytes(LAST, 1_300);
    bytes(": keep-alive\n\n", 1_400);
    call.onStopped(StreamEnd.CANCELLED, 5_000);
    assertEnd(StreamEnd.COMPLETED, 1_300);
  }

  @Test
  void stoppingWithinTheFrameOfTheOnlyChunkHasATime() {
    stream();
    bytes(LAST.stripTrailing(), 1_300);
    call.onStopped(StreamEnd.CANCELLED, 5_000);
    assertEnd(StreamEnd.COMPLETED, 1_300);
  }

  @Test
  void stoppingAfterAWholeDocumentIsItsEnd() {
    head(200, "application/json", null);
    bytes(DOCUMENT, 1_300);
    call.onStopped(StreamEnd.CANCELLED, 5_000);
    assertEnd(StreamEnd.COMPLETED, 1_300);
  }

  @Test
  void stoppingBeforeTheHeadIsCancelled() {
    call.onStopped(StreamEnd.CANCELLED, 1_400);
    assertEnd(StreamEnd.CANCELLED, 1_400);
  }

  @Test
  void anErrorWhoseBodyIsNotReadIsAnError() {
    head(429, "application/json", null);
    call.onStopped(StreamEnd.CANCELLED, 1_400);
    assertEnd(StreamEnd.ERROR, 1_400);
    assertThat(call.errorType()).isEqualTo("429");
  }

  @Test
  void aClientThatClosesAtTheErrorWithinAStreamDoesNotCancel() {
    stream();
    bytes(ANSWER, 1_200);
    bytes(ERROR, 1_300);
    call.onStopped(StreamEnd.CANCELLED, 1_400);
    assertEnd(StreamEnd.ERROR, 1_300);
    assertThat(call.errorType()).isEqualTo("overloaded");
  }

  @ParameterizedTest
  @ValueSource(ints = {400, 401, 404, 429, 500, 503})
  void anErrorWithoutBodyHasItsStatus(int status) {
    head(status, null, null);
    end(1_400);
    assertEnd(StreamEnd.ERROR, 1_400);
    assertThat(call.errorType()).isEqualTo(Integer.toString(status));
  }

  @Test
  void failuresKeepWhatWasSeen() {
    stream();
    bytes(ANSWER, 1_200);
    bytes(USAGE, 1_300);
    fail(new CompletionException(new IOException("Connection reset")), 1_500);
    assertEnd(StreamEnd.RESET, 1_500);
    assertThat(call.errorType()).isEqualTo("java.io.IOException");
    assertThat(call.response().inputTokens).isEqualTo(3);
  }

  @Test
  void cancellingAFutureIsNoError() {
    stream();
    bytes(ANSWER, 1_200);
    fail(new CompletionException(new CancellationException()), 1_500);
    assertEnd(StreamEnd.CANCELLED, 1_500);
    assertThat(call.errorType()).isNull();
  }

  @Test
  void anEncodingThatTheBodyDoesNotHaveIsSaid() {
    head(200, "application/json", "gzip");
    bytes("{\"model\":\"m\"}", 1_200);
    end(1_500);
    assertEnd(StreamEnd.COMPLETED, 1_200);
    assertThat(call.unreadEncoding()).isEqualTo("gzip");
    assertThat(call.response().model).isNull();
  }

  @Test
  void anEncodingThatCannotBeReadIsSaidAndTheCallCompletes() {
    head(200, "text/event-stream", "br");
    bytes("\u0001\u0002", 1_200);
    end(1_500);
    assertEnd(StreamEnd.COMPLETED, 1_200);
    assertThat(call.unreadEncoding()).isEqualTo("br");
    assertThat(call.response().model).isNull();
  }

  @Test
  void theTerminatorOfAnEncodedStreamEndsTheCallWithinTheDecoder() throws IOException {
    ByteArrayOutputStream encoded = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(encoded)) {
      gzip.write((ANSWER + LAST + USAGE + DONE + ERROR).getBytes(UTF_8));
    }
    head(200, "text/event-stream", "gzip");
    bytes(encoded.toByteArray(), 1_200);
    assertEnd(StreamEnd.COMPLETED, 1_200);
    assertThat(call.response().outputTokens).isEqualTo(2);
    end(1_300);
    assertEnd(StreamEnd.COMPLETED, 1_200);
  }
}
