/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.examples.vllm;

import io.spanglass.examples.vllm.Call.Ending;
import io.spanglass.testing.MetricRecord;
import io.spanglass.testing.SpanRecord;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Holds our spans and metrics against what the applications declared and what the servers say. What
 * does not fit is a finding.
 */
final class Comparison {

  static final String SCOPE = "io.spanglass.genai";
  static final String SERVER_SPAN = "llm_request";

  private final Map<String, List<SpanRecord>> children = new HashMap<>();
  private final List<Row> rows = new ArrayList<>();
  private final List<String> findings = new ArrayList<>();
  private Accounts prompt = Accounts.NONE;
  private Accounts generation = Accounts.NONE;
  private int openSpans;
  private boolean sameTrace = true;

  private Comparison(List<SpanRecord> spans) {
    for (SpanRecord span : spans) {
      children.computeIfAbsent(span.parentSpanId(), id -> new ArrayList<>()).add(span);
    }
  }

  /**
   * The result.
   *
   * @param openSpans calls of which no span arrived, and spans that others name as their parent and
   *     that never arrived: what was begun and not ended
   * @param sameTrace whether every call that the server has a span of is one trace, with the
   *     server's span below the HTTP span below ours
   */
  record Result(
      List<Row> rows,
      Accounts prompt,
      Accounts generation,
      int openSpans,
      boolean sameTrace,
      List<String> findings) {}

  /**
   * Compares.
   *
   * @param windows of all applications; the calls of an application are in the order in which they
   *     were made, each after the other
   * @param spans all that arrived, of applications and servers
   * @param metrics the last data points of all series
   */
  static Result of(List<Window> windows, List<SpanRecord> spans, Collection<MetricRecord> metrics) {
    Comparison comparison = new Comparison(spans);
    IdentityHashMap<Call, Row> matched = comparison.match(windows, spans);
    comparison.rows.forEach(comparison::check);
    for (Window window : windows) {
      comparison.check(
          window,
          window.calls().stream().map(call -> Objects.requireNonNull(matched.get(call))).toList());
    }
    comparison.checkTraces(spans);
    comparison.checkMetrics(metrics);
    return new Result(
        comparison.rows,
        comparison.prompt,
        comparison.generation,
        comparison.openSpans,
        comparison.sameTrace,
        comparison.findings);
  }

  private void find(Object where, String what) {
    findings.add(where + ": " + what);
  }

  /** Calls and spans by their order, in each application. */
  private IdentityHashMap<Call, Row> match(List<Window> windows, List<SpanRecord> spans) {
    // By identity: two calls may be declared alike.
    IdentityHashMap<Call, Row> matched = new IdentityHashMap<>();
    IdentityHashMap<Call, ServerMetrics> counted = new IdentityHashMap<>();
    Map<String, List<Call>> byApp = new LinkedHashMap<>();
    for (Window window : windows) {
      for (Call call : window.calls()) {
        if (window.calls().size() == 1) {
          counted.put(call, call.isEmbeddings() ? window.embeddings() : window.chat());
        }
        byApp.computeIfAbsent(call.app(), app -> new ArrayList<>()).add(call);
      }
    }
    byApp.forEach(
        (app, calls) -> {
          List<SpanRecord> own =
              spans.stream()
                  .filter(span -> span.scopeName().equals(SCOPE))
                  .filter(span -> app.equals(span.resourceAttributes().get("service.name")))
                  .sorted(Comparator.comparingLong(SpanRecord::startNanos))
                  .toList();
          if (own.size() != calls.size()) {
            find(app, calls.size() + " calls gave " + own.size() + " spans");
            openSpans += Math.max(0, calls.size() - own.size());
          }
          for (int i = 0; i < calls.size(); i++) {
            Call call = calls.get(i);
            Row row = row(call, i < own.size() ? own.get(i) : null, counted.get(call));
            rows.add(row);
            matched.put(call, row);
          }
        });
    return matched;
  }

