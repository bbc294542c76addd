/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.call;

import static io.opentelemetry.api.common.AttributeKey.longKey;
import static io.opentelemetry.api.common.AttributeKey.stringKey;
import static io.spanglass.call.Observed.ANSWER;
import static io.spanglass.call.Observed.DONE;
import static io.spanglass.call.Observed.LAST;
import static io.spanglass.call.Observed.USAGE;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.metrics.data.HistogramPointData;
import io.opentelemetry.sdk.trace.ReadableSpan;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.spanglass.config.GenAiConfig;
import io.spanglass.telemetry.SpanReader;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Model calls under a span of them that somebody else has opened. */
class ForeignSpanTest {
  private static final SpanReader READER =
      new SpanReader() {
        @Override
        public <T> @Nullable T attribute(Span span, AttributeKey<T> key) {
          return span instanceof ReadableSpan readable ? readable.getAttribute(key) : null;
        }

        @Override
        public @Nullable String scope(Span span) {
          return span instanceof ReadableSpan readable
              ? readable.getInstrumentationScopeInfo().getName()
              : null;
        }
      };

  private final Observed observed = new Observed();
  private final ModelCalls calls = new ModelCalls(observed.sdk, GenAiConfig.defaults(), READER);

  private Span open(String scope, String operation) {
    return observed
        .sdk
        .getTracer(scope)
        .spanBuilder("theirs")
        .setAttribute("gen_ai.operation.name", operation)
        .startSpan();
  }

  private Call start(Context parent) {
    Call call =
        new Call(
            requireNonNull(
                calls.begin(
                    Observed.head("POST", "https", "llm.internal", 8443, Observed.PATH, null),
                    Observed.inMemory(Observed.REQUEST),
                    new Client() {},
                    parent)));
    call.exchange.returned();
    return call;
  }

  private static void answer(Call call) {
    call.stream();
    call.deliver(ANSWER, LAST, USAGE, DONE);
  }

  private long count(String metric) {
    return observed.histogram(metric).stream().mapToLong(HistogramPointData::getCount).sum();
  }

  private SpanData theirs() {
    return observed.spans.getFinishedSpanItems().stream()
        .filter(span -> span.getName().equals("theirs"))
        .findFirst()
        .orElseThrow();
  }

  @ParameterizedTest
  @ValueSource(strings = {"chat", "text_completion", "generate_content"})
  void aSpanOfTheCallIsTheCalls(String operation) {
    Span theirs = open("some.instrumentation", operation);
    theirs.setAttribute("gen_ai.request.model", "what they call it");
    Context parent = Context.root().with(theirs);
    Call call = start(parent);
    assertThat(Span.fromContext(call.exchange.context())).isSameAs(theirs);
    answer(call);
    assertThat(observed.spans.getFinishedSpanItems()).isEmpty();
    theirs.end();

    Attributes attributes = observed.span().getAttributes();
    assertThat(attributes.get(stringKey("gen_ai.request.model"))).isEqualTo("what they call it");
    assertThat(attributes.get(stringKey("gen_ai.operation.name"))).isEqualTo(operation);
    assertThat(attributes.get(stringKey("gen_ai.response.id"))).isEqualTo("c-1");
    assertThat(attributes.get(stringKey("server.address"))).isEqualTo("llm.internal");
    assertThat(attributes.get(longKey("server.port"))).isEqualTo(8443);
    assertThat(attributes.get(longKey("gen_ai.usage.output_tokens"))).isEqualTo(2);
    assertThat(attributes.get(stringKey("spanglass.stream.end"))).isEqualTo("completed");
    assertThat(attributes.get(longKey("spanglass.attempts"))).isEqualTo(1);
    assertThat(attributes.get(AttributeKey.doubleKey("spanglass.time_to_first_token"))).isNotNull();
    assertThat(attributes.get(AttributeKey.doubleKey("gen_ai.response.time_to_first_chunk")))
        .isNotNull();
    assertThat(observed.span().getName()).isEqualTo("theirs");
    // Somebody has to count it, and whoever opens a span by hand does not.
    assertThat(count("gen_ai.client.operation.duration")).isEqualTo(1);
    assertThat(count("gen_ai.client.token.usage")).isEqualTo(2);
  }

