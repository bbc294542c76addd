/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What must hold in every shipped Collector, whatever else is changed in it. */
class CollectorTest {

  /**
   * A queue that is written without fsync, or compacted before the damage is looked for, can keep
   * the Collector from starting after a power loss.
   */
  @ParameterizedTest
  @ValueSource(strings = {"gateway.yaml", "agent.yaml"})
  void queuesSurviveAPowerLoss(String file) throws IOException {
    JsonNode extensions = Shipped.yaml(Shipped.ROOT.resolve(file)).path("extensions");
    List<String> storages = new ArrayList<>();
    for (Map.Entry<String, JsonNode> extension : extensions.properties()) {
      if (extension.getKey().startsWith("file_storage")) {
        storages.add(extension.getKey());
        JsonNode storage = extension.getValue();
        assertThat(storage.path("fsync").asBoolean()).as("fsync").isTrue();
        assertThat(storage.path("recreate").asBoolean()).as("recreate").isTrue();
        assertThat(storage.at("/compaction/on_start").asBoolean()).as("on_start").isFalse();
      }
    }
    assertThat(storages).isNotEmpty();
  }

  /** One request is one sender's: what Prometheus refuses of it is nobody else's loss. */
  @ParameterizedTest
  @ValueSource(strings = {"gateway.yaml", "agent.yaml"})
  void metricsOfSeveralSendersAreNotPutIntoOneRequest(String file) throws IOException {
    JsonNode collector = Shipped.yaml(Shipped.ROOT.resolve(file));
    int exporters = 0;
    for (Map.Entry<String, JsonNode> pipeline : pipelines(collector)) {
      if (pipeline.getKey().startsWith("metrics/") || pipeline.getKey().equals("metrics")) {
        for (JsonNode processor : pipeline.getValue().path("processors")) {
          assertThat(processor.asText()).doesNotStartWith("batch");
        }
        for (JsonNode exporter : pipeline.getValue().path("exporters")) {
          exporters++;
          JsonNode queue =
              collector.path("exporters").path(exporter.asText()).path("sending_queue");
          // Two would overtake each other, and the samples of a series with them.
          assertThat(queue.path("num_consumers").asInt()).as("%s", exporter).isEqualTo(1);
          assertThat(queue)
              .as("%s of %s", exporter.asText(), pipeline.getKey())
              .isNotEmpty()
              .noneMatch(setting -> setting.has("flush_timeout"), "is a batch");
        }
      }
    }
    assertThat(exporters).isPositive();
  }

  /** The age up to which points pass is within what Prometheus takes. */
  @Test
  void whatIsTooOldForPrometheusIsFiltered() throws IOException {
    String window =
        Shipped.yaml(Shipped.ROOT.resolve("prometheus/prometheus.yml"))
            .at("/storage/tsdb/out_of_order_time_window")
            .asText();
    String conditions =
        Shipped.yaml(Shipped.ROOT.resolve("gateway.yaml"))
            .at("/processors/filter~1prometheus/metric_conditions")
            .toString();
    assertThat(window).matches("\\d+h");
    int hours = Integer.parseInt(window.replace("h", ""));
    assertThat(conditions).contains("datapoint.time < Now() - Duration(\\\"" + (hours - 1) + "h");
  }

  private static Iterable<Map.Entry<String, JsonNode>> pipelines(JsonNode collector) {
    return collector.at("/service/pipelines").properties();
  }
}
