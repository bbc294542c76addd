/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.wire.decode;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.spanglass.testing.Pieces;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Snapshots hold all that was read, and not more than their bounds. */
class FactsTest {
  private static final String REQUEST =
      "{\"model\":\"m\",\"stream\":true,\"max_tokens\":1,\"max_completion_tokens\":2,\"temperature\":0.5,"
          + "\"top_p\":0.25,\"top_k\":3,\"frequency_penalty\":0.125,\"presence_penalty\":1,\"seed\":4,\"n\":5,"
          + "\"stop\":[\"s\",\"t\"],\"service_tier\":\"tier\",\"reasoning_effort\":\"low\",\"response_format\":{\"type\":\"json_schema\"},"
          + "\"tools\":[{}],\"messages\":[{\"content\":[{\"type\":\"tool_result\"}]}],\"modalities\":[\"audio\"],\"input\":[],\"dimensions\":6,"
          + "\"encoding_format\":\"float\",\"conversation\":\"conv\",\"previous_response_id\":\"prev\"}";

  private static final String RESPONSE =
      "{\"id\":\"i\",\"model\":\"m\",\"system_fingerprint\":\"f\",\"service_tier\":\"t\","
          + "\"choices\":[{\"index\":1,\"finish_reason\":\"stop\"},{\"finish_reason\":\"length\"}],"
          + "\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":2,\"prompt_tokens_details\":{"
          + "\"cached_tokens\":3,\"created_cache_tokens\":4,\"audio_tokens\":5},\"completion_tokens_details\":{"
          + "\"reasoning_tokens\":6,\"audio_tokens\":7,\"accepted_prediction_tokens\":8,"
          + "\"rejected_prediction_tokens\":9}},\"content\":[{\"type\":\"tool_use\",\"name\":\"w\"}],\"load_duration\":10,"
          + "\"usageMetadata\":{\"promptTokensDetails\":[{\"modality\":\"TEXT\",\"tokenCount\":1},"
          + "{\"modality\":\"IMAGE\",\"tokenCount\":1}],\"candidatesTokensDetails\":"
          + "[{\"modality\":\"TEXT\",\"tokenCount\":1},{\"modality\":\"IMAGE\",\"tokenCount\":1}],"
          + "\"cacheTokensDetails\":[{\"modality\":\"TEXT\",\"tokenCount\":1},"
          + "{\"modality\":\"IMAGE\",\"tokenCount\":1},{\"modality\":\"AUDIO\",\"tokenCount\":1}]},\"error\":{\"code\":\"server_error\"}}";

  private static WireApi api(String path) {
    return requireNonNull(WireApis.byPath("POST", path));
  }

  private static final class Nobody implements ResponseListener {
    @Override
    public void onChunk(int outputKinds, boolean hasChoices) {}

    @Override
    public void onTerminator() {}
  }

  private static ResponseDecoder newResponse() {
    return newResponse("/v1/chat/completions");
  }

  private static ResponseDecoder newResponse(String path) {
    ResponseDecoder decoder = api(path).newResponseDecoder(new Nobody());
    decoder.onFrameStart();
    return decoder;
  }

  private static RequestDecoder newRequest(String path) {
    RequestDecoder decoder = api(path).newRequestDecoder();
    decoder.onFrameStart();
    return decoder;
  }

  /** The public fields, and finish reasons, as text. */
  private static Map<String, String> valuesOf(Object facts) {
    Map<String, String> values = new TreeMap<>();
    for (Field field : facts.getClass().getFields()) {
      if (!Modifier.isStatic(field.getModifiers())) {
        try {
          values.put(field.getName(), String.valueOf(field.get(facts)));
        } catch (IllegalAccessException e) {
          throw new AssertionError(e);
        }
      }
    }
    if (facts instanceof ResponseFacts response) {
      values.put("finishReasons", response.finishReasons().toString());
      values.put("allChoicesFinished", "" + response.allChoicesFinished());
    }
    return values;
  }

