/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.pipeline.e2e;

import io.spanglass.examples.modelserver.ModelServer;
import io.spanglass.pipeline.Dashboard;
import io.spanglass.pipeline.PanelQueries;
import io.spanglass.pipeline.PanelQuery;
import io.spanglass.testing.AgentJvm;
import io.spanglass.testing.MetricRecord;
import io.spanglass.testing.SpanRecord;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What is asserted, in the order in which it is done. */
final class Stages implements AutoCloseable {

  static final String TRACES = "traces";
  static final String TEMPO = "tempo";
  static final String LOKI = "loki";
  static final String VLLM = "vllm";

  static final String GPU_PROBE = "gpu-probe";

  /** Nothing is missing, but it takes long: runs with --extended, or by its name. */
  static final String EXTENDED = "extended";

  private static final String SCOPE = "io.spanglass.genai";
  private static final Duration APP_TIMEOUT = Duration.ofMinutes(5);
  private static final String MODEL = "canned-1";
  private static final String TRAFFIC = "e2e-traffic";
  private static final String LATE = "e2e-late";
  private static final List<String> APPS = List.of("httpclient-app", "langchain4j-app");

  /** After the root has come a trace is decided on after 5 s; a queue's batch takes another. */
  private static final Duration SAMPLING_DECISION = Duration.ofSeconds(9);

  /** What nothing here brings forth; any other panel must have data. */
  private static final List<String> MAY_BE_EMPTY =
      List.of(
          "Empty without vLLM.",
          "Empty where servers report no details.",
          "Empty until something was refused or lost.");

  private final Path root;
  private final boolean extended;
  private final Stack stack;
  private final Webhook webhook;
  private final Applications applications;
  private final ModelServer fast;
  private final ModelServer slow;
  private final Service service;
  private final Service late;
  private final Prometheus prometheus;
  private final @Nullable TraceStore traces;
  private final @Nullable Loki loki;

  Stages(
      Path root,
      boolean extended,
      Stack stack,
      Webhook webhook,
      Applications applications,
      ModelServer fast,
      ModelServer slow)
      throws IOException {
    this.root = root;
    this.extended = extended;
    this.stack = stack;
    this.webhook = webhook;
    this.applications = applications;
    this.fast = fast;
    this.slow = slow;
    this.service = new Service(applications, TRAFFIC);
    this.late = new Service(applications, LATE);
    this.prometheus = stack.prometheus();
    this.traces = stack.traces();
    this.loki = stack.loki();
  }

  /** Those that leave the stack as it is. */
  List<Stage> undisturbed() {
    return List.of(
        new Stage("applications", "", this::applications),
        new Stage("metrics", "", this::metrics),
        new Stage("exemplars", "", this::exemplars),
        new Stage("trace", TRACES, this::trace),
        new Stage("trace-search", TEMPO, this::traceSearch),
        new Stage("logs", LOKI, this::logs),
        new Stage("rules", "", this::rules),
        new Stage("dashboard", "", this::dashboard),
        new Stage("sampling", TRACES, this::sampling),
        new Stage("redaction", "", this::redaction),
        new Stage("poison", "", this::poison),
        new Stage("gpu-nodes", GPU_PROBE, this::gpuNodes),
        new Stage("no-collector", "", this::noCollector),
        new Stage("vllm", VLLM, this::vllm));
  }

  /** Those that stop parts of it. */
  List<Stage> disturbing() {
    return List.of(
        new Stage("back-ends-restarted", "", this::backEndsRestarted),
        new Stage("collector-killed", "", this::collectorKilled),
        new Stage("queue-damaged", EXTENDED, this::queueDamaged));
  }

  /** Takes minutes, for it waits for the rules' windows. */
  Stage alert() {
    return new Stage("alert", "", this::alert);
  }

  boolean has(String need) {
    return switch (need) {
      case TRACES -> traces != null;
      case TEMPO -> traces != null && traces.isTempo();
      case LOKI -> loki != null;
      case VLLM -> VllmServer.isInstalled(root);
      case GPU_PROBE -> Files.exists(gpuProbe());
      case EXTENDED -> extended;
      default -> true;
    };
  }

  String missing(String need) {
    return switch (need) {
      case TRACES -> "no trace store was built (EXTENDED=1 builds one)";
      case TEMPO -> "no Tempo: TEMPO_BIN is not set and there is no tempo on the PATH";
      case GPU_PROBE -> gpuProbe() + " is not built";
      case EXTENDED -> "it takes long (--extended runs it, or its name)";
      case VLLM -> "vLLM is not installed (examples/vllm/start --install-only installs it)";
      default -> "Loki was not built (EXTENDED=1 builds it)";
    };
  }

  private TraceStore traces() {
    return Objects.requireNonNull(traces);
  }

