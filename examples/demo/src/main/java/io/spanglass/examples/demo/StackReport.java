/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.examples.demo;

import com.fasterxml.jackson.databind.JsonNode;
import io.spanglass.testing.LogRecord;
import io.spanglass.testing.SpanRecord;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * What the back ends of the local stack say of the calls that the demo has seen: read back through
 * their query APIs, which is the proof that the way there works.
 */
final class StackReport {

  /** Exporters back off and back ends index: what is not there after this time is missing. */
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private static final String DURATION = "gen_ai_client_operation_duration_seconds";
  private static final String TTFT = "spanglass_client_time_to_first_token_seconds";
  private static final String TOKENS = "gen_ai_client_token_usage";

  private final BackEnds backEnds;
  private final List<CallReport> calls;
  private final List<LogRecord> logs;
  private final Instant since;
  private final Instant deadline = Instant.now().plus(PATIENCE);
  private final StringBuilder out = new StringBuilder();
  private final List<String> problems = new ArrayList<>();

  private StackReport(
      BackEnds backEnds, List<CallReport> calls, List<LogRecord> logs, Instant since) {
    this.backEnds = backEnds;
    this.calls = calls;
    this.logs = logs;
    this.since = since;
  }

  /**
   * Asks every back end, for a minute at most until it has everything.
   *
   * @param since when the applications were started
   * @param problems what is missing is added here
   * @return the report for people
   */
  static String of(
      BackEnds backEnds,
      List<CallReport> calls,
      List<LogRecord> logs,
      Instant since,
      List<String> problems)
      throws InterruptedException {
    StackReport report = new StackReport(backEnds, calls, logs, since);
    report.metrics();
    report.traces();
    report.logs();
    problems.addAll(report.problems);
    return report.out.toString();
  }

  private void metrics() throws InterruptedException {
    Map<String, Double> expected = new TreeMap<>();
    for (CallReport call : calls) {
      SpanRecord span = call.span();
      String model = span == null ? null : Spans.requestModel(span);
      if (model != null) {
        expected.merge(model, 1.0, Double::sum);
      }
    }
    String url = backEnds.prometheus();
    if (url == null || expected.isEmpty()) {
      return;
    }
    String instances = "{instance=~\"" + String.join("|", instances()) + "\"}";
    Map<String, Double> seen;
    do {
      seen = byModel(sum(DURATION + "_count" + instances));
    } while (!seen.equals(expected) && again());
    if (!seen.equals(expected)) {
      problems.add("Prometheus has calls " + seen + ", sent were " + expected);
    }
    heading("Prometheus", backEnds.version(url, "/api/v1/status/buildinfo", "/data/version"), url);
    Map<String, Double> ttft =
        byModel(
            "1000 * " + sum(TTFT + "_sum" + instances) + " / " + sum(TTFT + "_count" + instances));
    Map<String, Double> tokens = byModel(sum(TOKENS + "_sum" + instances));
    for (Map.Entry<String, Double> model : seen.entrySet()) {
      String name = model.getKey();
      line(
          "   %-26s calls: %.0f%s%s",
          name,
          model.getValue(),
          tokens.containsKey(name) ? format(", %.0f tokens", tokens.get(name)) : "",
          ttft.containsKey(name)
              ? format(", first token after %.0f ms (mean)", ttft.get(name))
              : "");
    }
    exemplar(DURATION + "_bucket" + instances);
  }

  private Map<String, Double> byModel(String promQl) throws InterruptedException {
    Map<String, Double> values = new TreeMap<>();
    for (JsonNode series : backEnds.query(promQl)) {
      values.put(
          series.at("/metric/gen_ai_request_model").asText(), series.at("/value/1").asDouble());
    }
    return values;
  }

  private void exemplar(String selector) throws InterruptedException {
    Set<String> traceIds = new LinkedHashSet<>();
    do {
      for (JsonNode series : backEnds.exemplars(selector, since)) {
        for (JsonNode exemplar : series.path("exemplars")) {
          traceIds.add(exemplar.at("/labels/trace_id").asText());
        }
      }
      traceIds.retainAll(traceIds());
    } while (traceIds.isEmpty() && again());
    if (traceIds.isEmpty()) {
      problems.add("Prometheus has no exemplar of the calls");
    } else {
      line("   exemplars lead to %d of the traces", traceIds.size());
    }
  }