  private Row row(Call call, @Nullable SpanRecord span, @Nullable ServerMetrics counted) {
    List<SpanRecord> http =
        below(span).stream()
            .filter(child -> child.attributes().containsKey("http.request.method"))
            .toList();
    if (http.size() > 1) {
      find(call, http.size() + " HTTP spans below ours");
    }
    SpanRecord first = http.isEmpty() ? null : http.get(0);
    List<SpanRecord> servers =
        below(first).stream().filter(child -> child.name().equals(SERVER_SPAN)).toList();
    return new Row(call, span, first, servers, counted);
  }

  private List<SpanRecord> below(@Nullable SpanRecord span) {
    return span == null ? List.of() : children.getOrDefault(span.spanId(), List.of());
  }

  private void check(Row row) {
    Call call = row.call();
    SpanRecord span = row.span();
    if (span == null) {
      return;
    }
    expect(call, "operation", call.api(), Row.string(span, "gen_ai.operation.name"));
    expect(call, "span name", call.api() + " " + call.model(), span.name());
    String id = Row.string(span, "gen_ai.response.id");
    if (call.responseId() != null && !call.isEmbeddings() && call.ending() != Ending.REFUSED) {
      expect(call, "response id", call.responseId(), id);
    }
    if (call.finishReason() != null && call.ending() == Ending.FINISHED) {
      expect(
          call,
          "finish reasons",
          "[" + call.finishReason() + "]",
          Row.string(span, "gen_ai.response.finish_reasons"));
    }
    if (row.http() == null) {
      find(call, "no HTTP span below ours");
    }
    switch (call.ending()) {
      case FINISHED -> {
        expectEnd(row, "completed", "UNSET");
        expect(call, "error type", null, row.errorType());
      }
      case CANCELLED -> {
        expectEnd(row, "cancelled", "UNSET");
        expect(call, "error type", null, row.errorType());
      }
      case REFUSED -> {
        expectEnd(row, "error", "ERROR");
        if (call.error() != null) {
          expect(call, "error type", call.error(), row.errorType());
        } else if (row.errorType() == null) {
          find(call, "no error type");
        }
        expect(call, "input tokens", null, row.inputTokens());
        expect(call, "output tokens", null, row.outputTokens());
      }
    }
    checkUsage(row);
    checkTimes(row);
  }

  private void expectEnd(Row row, String end, String status) {
    expect(row.call(), "end", end, row.end());
    expect(row.call(), "status", status, Objects.requireNonNull(row.span()).status());
  }

  private void checkUsage(Row row) {
    Call call = row.call();
    if (call.tellsUsage() && call.ending() == Ending.FINISHED) {
      expect(call, "input tokens", call.promptTokens(), row.inputTokens());
      expect(
          call,
          "output tokens",
          call.isEmbeddings() ? null : call.completionTokens(),
          row.outputTokens());
    } else if (call.tellsUsage() && call.ending() == Ending.CANCELLED) {
      expect(call, "input tokens", call.promptTokens(), row.inputTokens());
      // The client's buffers can hold chunks that the application never took.
      Long seen = call.completionTokens();
      Long told = row.outputTokens();
      if ((seen == null) != (told == null) || (seen != null && told != null && told < seen)) {
        find(call, "output tokens are " + told + ", and the application saw " + seen);
      }
    }
    if (!row.servers().isEmpty()) {
      if (row.inputTokens() != null) {
        expect(call, "the server's prompt tokens", row.inputTokens(), row.serverPromptTokens());
      }
      Long told = row.outputTokens();
      Long servers = row.serverGenerationTokens();
      boolean partOfThem =
          call.ending() == Ending.CANCELLED && told != null && servers != null && told < servers;
      if (told != null && !partOfThem) {
        expect(call, "the server's completion tokens", told, servers);
      }
    }
  }

