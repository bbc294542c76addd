/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.examples.modelserver;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ModelServerTest {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String TOOLS =
      """
      "tools":[{"type":"function","function":{"name":"temperature","parameters":{"type":"object",
      "properties":{"city":{"type":"string","enum":["BERLIN","LIMA"]},"days":{"type":"integer"}}}}}]
      """;

  private final HttpClient client = HttpClient.newHttpClient();
  private ModelServer server;

  @BeforeEach
  void start() throws IOException {
    AtomicInteger ids = new AtomicInteger();
    server =
        ModelServer.start(
            new ServerOptions(0, 4, 1),
            Clock.fixed(Instant.ofEpochSecond(1_700_000_000), ZoneOffset.UTC),
            () -> "chatcmpl-" + ids.incrementAndGet());
  }

  @AfterEach
  void stop() {
    server.close();
  }

  @Test
  void streamIsTheseBytes() throws Exception {
    HttpResponse<String> response =
        chat(
            """
            {"model":"canned-1","max_tokens":3,"stream":true,
             "stream_options":{"include_usage":true},
             "messages":[{"role":"user","content":"Hello there"}]}
            """);

    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.headers().firstValue("content-type"))
        .hasValue("text/event-stream; charset=utf-8");
    String head =
        "data: {\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"created\":1700000000,"
            + "\"model\":\"canned-1-2026-11-22\",\"service_tier\":\"default\","
            + "\"system_fingerprint\":\"fp_canned\",\"choices\":[";
    String open = "},\"logprobs\":null,\"finish_reason\":null}],\"usage\":null}\n\n";
    assertThat(response.body())
        .isEqualTo(
            head
                + "{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\","
                + "\"refusal\":null"
                + open
                + head
                + "{\"index\":0,\"delta\":{\"content\":\"No\""
                + open
                + head
                + "{\"index\":0,\"delta\":{\"content\":\" model\""
                + open
                + head
                + "{\"index\":0,\"delta\":{\"content\":\" wro\""
                + open
                + head
                + "{\"index\":0,\"delta\":{},\"logprobs\":null,\"finish_reason\":\"length\"}],"
                + "\"usage\":null}\n\n"
                + head
                + "],\"usage\":{\"prompt_tokens\":10,\"completion_tokens\":3,\"total_tokens\":13,"
                + "\"prompt_tokens_details\":{\"cached_tokens\":0,\"audio_tokens\":0},"
                + "\"completion_tokens_details\":{\"reasoning_tokens\":0,\"audio_tokens\":0,"
                + "\"accepted_prediction_tokens\":0,\"rejected_prediction_tokens\":0}}}\n\n"
                + "data: [DONE]\n\n");
  }

  @Test
  void streamHasNoUsageUnlessAskedFor() throws Exception {
    HttpResponse<String> response =
        chat(
            """
            {"model":"canned-1","stream":true,"messages":[{"role":"user","content":"Hello"}]}
            """);

    assertThat(response.body()).doesNotContain("usage").endsWith("data: [DONE]\n\n");
  }

  @Test
  void streamAndSingleAnswerAreTheSameTextAndUsage() throws Exception {
    String request =
        """
        {"model":"canned-1-mini","messages":[{"role":"user","content":"Tell me something"}]%s}
        """;
    JsonNode whole = JSON.readTree(chat(request.formatted("")).body());
    List<JsonNode> chunks =
        chunks(
            chat(request.formatted(",\"stream\":true,\"stream_options\":{\"include_usage\":true}"))
                .body());

    StringBuilder text = new StringBuilder();
    for (JsonNode chunk : chunks) {
      text.append(chunk.at("/choices/0/delta/content").asText());
    }
    assertThat(text).hasToString(whole.at("/choices/0/message/content").asText());
    assertThat(text.toString()).containsAnyOf("canned", "No model").doesNotContain("Tell me");
    assertThat(whole.at("/choices/0/finish_reason").asText()).isEqualTo("stop");
    assertThat(whole.at("/usage/completion_tokens").asInt()).isEqualTo((text.length() + 3) / 4);
    assertThat(chunks.get(chunks.size() - 1).path("usage")).isEqualTo(whole.path("usage"));
  }

  @Test
  void offeredToolIsCalledAndItsResultAnswered() throws Exception {
    JsonNode first =
        JSON.readTree(
            chat("""
                    {"model":"canned-1","messages":[{"role":"user","content":"Warm?"}],%s}
                    """
                    .formatted(TOOLS))
                .body());

    JsonNode call = first.at("/choices/0/message/tool_calls/0");
    assertThat(first.at("/choices/0/finish_reason").asText()).isEqualTo("tool_calls");
    assertThat(first.at("/choices/0/message/content").isNull()).isTrue();
    assertThat(call.at("/function/name").asText()).isEqualTo("temperature");
    assertThat(call.at("/function/arguments").asText())
        .isEqualTo("{\"city\":\"BERLIN\",\"days\":1}");

    JsonNode second =
        JSON.readTree(
            chat("""
                    {"model":"canned-1","messages":[{"role":"user","content":"Warm?"},
                     {"role":"assistant","content":null,"tool_calls":[%s]},
                     {"role":"tool","tool_call_id":"%s","content":"21 degrees"}],%s}
                    """
                    .formatted(call, call.path("id").asText(), TOOLS))
                .body());
    assertThat(second.at("/choices/0/message/content").asText())
        .isEqualTo("This answer is canned. The tool returned: 21 degrees");
    assertThat(second.at("/choices/0/finish_reason").asText()).isEqualTo("stop");
  }

  @Test
  void toolCallIsStreamedInPieces() throws Exception {
    List<JsonNode> chunks =
        chunks(
            chat("""
                    {"model":"canned-1","stream":true,
                     "messages":[{"role":"user","content":"Warm?"}],%s}
                    """
                    .formatted(TOOLS))
                .body());

    List<String> deltas = new ArrayList<>();
    for (JsonNode chunk : chunks) {
      deltas.add(chunk.at("/choices/0/delta").toString());
    }
    assertThat(deltas)
        .containsExactly(
            "{\"role\":\"assistant\",\"content\":null,\"refusal\":null}",
            "{\"tool_calls\":[{\"index\":0,\"id\":\"call_1\",\"type\":\"function\","
                + "\"function\":{\"name\":\"temperature\",\"arguments\":\"\"}}]}",
            "{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"{\"}}]}",
            "{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"\\\"city\\\":\"}}]}",
            "{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"\\\"BERLIN\\\",\"}}]}",
            "{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"\\\"days\\\":\"}}]}",
            "{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"1}\"}}]}",
            "{}");
    assertThat(chunks.get(chunks.size() - 1).at("/choices/0/finish_reason").asText())
        .isEqualTo("tool_calls");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "not json | 400 | null | null",
        "[1] | 400 | null | null",
        "{\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]} | 400 | null | null",
        "{\"model\":\"canned-1\"} | 400 | messages | missing_required_parameter",
        "{\"model\":\"canned-1\",\"messages\":[]} | 400 | messages | null",
        "{\"model\":\"gpt\",\"messages\":[{\"role\":\"user\"}]} | 404 | null | model_not_found",
        "{\"model\":\"canned-1\",\"n\":2,\"messages\":[{\"role\":\"user\"}]} | 400 | n | null",
        "{\"model\":\"canned-1\",\"max_tokens\":0,\"messages\":[{\"role\":\"user\"}]}"
            + " | 400 | max_tokens | null",
      })
  void errorsHaveOpenAisShape(String body, int status, String param, String code) throws Exception {
    HttpResponse<String> response = chat(body);

    assertThat(response.statusCode()).isEqualTo(status);
    JsonNode error = JSON.readTree(response.body()).path("error");
    assertThat(error.path("message").asText()).isNotEmpty();
    assertThat(error.path("type").asText()).isEqualTo("invalid_request_error");
    assertThat(error.path("param").asText()).isEqualTo(param);
    assertThat(error.path("code").asText()).isEqualTo(code);
    ServedRequest served = server.requests().get(0);
    assertThat(served.status()).isEqualTo(status);
    assertThat(served.id()).isNull();
    assertThat(served.inputTokens()).isNull();
  }

  @Test
  void unknownRouteAndWrongMethodAreErrors() throws Exception {
    assertThat(get("/v1/nothing").statusCode()).isEqualTo(404);
    assertThat(get("/v1/chat/completions").statusCode()).isEqualTo(405);
  }

  @Test
  void modelsAreListed() throws Exception {
    JsonNode models = JSON.readTree(get("/v1/models").body());

    assertThat(models.path("object").asText()).isEqualTo("list");
    assertThat(models.path("data").findValuesAsText("id")).contains("canned-1", "canned-1-mini");
  }

  @Test
  void requestsTellTheServersView() throws Exception {
    HttpRequest request =
        request(
                """
                {"model":"canned-1","stream":true,"messages":[{"role":"user","content":"Hello"}]}
                """)
            .header("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
            .build();
    String body = client.send(request, BodyHandlers.ofString()).body();
    assertThat(server.awaitIdle(10_000)).isTrue();

    JsonNode served = JSON.readTree(get("/requests").body()).path(0);
    StringBuilder text = new StringBuilder();
    for (JsonNode chunk : chunks(body)) {
      text.append(chunk.at("/choices/0/delta/content").asText());
    }
    assertThat(served.path("id").asText()).isEqualTo("chatcmpl-1");
    assertThat(served.path("trace_id").asText()).isEqualTo("0af7651916cd43dd8448eb211c80319c");
    assertThat(served.path("parent_span_id").asText()).isEqualTo("b7ad6b7169203331");
    assertThat(served.path("input_tokens").asLong()).isEqualTo(9);
    assertThat(served.path("output_tokens").asLong()).isEqualTo((text.length() + 3) / 4);
    assertThat(served.path("first_token_ms").asDouble()).isGreaterThanOrEqualTo(4);
    assertThat(served.path("aborted").asBoolean()).isFalse();
    assertThat(served.path("status").asInt()).isEqualTo(200);
  }

  @Test
  void clientThatGoesAwayIsNoted() throws Exception {
    try (ModelServer slow = ModelServer.start(new ServerOptions(0, 0, 20))) {
      HttpRequest request =
          HttpRequest.newBuilder(URI.create(slow.baseUrl() + "/chat/completions"))
              .POST(
                  BodyPublishers.ofString(
                      """
                      {"model":"canned-1","stream":true,
                       "messages":[{"role":"user","content":"Hello"}]}
                      """))
              .build();
      try (InputStream in = client.send(request, BodyHandlers.ofInputStream()).body()) {
        assertThat(in.readNBytes(400)).hasSize(400);
      }
      assertThat(slow.awaitIdle(30_000)).isTrue();

      ServedRequest served = slow.requests().get(0);
      assertThat(served.aborted()).isTrue();
      assertThat(served.outputTokens()).isNotNull();
    }
  }

  @Test
  void memoryIsBounded() {
    RequestLog log = new RequestLog();
    for (int i = 0; i < RequestLog.CAPACITY + 7; i++) {
      log.begin(0, null).end();
    }

    assertThat(log.snapshot()).hasSize(RequestLog.CAPACITY);
  }

  @Test
  void tokensFollowTheDocumentedRule() throws Exception {
    assertThat(Tokens.ofText("")).isZero();
    assertThat(Tokens.ofText("abcd")).isEqualTo(1);
    assertThat(Tokens.ofText("\ud83d\ude00\ud83d\ude00\ud83d\ude00\ud83d\ude00e")).isEqualTo(2);
    assertThat(
            Tokens.ofPrompt(
                JSON.readTree(
                    """
                    {"messages":[{"role":"system","content":"abcde"},
                     {"role":"user","content":[{"type":"text","text":"abcd"},
                      {"type":"image_url","image_url":{"url":"data:"}}]}]}
                    """)))
        .isEqualTo(3 + (4 + 2) + (4 + 1 + 85));
    assertThat(Tokens.cached(1023)).isZero();
    assertThat(Tokens.cached(1200)).isEqualTo(1152);
  }

  private HttpResponse<String> chat(String body) throws Exception {
    return client.send(request(body).build(), BodyHandlers.ofString());
  }

  private HttpRequest.Builder request(String body) {
    return HttpRequest.newBuilder(URI.create(server.baseUrl() + "/chat/completions"))
        .header("content-type", "application/json")
        .POST(BodyPublishers.ofString(body));
  }

  private HttpResponse<String> get(String path) throws Exception {
    URI uri = URI.create("http://127.0.0.1:" + server.port() + path);
    return client.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString());
  }

  private static List<JsonNode> chunks(String body) throws IOException {
    List<JsonNode> chunks = new ArrayList<>();
    for (String line : body.split("\n", -1)) {
      if (line.startsWith("data: {")) {
        chunks.add(JSON.readTree(line.substring(6)));
      }
    }
    return chunks;
  }
}
