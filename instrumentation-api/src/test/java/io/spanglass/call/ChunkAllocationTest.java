/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.call;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.spanglass.testing.Allocations;
import io.spanglass.wire.bytes.ByteSink;
import io.spanglass.wire.decode.ResponseDecoder;
import io.spanglass.wire.decode.ResponseListener;
import io.spanglass.wire.decode.WireApi;
import io.spanglass.wire.decode.WireApis;
import io.spanglass.wire.frame.BodyReader;
import io.spanglass.wire.frame.SseFraming;
import java.nio.ByteBuffer;
import org.junit.jupiter.params.ParameterizedTest;
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
