/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.examples.vllm;

import io.spanglass.testing.SpanRecord;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A call, and what was exported of it.
 *
 * @param span ours
 * @param http the agent's HTTP span below ours
 * @param servers vLLM's {@code llm_request} spans below that: one, for embeddings one of each text
 * @param counted by how much the server's counters went up, where nothing else was going on
 */
record Row(
    Call call,
    @Nullable SpanRecord span,
    @Nullable SpanRecord http,
    List<SpanRecord> servers,
    @Nullable ServerMetrics counted) {

  @Nullable Long inputTokens() {
    return number(span, "gen_ai.usage.input_tokens");
  }

  @Nullable Long outputTokens() {
    return number(span, "gen_ai.usage.output_tokens");
  }

  @Nullable Long cachedTokens() {
    return number(span, "gen_ai.usage.cache_read.input_tokens");
  }

  /** As the server's spans say. */
  @Nullable Long serverPromptTokens() {
    return sum("gen_ai.usage.prompt_tokens");
  }

  /** As the server's spans say. */
  @Nullable Long serverGenerationTokens() {
    return sum("gen_ai.usage.completion_tokens");
  }

  private @Nullable Long sum(String key) {
    Long sum = null;
    for (SpanRecord server : servers) {
      Long value = number(server, key);
      if (value != null) {
        sum = sum == null ? value : Long.valueOf(sum + value);
      }
    }
    return sum;
  }

  /** Seconds. */
  @Nullable Double timeToFirstToken() {
    return seconds(span, "spanglass.time_to_first_token");
  }

  /** Seconds. */
  @Nullable Double serverTimeToFirstToken() {
    return servers.size() == 1
        ? seconds(servers.get(0), "gen_ai.latency.time_to_first_token")
        : null;
  }

  @Nullable String end() {
    return string(span, "spanglass.stream.end");
  }

  @Nullable String errorType() {
    return string(span, "error.type");
  }

  static @Nullable Long number(@Nullable SpanRecord span, String key) {
    Object value = span == null ? null : span.attributes().get(key);
    return value instanceof Number number ? Long.valueOf(number.longValue()) : null;
  }

  static @Nullable Double seconds(@Nullable SpanRecord span, String key) {
    Object value = span == null ? null : span.attributes().get(key);
    return value instanceof Number number ? Double.valueOf(number.doubleValue()) : null;
  }

  static @Nullable String string(@Nullable SpanRecord span, String key) {
    Object value = span == null ? null : span.attributes().get(key);
    return value == null ? null : value.toString();
  }
}
