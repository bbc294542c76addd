/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.examples.modelserver;

import com.fasterxml.jackson.annotation.JsonProperty;
import org.jspecify.annotations.Nullable;

/**
 * What the server itself knows of one chat completion, for comparison with what a client's
 * telemetry says. Null is "there was none".
 *
 * @param id the response's id; null if the answer was an error
 * @param traceId trace id of the request's {@code traceparent} header (W3C Trace Context)
 * @param parentSpanId span id of that header: the client span that made the request
 * @param model the model that the request named
 * @param stream whether the request asked for a stream
 * @param status HTTP status; null until the answer begins
 * @param inputTokens tokens of the prompt, by {@link Tokens}; null for an error
 * @param outputTokens tokens answered; of an aborted stream those written until then
 * @param firstTokenMs milliseconds from the request's arrival until the first chunk that carries
 *     output had been written; null without a stream
 * @param aborted whether the client went away before the answer was complete
 */
public record ServedRequest(
    @JsonProperty("id") @Nullable String id,
    @JsonProperty("trace_id") @Nullable String traceId,
    @JsonProperty("parent_span_id") @Nullable String parentSpanId,
    @JsonProperty("model") @Nullable String model,
    @JsonProperty("stream") boolean stream,
    @JsonProperty("status") @Nullable Integer status,
    @JsonProperty("input_tokens") @Nullable Long inputTokens,
    @JsonProperty("output_tokens") @Nullable Long outputTokens,
    @JsonProperty("first_token_ms") @Nullable Double firstTokenMs,
    @JsonProperty("aborted") boolean aborted) {}