  private void traces() throws InterruptedException {
    String store = backEnds.tempo() != null ? "Tempo" : "Jaeger";
    String url = backEnds.tempo() != null ? backEnds.tempo() : backEnds.jaeger();
    if (url == null) {
      line("Traces: no trace store here; they wait in the Collector's queue");
      return;
    }
    Set<String> expected = traceIds();
    Map<String, Integer> found = new TreeMap<>();
    do {
      for (String traceId : expected) {
        if (!found.containsKey(traceId)) {
          int spans = backEnds.spans(traceId);
          if (spans > 0) {
            found.put(traceId, spans);
          }
        }
      }
    } while (found.size() < expected.size() && again());
    String version =
        backEnds.tempo() != null ? backEnds.version(url, "/api/status/buildinfo", "/version") : "";
    heading(store, version, url);
    line(
        "   %d of %d traces, with %d spans",
        found.size(), expected.size(), found.values().stream().mapToInt(spans -> spans).sum());
    for (CallReport call : calls) {
      SpanRecord span = call.span();
      if (span != null && Spans.isError(span) && !found.containsKey(span.traceId())) {
        problems.add(store + " has no trace " + span.traceId() + ", which has an error");
      }
    }
    if (found.isEmpty()) {
      problems.add(store + " has none of the traces");
    }
    if (backEnds.tempo() != null) {
      search();
    }
  }

  private void search() throws InterruptedException {
    String traceQl = "{ span.spanglass.stream.end = \"cancelled\" }";
    Set<String> cancelled = new LinkedHashSet<>();
    for (CallReport call : calls) {
      SpanRecord span = call.span();
      if (span != null && "cancelled".equals(Spans.streamEnd(span))) {
        cancelled.add(span.traceId());
      }
    }
    if (cancelled.isEmpty()) {
      return;
    }
    Set<String> found = new LinkedHashSet<>();
    do {
      for (JsonNode trace : backEnds.search(traceQl)) {
        found.add(trace.path("traceID").asText());
      }
      found.retainAll(cancelled);
    } while (found.size() < cancelled.size() && again());
    line("   %s finds %d of %d", traceQl, found.size(), cancelled.size());
    if (found.size() < cancelled.size()) {
      problems.add("Tempo does not find the cancelled calls by " + traceQl);
    }
  }

  private void logs() throws InterruptedException {
    String url = backEnds.loki();
    if (url == null) {
      line("Logs: no Loki here; they wait in the Collector's queue");
      return;
    }
    Set<String> traceIds = new LinkedHashSet<>();
    int expected = 0;
    for (LogRecord log : logs) {
      if (traceIds().contains(log.traceId())) {
        traceIds.add(log.traceId());
        expected++;
      }
    }
    int found;
    do {
      found =
          traceIds.isEmpty()
              ? 0
              : backEnds.logLines(
                  "{service_name=~\".+\"} | trace_id=~\"" + String.join("|", traceIds) + "\"",
                  since);
    } while (found < expected && again());
    heading("Loki", backEnds.version(url, "/loki/api/v1/status/buildinfo", "/version"), url);
    line("   %d log lines, found by the trace ids of %d calls", found, traceIds.size());
    if (found < expected || expected == 0) {
      problems.add("Loki has " + found + " log lines of the calls, sent were " + expected);
    }
  }

  private Set<String> traceIds() {
    Set<String> ids = new LinkedHashSet<>();
    for (CallReport call : calls) {
      SpanRecord span = call.span();
      if (span != null) {
        ids.add(span.traceId());
      }
    }
    return ids;
  }

  private Set<String> instances() {
    Set<String> instances = new LinkedHashSet<>();
    for (CallReport call : calls) {
      SpanRecord span = call.span();
      if (span != null) {
        instances.add(String.valueOf(span.resourceAttributes().get("service.instance.id")));
      }
    }
    return instances;
  }

  private boolean again() throws InterruptedException {
    if (Instant.now().isAfter(deadline)) {
      return false;
    }
    Thread.sleep(500);
    return true;
  }

  /** Of the last values: a series ends five minutes after the application has. */
  private static String sum(String selector) {
    return "sum by (gen_ai_request_model) (last_over_time(" + selector + "[1h]))";
  }

  private void heading(String name, String version, String url) {
    line("%s%s  %s", name, version.isEmpty() ? "" : " " + version, url);
  }

  private void line(String format, Object... arguments) {
    out.append(format(format, arguments).stripTrailing()).append('\n');
  }

  private static String format(String format, Object... arguments) {
    return String.format(Locale.ROOT, format, arguments);
  }
}
