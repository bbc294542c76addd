/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** What the schema does not say of compose.yaml. */
class ComposeTest {
  private static JsonNode services() throws IOException {
    return Shipped.yaml(Shipped.ROOT.resolve("compose.yaml")).path("services");
  }

  @Test
  void everyImageIsPinned() throws IOException {
    assertThat(services()).isNotEmpty();
    for (JsonNode service : services()) {
      assertThat(service.path("image").asText())
          .matches("[a-z0-9./-]+:v?\\d+\\.\\d+\\.\\d+(_\\d+-jre)?");
    }
  }

  /** What is tested without containers is what runs in them. */
  @Test
  void versionsAreThoseThatRunLocalBuilds() throws IOException {
    assertThat(imageVersion("alertmanager"))
        .isEqualTo(moduleVersion("alertmanager", "github.com/prometheus/alertmanager"));
    assertThat(imageVersion("loki")).isEqualTo(moduleVersion("loki", "github.com/grafana/loki/v3"));
    // Prometheus 3.14.0 is the Go module v0.314.0.
    assertThat(imageVersion("prometheus").replaceFirst("^3\\.(\\d+)\\.", "0.3$1."))
        .isEqualTo(moduleVersion("prometheus", "github.com/prometheus/prometheus"));
    assertThat(imageVersion("otelcol"))
        .isEqualTo(
            moduleVersion(
                "otelcol",
                "github.com/open-telemetry/opentelemetry-collector-contrib/processor/tailsamplingprocessor"));
  }

  private static String imageVersion(String service) throws IOException {
    return services().path(service).path("image").asText().replaceFirst(".*:v?", "");
  }

  private static String moduleVersion(String tool, String module) throws IOException {
    String mod = Files.readString(Shipped.ROOT.resolve("tools").resolve(tool).resolve("go.mod"));
    Matcher matcher = Pattern.compile(Pattern.quote(module) + " v([0-9.]+)\\s").matcher(mod);
    assertThat(matcher.find()).as("%s in the go.mod of %s", module, tool).isTrue();
    return matcher.group(1);
  }

  @Test
  void everythingMountedIsThere() throws IOException {
    int mounts = 0;
    for (JsonNode service : services()) {
      for (JsonNode volume : service.path("volumes")) {
        String source = volume.asText().split(":", 2)[0];
        if (source.startsWith(".")) {
          mounts++;
          assertThat(Shipped.ROOT.resolve(source)).exists();
        }
      }
    }
    assertThat(mounts).isPositive();
  }

  /** So that {@code up --wait} returns when telemetry can be sent and looked at. */
  @Test
  void everythingThatStaysIsAskedWhetherItIsWell() throws IOException {
    String asked = services().at("/ready/healthcheck/test").toString();
    for (Map.Entry<String, JsonNode> service : services().properties()) {
      if (service.getValue().has("restart")) {
        assertThat(
                service.getValue().has("healthcheck")
                    || asked.contains("http://" + service.getKey() + ":"))
            .as(service.getKey())
            .isTrue();
      }
    }
  }

  @Test
  void nothingIsOpenToOthers() throws IOException {
    for (JsonNode service : services()) {
      for (JsonNode port : service.path("ports")) {
        assertThat(port.asText()).startsWith("127.0.0.1:");
      }
    }
  }

  /** Grafana finds the files, and the data sources their addresses. */
  @Test
  void grafanaIsProvisioned() throws IOException {
    JsonNode grafana = services().path("grafana");
    Path providers = Shipped.ROOT.resolve("grafana/provisioning/dashboards/spanglass.yaml");
    String path =
        Shipped.yaml(providers).path("providers").path(0).path("options").path("path").asText();
    assertThat(grafana.path("volumes").toString()).contains("./grafana/dashboards:" + path + ":ro");
    for (JsonNode source : Shipped.yaml(Shipped.DATA_SOURCES).path("datasources")) {
      String variable = source.path("url").asText().replaceAll("[${}]", "");
      assertThat(grafana.path("environment").path(variable).asText()).startsWith("http://");
    }
  }

  /** Loki keeps tenants apart: Grafana must ask for the one that the Collector writes to. */
  @Test
  void grafanaReadsTheTenantThatTheCollectorWrites() throws IOException {
    JsonNode gateway = Shipped.yaml(Shipped.ROOT.resolve("gateway.yaml"));
    String written =
        gateway
            .path("exporters")
            .path("otlp_http/loki")
            .path("headers")
            .path("X-Scope-OrgID")
            .asText();
    for (JsonNode source : Shipped.yaml(Shipped.DATA_SOURCES).path("datasources")) {
      if (source.path("type").asText().equals("loki")) {
        assertThat(source.path("jsonData").path("httpHeaderName1").asText())
            .isEqualTo("X-Scope-OrgID");
        assertThat(source.path("secureJsonData").path("httpHeaderValue1").asText())
            .isEqualTo(written)
            .isNotEmpty();
        return;
      }
    }
    throw new AssertionError("no Loki");
  }
}
