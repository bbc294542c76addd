/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.examples.demo;

import io.spanglass.examples.modelserver.ServedRequest;
import io.spanglass.testing.SpanRecord;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The report for people. */
final class TextReport {

  private static final String RESPONSE_MODEL = "gen_ai.response.model";
  private static final String TOKEN_KIND = "spanglass.token.kind";

  private static final int NAME_WIDTH = 40;
  private static final int TIME_WIDTH = 10;
  private static final int BAR_WIDTH = 44;
  private static final int WIDTH = 2 + NAME_WIDTH + TIME_WIDTH + 2 + BAR_WIDTH;

  private final Glyphs glyphs;
  private final StringBuilder out = new StringBuilder();

  private TextReport(Glyphs glyphs) {
    this.glyphs = glyphs;
  }

  static String of(
      String title, List<CallReport> calls, List<MetricSeries> metrics, Glyphs glyphs) {
    TextReport report = new TextReport(glyphs);
    report.line(title);
    report.line(
        "%s waiting for the first token   %s answering, or the whole call if it is no stream",
        glyphs.waiting(), glyphs.busy());
    report.line("the agent's own HTTP span (POST) of a stream ends when the headers have come");
    report.calls(calls);
    report.models(calls, metrics);
    report.metrics(metrics);
    return report.out.toString();
  }

  private void calls(List<CallReport> calls) {
    String app = "";
    double longest = 0;
    for (CallReport call : calls) {
      for (CallReport.Node node : call.tree()) {
        longest = Math.max(longest, endMs(node.span(), call));
      }
    }
    int number = 0;
    for (CallReport call : calls) {
      if (!app.equals(call.call().app())) {
        app = call.call().app();
        number = 0;
        heading(app + " (" + call.call().client() + ")");
      } else {
        line("");
      }
      number++;
      call(number, call, longest);
    }
  }

  private void call(int number, CallReport report, double longestMs) {
    SpanRecord span = report.span();
    String name = number + "  " + report.call().name();
    if (span == null) {
      line("%s", name);
      line("   NO SPAN: this call was not seen");
      return;
    }
    int width = WIDTH - "trace ".length() - span.traceId().length();
    line("%s trace %s", pad(name, width - 1), span.traceId());
    List<CallReport.Node> tree = report.tree();
    for (int i = 0; i < tree.size(); i++) {
      SpanRecord node = tree.get(i).span();
      double startMs = startMs(node, report);
      Double ttft = node.spanId().equals(span.spanId()) ? Spans.ttftMs(span) : null;
      line(
          "   %s %s  %s",
          pad(branches(tree, i) + clean(node.name()), NAME_WIDTH - 2),
          right(ms(Spans.durationMs(node)), TIME_WIDTH),
          bar(startMs, ttft, Spans.durationMs(node), longestMs));
    }
    List<String> facts = new ArrayList<>();
    if (Spans.ttftMs(span) != null) {
      facts.add("first token " + ms(Spans.ttftMs(span)));
    }
    if (Spans.inputTokens(span) != null || Spans.outputTokens(span) != null) {
      facts.add("tokens " + tokens(Spans.inputTokens(span), Spans.outputTokens(span)));
    }
    if (Spans.streamEnd(span) != null) {
      facts.add("end " + clean(Spans.streamEnd(span)));
    }
    if (Spans.errorType(span) != null) {
      facts.add("error type " + clean(Spans.errorType(span)));
    }
    if (!facts.isEmpty()) {
      line("   span    %s", String.join(glyphs.dot() + " ", facts));
    }
    server(report.server());
    if (report.inferenceSpans() != 1) {
      line("   %d SPANS for one call", report.inferenceSpans());
    }
    if (!report.httpChild()) {
      line("   no HTTP span below it");
    }
  }

  private void server(@Nullable ServedRequest server) {
    if (server == null || server.id() == null) {
      return;
    }
    List<String> facts = new ArrayList<>();
    if (server.stream()) {
      facts.add("first token " + ms(server.firstTokenMs()));
    }
    facts.add("tokens " + tokens(server.inputTokens(), server.outputTokens()));
    if (server.aborted()) {
      facts.add("client went away");
    }
    line("   server  %s", String.join(glyphs.dot() + " ", facts));
  }

  /** The lines to a span from its parent and from its parent's later siblings. */
  private String branches(List<CallReport.Node> tree, int index) {
    int depth = tree.get(index).depth();
    if (depth == 0) {
      return "";
    }
    StringBuilder branches = new StringBuilder();
    for (int level = 1; level < depth; level++) {
      branches.append(continues(tree, index, level) ? glyphs.trunk() : "   ");
    }
    return branches
        .append(continues(tree, index, depth) ? glyphs.branch() : glyphs.lastBranch())
        .toString();
  }

