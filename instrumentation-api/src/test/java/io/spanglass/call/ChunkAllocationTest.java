/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.call;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.spanglass.testing.Allocations;
import io.spanglass.testing.AwsEvents;
import io.spanglass.testing.Head;
import io.spanglass.wire.bytes.ByteSink;
import io.spanglass.wire.decode.ResponseDecoder;
import io.spanglass.wire.decode.ResponseListener;
import io.spanglass.wire.decode.ResponseReader;
import io.spanglass.wire.decode.WireApi;
import io.spanglass.wire.decode.WireApis;
import io.spanglass.wire.frame.BodyReader;
import io.spanglass.wire.frame.SseFraming;
import java.nio.ByteBuffer;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The promise that a chunk costs no garbage, kept without looking at a clock. */
class ChunkAllocationTest {
  private static final int WARM_UP = 20_000;
  private static final int CHUNKS = 100_000;

  /** For the whole run, not for a chunk: what the measuring itself and the JVM may take. */
  private static final long TOLERANCE = 2048;

  private static final WireApi API =
      requireNonNull(WireApis.byPath("POST", "/v1/chat/completions"));

  private static final String OPENAI =
      "data: {\"id\":\"chatcmpl-9\",\"object\":\"chat.completion.chunk\",\"created\":1733000000,"
          + "\"model\":\"gpt-4o-mini-2024-07-18\",\"service_tier\":\"default\",\"system_fingerprint\":\"fp_1\","
          + "\"choices\":[{\"index\":0,\"delta\":{\"content\":\" gr\u00fc\u00dfe \\ud83d\\ude00\\n\"},"
          + "\"logprobs\":{\"content\":[{\"token\":\"x\",\"logprob\":-0.0012,\"bytes\":[1,2],\"top_logprobs\":[]}]},"
          + "\"finish_reason\":null}],\"usage\":null,\"obfuscation\":\"Xk3\"}\n\n";

  private static final String VLLM =
      "data: {\"id\":\"chatcmpl-c\",\"object\":\"chat.completion.chunk\",\"created\":1795338906,\"model\":\"m\","
          + "\"choices\":[{\"index\":0,\"delta\":{\"reasoning\":\" de\"},\"logprobs\":null,\"finish_reason\":null,"
          + "\"token_ids\":null}],\"usage\":{\"prompt_tokens\":16,\"total_tokens\":17,\"completion_tokens\":1}}\n\n";

  private static final class Counter implements ResponseListener {
    long chunks;

    @Override
    public void onChunk(int outputKinds, boolean hasChoices) {
      chunks++;
    }

    @Override
    public void onTerminator() {}
  }

  private static ByteBuffer[] buffersOf(String chunk) {
    byte[] bytes = chunk.getBytes(UTF_8);
    ByteBuffer direct = ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
    return new ByteBuffer[] {
      ByteBuffer.wrap(bytes), ByteBuffer.wrap(bytes).asReadOnlyBuffer(), direct
    };
  }

  @ParameterizedTest
  @ValueSource(strings = {OPENAI, VLLM, ": keep-alive\n\n"})
  void aChunkAllocatesNothing(String chunk) {
    Counter counter = new Counter();
    ResponseDecoder decoder = API.newResponseDecoder(counter);
    BodyReader body = new BodyReader(new SseFraming(decoder), null);
    ByteBuffer[] buffers = buffersOf(chunk);
    feed(body, buffers, WARM_UP);
    counter.chunks = 0;

    long allocated = Allocations.during(() -> feed(body, buffers, CHUNKS));

    assertThat(allocated).isLessThan(TOLERANCE);
    if (chunk.startsWith("data")) {
      // The measured work was done.
      assertThat(counter.chunks).isEqualTo(CHUNKS);
      assertThat(decoder.facts().model).isNotNull();
    }
  }

  private static final Head EVENTS = new Head(200, "text/event-stream", null);

