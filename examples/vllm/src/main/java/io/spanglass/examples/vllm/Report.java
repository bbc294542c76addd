/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.examples.vllm;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What {@code verify} prints. */
final class Report {

  private static final ObjectMapper JSON = new ObjectMapper();

  private Report() {}

  static ObjectNode json(Comparison.Result result) {
    ObjectNode json = JSON.createObjectNode().put("calls", result.rows().size());
    json.putObject("spans")
        .put("input_tokens", result.prompt().onSpans())
        .put("output_tokens", result.generation().onSpans());
    json.putObject("server")
        .put("prompt_tokens", result.prompt().server())
        .put("generation_tokens", result.generation().server());
    ObjectNode accounts = json.putObject("accounts");
    accounts.set("prompt_tokens", json(result.prompt()));
    accounts.set("generation_tokens", json(result.generation()));
    json.put("open_spans", result.openSpans()).put("same_trace", result.sameTrace());
    ArrayNode byCall = json.putArray("by_call");
    for (Row row : result.rows()) {
      byCall
          .addObject()
          .put("app", row.call().app())
          .put("call", row.call().name())
          .put("input_tokens", row.inputTokens())
          .put("output_tokens", row.outputTokens())
          .put("server_prompt_tokens", serverPrompt(row))
          .put("server_generation_tokens", serverGeneration(row))
          .put("ttft_ms", ms(row.timeToFirstToken()))
          .put("server_ttft_ms", row.call().stream() ? ms(row.serverTimeToFirstToken()) : null)
          .put("end", row.end())
          .put("error_type", row.errorType());
    }
    ArrayNode findings = json.putArray("findings");
    result.findings().forEach(findings::add);
    return json;
  }

  private static ObjectNode json(Accounts accounts) {
    return JSON.createObjectNode()
        .put("on_spans", accounts.onSpans())
        .put("finished_without_usage", accounts.withoutUsage())
        .put("cancelled", accounts.cancelled());
  }

  /** From the server's spans; of calls that it has none of, from its counters. */
  private static @Nullable Long serverPrompt(Row row) {
    Long told = row.serverPromptTokens();
    ServerMetrics counted = row.counted();
    return told != null || counted == null ? told : Long.valueOf(counted.promptTokens());
  }

  private static @Nullable Long serverGeneration(Row row) {
    Long told = row.serverGenerationTokens();
    ServerMetrics counted = row.counted();
    return told != null || counted == null ? told : Long.valueOf(counted.generationTokens());
  }

  private static @Nullable Double ms(@Nullable Double seconds) {
    return seconds == null ? null : Double.valueOf(Math.round(seconds * 1e4) / 10.0);
  }

  static String text(Comparison.Result result) {
    StringBuilder text = new StringBuilder();
    line(text, "", "", "tokens in", "", "tokens out", "", "first token, ms", "", "");
    line(text, "app", "call", "span", "vLLM", "span", "vLLM", "span", "vLLM", "end");
    for (Row row : result.rows()) {
      String end = row.errorType() == null ? cell(row.end()) : row.end() + " " + row.errorType();
      line(
          text,
          row.call().app(),
          row.call().name(),
          cell(row.inputTokens()),
          cell(serverPrompt(row)),
          cell(row.outputTokens()),
          cell(serverGeneration(row)),
          cell(ms(row.timeToFirstToken())),
          row.call().stream() ? cell(ms(row.serverTimeToFirstToken())) : "-",
          end);
    }
    text.append('\n');
    text.append(account("prompt tokens", result.prompt()));
    text.append(account("generation tokens", result.generation()));
    text.append("open spans: ").append(result.openSpans()).append('\n');
    text.append("one trace from the application to vLLM: ")
        .append(result.sameTrace() ? "yes" : "no")
        .append('\n');
    if (result.findings().isEmpty()) {
      text.append("no findings in ").append(result.rows().size()).append(" calls\n");
    }
    for (String finding : result.findings()) {
      text.append("FINDING ").append(finding).append('\n');
    }
    return text.toString();
  }

  private static String account(String what, Accounts accounts) {
    return String.format(
        Locale.ROOT,
        "%s that vLLM counted: %d = %d on our spans + %d finished without usage + %d cancelled%n",
        what,
        accounts.server(),
        accounts.onSpans(),
        accounts.withoutUsage(),
        accounts.cancelled());
  }

  private static String cell(@Nullable Object value) {
    return value == null ? "-" : value.toString();
  }

  private static void line(StringBuilder text, Object... cells) {
    text.append(
        String.format(Locale.ROOT, "%-15s %-39s %9s %6s %10s %6s %15s %7s  %s", cells)
            .stripTrailing());
    text.append('\n');
  }
}