  private static List<String> absent(Object facts) {
    List<String> absent = new ArrayList<>();
    valuesOf(facts)
        .forEach(
            (name, value) -> {
              if (value.equals("null") || value.equals("false") || value.equals("-1")) {
                absent.add(name);
              }
            });
    return absent;
  }

  /** A field that a snapshot forgot would be absent from one of a body that has all fields. */
  @Test
  void aSnapshotOfARequestHoldsEveryField() {
    List<String> absent = null;
    for (String path :
        List.of(
            "/v1/chat/completions",
            "/v1/completions",
            "/v1/embeddings",
            "/v1/messages",
            "/v1/responses")) {
      RequestDecoder decoder = newRequest(path);
      Pieces.whole(REQUEST.getBytes(UTF_8), decoder::onFrameBytes);
      if (absent == null) {
        absent = absent(decoder.facts());
      } else {
        absent.retainAll(absent(decoder.facts()));
      }
    }
    assertThat(absent).isEmpty();
  }

  @Test
  void aSnapshotOfAResponseHoldsEveryField() {
    List<String> absent = null;
    for (String path :
        List.of("/v1/chat/completions", "/v1/messages", "/api/chat", "/m:generateContent")) {
      ResponseDecoder decoder = newResponse(path);
      Pieces.whole(RESPONSE.getBytes(UTF_8), decoder::onFrameBytes);
      decoder.onFrameEnd();
      decoder.onFrameStart();
      Pieces.whole("[DONE]".getBytes(UTF_8), decoder::onFrameBytes);
      decoder.onFrameEnd();
      if (absent == null) {
        absent = absent(decoder.facts());
      } else {
        absent.retainAll(absent(decoder.facts()));
      }
    }
    // What only a head tells.
    assertThat(absent).containsExactly("serverComputeType");
  }

  /** All values differ, so that one in another's place would be noticed. */
  @Test
  void eachFieldOfASnapshotHasItsOwnValue() {
    RequestDecoder decoder = newRequest("/v1/chat/completions");
    Pieces.whole(REQUEST.getBytes(UTF_8), decoder::onFrameBytes);
    assertThat(valuesOf(decoder.facts()))
        .isEqualTo(
            new TreeMap<>(
                Map.ofEntries(
                    Map.entry("choiceCount", "5"),
                    Map.entry("conversationId", "null"),
                    Map.entry("dimensionCount", "null"),
                    Map.entry("encodingFormat", "null"),
                    Map.entry("frequencyPenalty", "0.125"),
                    Map.entry("maxTokens", "2"),
                    Map.entry("model", "m"),
                    Map.entry("outputType", "speech"),
                    Map.entry("presencePenalty", "1.0"),
                    Map.entry("previousResponseId", "null"),
                    Map.entry("reasoningLevel", "low"),
                    Map.entry("recognized", "true"),
                    Map.entry("seed", "4"),
                    Map.entry("serviceTier", "tier"),
                    Map.entry("stopSequences", "[s, t]"),
                    Map.entry("stream", "true"),
                    Map.entry("temperature", "0.5"),
                    Map.entry("toolDefinitions", "1"),
                    Map.entry("toolResults", "null"),
                    Map.entry("topK", "3.0"),
                    Map.entry("topP", "0.25"))));

    ResponseDecoder response = newResponse();
    Pieces.whole(RESPONSE.getBytes(UTF_8), response::onFrameBytes);
    assertThat(valuesOf(response.facts()))
        .isEqualTo(
            new TreeMap<>(
                Map.ofEntries(
                    Map.entry("acceptedPredictionTokens", "8"),
                    Map.entry("allChoicesFinished", "true"),
                    Map.entry("textInputTokens", "-1"),
                    Map.entry("imageInputTokens", "-1"),
                    Map.entry("textOutputTokens", "-1"),
                    Map.entry("imageOutputTokens", "-1"),
                    Map.entry("textCacheReadTokens", "-1"),
                    Map.entry("imageCacheReadTokens", "-1"),
                    Map.entry("audioCacheReadTokens", "-1"),
                    Map.entry("audioInputTokens", "5"),
                    Map.entry("audioOutputTokens", "7"),
                    Map.entry("cacheReadTokens", "3"),
                    Map.entry("cacheWriteTokens", "4"),
                    Map.entry("error", "true"),
                    Map.entry("errorCode", "server_error"),
                    Map.entry("finishReasons", "[length, stop]"),
                    Map.entry("id", "i"),
                    Map.entry("inputTokens", "1"),
                    Map.entry("model", "m"),
                    Map.entry("outputTokens", "2"),
                    Map.entry("reasoningTokens", "6"),
                    Map.entry("rejectedPredictionTokens", "9"),
                    Map.entry("serverComputeType", "null"),
                    Map.entry("serverTimes", "null"),
                    Map.entry("serviceTier", "t"),
                    Map.entry("systemFingerprint", "f"),
                    Map.entry("terminated", "false"),
                    Map.entry("toolCalls", "null"))));
  }

