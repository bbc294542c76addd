/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.call;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.spanglass.call.Emitted.Metric;
import io.spanglass.testing.SemconvFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code docs/registry}: our own names as a registry of OpenTelemetry's weaver, made of the table
 * of names and of values that the runs emitted; and what weaver says of it, where there is one.
 *
 * @see <a href="https://github.com/open-telemetry/weaver">weaver</a>
 */
class RegistryDocTest {
  private static final Path DOCS = Path.of("..", "docs", "registry");

  /** The program; without it what it would check is not checked. */
  private static final @Nullable String WEAVER = System.getenv("SPANGLASS_WEAVER");

  /** A checkout of the conventions' model at the version of the manifest, for want of a network. */
  private static final @Nullable String CONVENTIONS = System.getenv("SPANGLASS_SEMCONV_MODEL");

  /** The version that has a release, which the registry can depend on. */
  private static final String PROFILE = "1.41";

  private static final int EXAMPLES = 3;

  /** GenAI is in development, its lists are open, and what a server does not say is absent. */
  private static final Set<String> NO_FAULTS =
      Set.of(
          "not_stable",
          "undefined_enum_variant",
          "recommended_attribute_not_present",
          "conditionally_required_attribute_not_present");

  private final ObjectMapper jackson = new ObjectMapper();
  private final JsonNode table = SemconvFiles.table();
  private final JsonNode conventions =
      jackson
          .readTree(
              Files.readString(Path.of("src", "test", "resources", "semconv", "conventions.json")))
          .get("profiles")
          .get(PROFILE)
          .get("spans")
          .get("inference");
  private final List<Emitted> runs = Emitted.all(PROFILE);

  @TempDir private Path directory;

  RegistryDocTest() throws IOException {}

  @Test
  void theRegistryIsThatOfTheTable() throws IOException {
    GeneratedDoc.checkOrWriteFile("registry/attributes.yaml", attributes());
    GeneratedDoc.checkOrWriteFile("registry/metrics.yaml", metrics());
  }

  private String attributes() throws IOException {
    Map<String, Set<String>> examples = examples();
    StringBuilder yaml = new StringBuilder();
    yaml.append("# Written by RegistryDocTest from genai-semconv.json; change the table.\n")
        .append("groups:\n  - id: registry.spanglass\n    type: attribute_group\n")
        .append("    display_name: Spanglass\n")
        .append("    brief: \"What Spanglass says besides the conventions.\"\n    attributes:\n");
    for (JsonNode attribute : table.get("own").get("attributes")) {
      String name = attribute.get("name").asText();
      String type = attribute.get("type").asText();
      yaml.append("      - id: ").append(name);
      yaml.append("\n        type: ").append(type.equals("long") ? "int" : type);
      yaml.append("\n        stability: development\n        brief: ");
      yaml.append(text(attribute.get("description"))).append('\n');
      Set<String> values = examples.getOrDefault(name, Set.of());
      if (type.startsWith("string") && !values.isEmpty()) {
        yaml.append("        examples: [")
            .append(String.join(", ", values.stream().limit(EXAMPLES).toList()))
            .append("]\n");
      }
    }
    return yaml.toString();
  }

  /** Strings and lists of them, as JSON, which is YAML. */
  private Map<String, Set<String>> examples() throws IOException {
    Map<String, Set<String>> examples = new TreeMap<>();
    for (Emitted run : runs) {
      for (Map.Entry<String, Set<Object>> entry : run.values().entrySet()) {
        for (Object value : entry.getValue()) {
          if (value instanceof String || value instanceof List) {
            examples
                .computeIfAbsent(entry.getKey(), name -> new TreeSet<>())
                .add(jackson.writeValueAsString(value));
          }
        }
      }
    }
    return examples;
  }

  private String metrics() throws JsonProcessingException {
    StringBuilder yaml = new StringBuilder();
    yaml.append(
        "# Written by RegistryDocTest from genai-semconv.json; change the table.\ngroups:\n");
    for (JsonNode metric : table.get("own").get("metrics")) {
      String name = metric.get("name").asText();
      yaml.append("  - id: metric.").append(name);
      yaml.append("\n    type: metric\n    metric_name: ").append(name);
      yaml.append("\n    stability: development\n    brief: ");
      yaml.append(text(metric.get("description")));
      yaml.append("\n    instrument: ").append(metric.get("kind").asText());
      yaml.append("\n    unit: ").append(text(metric.get("unit")));
      yaml.append("\n    annotations:\n      code_generation:\n        metric_value_type: ");
      yaml.append(metric.get("value").asText().equals("long") ? "int" : "double");
      yaml.append("\n    attributes:\n");
      for (Map.Entry<String, JsonNode> entry : metric.get("attributes").properties()) {
        String attribute = nameOf(entry.getKey());
        String level = entry.getValue().asText();
        yaml.append("      - ref: ").append(attribute);
        if (level.equals("conditionally_required")) {
          yaml.append("\n        requirement_level:\n          conditionally_required: ");
          yaml.append(text(conventions.get(attribute).get("when"))).append('\n');
        } else {
          yaml.append("\n        requirement_level: ").append(level).append('\n');
        }
      }
    }
    return yaml.toString();
  }