  private static boolean continues(List<CallReport.Node> tree, int index, int level) {
    for (int i = index + 1; i < tree.size() && tree.get(i).depth() >= level; i++) {
      if (tree.get(i).depth() == level) {
        return true;
      }
    }
    return false;
  }

  private String bar(double startMs, @Nullable Double ttftMs, double durationMs, double longestMs) {
    double columnsPerMs = longestMs == 0 ? 0 : BAR_WIDTH / longestMs;
    int start = (int) Math.round(startMs * columnsPerMs);
    int end = Math.max(start + 1, (int) Math.round((startMs + durationMs) * columnsPerMs));
    int first = start;
    if (ttftMs != null) {
      first = Math.min(end - 1, (int) Math.round((startMs + ttftMs) * columnsPerMs));
      first = Math.max(start, first);
    }
    return " ".repeat(start)
        + glyphs.waiting().repeat(first - start)
        + glyphs.busy().repeat(end - first);
  }

  /** Counted from the start of the tree's root. */
  private static double startMs(SpanRecord span, CallReport report) {
    return (span.startNanos() - report.tree().get(0).span().startNanos()) / 1e6;
  }

  private static double endMs(SpanRecord span, CallReport report) {
    return startMs(span, report) + Spans.durationMs(span);
  }

  private void models(List<CallReport> calls, List<MetricSeries> metrics) {
    Map<String, List<SpanRecord>> models = new LinkedHashMap<>();
    for (CallReport call : calls) {
      SpanRecord span = call.span();
      if (span != null) {
        String model = Spans.requestModel(span);
        models
            .computeIfAbsent(model == null ? glyphs.dash() : model, key -> new ArrayList<>())
            .add(span);
      }
    }
    heading("Models");
    if (models.isEmpty()) {
      line("none: no call gave a span");
      return;
    }
    List<List<String>> rows = new ArrayList<>();
    rows.add(
        List.of(
            "model", "calls", "errors", "first token p50", "between chunks", "tokens in", "out"));
    models.forEach(
        (model, spans) -> {
          List<Double> ttfts = new ArrayList<>();
          Long input = null;
          Long output = null;
          int errors = 0;
          for (SpanRecord span : spans) {
            Double ttft = Spans.ttftMs(span);
            if (ttft != null) {
              ttfts.add(ttft);
            }
            input = plus(input, Spans.inputTokens(span));
            output = plus(output, Spans.outputTokens(span));
            errors += Spans.isError(span) ? 1 : 0;
          }
          rows.add(
              List.of(
                  clean(model),
                  String.valueOf(spans.size()),
                  String.valueOf(errors),
                  ms(median(ttfts)),
                  ms(betweenChunksMs(model, metrics)),
                  number(input),
                  number(output)));
        });
    table(rows);
  }

  /** The mean of the metric, which has no counterpart on spans. */
  private static @Nullable Double betweenChunksMs(String model, List<MetricSeries> metrics) {
    long count = 0;
    double sum = 0;
    for (MetricSeries metric : metrics) {
      if (metric.name().equals("gen_ai.client.operation.time_per_output_chunk")
          && model.equals(metric.attributes().get("gen_ai.request.model"))
          && metric.count() != null
          && metric.sum() != null) {
        count += metric.count();
        sum += metric.sum();
      }
    }
    return count == 0 ? null : Double.valueOf(sum / count * 1000);
  }

  private void metrics(List<MetricSeries> metrics) {
    heading("Metrics");
    if (metrics.isEmpty()) {
      line("none of model calls were received");
      return;
    }
    Map<String, Object> common = new TreeMap<>(metrics.get(0).attributes());
    for (MetricSeries metric : metrics) {
      common.entrySet().retainAll(metric.attributes().entrySet());
    }
    if (!common.isEmpty()) {
      line("all with %s", attributes(common));
    }
    Map<String, List<MetricSeries>> byName = new LinkedHashMap<>();
    for (MetricSeries metric : metrics) {
      byName.computeIfAbsent(metric.name(), name -> new ArrayList<>()).add(metric);
    }
    byName.forEach(
        (name, series) -> {
          MetricSeries first = series.get(0);
          line("%s  (%s, %s)", clean(name), first.type().replace('_', ' '), clean(first.unit()));
          rows(series, common.keySet());
        });
  }