  private Loki loki() {
    return Objects.requireNonNull(loki);
  }

  // What applications export.

  private void applications(Checks checks) throws Exception {
    for (String app : APPS) {
      try (AgentJvm jvm =
          applications
              .observed(app)
              .jar(applications.example(app), fast.baseUrl(), MODEL)
              .start()) {
        checks.equal(jvm.waitFor(APP_TIMEOUT), 0, app + " ends with " + jvm.stderr());
      }
      checks.that(!inference(app).isEmpty(), app + " exported spans of model calls");
    }
    checks.that(applications.forwarded() > 0, "the Collector accepted what they exported");
  }

  /** The spans of model calls that a service exported. */
  private List<SpanRecord> inference(String service) {
    return applications.receiver().spans(SCOPE).stream()
        .filter(span -> service.equals(span.resourceAttributes().get("service.name")))
        .toList();
  }

  /** The last points of a metric that a service exported, by the value of an attribute. */
  private Map<String, List<MetricRecord>> exported(String service, String metric, String by) {
    Map<String, List<MetricRecord>> points = new TreeMap<>();
    for (MetricRecord point : applications.receiver().latestMetrics(metric)) {
      if (service.equals(point.resourceAttributes().get("service.name"))
          && SCOPE.equals(point.scopeName())) {
        points
            .computeIfAbsent(
                String.valueOf(point.attributes().getOrDefault(by, "")), key -> new ArrayList<>())
            .add(point);
      }
    }
    return points;
  }

  private void metrics(Checks checks) throws Exception {
    for (String app : APPS) {
      compare(checks, app, "gen_ai.client.operation.duration", "gen_ai.request.model");
      compare(checks, app, "gen_ai.client.operation.duration", "error.type");
      compare(checks, app, "gen_ai.client.token.usage", "gen_ai.token.type");
      compare(checks, app, "spanglass.client.time_to_first_token", "spanglass.token.kind");
    }
    checks.that(
        exported("httpclient-app", "gen_ai.client.operation.duration", "error.type").size() == 2,
        "httpclient-app exported calls with and without an error");
  }

  /** A histogram in Prometheus is what the agent sent: counts, sums and every bucket. */
  private void compare(Checks checks, String service, String metric, String by) throws Exception {
    Map<String, List<MetricRecord>> sent = exported(service, metric, by);
    checks.that(!sent.isEmpty(), service + " exported " + metric);
    for (Map.Entry<String, List<MetricRecord>> group : sent.entrySet()) {
      List<MetricRecord> points = group.getValue();
      double count = points.stream().mapToLong(p -> Objects.requireNonNull(p.count())).sum();
      double sum = points.stream().mapToDouble(p -> Objects.requireNonNull(p.sum())).sum();
      String series = name(metric, points.get(0).unit());
      String selector =
          "{service_name=\"%s\",%s=\"%s\"".formatted(service, label(by), group.getKey());
      checks.eventually(
          series + "_count" + selector + "} is " + count,
          () -> equal(last("sum", series + "_count" + selector + "}"), count));
      checks.near(
          Objects.requireNonNull(last("sum", series + "_sum" + selector + "}")),
          sum,
          series + "_sum" + selector + "}");
      Map<Double, Double> buckets = new HashMap<>();
      for (Prometheus.Sample sample :
          prometheus.query(
              "sum by (le) (last_over_time(" + series + "_bucket" + selector + "}[1h]))")) {
        String le = Objects.requireNonNull(sample.labels().get("le"));
        buckets.put(
            le.equals("+Inf") ? Double.POSITIVE_INFINITY : Double.parseDouble(le), sample.value());
      }
      List<Double> bounds = points.get(0).bounds();
      checks.equal(buckets.size(), bounds.size() + 1, "buckets of " + series + selector + "}");
      double below = 0;
      for (int i = 0; i < bounds.size(); i++) {
        int bucket = i;
        below += points.stream().mapToLong(p -> p.bucketCounts().get(bucket)).sum();
        checks.equal(
            buckets.get(bounds.get(i)), below, series + selector + ",le=" + bounds.get(i) + "}");
      }
      checks.equal(buckets.get(Double.POSITIVE_INFINITY), count, series + selector + ",le=+Inf}");
    }
  }

  private static @Nullable Boolean equal(@Nullable Double actual, double expected) {
    return (actual != null && (actual == expected)) ? true : null;
  }

  /** What a short-lived service said last; its series is stale five minutes later. */
  private @Nullable Double last(String aggregation, String selector)
      throws IOException, InterruptedException {
    return prometheus.value(aggregation + "(last_over_time(" + selector + "[1h]))");
  }

