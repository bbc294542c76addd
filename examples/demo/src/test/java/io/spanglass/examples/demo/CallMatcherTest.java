/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.examples.demo;

import static org.assertj.core.api.Assertions.assertThat;

import io.spanglass.examples.modelserver.ServedRequest;
import io.spanglass.testing.SpanRecord;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class CallMatcherTest {

  @Test
  void responseIdDecidesWhateverTheOrder() {
    SpanRecord late =
        TestSpan.inference("t1", "s1", "m").with("gen_ai.response.id", "r1").from(500, 600).build();
    SpanRecord early =
        TestSpan.inference("t2", "s2", "m").with("gen_ai.response.id", "r2").from(0, 100).build();

    CallMatcher.Result result =
        CallMatcher.match(
            List.of(call("m", false, "r1"), call("m", false, "r2")),
            List.of(late, early),
            List.of());

    assertThat(result.calls()).extracting(CallReport::span).containsExactly(late, early);
    assertThat(result.complete()).isTrue();
  }

  @Test
  void callsWithoutResponseIdGoByTime() {
    SpanRecord second = TestSpan.inference("t2", "s2", "m").from(200, 300).build();
    SpanRecord first = TestSpan.inference("t1", "s1", "m").from(0, 100).build();

    CallMatcher.Result result =
        CallMatcher.match(
            List.of(call("m", false, null), call("m", false, null)),
            List.of(second, first),
            List.of());

    assertThat(result.calls()).extracting(CallReport::span).containsExactly(first, second);
  }

  @Test
  void missingSpanDoesNotShiftTheOthers() {
    SpanRecord other = TestSpan.inference("t1", "s1", "unknown").error("404").build();

    CallMatcher.Result result =
        CallMatcher.match(
            List.of(call("m", true, "r1"), call("unknown", false, null)),
            List.of(other),
            List.of());

    assertThat(result.calls().get(0).span()).isNull();
    assertThat(result.calls().get(0).inferenceSpans()).isZero();
    assertThat(result.calls().get(1).span()).isEqualTo(other);
    assertThat(result.complete()).isFalse();
  }

  @Test
  void spansWithinEachOtherAreOneCallCountedTwice() {
    SpanRecord outer = TestSpan.inference("t1", "s1", "m").from(0, 100).build();
    SpanRecord inner =
        TestSpan.inference("t1", "s3", "m")
            .childOf("s2")
            .with("gen_ai.response.id", "r1")
            .from(10, 90)
            .build();
    SpanRecord between = TestSpan.http("t1", "s2", "s1").from(5, 95).build();

    CallMatcher.Result result =
        CallMatcher.match(
            List.of(call("m", false, null)), List.of(inner, between, outer), List.of());

    assertThat(result.calls().get(0).inferenceSpans()).isEqualTo(2);
    assertThat(result.calls().get(0).span()).isEqualTo(outer);
    assertThat(result.complete()).isFalse();
  }

  @Test
  void spansBesideEachOtherWithOneResponseIdAreCountedTwice() {
    SpanRecord one = TestSpan.inference("t1", "s1", "m").with("gen_ai.response.id", "r1").build();
    SpanRecord two = TestSpan.inference("t2", "s2", "m").with("gen_ai.response.id", "r1").build();

    CallMatcher.Result result =
        CallMatcher.match(List.of(call("m", false, "r1")), List.of(one, two), List.of());

    assertThat(result.calls().get(0).inferenceSpans()).isEqualTo(2);
    assertThat(result.complete()).isFalse();
  }

  @Test
  void spanOfNoCallIsAStray() {
    SpanRecord span = TestSpan.inference("t1", "s1", "m").build();

    CallMatcher.Result result = CallMatcher.match(List.of(), List.of(span), List.of());

    assertThat(result.strays()).containsExactly(span);
    assertThat(result.complete()).isFalse();
  }

  @Test
  void toolAndAgentSpansAreNoInference() {
    SpanRecord tool =
        TestSpan.internal("t1", "s1", "execute_tool temperature")
            .with("gen_ai.operation.name", "execute_tool")
            .build();

    assertThat(CallMatcher.match(List.of(), List.of(tool), List.of()).complete()).isTrue();
  }

  @Test
  void treeHasTheApplicationsSpanAboveAndTheHttpSpanBelow() {
    SpanRecord app = TestSpan.internal("t1", "s0", "checkout").from(0, 200).build();
    SpanRecord span = TestSpan.inference("t1", "s1", "m").childOf("s0").from(10, 100).build();
    SpanRecord http = TestSpan.http("t1", "s2", "s1").from(20, 90).build();
    SpanRecord beside = TestSpan.http("t1", "s3", "s0").from(110, 150).build();

    CallReport report =
        CallMatcher.match(
                List.of(call("m", false, null)), List.of(beside, http, span, app), List.of())
            .calls()
            .get(0);

    assertThat(report.tree())
        .containsExactly(
            new CallReport.Node(0, app),
            new CallReport.Node(1, span),
            new CallReport.Node(2, http));
    assertThat(report.httpChild()).isTrue();
  }

  @Test
  void serversViewIsFoundByResponseIdElseByTheParentThatTheServerSaw() {
    SpanRecord span = TestSpan.inference("t1", "s1", "m").with("gen_ai.response.id", "r1").build();
    SpanRecord failed = TestSpan.inference("t2", "s2", "m").from(10, 20).error("404").build();
    SpanRecord failedHttp = TestSpan.http("t2", "s3", "s2").from(11, 19).build();
    ServedRequest answered = served("r1", "t1", "s9");
    ServedRequest refused = served(null, "t2", "s3");

    CallMatcher.Result result =
        CallMatcher.match(
            List.of(call("m", false, "r1"), call("m", false, null)),
            List.of(span, failed, failedHttp),
            List.of(refused, answered));

    assertThat(result.calls()).extracting(CallReport::server).containsExactly(answered, refused);
  }

  private static DeclaredCall call(String model, boolean stream, @Nullable String responseId) {
    return new DeclaredCall("app", "client", "name", "chat", model, stream, responseId);
  }

  private static ServedRequest served(@Nullable String id, String traceId, String parentSpanId) {
    return new ServedRequest(id, traceId, parentSpanId, "m", false, 200, 1L, 1L, null, false);
  }
}