  @Test
  void whoeverRecordsTheConventionsMetricsCountsTheCall() {
    Span theirs = open("io.opentelemetry.openai-java-1.1", "chat");
    answer(start(Context.root().with(theirs)));
    theirs.end();
    assertThat(observed.spans.getFinishedSpanItems()).hasSize(1);
    assertThat(count("gen_ai.client.operation.duration")).isZero();
    assertThat(count("gen_ai.client.token.usage")).isZero();
    // What it does not have is ours.
    assertThat(count("gen_ai.client.operation.time_to_first_chunk")).isEqualTo(1);
    assertThat(count("gen_ai.client.operation.time_per_output_chunk")).isEqualTo(1);
    assertThat(count("spanglass.client.time_to_first_token")).isEqualTo(1);
    assertThat(
            observed.counter(
                "spanglass.client.token.usage.details", "spanglass.token.kind", "cache_read"))
        .isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"invoke_agent", "execute_tool", "embeddings", "create_agent"})
  void aSpanOfSomethingElseIsNot(String operation) {
    Span theirs = open("some.instrumentation", operation);
    answer(start(Context.root().with(theirs)));
    theirs.end();
    assertThat(observed.spans.getFinishedSpanItems()).hasSize(2);
    assertThat(observed.spans.getFinishedSpanItems().get(0).getParentSpanId())
        .isEqualTo(theirs.getSpanContext().getSpanId());
    assertThat(theirs().getAttributes().size()).isEqualTo(1);
  }

  @Test
  void aSpanThatHasEndedIsNot() {
    Span theirs = open("some.instrumentation", "chat");
    theirs.end();
    answer(start(Context.root().with(theirs)));
    assertThat(observed.spans.getFinishedSpanItems()).hasSize(2);
  }

  @Test
  void ourOwnIsNot() {
    Call outer = start(Context.root());
    Call inner = start(outer.exchange.context());
    answer(inner);
    answer(outer);
    assertThat(observed.spans.getFinishedSpanItems()).hasSize(2);
  }

  @Test
  void aSpanAroundSeveralCallsIsTheFirstOnes() {
    Span theirs = open("some.instrumentation", "chat");
    Context parent = Context.root().with(theirs);
    Call first = start(parent);
    Call meanwhile = start(parent);
    answer(meanwhile);
    answer(first);
    answer(start(parent));
    theirs.end();
    assertThat(observed.spans.getFinishedSpanItems()).hasSize(3);
    assertThat(count("gen_ai.client.operation.duration")).isEqualTo(3);
  }

  @Test
  void whatItsOwnerTriesAgainIsAnotherAttempt() {
    Span theirs = open("some.instrumentation", "chat");
    Context parent = Context.root().with(theirs);
    Call refused = start(parent);
    refused.head(429, "application/json", null);
    refused.attempt.closed();
    answer(start(parent));
    theirs.end();

    SpanData span = observed.span();
    assertThat(span.getAttributes().get(longKey("spanglass.attempts"))).isEqualTo(2);
    assertThat(span.getAttributes().get(stringKey("spanglass.stream.end"))).isEqualTo("completed");
    assertThat(span.getAttributes().get(stringKey("error.type"))).isNull();
    assertThat(span.getStatus().getStatusCode()).isEqualTo(StatusCode.UNSET);
  }

  @Test
  void whetherItFailedItsOwnerSays() {
    Span theirs = open("some.instrumentation", "chat");
    start(Context.root().with(theirs)).fail(new IOException());
    theirs.end();
    assertThat(observed.span().getStatus().getStatusCode()).isEqualTo(StatusCode.UNSET);
    assertThat(observed.span().getAttributes().get(stringKey("error.type"))).isNull();
    assertThat(observed.span().getAttributes().get(stringKey("spanglass.stream.end")))
        .isEqualTo("reset");
  }

  @Test
  void theFirstTokenIsToldEvenIfItsOwnerEndsItBeforeTheStream() {
    Span theirs = open("some.instrumentation", "chat");
    Call call = start(Context.root().with(theirs));
    call.stream();
    call.deliver("data: {\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\"}}]}\n\n");
    call.deliver(ANSWER);
    theirs.end();
    call.attempt.closed();
    Attributes attributes = observed.span().getAttributes();
    assertThat(attributes.get(AttributeKey.doubleKey("spanglass.time_to_first_token"))).isNotNull();
    assertThat(attributes.get(AttributeKey.doubleKey("gen_ai.response.time_to_first_chunk")))
        .isNotNull();
    assertThat(attributes.get(stringKey("spanglass.stream.end"))).isNull();
    assertThat(observed.metric("spanglass.internal.errors")).isNull();
  }

  @Test
  void anOperationUnderItCountsItsAttemptsThere() {
    Span theirs = open("io.opentelemetry.openai-java-1.1", "chat");
    Exchange operation = calls.beginOperation(Context.root().with(theirs));
    Call refused = start(operation.context());
    refused.head(429, "application/json", null);
    refused.attempt.closed();
    Call healed = start(operation.context());
    assertThat(Span.fromContext(healed.exchange.context())).isSameAs(theirs);
    operation.returned();
    answer(healed);
    theirs.end();
    assertThat(observed.span().getAttributes().get(longKey("spanglass.attempts"))).isEqualTo(2);
    assertThat(observed.span().getAttributes().get(stringKey("spanglass.stream.end")))
        .isEqualTo("completed");
    assertThat(count("spanglass.client.time_to_first_token")).isEqualTo(1);
  }

  @Test
  void whoCannotReadSpansOpensTheirOwn() {
    Span theirs = open("some.instrumentation", "chat");
    Call call =
        new Call(
            requireNonNull(
                observed.begin(
                    "api.openai.com",
                    Observed.PATH,
                    null,
                    Observed.REQUEST,
                    Context.root().with(theirs))));
    call.exchange.returned();
    answer(call);
    theirs.end();
    assertThat(observed.spans.getFinishedSpanItems()).hasSize(2);
  }
}