  /** What Prometheus makes of a name: dots to underscores, the unit at the end. */
  private static String name(String metric, String unit) {
    return label(metric) + ("s".equals(unit) ? "_seconds" : "");
  }

  private static String label(String attribute) {
    return attribute.replace('.', '_');
  }

  private void exemplars(Checks checks) throws Exception {
    TraceStore traces = this.traces;
    Set<String> known = new HashSet<>();
    APPS.forEach(app -> inference(app).forEach(span -> known.add(span.traceId())));
    for (String series :
        List.of(
            "gen_ai_client_operation_duration_seconds_bucket",
            "spanglass_client_time_to_first_token_seconds_bucket")) {
      Set<String> found =
          checks.eventually(
              "exemplars of " + series,
              () -> {
                Set<String> ids =
                    prometheus.exemplarTraces(
                        series + "{service_name=~\"" + String.join("|", APPS) + "\"}");
                return ids.isEmpty() ? null : ids;
              });
      checks.that(known.containsAll(found), "exemplars are of our traces: " + found);
      if (traces != null) {
        String id = found.iterator().next();
        checks.eventually(
            "the trace " + id + " of an exemplar", () -> traces.trace(id).isEmpty() ? null : id);
      }
    }
  }

  private void trace(Checks checks) throws Exception {
    for (String app : APPS) {
      for (SpanRecord sent : inference(app)) {
        List<TraceStore.StoredSpan> stored =
            checks.eventually(
                "trace " + sent.traceId() + " of " + app,
                () -> {
                  List<TraceStore.StoredSpan> spans = traces().trace(sent.traceId());
                  boolean both =
                      spans.stream().anyMatch(span -> span.spanId().equals(sent.spanId()))
                          && spans.stream()
                              .anyMatch(span -> span.parentSpanId().equals(sent.spanId()));
                  return both ? spans : null;
                });
        TraceStore.StoredSpan genAi =
            stored.stream()
                .filter(span -> span.spanId().equals(sent.spanId()))
                .findFirst()
                .orElseThrow();
        TraceStore.StoredSpan http =
            stored.stream()
                .filter(span -> span.parentSpanId().equals(sent.spanId()))
                .findFirst()
                .orElseThrow();
        checks.equal(genAi.name(), sent.name(), "its name");
        checks.equal(genAi.scope(), SCOPE, "its scope");
        checks.equal(genAi.service(), app, "its service");
        for (String attribute :
            List.of(
                "gen_ai.request.model",
                "gen_ai.usage.output_tokens",
                "spanglass.stream.end",
                "error.type")) {
          Object value = sent.attributes().get(attribute);
          checks.equal(
              genAi.attributes().get(attribute),
              value == null ? null : value.toString(),
              attribute);
        }
        checks.that(
            http.scope().contains("http-client"), "below it is the HTTP span: " + http.scope());
      }
    }
  }

  private void traceSearch(Checks checks) throws Exception {
    Set<String> sent = new HashSet<>();
    APPS.forEach(
        app ->
            inference(app).stream()
                .filter(span -> MODEL.equals(span.attributes().get("gen_ai.request.model")))
                .forEach(span -> sent.add(span.traceId())));
    String query =
        "{ span.gen_ai.request.model = \""
            + MODEL
            + "\" && resource.service.name =~ \""
            + String.join("|", APPS)
            + "\" }";
    checks.eventually(
        "TraceQL " + query + " finds " + sent,
        () -> traces().search(query).containsAll(sent) ? true : null);
    checks.that(
        traces().search("{ span.gen_ai.request.model = \"no-such-model\" }").isEmpty(),
        "TraceQL finds nothing for a model that nobody asked for");
  }

  private void logs(Checks checks) throws Exception {
    for (String id : service.call("stream", fast.baseUrl(), MODEL, 2, 1)) {
      List<Loki.Line> lines =
          checks.eventually(
              "the log of trace " + id,
              () -> {
                List<Loki.Line> found =
                    loki()
                        .query(
                            "services",
                            "{service_name=\"" + TRAFFIC + "\"} | trace_id=\"" + id + "\"");
                return found.isEmpty() ? null : found;
              });
      checks.equal(lines.get(0).text(), "asked, stream", "its line");
      checks.equal(lines.get(0).labels().get("trace_id"), id, "its trace");
    }
  }

  // Rates.