  private void checkTimes(Row row) {
    Call call = row.call();
    Double ours = row.timeToFirstToken();
    boolean answered = call.stream() && call.ending() != Ending.REFUSED;
    if (answered != (ours != null)) {
      find(call, "time to first token is " + ours);
    }
    if (ours == null) {
      return;
    }
    SpanRecord span = Objects.requireNonNull(row.span());
    if (ours > (span.endNanos() - span.startNanos()) / 1e9) {
      find(call, "time to first token is longer than the call");
    }
    Double servers = row.serverTimeToFirstToken();
    if (servers != null && ours < servers) {
      find(call, "time to first token is " + ours + " s, and the server took " + servers + " s");
    }
  }

  /** The servers' totals of a window are those of its calls. */
  private void check(Window window, List<Row> ofWindow) {
    List<Row> chat = ofWindow.stream().filter(row -> !row.call().isEmbeddings()).toList();
    List<Row> embeddings = ofWindow.stream().filter(row -> row.call().isEmbeddings()).toList();
    prompt =
        prompt
            .plus(
                account(
                    "prompt tokens",
                    window.chat().promptTokens(),
                    chat,
                    Row::inputTokens,
                    Row::serverPromptTokens))
            .plus(
                account(
                    "prompt tokens",
                    window.embeddings().promptTokens(),
                    embeddings,
                    Row::inputTokens,
                    Row::serverPromptTokens));
    generation =
        generation.plus(
            account(
                "generation tokens",
                window.chat().generationTokens(),
                chat,
                Row::outputTokens,
                Row::serverGenerationTokens));
    Object where = where(window);
    // A server may be done before the news of the cancellation is there: its span tells.
    expect(where, "finished requests at the server", finished(chat), window.chat().finished());
    // Of embeddings each text is a request.
    expect(
        where,
        "the server's spans",
        window.chat().finished() + window.embeddings().finished(),
        ofWindow.stream().mapToLong(row -> row.servers().size()).sum());
    if (chat.stream()
            .allMatch(row -> row.call().ending() != Ending.FINISHED || row.cachedTokens() != null)
        && chat.stream().noneMatch(row -> row.call().ending() == Ending.CANCELLED)) {
      ToLongFunction<Row> cached = row -> Objects.requireNonNullElse(row.cachedTokens(), 0L);
      expect(
          where,
          "the server's cached prompt tokens",
          chat.stream().mapToLong(cached).sum(),
          window.chat().cachedPromptTokens());
    }
    if (chat.size() == 1 && window.chat().firstTokens() == 1) {
      Double ours = chat.get(0).timeToFirstToken();
      double servers = window.chat().firstTokenSeconds();
      if (ours != null && ours < servers) {
        find(where, "time to first token is " + ours + " s, in the server's histogram " + servers);
      }
    }
  }

  private static long finished(List<Row> rows) {
    return rows.stream()
        .filter(
            row ->
                row.call().ending() == Ending.FINISHED
                    || (row.call().ending() == Ending.CANCELLED && !row.servers().isEmpty()))
        .count();
  }

  private static Object where(Window window) {
    return window.calls().size() == 1 ? window.calls().get(0) : window.calls().get(0).app();
  }

  private interface Count {
    @Nullable Long of(Row row);
  }

  private Accounts account(
      String what, long server, List<Row> ofWindow, Count onSpan, Count onServerSpan) {
    long onSpans = 0;
    long withoutUsage = 0;
    boolean cancelled = false;
    boolean promptUnknown = false;
    for (Row row : ofWindow) {
      Long told = onSpan.of(row);
      Long servers = onServerSpan.of(row);
      if (told != null) {
        onSpans += told;
      } else if (servers != null) {
        withoutUsage += servers;
      }
      if (row.call().ending() == Ending.CANCELLED) {
        cancelled = true;
        promptUnknown |= told == null;
      }
    }
    long rest = server - onSpans - withoutUsage;
    if (!ofWindow.isEmpty() || server != 0) {
      Object where = ofWindow.isEmpty() ? what : ofWindow.get(0).call();
      // A cancelled call's prompt is known to the last token once any usage came; what the server
      // still made of its answer, nobody received.
      boolean mayRest = cancelled && (promptUnknown || what.startsWith("generation"));
      if (rest < 0 || (rest > 0 && !mayRest)) {
        find(
            where,
            "the server counted " + server + " " + what + ", accounted for are " + (server - rest));
      }
    }
    return new Accounts(server, onSpans, withoutUsage, rest);
  }

