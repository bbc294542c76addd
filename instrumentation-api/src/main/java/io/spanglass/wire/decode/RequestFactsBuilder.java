/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.wire.decode;

import io.spanglass.wire.json.JsonText;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the fields of a request mean: the tree of an API binds each of its fields to one of these
 * methods. Used by one thread at a time.
 */
final class RequestFactsBuilder {
  /** In bytes, of what names something. */
  static final int NAME = 256;

  /** In bytes, of what is one of a few words. */
  static final int WORD = 64;

  /** In bytes. */
  static final int STOP_SEQUENCE = 64;

  static final int MAX_STOP_SEQUENCES = 16;

  /** What {@link #recognizeWith} takes: that a model is named, or what names the API itself. */
  static final int MODEL = 1;

  private static final int REJECTED = 4;

  /** What {@link #recognizeWith} takes: that there is something for the model. */
  static final int INPUT = 2;

  // Named as in RequestFacts.
  boolean recognized;
  @Nullable String model;
  boolean stream;
  @Nullable Long maxTokens;
  @Nullable Double temperature;
  @Nullable Double topP;
  @Nullable Double topK;
  @Nullable Double frequencyPenalty;
  @Nullable Double presencePenalty;
  @Nullable Long seed;
  @Nullable Long choiceCount;
  final List<String> stopSequences = new ArrayList<>(0);
  @Nullable String serviceTier;
  @Nullable String reasoningLevel;
  @Nullable String conversationId;
  @Nullable String previousResponseId;
  @Nullable Long dimensionCount;
  @Nullable String encodingFormat;
  @Nullable String outputType;
  long toolDefinitions;
  long toolResults;

  private int signs;
  private boolean maxCompletionTokens;
  private @Nullable RequestFacts facts;

  /** Returns a snapshot: the same one as long as nothing came that matters. */
  RequestFacts facts() {
    RequestFacts facts = this.facts;
    if (facts == null) {
      facts = new RequestFacts(this);
      this.facts = facts;
    }
    return facts;
  }

  /** Each method calls this first: the snapshot that was given is old now. */
  private void change() {
    facts = null;
  }

  void recognize() {
    change();
    recognized = true;
  }

  /**
   * One of two things that only together make a document a request of the API, where each of them
   * stands in those of other services too.
   */
  void recognizeWith(int sign) {
    signs |= sign;
    if (signs == (MODEL | INPUT)) {
      recognize();
    }
  }

  void model(JsonText text) {
    change();
    model = text.toString();
  }

  void stream(boolean value) {
    change();
    stream = value;
  }

  void stream(JsonText text) {
    if (text.toString().equalsIgnoreCase("true")) {
      stream(true);
    }
  }

  /** The older name, which the newer one wins over, as it does at the server. */
  void maxTokens(long value) {
    if (!maxCompletionTokens) {
      change();
      maxTokens = value;
    }
  }

  /** Of a server to which a negative number means no limit. */
  void maxTokensIfAny(long value) {
    if (value >= 0) {
      maxTokens(value);
    }
  }

  void maxCompletionTokens(long value) {
    change();
    maxCompletionTokens = true;
    maxTokens = value;
  }

  void temperature(double value) {
    change();
    temperature = value;
  }

  void topP(double value) {
    change();
    topP = value;
  }

  void topK(double value) {
    change();
    topK = value;
  }

  void frequencyPenalty(double value) {
    change();
    frequencyPenalty = value;
  }

  void presencePenalty(double value) {
    change();
    presencePenalty = value;
  }

  void seed(long value) {
    change();
    seed = value;
  }

  void choiceCount(long value) {
    change();
    choiceCount = value;
  }

  void stopSequence(JsonText text) {
    if (stopSequences.size() < MAX_STOP_SEQUENCES) {
      change();
      stopSequences.add(text.toString());
    }
  }

  void serviceTier(JsonText text) {
    change();
    serviceTier = text.toString();
  }

  void previousResponseId(JsonText text) {
    if (!text.isEmpty()) {
      change();
      previousResponseId = text.toString();
    }
  }

  void conversationId(JsonText text) {
    if (!text.isEmpty()) {
      change();
      conversationId = text.toString();
    }
  }

  void reasoningLevel(JsonText text) {
    change();
    reasoningLevel = text.toString();
  }

  void dimensionCount(long value) {
    change();
    dimensionCount = value;
  }

  void encodingFormat(JsonText text) {
    change();
    encodingFormat = text.toString();
  }

  /** Of an API that takes several; the first is told. */
  void firstEncodingFormat(JsonText text) {
    if (encodingFormat == null) {
      encodingFormat(text);
    }
  }

  void responseFormat(JsonText text) {
    if (outputType == null) {
      change();
      String type = text.toString();
      // What else there is, grammars of some servers, the conventions have no value for.
      outputType = type.startsWith("json") ? "json" : type.equals("text") ? type : null;
    }
  }

  void modality(JsonText text) {
    String modality = text.toString();
    if (modality.equalsIgnoreCase("audio")) {
      change();
      outputType = "speech";
    } else if (modality.equalsIgnoreCase("image")) {
      change();
      outputType = "image";
    }
  }

  void toolDefinition() {
    change();
    toolDefinitions++;
  }

  void toolResult() {
    change();
    toolResults++;
  }

  /** A model that the request's path names. */
  void modelInPath(@Nullable String name) {
    if (name != null) {
      change();
      model = name;
    }
  }

  /** A request that is none of the API's, whatever else it says. */
  void reject() {
    change();
    recognized = false;
    signs = REJECTED;
  }

  /** The answer is to be a document of some shape. */
  void jsonOutput() {
    change();
    outputType = "json";
  }

  void mediaType(JsonText text) {
    if (outputType == null) {
      change();
      String type = text.toString();
      outputType =
          type.equals("application/json") ? "json" : type.startsWith("text/") ? "text" : null;
    }
  }
}
