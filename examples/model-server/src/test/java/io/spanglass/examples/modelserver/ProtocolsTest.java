/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.examples.modelserver;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
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

/** The APIs besides chat completions. */
class ProtocolsTest {

  private static final ObjectMapper JSON = new ObjectMapper();

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

  private HttpResponse<String> post(String path, String body) throws Exception {
    return client.send(
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + path))
            .POST(BodyPublishers.ofString(body.replace('\'', '"')))
            .build(),
        BodyHandlers.ofString());
  }

  /** The documents of a stream, whether events or lines. */
  private static List<JsonNode> documents(String body) throws IOException {
    List<JsonNode> documents = new ArrayList<>();
    for (String line : body.split("\n", -1)) {
      String document = line.startsWith("data:") ? line.substring(5) : line;
      if (document.stripLeading().startsWith("{")) {
        documents.add(JSON.readTree(document));
      }
    }
    return documents;
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          /v1/messages | {'model':'canned-1','max_tokens':3,'messages':[{'role':'user','content':'Hi'}]} | /content/0/text | /usage/output_tokens | /stop_reason | max_tokens
          /v1/responses | {'model':'canned-1','max_output_tokens':3,'input':'Hi'} | /output/0/content/0/text | /usage/output_tokens | /status | incomplete
          /generate | {'inputs':'Hi','parameters':{'max_new_tokens':3}} | /generated_text | /details/generated_tokens | /details/finish_reason | length
          / | {'inputs':'Hi','parameters':{'max_new_tokens':3}} | /generated_text | /details/generated_tokens | /details/finish_reason | length
          /api/chat | {'model':'canned-1','stream':false,'options':{'num_predict':3},'messages':[{'role':'user','content':'Hi'}]} | /message/content | /eval_count | /done_reason | length
          /api/generate | {'model':'canned-1','stream':false,'options':{'num_predict':3},'prompt':'Hi'} | /response | /eval_count | /done_reason | length
          /v1beta/models/canned-1:generateContent | {'contents':[{'parts':[{'text':'Hi'}]}],'generationConfig':{'maxOutputTokens':3}} | /candidates/0/content/parts/0/text | /usageMetadata/candidatesTokenCount | /candidates/0/finishReason | MAX_TOKENS
          """)
  void aDocumentHasTheAnswerItsTokensAndItsEnd(
      String path, String request, String text, String tokens, String end, String reason)
      throws Exception {
    HttpResponse<String> response = post(path, request);
    assertThat(response.statusCode()).isEqualTo(200);
    JsonNode document = JSON.readTree(response.body());
    assertThat(document.at(text).asText()).hasSize(12);
    assertThat(document.at(tokens).asInt()).isEqualTo(3);
    assertThat(document.at(end).asText()).isEqualTo(reason);
    assertThat(server.requests()).hasSize(1);
    assertThat(server.requests().get(0).outputTokens()).isEqualTo(3);
    assertThat(server.requests().get(0).stream()).isFalse();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          /v1/messages | {'model':'canned-1','stream':true,'max_tokens':99,'messages':[{'role':'user','content':'Hi'}]} | /delta/text | /usage/output_tokens | text/event-stream; charset=utf-8
          /v1/responses | {'model':'canned-1','stream':true,'input':[{'role':'user','content':'Hi'}]} | /delta | /response/usage/output_tokens | text/event-stream; charset=utf-8
          /generate_stream | {'inputs':'Hi'} | /token/text | /details/generated_tokens | text/event-stream; charset=utf-8
          /api/chat | {'model':'canned-1','messages':[{'role':'user','content':'Hi'}]} | /message/content | /eval_count | application/x-ndjson
          /api/generate | {'model':'canned-1','prompt':'Hi'} | /response | /eval_count | application/x-ndjson
          /v1beta/models/canned-1:streamGenerateContent?alt=sse | {'contents':[{'parts':[{'text':'Hi'}]}]} | /candidates/0/content/parts/0/text | /usageMetadata/candidatesTokenCount | text/event-stream; charset=utf-8
          """)
  void aStreamHasTheAnswerInPiecesAndItsTokensAtTheEnd(
      String path, String request, String text, String tokens, String type) throws Exception {
    HttpResponse<String> response = post(path, request);
    assertThat(response.headers().firstValue("content-type")).hasValue(type);
    List<JsonNode> documents = documents(response.body());
    StringBuilder answer = new StringBuilder();
    long counted = 0;
    for (JsonNode document : documents) {
      if (!document.at("/token/special").asBoolean()) {
        answer.append(document.at(text).asText());
      }
      counted = Math.max(counted, document.at(tokens).asLong());
    }
    assertThat(answer.toString()).contains("canned");
    assertThat(counted).isEqualTo(Tokens.ofText(answer.toString()));
    assertThat(documents.size()).isGreaterThan(10);
    assertThat(server.requests().get(0).outputTokens()).isEqualTo(counted);
    assertThat(server.requests().get(0).stream()).isTrue();
    assertThat(server.requests().get(0).firstTokenMs()).isNotNull();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          /v1/messages | {'model':'canned-1','max_tokens':99,'messages':[{'role':'user','content':'x'}],'tools':[{'name':'f','input_schema':{'properties':{'a':{'type':'integer'}}}}]} | /content/0/name | /content/0/input/a
          /v1/responses | {'model':'canned-1','input':'x','tools':[{'type':'function','name':'f','parameters':{'properties':{'a':{'type':'integer'}}}}]} | /output/0/name | /none
          /api/chat | {'model':'canned-1','stream':false,'messages':[{'role':'user','content':'x'}],'tools':[{'function':{'name':'f','parameters':{'properties':{'a':{'type':'integer'}}}}}]} | /message/tool_calls/0/function/name | /message/tool_calls/0/function/arguments/a
          /v1beta/models/canned-1:generateContent | {'contents':[{'parts':[{'text':'x'}]}],'tools':[{'functionDeclarations':[{'name':'f','parameters':{'properties':{'a':{'type':'integer'}}}}]}]} | /candidates/0/content/parts/0/functionCall/name | /candidates/0/content/parts/0/functionCall/args/a
          """)
  void aToolIsCalled(String path, String request, String name, String argument) throws Exception {
    JsonNode document = JSON.readTree(post(path, request).body());
    assertThat(document.at(name).asText()).isEqualTo("f");
    assertThat(document.at(argument).asInt(1)).isEqualTo(1);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          /v1/messages | {'model':'nope','max_tokens':1,'messages':[{'role':'user','content':'x'}]} | 404 | /error/type | not_found_error
          /v1/messages | {'model':'canned-1','messages':[]} | 400 | /error/type | invalid_request_error
          /v1/responses | {'model':'nope','input':'x'} | 404 | /error/code | model_not_found
          /generate | {} | 422 | /error_type | validation
          /api/chat | {'model':'nope','messages':[{'role':'user','content':'x'}]} | 404 | /error | The model `nope` does not exist or you do not have access to it.
          /v1beta/models/nope:generateContent | {'contents':[{'parts':[{'text':'x'}]}]} | 404 | /error/status | NOT_FOUND
          """)
  void anErrorHasTheShapeOfItsApi(
      String path, String request, int status, String pointer, String value) throws Exception {
    HttpResponse<String> response = post(path, request);
    assertThat(response.statusCode()).isEqualTo(status);
    assertThat(JSON.readTree(response.body()).at(pointer).asText()).isEqualTo(value);
  }

  @Test
  void tgiTellsItsStagesInHeaders() throws Exception {
    HttpResponse<String> response = post("/generate", "{'inputs':'Hi'}");
    assertThat(response.headers().map())
        .containsKeys("x-compute-type", "x-queue-time", "x-inference-time", "x-prompt-tokens");
    assertThat(response.headers().firstValueAsLong("x-generated-tokens")).isPresent();
  }
}