  /** A chunk of each other API, as it stands on the wire. */
  static Stream<Arguments> chunksOfEveryApi() {
    return Stream.of(
        Arguments.of(
            "/v1/messages",
            EVENTS,
            ("event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,"
                    + "\"delta\":{\"type\":\"text_delta\",\"text\":\" gr\u00fc\u00dfe \\n\"}}\n\n")
                .getBytes(UTF_8)),
        Arguments.of(
            "/generate_stream",
            EVENTS,
            ("data:{\"index\":1,\"token\":{\"id\":29892,\"text\":\",\",\"logprob\":-1.2,\"special\":false},"
                    + "\"generated_text\":null,\"details\":null}\n\n")
                .getBytes(UTF_8)),
        Arguments.of(
            "/api/chat",
            new Head(200, "application/x-ndjson", null),
            ("{\"model\":\"llama3.2\",\"created_at\":\"2023-08-04T08:52:19.385406455-07:00\","
                    + "\"message\":{\"role\":\"assistant\",\"content\":\"The\"},\"done\":false}\n")
                .getBytes(UTF_8)),
        Arguments.of(
            "/v1beta/models/g:streamGenerateContent",
            EVENTS,
            ("data: {\"candidates\": [{\"content\": {\"parts\": [{\"text\": \"Hel\"}],\"role\": \"model\"},"
                    + "\"finishReason\": \"STOP\",\"index\": 0}],\"usageMetadata\": {\"promptTokenCount\": 8,"
                    + "\"candidatesTokenCount\": 2,\"totalTokenCount\": 60,\"thoughtsTokenCount\": 50,"
                    + "\"promptTokensDetails\": [{\"modality\": \"TEXT\",\"tokenCount\": 8}]},"
                    + "\"modelVersion\": \"gemini-2.5-pro\",\"responseId\": \"r1\"}\r\n\r\n")
                .getBytes(UTF_8)),
        Arguments.of(
            "/v2/chat",
            EVENTS,
            ("data: {\"type\":\"content-delta\",\"index\":0,\"delta\":{\"message\":{\"content\":"
                    + "{\"text\":\"A\"}}}}\n\n")
                .getBytes(UTF_8)),
        Arguments.of(
            "/model/m/converse-stream",
            new Head(200, "application/vnd.amazon.eventstream", null),
            AwsEvents.of(
                "event contentBlockDelta {\"contentBlockIndex\":0,\"delta\":{\"text\":\"Hi\"},\"p\":\"abc\"}")));
  }

  @ParameterizedTest
  @MethodSource("chunksOfEveryApi")
  void norDoesAChunkOfAnyOtherApi(String path, Head head, byte[] chunk) {
    for (int size : new int[] {chunk.length, 7}) {
      Counter counter = new Counter();
      ResponseReader reader =
          head.newReader(requireNonNull(WireApis.byPath("POST", path)), counter);
      ByteSink sink = reader::onBytes;
      feed(sink, chunk, size, WARM_UP);
      counter.chunks = 0;

      long allocated = Allocations.during(() -> feed(sink, chunk, size, 20_000));

      assertThat(allocated).isLessThan(TOLERANCE);
      // The measured work was done.
      assertThat(counter.chunks).isEqualTo(20_000);
      assertThat(reader.isStream()).isTrue();
    }
  }

  private static void feed(BodyReader body, ByteBuffer[] buffers, int chunks) {
    for (int i = 0; i < chunks; i++) {
      ByteBuffer buffer = buffers[i % buffers.length];
      buffer.rewind();
      body.onBuffer(buffer);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 7, 100})
  void norDoesAChunkThatIsCutIntoPieces(int size) {
    Counter counter = new Counter();
    ByteSink framing = new SseFraming(API.newResponseDecoder(counter));
    byte[] bytes = OPENAI.getBytes(UTF_8);
    feed(framing, bytes, size, 3_000);
    counter.chunks = 0;

    long allocated = Allocations.during(() -> feed(framing, bytes, size, 10_000));

    assertThat(allocated).isLessThan(TOLERANCE);
    assertThat(counter.chunks).isEqualTo(10_000);
  }

  private static void feed(ByteSink framing, byte[] bytes, int size, int chunks) {
    for (int i = 0; i < chunks; i++) {
      for (int at = 0; at < bytes.length; at += size) {
        framing.onBytes(bytes, at, Math.min(size, bytes.length - at));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {OPENAI, VLLM})
  void norDoesTheWholeWayThroughAnAttempt(String chunk) {
    Observed observed = new Observed();
    Call call = observed.start();
    call.stream();
    ByteBuffer[] buffers = buffersOf(chunk);
    byte[] bytes = chunk.getBytes(UTF_8);
    feed(call.attempt, buffers, bytes, WARM_UP);
    long allocated = Allocations.during(() -> feed(call.attempt, buffers, bytes, CHUNKS));
    assertThat(allocated).isLessThan(TOLERANCE);
    call.deliver(Observed.DONE);
    // The measured work was done: all but the first were recorded.
    assertThat(
            observed
                .histogram("gen_ai.client.operation.time_per_output_chunk")
                .iterator()
                .next()
                .getCount())
        .isEqualTo(2L * (WARM_UP + CHUNKS) - 1);
  }

  /** Pushed, and pulled. */
  private static void feed(Attempt attempt, ByteBuffer[] buffers, byte[] bytes, int chunks) {
    for (int i = 0; i < chunks; i++) {
      attempt.demand(1);
      ByteBuffer buffer = buffers[i % buffers.length];
      buffer.rewind();
      if (attempt.delivering()) {
        attempt.bytes(buffer, System.nanoTime());
        attempt.delivered();
      }
      attempt.demand(1);
      attempt.bytes(bytes, 0, bytes.length, System.nanoTime());
    }
  }
}