  private String nameOf(String concept) {
    JsonNode own = table.get("own").get("attributes").get(concept);
    JsonNode attribute =
        own != null ? own : table.get("profiles").get(PROFILE).get("attributes").get(concept);
    return requireNonNull(attribute, concept).get("name").asText();
  }

  private String text(JsonNode node) throws JsonProcessingException {
    return jackson.writeValueAsString(node.asText());
  }

  @Test
  void weaverFindsNothingInTheRegistry() throws Exception {
    String weaver = weaver();
    assertThat(run(weaver, "registry", "check", "--future", "-r", registry().toString()))
        .contains("policy violation")
        .doesNotContain(" × ");
  }

  /** What all runs emit, as weaver's live check takes it from a file. */
  @Test
  void weaverFindsNothingInWhatIsEmitted() throws Exception {
    String weaver = weaver();
    Path samples = directory.resolve("samples.json");
    Files.writeString(samples, samples());
    String report =
        run(
            weaver,
            "registry",
            "live-check",
            "-r",
            registry().toString(),
            "--include-unreferenced",
            "--input-source",
            samples.toString(),
            "--input-format",
            "json",
            "--format",
            "json",
            "--no-stream",
            "--fail-on",
            "none");
    JsonNode result = jackson.readTree(report.substring(report.indexOf("\n{") + 1));
    List<String> findings = new ArrayList<>();
    for (JsonNode advice : result.findValues("all_advice")) {
      advice.forEach(
          finding -> {
            if (!NO_FAULTS.contains(finding.path("id").asText())) {
              findings.add(finding.path("level").asText() + " " + finding.path("message").asText());
            }
          });
    }
    assertThat(result.path("statistics").path("total_entities").asInt()).isGreaterThan(100);
    assertThat(new TreeSet<>(findings)).isEmpty();
  }

  private static String weaver() {
    assumeTrue(WEAVER != null, "SPANGLASS_WEAVER names no weaver");
    return requireNonNull(WEAVER);
  }

  /** A copy, which depends on the checkout of the conventions if there is one. */
  private Path registry() throws IOException {
    Path copy = Files.createDirectories(directory.resolve("registry"));
    for (String name : List.of("manifest.yaml", "attributes.yaml", "metrics.yaml")) {
      String text = Files.readString(DOCS.resolve(name));
      if (CONVENTIONS != null) {
        text = text.replaceAll("(?m)(registry_path: ).*", "$1" + CONVENTIONS);
      }
      Files.writeString(copy.resolve(name), text);
    }
    return copy;
  }

  private String run(String... command) throws Exception {
    Path output = directory.resolve("output");
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    boolean ended = process.waitFor(2, TimeUnit.MINUTES);
    if (!ended) {
      process.destroyForcibly();
    }
    String text = Files.readString(output);
    assertThat(ended && process.exitValue() == 0).as(text).isTrue();
    return text;
  }

  private String samples() throws JsonProcessingException {
    ArrayNode samples = jackson.createArrayNode();
    for (Emitted run : runs) {
      ObjectNode span = samples.addObject().putObject("span");
      span.put("name", "chat").put("kind", "client");
      span.putArray("span_events");
      span.putArray("span_links");
      span.set("attributes", attributes(run.attributes().keySet(), run));
      for (Map.Entry<String, Metric> entry : run.metrics().entrySet()) {
        String[] kind = entry.getValue().kind().split(", ", -1);
        ObjectNode metric = samples.addObject().putObject("metric");
        metric.put("name", entry.getKey()).put("instrument", kind[0]).put("unit", kind[1]);
        ObjectNode point = metric.putArray("data_points").addObject();
        point.set("attributes", attributes(entry.getValue().attributes(), run));
        point.put("value", 1);
      }
    }
    return jackson.writeValueAsString(samples);
  }

  private ArrayNode attributes(Set<String> names, Emitted run) {
    ArrayNode attributes = jackson.createArrayNode();
    for (String name : names) {
      Set<Object> values = run.values().getOrDefault(name, Set.of());
      attributes
          .addObject()
          .put("name", name)
          .set("value", jackson.valueToTree(values.iterator().next()));
    }
    return attributes;
  }
}
