/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.examples.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import com.fasterxml.jackson.databind.JsonNode;
import io.spanglass.testing.OtlpReceiver;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The reports of what a real run exported, received again. */
class RecordedRunTest {

  @Test
  void textIsTheReportOfThatRun() throws Exception {
    try (OtlpReceiver receiver = receive()) {
      assertThat(
              TextReport.of(
                  "A recorded run", calls(receiver), MetricSeries.of(receiver), Glyphs.UNICODE))
          .isEqualTo(Files.readString(recorded().resolve("report.txt")));
    }
  }

  @Test
  void jsonHasEveryCallWithItsSpan() throws Exception {
    JsonNode report;
    try (OtlpReceiver receiver = receive()) {
      report = JsonReport.of(calls(receiver), MetricSeries.of(receiver));
    }

    assertThat(report.path("calls"))
        .extracting(
            call -> call.path("span_name").asText(),
            call -> call.path("genai_spans").asInt(),
            call -> call.path("http_child").asBoolean(),
            call -> call.path("ttft_ms").isNull(),
            call -> call.path("output_tokens").asInt(-1),
            call -> call.path("end").asText())
        .containsExactly(
            tuple("chat canned-1", 1, true, true, 40, "completed"),
            tuple("chat canned-1", 1, true, false, 40, "completed"),
            tuple("chat canned-1", 1, true, false, -1, "cancelled"),
            tuple("chat canned-1-that-does-not-exist", 1, true, true, -1, "error"),
            tuple("chat canned-1-mini", 1, true, true, 42, "completed"),
            tuple("chat canned-1-mini", 1, true, false, 42, "completed"),
            tuple("chat canned-1-mini", 1, true, true, 8, "completed"),
            tuple("chat canned-1-mini", 1, true, true, 11, "completed"));
    long durations = 0;
    for (JsonNode metric : report.path("metrics")) {
      if (metric.path("name").asText().equals("gen_ai.client.operation.duration")) {
        durations += metric.path("count").asLong();
      }
    }
    assertThat(durations).isEqualTo(8);
  }

  private static List<CallReport> calls(OtlpReceiver receiver) throws Exception {
    List<CallReport> calls = new ArrayList<>();
    for (String app : List.of("httpclient-app", "langchain4j-app")) {
      List<DeclaredCall> declared = new ArrayList<>();
      for (String line : Files.readAllLines(recorded().resolve(app + ".jsonl"))) {
        declared.add(Objects.requireNonNull(DeclaredCall.parse(app, "client", line)));
      }
      CallMatcher.Result result =
          CallMatcher.match(
              declared,
              receiver.spans().stream()
                  .filter(span -> app.equals(span.resourceAttributes().get("service.name")))
                  .toList(),
              List.of());
      assertThat(result.complete()).isTrue();
      calls.addAll(result.calls());
    }
    return calls;
  }

  private static OtlpReceiver receive() throws Exception {
    List<Path> files;
    try (Stream<Path> all = Files.list(recorded())) {
      files = all.filter(file -> file.toString().endsWith(".pb")).sorted().toList();
    }
    OtlpReceiver receiver = OtlpReceiver.start();
    for (Path file : files) {
      String signal = file.toString().endsWith("-traces.pb") ? "traces" : "metrics";
      int status = post(receiver.endpoint() + "/v1/" + signal, file);
      assertThat(status).isEqualTo(200);
    }
    return receiver;
  }

  private static int post(String url, Path file) throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(url))
            .header("Content-Type", "application/x-protobuf")
            .POST(BodyPublishers.ofFile(file))
            .build();
    return HttpClient.newHttpClient().send(request, BodyHandlers.discarding()).statusCode();
  }

  private static Path recorded() throws URISyntaxException {
    Path report =
        Path.of(
            Objects.requireNonNull(RecordedRunTest.class.getResource("recorded/report.txt"))
                .toURI());
    return report.resolveSibling("");
  }
}
