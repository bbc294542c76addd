/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.wire.decode;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the body of a request says of the call, so far. Absent is null. Immutable.
 *
 * <p>Texts and lists are bounded, whatever came: {@link RequestFactsBuilder} says how.
 */
public final class RequestFacts {
  /** Whether the body has the shape of the API, as far as it was read. */
  public final boolean recognized;

  public final @Nullable String model;
  public final boolean stream;
  public final @Nullable Long maxTokens;
  public final @Nullable Double temperature;
  public final @Nullable Double topP;
  public final @Nullable Double topK;
  public final @Nullable Double frequencyPenalty;
  public final @Nullable Double presencePenalty;
  public final @Nullable Long seed;
  public final @Nullable Long choiceCount;
  public final @Nullable List<String> stopSequences;
  public final @Nullable String serviceTier;

  /** How hard the model is asked to think, in the API's own words. */
  public final @Nullable String reasoningLevel;

  /** How many numbers the vectors should have that an embedding request asks for. */
  public final @Nullable Long dimensionCount;

  public final @Nullable String encodingFormat;

  /** {@code text}, {@code json} or {@code speech}, where the request asks for a format. */
  public final @Nullable String outputType;

  /** Of the response that the request goes on from. */
  public final @Nullable String previousResponseId;

  /** Of a conversation that the server keeps. */
  public final @Nullable String conversationId;

  /** How many tools the request offers to the model. */
  public final @Nullable Long toolDefinitions;

  /** How many results of tools the request carries. */
  public final @Nullable Long toolResults;

  RequestFacts(RequestFactsBuilder from) {
    recognized = from.recognized;
    model = from.model;
    stream = from.stream;
    maxTokens = from.maxTokens;
    temperature = from.temperature;
    topP = from.topP;
    topK = from.topK;
    frequencyPenalty = from.frequencyPenalty;
    presencePenalty = from.presencePenalty;
    seed = from.seed;
    choiceCount = from.choiceCount;
    stopSequences = from.stopSequences.isEmpty() ? null : List.copyOf(from.stopSequences);
    serviceTier = from.serviceTier;
    reasoningLevel = from.reasoningLevel;
    conversationId = from.conversationId;
    previousResponseId = from.previousResponseId;
    dimensionCount = from.dimensionCount;
    encodingFormat = from.encodingFormat;
    outputType = from.outputType;
    toolDefinitions = from.toolDefinitions == 0 ? null : (Long) from.toolDefinitions;
    toolResults = from.toolResults == 0 ? null : (Long) from.toolResults;
  }
}