  /** What a rule recorded is what its expression gives, and not nothing. */
  private void rules(Checks checks) throws Exception {
    // Twice, with an export in between: a rate needs two points of a series.
    for (int i = 0; i < 2; i++) {
      service.call("chat", fast.baseUrl(), MODEL, 3, 1);
      service.call("stream", fast.baseUrl(), MODEL, 3, 3);
      service.call("cancel", fast.baseUrl(), MODEL, 2, 1);
      service.call("error", fast.baseUrl(), MODEL, 2, 1);
      Thread.sleep(6000);
    }
    String by =
        "sum by (service_name, gen_ai_request_model) (rate(%s{service_name=\""
            + TRAFFIC
            + "\"}[5m]))";
    Map<String, String> definitions = new TreeMap<>();
    definitions.put(
        "sum by (service_name, gen_ai_request_model) (spanglass:calls:rate5m{service_name=\"%s\"})"
            .formatted(TRAFFIC),
        by.formatted("gen_ai_client_operation_duration_seconds_count"));
    definitions.put(
        "sum by (service_name, gen_ai_request_model) (spanglass:tokens:rate5m{service_name=\"%s\"})"
            .formatted(TRAFFIC),
        by.formatted("gen_ai_client_token_usage_sum"));
    definitions.put(
        ("sum by (service_name, gen_ai_request_model)"
                + " (spanglass:ttft_seconds_bucket:rate5m{service_name=\"%s\",le=\"+Inf\"})")
            .formatted(TRAFFIC),
        by.formatted("spanglass_client_time_to_first_token_seconds_count"));
    definitions.put(
        ("sum by (service_name, gen_ai_request_model)"
                + " (spanglass:call_duration_seconds_bucket:rate5m{service_name=\"%s\",le=\"+Inf\"})")
            .formatted(TRAFFIC),
        by.formatted("gen_ai_client_operation_duration_seconds_count"));
    for (Map.Entry<String, String> definition : definitions.entrySet()) {
      checks.eventually(
          definition.getKey() + " is what was sent",
          Duration.ofSeconds(90),
          () -> {
            List<Prometheus.Sample> recorded = prometheus.query(definition.getKey());
            if (recorded.isEmpty()) {
              return null;
            }
            // The moment at which the rule was evaluated.
            double time =
                Objects.requireNonNull(
                    prometheus.value("max(timestamp(" + inner(definition.getKey()) + "))"));
            Map<Map<String, String>, Double> expected = new HashMap<>();
            for (Prometheus.Sample sample : prometheus.query(definition.getValue(), time)) {
              expected.put(sample.labels(), sample.value());
            }
            for (Prometheus.Sample sample : recorded) {
              Double value = expected.get(sample.labels());
              if (value == null || value == 0 || Math.abs(value - sample.value()) > 0.001 * value) {
                throw new AssertionError(sample + " instead of " + value);
              }
            }
            return true;
          });
    }
  }

  private static String inner(String aggregated) {
    return aggregated.substring(aggregated.lastIndexOf('(') + 1, aggregated.length() - 1);
  }

  private List<PanelQuery> dashboardQueries() throws IOException {
    return Dashboard.read(root.resolve("collector-config/grafana/dashboards/overview.json"))
        .queries();
  }

  private void dashboard(Checks checks) throws Exception {
    TraceStore traces = this.traces;
    Loki loki = this.loki;
    for (PanelQuery query : dashboardQueries()) {
      String text = Dashboard.substitute(query.expression(), PanelQueries.EVERYTHING);
      String what = query.panel() + " (" + query.refId() + "): " + text;
      boolean mayBeEmpty =
          query.emptyReason() != null && MAY_BE_EMPTY.contains(query.emptyReason());
      switch (query.language()) {
        case PROMQL -> {
          if (query.exemplars()) {
            checks.eventually(
                "exemplars for " + what,
                () -> prometheus.exemplarTraces(text).isEmpty() ? null : true);
          } else if (mayBeEmpty) {
            prometheus.query(text);
            checks.that(true, what);
          } else {
            checks.eventually(
                "data for " + what,
                Duration.ofMinutes(2),
                () -> prometheus.query(text).isEmpty() ? null : true);
          }
        }
        case LOGQL -> {
          if (loki != null) {
            checks.eventually(
                "data for " + what, () -> loki.query("services", text).isEmpty() ? null : true);
          }
        }
        case TRACEQL -> {
          if (traces != null && traces.isTempo()) {
            checks.eventually(
                "data for " + what, () -> traces.search(text).isEmpty() ? null : true);
          }
        }
      }
    }
  }

