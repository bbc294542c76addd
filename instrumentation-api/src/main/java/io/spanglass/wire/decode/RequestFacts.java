/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.wire.decode;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the body of a request says of the call. Absent is null. Written by one decoder; {@link
 * #copy()} is what other threads get to see.
 */
public final class RequestFacts {
  private static final int MAX_STOP_SEQUENCES = 16;

  /** Whether the body has the shape of the API, as far as it was read. */
  public boolean recognized;

  public @Nullable String model;
  public boolean stream;
  public @Nullable Long maxTokens;
  public @Nullable Double temperature;
  public @Nullable Double topP;
  public @Nullable Double topK;
  public @Nullable Double frequencyPenalty;
  public @Nullable Double presencePenalty;
  public @Nullable Long seed;
  public @Nullable Long choiceCount;
  public @Nullable List<String> stopSequences;
  public @Nullable String serviceTier;

  /** How many numbers the vectors should have that an embedding request asks for. */
  public @Nullable Long dimensionCount;

  public @Nullable String encodingFormat;

  /** {@code text}, {@code json} or {@code speech}, where the request asks for a format. */
  public @Nullable String outputType;

  void addStopSequence(String sequence) {
    if (stopSequences == null) {
      stopSequences = new ArrayList<>();
    }
    if (stopSequences.size() < MAX_STOP_SEQUENCES) {
      stopSequences.add(sequence);
    }
  }

  public RequestFacts copy() {
    RequestFacts copy = new RequestFacts();
    copy.recognized = recognized;
    copy.model = model;
    copy.stream = stream;
    copy.maxTokens = maxTokens;
    copy.temperature = temperature;
    copy.topP = topP;
    copy.topK = topK;
    copy.frequencyPenalty = frequencyPenalty;
    copy.presencePenalty = presencePenalty;
    copy.seed = seed;
    copy.choiceCount = choiceCount;
    copy.stopSequences = stopSequences == null ? null : new ArrayList<>(stopSequences);
    copy.serviceTier = serviceTier;
    copy.outputType = outputType;
    copy.dimensionCount = dimensionCount;
    copy.encodingFormat = encodingFormat;
    return copy;
  }
}