  /** A snapshot that was asked for before must not hide what came after it. */
  @ParameterizedTest
  @ValueSource(strings = {"/v1/chat/completions", "/v1/completions", "/v1/embeddings"})
  void aSnapshotIsNeverOld(String path) {
    byte[] request = REQUEST.getBytes(UTF_8);
    RequestDecoder asked = newRequest(path);
    for (int i = 0; i < request.length; i++) {
      asked.onFrameBytes(request, i, 1);
      RequestDecoder fresh = newRequest(path);
      fresh.onFrameBytes(request, 0, i + 1);
      assertThat(valuesOf(asked.facts())).as("after %s", i).isEqualTo(valuesOf(fresh.facts()));
    }
    byte[] response = RESPONSE.getBytes(UTF_8);
    ResponseDecoder answer = newResponse();
    for (int i = 0; i < response.length; i++) {
      answer.onFrameBytes(response, i, 1);
      ResponseDecoder fresh = newResponse();
      fresh.onFrameBytes(response, 0, i + 1);
      assertThat(valuesOf(answer.facts())).as("after %s", i).isEqualTo(valuesOf(fresh.facts()));
    }
  }

  @Test
  void aSnapshotIsTheSameAsLongAsNothingThatMattersCame() {
    RequestDecoder decoder = newRequest("/v1/chat/completions");
    byte[] start = "{\"model\":\"m\",\"messages\":[{\"content\":\"".getBytes(UTF_8);
    Pieces.whole(start, decoder::onFrameBytes);
    RequestFacts facts = decoder.facts();
    Pieces.singly("a long text".getBytes(UTF_8), decoder::onFrameBytes);
    assertThat(decoder.facts()).isSameAs(facts);
  }

  private static int size(Object facts) {
    return valuesOf(facts).values().stream().mapToInt(String::length).sum();
  }

  @Test
  void aHostileRequestStaysSmall() {
    String huge = "\"" + "x".repeat(100_000) + "\"";
    String hostile =
        REQUEST
            .replace("\"m\"", huge)
            .replace("[\"s\",\"t\"]", "[" + (huge + ",").repeat(50) + "1]")
            .replace("\"tier\"", huge)
            .replace("\"float\"", huge);
    for (String path :
        List.of(
            "/v1/chat/completions",
            "/v1/completions",
            "/v1/embeddings",
            "/v1/messages",
            "/v1/responses")) {
      RequestDecoder decoder = newRequest(path);
      Pieces.randomly(hostile.getBytes(UTF_8), 1, decoder::onFrameBytes);
      assertThat(decoder.isComplete()).isTrue();
      assertThat(size(decoder.facts())).isLessThan(2_000);
    }
  }