  /** A real server beside the clients: its span in our trace, its metrics in our series. */
  private void vllm(Checks checks) throws Exception {
    TraceStore traces = this.traces;
    try (VllmServer server = VllmServer.start(root, stack.collector())) {
      stack.scrape(server.address());
      String id = service.call("stream", server.baseUrl(), VllmServer.MODEL, 1, 1).get(0);
      checks.that(!id.isEmpty(), "a call of vLLM");
      if (traces != null) {
        checks.eventually(
            "in trace " + id + " vLLM's span below the HTTP span below ours",
            () -> {
              Map<String, TraceStore.StoredSpan> spans = new HashMap<>();
              traces.trace(id).forEach(span -> spans.put(span.spanId(), span));
              for (TraceStore.StoredSpan span : spans.values()) {
                if (span.name().equals("llm_request")) {
                  TraceStore.StoredSpan http = spans.get(span.parentSpanId());
                  TraceStore.StoredSpan genAi =
                      http == null ? null : spans.get(http.parentSpanId());
                  if (http != null
                      && http.scope().contains("http-client")
                      && genAi != null
                      && genAi.scope().equals(SCOPE)) {
                    return true;
                  }
                }
              }
              return null;
            });
      }
      // The server is found and scraped, and a rate needs two scrapes with a call in between.
      checks.eventually(
          "our series of the server's tokens",
          Duration.ofMinutes(3),
          () -> {
            service.call("stream", server.baseUrl(), VllmServer.MODEL, 1, 1);
            Thread.sleep(5000);
            Double rate =
                prometheus.value(
                    "sum(spanglass:server_tokens:rate5m{gen_ai_request_model=\""
                        + VllmServer.MODEL
                        + "\",gen_ai_token_type=\"output\"})");
            return rate != null && rate > 0 ? rate : null;
          });
      for (PanelQuery query : dashboardQueries()) {
        if ("Empty without vLLM.".equals(query.emptyReason())) {
          String text = Dashboard.substitute(query.expression(), PanelQueries.EVERYTHING);
          checks.eventually(
              "data for " + query.panel() + ": " + text,
              () -> prometheus.query(text).isEmpty() ? null : true);
        }
      }
    }
  }

  // What the Collector does.