  /** One row for each series; token kinds that differ in nothing else share one. */
  private void rows(List<MetricSeries> series, Set<String> common) {
    Set<String> without = new HashSet<>(common);
    without.add(RESPONSE_MODEL);
    if (series.stream().map(one -> attributes(one, without)).distinct().count() < series.size()) {
      without.remove(RESPONSE_MODEL);
    }
    without.add(TOKEN_KIND);
    Map<List<String>, List<String>> kinds = new LinkedHashMap<>();
    for (MetricSeries one : series) {
      Object kind = one.attributes().get(TOKEN_KIND);
      kinds
          .computeIfAbsent(List.of(value(one), attributes(one, without)), row -> new ArrayList<>())
          .add(kind == null ? "" : clean(kind.toString()));
    }
    kinds.forEach(
        (row, kind) ->
            line(
                "   %s  %s%s",
                right(row.get(0), 20),
                row.get(1),
                kind.get(0).isEmpty() ? "" : " " + TOKEN_KIND + "=" + String.join("|", kind)));
  }

  private String value(MetricSeries metric) {
    Number value = metric.value();
    if (value != null) {
      return value instanceof Long ? value.toString() : format("%.3f", value.doubleValue());
    }
    Long count = metric.count();
    Double sum = metric.sum();
    if (count == null || sum == null || count == 0) {
      return count == null ? glyphs.dash() : count.toString();
    }
    boolean seconds = metric.unit().equals("s");
    double mean = sum / count;
    return count + " x mean " + (seconds ? ms(mean * 1000) : format("%.1f", mean));
  }

  private static String attributes(MetricSeries metric, Set<String> without) {
    Map<String, Object> shown = new TreeMap<>(metric.attributes());
    shown.keySet().removeAll(without);
    return attributes(shown);
  }

  private static String attributes(Map<String, Object> attributes) {
    List<String> list = new ArrayList<>();
    attributes.forEach((key, value) -> list.add(clean(key) + "=" + clean(String.valueOf(value))));
    return String.join(" ", list);
  }

  private void table(List<List<String>> rows) {
    Map<Integer, Integer> widths = new HashMap<>();
    for (List<String> row : rows) {
      for (int i = 0; i < row.size(); i++) {
        widths.merge(i, row.get(i).length(), Math::max);
      }
    }
    for (List<String> row : rows) {
      StringBuilder line = new StringBuilder();
      for (int i = 0; i < row.size(); i++) {
        int width = widths.getOrDefault(i, 0);
        line.append(i == 0 ? pad(row.get(i), width) : "   " + right(row.get(i), width));
      }
      line("%s", line.toString());
    }
  }

  private void heading(String text) {
    line("");
    String start = glyphs.rule().repeat(2) + " " + text + " ";
    line("%s%s", start, glyphs.rule().repeat(Math.max(2, WIDTH - start.length())));
  }

  private void line(String format, Object... arguments) {
    out.append(format(format, arguments).stripTrailing()).append('\n');
  }

  private String tokens(@Nullable Long input, @Nullable Long output) {
    return number(input) + " in, " + number(output) + " out";
  }

  private String number(@Nullable Long value) {
    return value == null ? glyphs.dash() : value.toString();
  }

  private String ms(@Nullable Double milliseconds) {
    if (milliseconds == null) {
      return glyphs.dash();
    }
    return format(milliseconds < 100 ? "%.1f ms" : "%.0f ms", milliseconds);
  }

  private static @Nullable Long plus(@Nullable Long a, @Nullable Long b) {
    return a == null ? b : b == null ? a : Long.valueOf(a + b);
  }

  private static @Nullable Double median(List<Double> values) {
    if (values.isEmpty()) {
      return null;
    }
    List<Double> sorted = new ArrayList<>(values);
    Collections.sort(sorted);
    int middle = sorted.size() / 2;
    return sorted.size() % 2 == 1
        ? sorted.get(middle)
        : Double.valueOf((sorted.get(middle - 1) + sorted.get(middle)) / 2);
  }

  /** Names come from outside; a control character must not reach the terminal. */
  private static String clean(@Nullable String text) {
    return text == null ? "" : text.replaceAll("\\p{Cntrl}", "?");
  }

  private static String pad(String text, int width) {
    return text + " ".repeat(Math.max(0, width - text.length()));
  }

  private static String right(String text, int width) {
    return " ".repeat(Math.max(0, width - text.length())) + text;
  }

  private static String format(String format, Object... arguments) {
    return String.format(Locale.ROOT, format, arguments);
  }
}