  @Test
  void aHostileResponseStaysSmall() {
    String huge = "\"" + "x".repeat(100_000) + "\"";
    StringBuilder choices = new StringBuilder();
    for (int i = 0; i < 5_000; i++) {
      String reason = i % 2 == 0 ? "reason" + i + "y".repeat(40) : "z".repeat(5_000);
      choices
          .append("{\"index\":")
          .append(i)
          .append(",\"finish_reason\":\"")
          .append(reason)
          .append("\"},");
    }
    choices.append(
        "{\"index\":2147483648,\"finish_reason\":\"a\"},{\"index\":-1,\"finish_reason\":null},");
    choices.append("{\"index\":99999999999999999999,\"finish_reason\":\"stop\"},");
    String hostile =
        RESPONSE
            .replace("\"choices\":[", "\"choices\":[" + choices)
            .replace("\"i\"", huge)
            .replace("\"m\"", huge)
            .replace("\"f\"", huge)
            .replace("\"t\"", huge)
            .replace("\"server_error\"", huge);
    ResponseDecoder decoder = newResponse();
    Pieces.whole(hostile.getBytes(UTF_8), decoder::onFrameBytes);
    assertThat(decoder.isFrameComplete()).isTrue();
    ResponseFacts facts = decoder.facts();
    assertThat(facts.errorCode).isNull();
    assertThat(facts.allChoicesFinished()).isTrue();
    assertThat(facts.finishReasons()).hasSizeBetween(2, 128);
    assertThat(facts.finishReasons()).allMatch(reason -> reason.length() <= 64);
    assertThat(size(facts)).isLessThan(3_000);
  }

  @Test
  void manyChoicesOfWhatAServerSaysKeepTheirReasons() {
    StringBuilder choices = new StringBuilder();
    for (int i = 0; i < 128; i++) {
      choices.append("{\"index\":").append(i).append(",\"finish_reason\":\"tool_calls\"},");
    }
    ResponseDecoder decoder = newResponse();
    Pieces.whole(("{\"choices\":[" + choices + "]}").getBytes(UTF_8), decoder::onFrameBytes);
    assertThat(decoder.facts().finishReasons()).hasSize(128).containsOnly("tool_calls");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"model\":1,\"id\":{},\"choices\":\"x\",\"usage\":[1],\"error\":false}",
        "{\"choices\":{\"index\":\"x\",\"finish_reason\":7},\"usage\":{\"prompt_tokens\":\"12\"}}",
        "{\"usage\":{\"prompt_tokens\":NaN}}",
        "{\"usage\":{\"prompt_tokens\":-1,\"completion_tokens\":1.5}}",
        "{\"usage\":{\"prompt_tokens\":1e99,\"completion_tokens\":9223372036854775808}}"
      })
  void valuesOfAnotherTypeAreNone(String json) {
    ResponseDecoder decoder = newResponse();
    Pieces.whole(json.getBytes(UTF_8), decoder::onFrameBytes);
    ResponseFacts facts = decoder.facts();
    assertThat(facts.model).isNull();
    assertThat(facts.id).isNull();
    assertThat(facts.error).isFalse();
    assertThat(facts.inputTokens).isEqualTo(ResponseFacts.ABSENT);
    assertThat(facts.outputTokens).isEqualTo(ResponseFacts.ABSENT);
    assertThat(facts.finishReasons()).isEmpty();
  }

  @Test
  void ofAFieldThatComesTwiceInADocumentTheLastCountsAndInAStreamTheFirst() {
    ResponseDecoder decoder = newResponse();
    Pieces.whole(
        "{\"usage\":{\"prompt_tokens\":1},\"model\":\"\",\"model\":\"a\",\"usage\":{\"prompt_tokens\":2.0}}"
            .getBytes(UTF_8),
        decoder::onFrameBytes);
    decoder.onFrameEnd();
    decoder.onFrameStart();
    Pieces.whole("{\"model\":\"b\"}".getBytes(UTF_8), decoder::onFrameBytes);
    assertThat(decoder.facts().inputTokens).isEqualTo(2);
    assertThat(decoder.facts().model).isEqualTo("a");
  }
}
