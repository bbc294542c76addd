/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.benchmarks;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.spanglass.wire.decode.ResponseFacts;
import io.spanglass.wire.decode.ResponseListener;
import io.spanglass.wire.decode.ResponseReader;
import io.spanglass.wire.decode.WireApi;
import io.spanglass.wire.decode.WireApis;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Every API that streams is measured, and what is measured is an answer that is read. */
class SampleTest {
  private static final int CHUNKS = 5;

  private static WireApi api(Sample sample) {
    return requireNonNull(WireApis.byPath("POST", sample.path()), sample.path());
  }

  @Test
  void everyReaderOfStreamsHasARow() {
    Set<Class<?>> measured = new HashSet<>();
    for (Sample sample : Sample.values()) {
      measured.add(api(sample).getClass());
    }
    for (WireApi api : WireApis.all()) {
      if (!NOT_STREAMED.contains(api.getClass().getSimpleName())) {
        assertThat(measured).as("samples").contains(api.getClass());
      }
    }
  }

  /** Answers in one document only, or frames that are not read. */
  private static final Set<String> NOT_STREAMED = Set.of("OpenAiEmbeddings", "BedrockConverse");

  @ParameterizedTest
  @EnumSource
  void aSampleIsAWholeAnswer(Sample sample) {
    int[] chunks = new int[1];
    ResponseListener listener =
        new ResponseListener() {
          @Override
          public void onChunk(int outputKinds, boolean hasChoices) {
            chunks[0] += outputKinds == 0 ? 0 : 1;
          }

          @Override
          public void onTerminator() {}
        };
    try (ResponseReader reader =
        api(sample)
            .newResponseReader(
                Core.request(sample), Core.response(sample.streamContentType()), listener)) {
      for (int i = 0; i < CHUNKS; i++) {
        feed(reader, sample.frame(sample.chunk(i)));
      }
      assertThat(chunks[0]).isEqualTo(CHUNKS);
      for (String last : sample.lastChunks()) {
        feed(reader, sample.frame(last));
      }
      reader.onEnd();
      ResponseFacts facts = reader.facts();
      assertThat(reader.isStream()).isTrue();
      assertThat(facts.outputTokens).isPositive();
      assertThat(facts.terminated || facts.allChoicesFinished()).isTrue();
      assertThat(facts.error).isFalse();
    }
  }

  private static void feed(ResponseReader reader, byte[] bytes) {
    reader.onBytes(bytes, 0, bytes.length);
  }
}