  private void checkTraces(List<SpanRecord> spans) {
    Map<String, SpanRecord> byId = new HashMap<>();
    for (SpanRecord span : spans) {
      byId.put(span.spanId(), span);
    }
    for (Row row : rows) {
      Call call = row.call();
      if (call.ending() != Ending.FINISHED) {
        continue;
      }
      if (row.servers().isEmpty()) {
        sameTrace = false;
        find(call, "no span of the server below ours");
      }
      for (SpanRecord server : row.servers()) {
        if (!server.traceId().equals(Objects.requireNonNull(row.span()).traceId())) {
          sameTrace = false;
          find(call, "the server's span is in another trace");
        }
        String id = Row.string(row.span(), "gen_ai.response.id");
        if (id != null) {
          // Of completions each prompt is a request; the tour has one.
          String expected = call.api().equals("text_completion") ? id + "-0" : id;
          expect(
              call, "request id at the server", expected, Row.string(server, "gen_ai.request.id"));
        }
      }
    }
    for (SpanRecord span : spans) {
      if (!span.parentSpanId().isEmpty() && byId.get(span.parentSpanId()) == null) {
        boolean ours = span.attributes().containsKey("http.request.method");
        if (ours || span.name().equals(SERVER_SPAN)) {
          openSpans++;
          sameTrace = false;
          find("span " + span.name() + " of trace " + span.traceId(), "its parent never arrived");
        }
      }
    }
  }

  /** The metrics say in sum what the spans say one by one. */
  private void checkMetrics(Collection<MetricRecord> metrics) {
    expect(
        "gen_ai.client.operation.duration",
        "calls",
        rows.stream().filter(row -> row.span() != null).count(),
        count(metrics, "gen_ai.client.operation.duration", null));
    expect(
        "gen_ai.client.token.usage",
        "input tokens",
        prompt.onSpans(),
        sum(metrics, "gen_ai.client.token.usage", "input"));
    expect(
        "gen_ai.client.token.usage",
        "output tokens",
        generation.onSpans(),
        sum(metrics, "gen_ai.client.token.usage", "output"));
    expect(
        "spanglass.client.time_to_first_token",
        "answers",
        rows.stream().filter(row -> row.timeToFirstToken() != null).count(),
        count(metrics, "spanglass.client.time_to_first_token", "answer"));
    if (!points(metrics, "spanglass.internal.errors", null).isEmpty()) {
      find("spanglass.internal.errors", "Spanglass failed in itself");
    }
  }

  private static List<MetricRecord> points(
      Collection<MetricRecord> metrics, String name, @Nullable String kind) {
    return metrics.stream()
        .filter(point -> point.scopeName().equals(SCOPE) && point.name().equals(name))
        .filter(
            point ->
                kind == null
                    || kind.equals(point.attributes().get("gen_ai.token.type"))
                    || kind.equals(point.attributes().get("spanglass.token.kind")))
        .toList();
  }

  private static long count(Collection<MetricRecord> metrics, String name, @Nullable String kind) {
    return points(metrics, name, kind).stream()
        .mapToLong(point -> Objects.requireNonNullElse(point.count(), 0L))
        .sum();
  }

  private static long sum(Collection<MetricRecord> metrics, String name, String kind) {
    return (long)
        points(metrics, name, kind).stream()
            .mapToDouble(point -> Objects.requireNonNullElse(point.sum(), 0.0))
            .sum();
  }

  private void expect(Object where, String what, @Nullable Object expected, @Nullable Object is) {
    if (!Objects.equals(expected, is)) {
      find(where, what + ": expected " + expected + ", was " + is);
    }
  }
}
