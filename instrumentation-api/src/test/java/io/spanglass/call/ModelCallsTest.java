/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.call;

import static io.opentelemetry.api.common.AttributeKey.booleanKey;
import static io.opentelemetry.api.common.AttributeKey.stringKey;
import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.samplers.Sampler;
import io.spanglass.testing.Allocations;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ModelCallsTest {
  @ParameterizedTest
  @CsvSource({
    "api.openai.com, openai",
    "API.OpenAI.com, openai",
    "eu.api.openai.com, openai",
    "myresource.openai.azure.com, azure.ai.openai",
    "myresource.services.ai.azure.com, azure.ai.inference",
    "api.anthropic.com, anthropic",
    "api.deepseek.com, deepseek",
    "api.groq.com, groq",
    "api.mistral.ai, mistral_ai",
    "api.moonshot.cn, moonshot_ai",
    "api.perplexity.ai, perplexity",
    "api.x.ai, x_ai",
    "generativelanguage.googleapis.com, gcp.gemini",
    "us-central1-aiplatform.googleapis.com, gcp.vertex_ai",
    "us-south.ml.cloud.ibm.com, ibm.watsonx.ai",
    "bedrock-runtime.eu-west-1.amazonaws.com, aws.bedrock",
    "bedrock-runtime-fips.us-east-1.amazonaws.com, aws.bedrock",
    "llm.example.com, in_house",
    "eu.llm.example.com, in_house",
    "api.cohere.com, in_house_too",
  })
  void providersOfKnownHosts(String host, String provider) {
    Attributes attributes = attributesOf(host);
    assertThat(attributes.get(stringKey("gen_ai.provider.name"))).isEqualTo(provider);
    assertThat(attributes.get(booleanKey("spanglass.provider.inferred"))).isNull();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "localhost",
        "10.0.0.7",
        "[::1]",
        "notapi.openai.com.evil.example",
        "xapi.openai.com",
        "openai.com",
        "vllm"
      })
  void theProviderOfAnUnknownHostIsThatOfTheApiAndMarked(String host) {
    Attributes attributes = attributesOf(host);
    assertThat(attributes.get(stringKey("gen_ai.provider.name"))).isEqualTo("openai");
    assertThat(attributes.get(booleanKey("spanglass.provider.inferred"))).isTrue();
    // The conventions want addresses without the brackets of URLs.
    assertThat(attributes.get(stringKey("server.address")))
        .isEqualTo(host.equals("[::1]") ? "::1" : host);
  }

  private static Attributes attributesOf(String host) {
    Observed observed =
        new Observed(
            Sampler.alwaysOn(),
            Map.of(
                "otel.instrumentation.genai.providers",
                "LLM.example.com=in_house, api.cohere.com=in_house_too"));
    observed.start(host, Observed.REQUEST).attempt.closed();
    return observed.span().getAttributes();
  }

  @ParameterizedTest
  @CsvSource({
    "POST, /v1/chat/completions, true",
    "POST, /chat/completions, true",
    "POST, /gateway/openai/v1/chat/completions, true",
    "POST, /openai/deployments/gpt-4o/chat/completions, true",
    "GET, /v1/chat/completions, false",
    "post, /v1/chat/completions, false",
    "POST, /v1/chat/completions/, true",
    "POST, /v1/chat/completions//, true",
    "POST, /, false",
    "POST, /v1/messages, true",
    "POST, /anthropic/v1/messages, true",
    "POST, /v1/responses, true",
    "POST, /openai/v1/responses, true",
    "POST, /v1/responses/resp_1/cancel, false",
    "GET, /v1/responses/resp_1, false",
    "POST, /v1/responses/input_tokens, false",
    "POST, /v1/messages/count_tokens, false",
    "POST, /v1/messages/batches, false",
    "POST, /v1beta/models/gemini-2.5-pro:streamGenerateContent, true",
    "POST, /v1beta/models/gemini-2.5-pro:countTokens, false",
    "POST, /v1/Chat/Completions, false",
    "POST, /v1/xchat/completions, true",
    "POST, /v1/completions, true",
    "POST, /completions, true",
    "POST, /beta/completions, true",
    "POST, /openai/deployments/instruct/completions, true",
    "POST, /v1/completion, true",
    "POST, /infill, true",
    "POST, /v1/xcompletions, false",
    "POST, completions, false",
    "POST, /v1/embeddings, true",
    "POST, /embeddings, true",
    "POST, /openai/deployments/embed/embeddings, true",
    "POST, /v1/embeddings/1, false",
    "POST, /v1/xembeddings, false",
    "PUT, /v1/embeddings, false",
    "POST, /sch\u00f6n, false",
    "POST, /\u00e9, false",
    "POST, , false",
  })
  void candidatesAreToldByMethodAndPath(String method, @Nullable String path, boolean candidate) {
    assertThat(ModelCalls.isCandidate(method, path)).isEqualTo(candidate);
    assertThat(
            new Observed()
                    .calls.begin(
                        Observed.head(method, "https", "h", -1, path, null),
                        null,
                        new Client() {},
                        Context.root())
                != null)
        .isEqualTo(candidate);
  }

  @ParameterizedTest
  @CsvSource({
    "/v1/chat/completions, '{\"model\":\"m\",\"messages\":[]}', chat m",
    "/v1/chat/completions, '{\"model\":\"m\"}', chat m",
    "/openai/deployments/d/chat/completions, '{\"messages\":[]}', chat d",
    "/v1/completions, '{\"model\":\"m\",\"prompt\":\"x\"}', text_completion m",
    "/v1/completions, '{\"prompt\":[\"x\"],\"model\":\"m\"}', text_completion m",
    "/openai/deployments/d/completions, '{\"prompt\":[1,2]}', text_completion d",
    "/v1/embeddings, '{\"input\":\"x\",\"model\":\"m\"}', embeddings m",
    "/openai/deployments/d/embeddings, '{\"input\":[\"x\"]}', embeddings d",
    // Other services' words.
    "/courses/7/completions, '{\"model\":\"golf\",\"user\":1}',",
    "/courses/7/chat/completions, '{\"user\":1}',",
    "/api/chat, '{\"model\":\"m\",\"user\":1}',",
    "/api/chat, '{\"messages\":[]}',",
    "/generate, '{\"prompt\":\"x\"}',",
    "/v1/messages, '{\"messages\":[]}',",
    // Those of single providers.
    "/v1/messages, '{\"messages\":[],\"model\":\"m\"}', chat m",
    "/v1/models/c:rawPredict, '{\"messages\":[],\"anthropic_version\":\"v\"}', chat c",
    "/v1/models/mistral:rawPredict, '{\"messages\":[],\"model\":\"mistral\"}',",
    "/generate, '{\"inputs\":\"x\"}', text_completion",
    "/api/chat, '{\"model\":\"m\",\"messages\":[]}', chat m",
    "/api/generate, '{\"model\":\"m\",\"prompt\":\"x\"}', text_completion m",
    "/api/embed, '{\"model\":\"m\",\"input\":\"x\"}', embeddings m",
    "/api/embeddings, '{\"model\":\"m\",\"prompt\":\"x\"}', embeddings m",
    "/v1beta/models/g:generateContent, '{\"contents\":[]}', generate_content g",
    "/v1beta/models/g:embedContent, '{\"content\":{}}', embeddings g",
  })
  void aBodyThatIsSeenBeforeItIsSentTellsTheOperation(
      String path, String body, @Nullable String name) {
    Observed observed = new Observed();
    Exchange exchange = observed.begin("api.openai.com", path, null, body, Context.root());
    if (exchange != null) {
      exchange.cancelled();
    }
    assertThat(observed.spans.getFinishedSpanItems().stream().map(SpanData::getName).toList())
        .isEqualTo(name == null ? List.of() : List.of(name));
  }

  private static @Nullable Exchange begin(Observed observed, @Nullable String host) {
    return observed.calls.begin(
        Observed.head(host, Observed.PATH, null), null, new Client() {}, Context.root());
  }

  @ParameterizedTest
  @CsvSource({
    // Of a path that other services have too a body must tell, or the address.
    "localhost, 8080, /generate, , false",
    "localhost, 8080, /api/chat, , false",
    "localhost, 11434, /api/chat, , true",
    "tgi.internal, 8080, /generate, , true",
    "tgi.internal, 8080, /, , true",
    "tgi.internal, 8080, /, '{\"inputs\":\"x\"}', true",
    "tgi.internal, 8080, /, '{\"x\":1}', false",
    "tgi.internal, 8080, /other, '{\"inputs\":\"x\"}', false",
    "tgi.internal, 8080, /v1/chat/completions, , true",
    "sage.internal, 443, /invocations, '{\"inputs\":\"x\"}', true",
    "sage.internal, 443, /, '{\"inputs\":\"x\"}', false",
    "other.internal, 8080, /, '{\"inputs\":\"x\"}', false",
    "chat.internal, 443, /api/chat, , true",
  })
  void anAddressTellsWhatItsPathsDoNot(
      String host, int port, String path, @Nullable String body, boolean call) {
    Observed observed =
        new Observed(
            Sampler.alwaysOn(),
            Map.of(
                "otel.instrumentation.genai.apis",
                "tgi.internal:8080=tgi, sage.internal/invocations=tgi, chat.internal=ollama"));
    Exchange exchange =
        observed.calls.begin(
            Observed.head("POST", "https", host, port, path, null),
            body == null ? null : Observed.inMemory(body),
            new Client() {},
            Context.root());
    assertThat(exchange != null).isEqualTo(call);
  }

  @Test
  void aModelInThePathIsKnownWhenTheSpanStarts() {
    Observed observed = new Observed();
    Exchange exchange =
        observed.begin(
            "generativelanguage.googleapis.com",
            "/v1beta/models/gemini-2.5-flash:streamGenerateContent",
            null,
            null,
            Context.root());
    assertThat(exchange).isNotNull();
    if (exchange != null) {
      exchange.cancelled();
    }
    assertThat(observed.span().getName()).isEqualTo("generate_content gemini-2.5-flash");
  }

  @Test
  void nothingIsRecognizedWhenSwitchedOff() {
    Observed off =
        new Observed(Sampler.alwaysOn(), Map.of("otel.instrumentation.spanglass.enabled", "false"));
    assertThat(begin(off, "api.openai.com")).isNull();
  }

  @Test
  void lookingAtARequestAllocatesNothing() {
    String[] paths = {"/v1/chat/completions", "/api/orders", "/actions", "/", ""};
    for (String path : paths) {
      ModelCalls.isCandidate("POST", path);
    }
    long allocated =
        Allocations.during(
            () -> {
              for (int i = 0; i < 10_000; i++) {
                for (String path : paths) {
                  ModelCalls.isCandidate("POST", path);
                }
              }
            });
    assertThat(allocated).isLessThan(1024);
  }

  @Test
  void theConfigurationSaysWhatIsObserved() {
    Observed observed =
        new Observed(
            Sampler.alwaysOn(),
            Map.of(
                "otel.instrumentation.genai.include", "*.example.com",
                "otel.instrumentation.genai.exclude", "private.example.com"));
    assertThat(begin(observed, "api.example.com")).isNotNull();
    assertThat(begin(observed, "private.example.com")).isNull();
    assertThat(begin(observed, "api.openai.com")).isNull();
    assertThat(begin(observed, null)).isNull();
  }
}
