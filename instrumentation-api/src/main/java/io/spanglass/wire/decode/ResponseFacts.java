/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.wire.decode;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the body of a response said so far. Absent is null, for counts {@link #ABSENT}. Counts are
 * the last that were seen: some servers send a running sum with every chunk. Immutable.
 *
 * <p>Texts and lists are bounded, whatever came: {@link ResponseFactsBuilder} says how.
 */
public final class ResponseFacts {
  public static final long ABSENT = -1;

  /** Of a response that has not come. */
  public static final ResponseFacts NONE = new ResponseFacts(new ResponseFactsBuilder());

  public final @Nullable String id;
  public final @Nullable String model;
  public final @Nullable String systemFingerprint;
  public final @Nullable String serviceTier;

  public final long inputTokens;
  public final long outputTokens;
  public final long cacheReadTokens;
  public final long cacheWriteTokens;
  public final long reasoningTokens;
  public final long audioInputTokens;
  public final long audioOutputTokens;
  public final long textInputTokens;
  public final long imageInputTokens;
  public final long textOutputTokens;
  public final long imageOutputTokens;
  public final long textCacheReadTokens;
  public final long imageCacheReadTokens;
  public final long audioCacheReadTokens;
  public final long acceptedPredictionTokens;
  public final long rejectedPredictionTokens;

  /**
   * Names of the tools that the answer asks to be called, in its order; null where there is none.
   */
  public final @Nullable List<String> toolCalls;

  /**
   * How long the stages took at the server in nanoseconds, by {@link ServerTime}; null if none is
   * told.
   */
  public final long @Nullable [] serverTimes;

  /** What the server computed on. */
  public final @Nullable String serverComputeType;

  /** The body carries an error, in whatever status. */
  public final boolean error;

  /**
   * What an error, or a document that may be one, names: one of a known set of codes and types, or
   * a number.
   */
  public final @Nullable String errorCode;

  /** The API's own mark for the end of a stream came. */
  public final boolean terminated;

  private final List<String> finishReasons;
  private final boolean allChoicesFinished;

  ResponseFacts(ResponseFactsBuilder from) {
    id = from.id;
    model = from.model;
    systemFingerprint = from.systemFingerprint;
    serviceTier = from.serviceTier;
    inputTokens = from.inputTokens();
    outputTokens = from.outputTokens();
    cacheReadTokens = from.cacheReadTokens;
    cacheWriteTokens = from.cacheWriteTokens;
    reasoningTokens = from.reasoningTokens;
    audioInputTokens = from.audioInputTokens;
    audioOutputTokens = from.audioOutputTokens;
    textInputTokens = from.textInputTokens;
    imageInputTokens = from.imageInputTokens;
    textOutputTokens = from.textOutputTokens;
    imageOutputTokens = from.imageOutputTokens;
    textCacheReadTokens = from.textCacheReadTokens;
    imageCacheReadTokens = from.imageCacheReadTokens;
    audioCacheReadTokens = from.audioCacheReadTokens;
    acceptedPredictionTokens = from.acceptedPredictionTokens;
    rejectedPredictionTokens = from.rejectedPredictionTokens;
    toolCalls = from.toolCalls.isEmpty() ? null : List.copyOf(from.toolCalls);
    serverTimes = ServerTime.anyOf(from.serverTimes) ? from.serverTimes.clone() : null;
    serverComputeType = from.serverComputeType;
    error = from.error;
    errorCode = from.errorCode();
    terminated = from.terminated;
    finishReasons = from.finishReasons();
    allChoicesFinished = from.allChoicesFinished();
  }

  /** Returns the reasons of the choices that have one, in the order of the choices. */
  public List<String> finishReasons() {
    return finishReasons;
  }

  /** Whether every choice that was seen is finished, and there was one. */
  public boolean allChoicesFinished() {
    return allChoicesFinished;
  }
}