  private void sampling(Checks checks) throws Exception {
    OtlpSender sender = new OtlpSender(stack.collector(), "e2e-sampling");
    List<OtlpSender.MadeUpSpan> kept = new ArrayList<>();
    List<OtlpSender.MadeUpSpan> ordinary = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      kept.add(sender.span("error", 100, ""));
      kept.add(sender.span("slow", 12_000, null));
      for (String end : List.of("cancelled", "abandoned", "reset", "timeout", "error")) {
        kept.add(sender.span(end, 100, null, "spanglass.stream.end", end));
      }
      kept.add(sender.span("late", 4_000, null, "spanglass.time_to_first_token", 3.5));
      kept.add(sender.span("costly", 100, null, "gen_ai.usage.output_tokens", 20_000L));
      kept.add(sender.span("costly", 100, null, "gen_ai.usage.input_tokens", 100_000L));
    }
    for (int i = 0; i < 1000; i++) {
      ordinary.add(sender.span("ordinary", 100, null, "spanglass.stream.end", "completed"));
    }
    // Many ordinary ones before and after, so that it is not the quiet that keeps the others.
    checks.that(sender.sendSpans(ordinary.subList(0, 500)), "accepted");
    checks.that(sender.sendSpans(kept), "accepted");
    checks.that(sender.sendSpans(ordinary.subList(500, 1000)), "accepted");
    for (OtlpSender.MadeUpSpan span : kept) {
      checks.eventually(
          "a trace that is " + span.name() + ", " + span.attributes(),
          () -> traces().trace(span.traceId()).isEmpty() ? null : true);
    }
    Thread.sleep(SAMPLING_DECISION.toMillis());
    int found = 0;
    for (OtlpSender.MadeUpSpan span : ordinary) {
      if (!traces().trace(span.traceId()).isEmpty()) {
        found++;
      }
    }
    // A tenth, and 20 a second for the second or two that it took.
    checks.that(
        found >= 40 && found <= 350, found + " of 1000 ordinary traces kept; a tenth and a few");
  }

  private void redaction(Checks checks) throws Exception {
    TraceStore traces = this.traces;
    Loki loki = this.loki;
    OtlpSender sender = new OtlpSender(stack.collector(), "e2e-redaction");
    String key = "sk-proj-CANARY" + "0123456789abcdefghij";
    String bearer = "Bearer CANARY0123456789abcdef";
    String mail = "canary.CANARY@example.com";
    Map<String, Object> secrets =
        OtlpSender.pairs(
            "note",
            "the key is " + key,
            "http.request.header.authorization",
            bearer,
            "text",
            "write to " + mail + " with " + bearer,
            "url.full",
            "https://user:CANARYpass@example.com/?api_key=CANARY12345678&x=1",
            "gen_ai.input.messages",
            "[{\"role\":\"user\",\"content\":\"CANARY prompt\"}]",
            "gen_ai.retrieval.query.text",
            "CANARY query",
            "spanglass.harmless",
            "stays");
    OtlpSender.MadeUpSpan span =
        new OtlpSender.MadeUpSpan(
            sender.newTraceId(), "call with " + key, 100, "failed for " + mail, secrets, secrets);
    checks.that(sender.sendSpans(List.of(span)), "the span is accepted");
    checks.that(
        sender.sendLog("log in as " + mail + " with " + key, secrets), "the log is accepted");
    checks.that(
        sender.sendLog("searched", Map.of("gen_ai.retrieval.query.text", "CANARY query")),
        "the log of a search is accepted");
    checks.that(
        sender.sendCounter("e2e_redaction", 7, Map.of("owner", mail, "harmless", "stays")),
        "the metric is accepted");
    checks.eventually(
        "the metric without the address",
        () -> {
          List<Prometheus.Sample> samples = prometheus.query("e2e_redaction_total");
          return samples.isEmpty() ? null : samples;
        });
    List<Prometheus.Sample> samples = prometheus.query("e2e_redaction_total");
    checks.that(!samples.toString().contains("CANARY"), "no canary in " + samples);
    checks.equal(samples.get(0).labels().get("harmless"), "stays", "other labels");
    if (traces != null) {
      String text =
          checks.eventually(
              "the trace",
              () -> {
                // Tempo answers without spans as long as it has none.
                return traces.trace(span.traceId()).isEmpty() ? null : traces.text(span.traceId());
              });
      checks.that(!text.contains("CANARY"), "no canary in " + text);
      checks.that(text.contains("stays"), "what is harmless stays in " + text);
      checks.that(text.contains("****"), "what is replaced shows in " + text);
    }
    if (loki != null) {
      // Records with content are in the other tenant, and there too without secrets.
      List<Loki.Line> lines =
          checks.eventually(
              "both log records",
              () -> {
                List<Loki.Line> found =
                    loki.query("model-content", "{service_name=\"e2e-redaction\"}");
                return found.size() < 2 ? null : found;
              });
      String text = lines.toString();
      checks.that(
          !text.contains("sk-proj") && !text.contains("@example.com") && !text.contains("Bearer C"),
          "no secret in " + text);
      checks.that(text.contains("stays"), "what is harmless stays in " + text);
      checks.that(
          loki.query("services", "{service_name=\"e2e-redaction\"}").isEmpty(),
          "content is not in the services' tenant");
    }
  }

  /** One bad metric harms nobody but, at worst, who sent it. */
  private void poison(Checks checks) throws Exception {
    OtlpSender healthy = new OtlpSender(stack.collector(), "e2e-healthy");
    Map<String, Poison.Dose> kinds = Poison.kinds();
    for (Map.Entry<String, Poison.Dose> kind : kinds.entrySet()) {
      Map<String, Object> number = Map.of("number", kind.getKey());
      OtlpSender sender = new OtlpSender(stack.collector(), "e2e-poison-" + kind.getKey());
      checks.that(
          sender.sendMetrics(
              List.of(kind.getValue().metric(), OtlpSender.counter("e2e_beside", 1, number))),
          kind.getKey() + " is accepted");
      // Within the second that a batch would wait.
      checks.that(healthy.sendCounter("e2e_healthy", 1, number), "so is another service's");
    }
    for (Map.Entry<String, Poison.Dose> kind : kinds.entrySet()) {
      checks.eventually(
          "another service's series beside " + kind.getKey(),
          () -> prometheus.value("e2e_healthy_total{number=\"" + kind.getKey() + "\"}"));
    }
    // The last of them was refused, and one consumer sends in order: what was sent before is there.
    checks.eventually(
        "a refused request is counted",
        () -> {
          List<Prometheus.Sample> failed =
              prometheus.query(
                  "{__name__=~\"otelcol_exporter_send_failed_metric_points(_total)?\"} > 0");
          return failed.isEmpty() ? null : failed;
        });
    String status = stack.status();
    checks.that(
        status.contains("queue of otlp_http/prometheus ") && status.contains("failed last at "),
        "the queue and its last error in " + status);
    checks.eventually(
        "what was filtered is counted",
        () -> {
          List<Prometheus.Sample> filtered =
              prometheus.query(
                  "{__name__=~\"otelcol_processor_filter_datapoints_filtered(_total)?\"} > 0");
          return filtered.isEmpty() ? null : filtered;
        });
    for (Map.Entry<String, Poison.Dose> kind : kinds.entrySet()) {
      Poison.Fate fate = kind.getValue().fate();
      checks.equal(
          prometheus.query("e2e_beside_total{number=\"" + kind.getKey() + "\"}").size(),
          fate == Poison.Fate.REFUSED ? 0 : 1,
          "series from the same request as " + kind.getKey());
      checks.equal(
          prometheus
              .query("{__name__=~\"e2e_poison_" + kind.getKey() + "(_total|_ratio)?\"}")
              .size(),
          fate == Poison.Fate.MENDED ? 1 : 0,
          "series of " + kind.getKey());
    }
  }

  private Path gpuProbe() {
    return root.resolve("gpu-probe/standalone/target/spanglass-gpu-probe.jar");
  }

  /** Two nodes whose GPUs are called alike keep their series apart, and say which node it is. */
  private void gpuNodes(Checks checks) throws Exception {
    List<Process> probes = new ArrayList<>();
    try {
      for (String node : List.of("gpu-a", "gpu-b")) {
        ProcessBuilder probe =
            new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-jar",
                gpuProbe().toString(),
                "--demo=h100",
                "--interval=1000");
        probe.environment().keySet().removeIf(name -> name.startsWith("OTEL_"));
        probe.environment().put("K8S_NODE_NAME", node);
        probe.environment().put("OTEL_EXPORTER_OTLP_ENDPOINT", stack.collector());
        probe.environment().put("OTEL_METRIC_EXPORT_INTERVAL", "3000");
        probe.environment().put("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=e2e-gpu");
        probe.redirectErrorStream(true);
        probes.add(probe.redirectOutput(ProcessBuilder.Redirect.DISCARD).start());
      }
      String ours = "{deployment_environment_name=\"e2e-gpu\"}";
      for (String series : List.of("hw_power_watts", "hw_gpu_memory_usage_bytes", "target_info")) {
        checks.eventually(
            series + " of both nodes",
            () -> equal(prometheus.value("count(count by (instance) (" + series + ours + "))"), 2));
      }
      List<Prometheus.Sample> power =
          prometheus.query(
              "count by (instance, k8s_node_name, hw_id) (hw_power_watts" + ours + ")");
      checks.that(power.size() % 2 == 0 && !power.isEmpty(), "as many GPUs on both: " + power);
      for (Prometheus.Sample sample : power) {
        checks.equal(sample.value(), 1.0, "one series for " + sample.labels());
        checks.equal(
            sample.labels().get("k8s_node_name"), sample.labels().get("instance"), "its node");
      }
    } finally {
      probes.forEach(Process::destroy);
    }
  }

  /** What was sent of each signal and has to arrive. */
  private record Accepted(String run, List<String> traces, int logs, int counters) {}

  private Accepted send(Checks checks, String run, int count) throws Exception {
    OtlpSender sender = new OtlpSender(stack.collector(), run);
    List<String> ids = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      // An error: sampling keeps it.
      OtlpSender.MadeUpSpan span = sender.span("call", 10, "");
      checks.that(sender.sendSpans(List.of(span)), "the Collector accepts spans");
      ids.add(span.traceId());
      checks.that(sender.sendLog("record " + i, Map.of()), "the Collector accepts logs");
      checks.that(
          sender.sendCounter("e2e_accepted", 1, Map.of("number", "n" + i)),
          "the Collector accepts metrics");
    }
    return new Accepted(run, ids, count, count);
  }

  private void await(Checks checks, Accepted accepted) throws Exception {
    TraceStore traces = this.traces;
    Loki loki = this.loki;
    String selector = "{service_name=\"" + accepted.run() + "\"}";
    // Back-off of the exporters, and the back ends' own start.
    Duration patience = Duration.ofMinutes(2);
    checks.eventually(
        accepted.counters() + " series of " + accepted.run(),
        patience,
        () ->
            equal(
                prometheus.value("count(last_over_time(e2e_accepted_total" + selector + "[1h]))"),
                accepted.counters()));
    if (loki != null) {
      checks.eventually(
          accepted.logs() + " log records of " + accepted.run(),
          patience,
          () -> loki.query("services", selector).size() == accepted.logs() ? true : null);
    }
    if (traces != null) {
      for (String id : accepted.traces()) {
        checks.eventually(
            "trace " + id + " of " + accepted.run(),
            patience,
            () -> traces.trace(id).isEmpty() ? null : true);
      }
    }
  }

  private void backEndsRestarted(Checks checks) throws Exception {
    for (String part : stack.backEnds()) {
      stack.stop(part);
    }
    Accepted accepted = send(checks, "e2e-back-ends", 20);
    Thread.sleep(SAMPLING_DECISION.toMillis());
    for (String part : stack.backEnds()) {
      stack.start(part);
    }
    await(checks, accepted);
  }

  private void collectorKilled(Checks checks) throws Exception {
    for (String part : stack.backEnds()) {
      stack.stop(part);
    }
    Accepted accepted = send(checks, "e2e-killed", 20);
    // Spans that tail sampling has not decided on are in memory only; see RATIONALE.md.
    Thread.sleep(SAMPLING_DECISION.toMillis());
    stack.kill("otelcol");
    checks.that(
        !new OtlpSender(stack.collector(), "e2e-killed").sendLog("nobody listens", Map.of()),
        "a Collector that is down accepts nothing");
    for (String part : stack.backEnds()) {
      stack.start(part);
    }
    stack.start("otelcol");
    await(checks, accepted);
  }

  /**
   * A file of the queue with pages from before they were used for something else, which is what a
   * power loss left when nobody waited for the disk: a list of free pages where records should be.
   */
  private void queueDamaged(Checks checks) throws Exception {
    stack.stop("prometheus");
    send(checks, "e2e-damaged", 5);
    stack.kill("otelcol");
    Path queue = stack.data("otelcol").resolve("exporter_otlp_http_prometheus_metrics");
    try (RandomAccessFile file = new RandomAccessFile(queue.toFile(), "rw")) {
      // Behind the page's header, the magic number and the version.
      file.seek(24);
      int pageSize = Integer.reverseBytes(file.readInt());
      checks.that(file.length() > 3L * pageSize, "it has pages of " + pageSize + " bytes");
      for (long page = 2; page < file.length() / pageSize; page++) {
        ByteBuffer header = ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN);
        header.putLong(page).putShort((short) 0x10);
        file.seek(page * pageSize);
        file.write(header.array());
      }
    }
    stack.start("prometheus");
    stack.start("otelcol");
    try (Stream<Path> files = Files.list(queue.getParent())) {
      checks.that(
          files.anyMatch(
              file ->
                  file.getFileName().toString().startsWith(queue.getFileName() + ".")
                      && file.toString().endsWith(".backup")),
          "the damaged file is put aside");
    }
    await(checks, send(checks, "e2e-after-damage", 5));
  }

  private void noCollector(Checks checks) throws Exception {
    String app = "httpclient-app";
    List<String> without;
    try (AgentJvm jvm =
        Applications.plain().jar(applications.example(app), fast.baseUrl(), MODEL).start()) {
      checks.equal(jvm.waitFor(APP_TIMEOUT), 0, app + " without an agent");
      without = answers(jvm.stdout());
    }
    try (AgentJvm jvm =
        applications
            .observed(app)
            // Nobody listens at the discard port.
            .exportTo("http://127.0.0.1:9")
            .jar(applications.example(app), fast.baseUrl(), MODEL)
            .start()) {
      checks.equal(jvm.waitFor(APP_TIMEOUT), 0, app + " without a Collector: " + jvm.stderr());
      checks.equal(answers(jvm.stdout()), without, "what it prints");
    }
    checks.that(without.size() == 4, "it made its calls: " + without);
  }

  /** Without what differs from run to run. */
  private static List<String> answers(String stdout) {
    return stdout
        .lines()
        .filter(line -> line.startsWith("{"))
        .map(line -> line.replaceAll("\"response_id\":\"[^\"]*\"", ""))
        .toList();
  }

  // The alert.

  private void alert(Checks checks) throws Exception {
    // The first export gives the series their beginning.
    late.call("stream", fast.baseUrl(), MODEL, 1, 1);
    Thread.sleep(6000);
    late.call("stream", slow.baseUrl(), MODEL, 40, 20);
    Webhook.Alert firing =
        checks.eventually(
            "SpanglassTtftBurnFast reaches the webhook",
            Duration.ofMinutes(7),
            () -> {
              if (alerts("firing").isEmpty()) {
                // The share of late streams has to last for as long as the alert waits.
                late.call("stream", slow.baseUrl(), MODEL, 4, 4);
              }
              Collection<Webhook.Alert> alerts = alerts("firing");
              return alerts.isEmpty() ? null : alerts.iterator().next();
            });
    checks.equal(firing.label("service_name"), LATE, "its service");
    checks.equal(firing.label("gen_ai_request_model"), MODEL, "its model");
    checks.equal(firing.label("severity"), "page", "its severity");
    String runbook = firing.annotations().path("runbook_url").asText();
    checks.equal(runbook, Stack.RUNBOOKS + "/SpanglassTtftBurnFast.md", "its runbook");
    checks.equal(firing.label("spanglass_runbooks"), "", "no label of where runbooks are");
    checks.that(alerts("resolved").isEmpty(), "it is not resolved yet");
    checks.eventually(
        "it is resolved when streams are in time again",
        Duration.ofMinutes(8),
        () -> {
          late.call("stream", fast.baseUrl(), MODEL, 20, 10);
          Thread.sleep(2000);
          return alerts("resolved").isEmpty() ? null : true;
        });
  }

  private List<Webhook.Alert> alerts(String status) {
    return webhook.alerts().stream()
        .filter(alert -> alert.label("alertname").equals("SpanglassTtftBurnFast"))
        .filter(alert -> alert.status().equals(status))
        .toList();
  }

  @Override
  public void close() {
    service.close();
    late.close();
  }
}
