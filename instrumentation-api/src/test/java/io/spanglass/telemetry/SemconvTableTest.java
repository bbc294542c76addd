/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.AttributeType;
import java.io.IOException;
import java.lang.reflect.Field;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/** The table agrees with itself, with the classes made of it, and with the conventions. */
class SemconvTableTest {
  private static final Path TABLE = Path.of("src", "main", "semconv", "genai-semconv.json");

  /** A digest of the conventions that some checkouts have beside the repository. */
  private static final Path REFERENCE =
      Path.of("..", "..", "shared", "reference", "semconv-genai.json");

  private static final Map<String, String> SPANS =
      Map.of(
          "inference", "gen_ai.inference.client",
          "openai", "openai.inference.client",
          "embeddings", "gen_ai.embeddings.client");

  private static final Map<String, AttributeType> TYPES =
      Map.of(
          "string", AttributeType.STRING,
          "long", AttributeType.LONG,
          "double", AttributeType.DOUBLE,
          "boolean", AttributeType.BOOLEAN,
          "string[]", AttributeType.STRING_ARRAY);

  @Test
  void everyAttributeOfAMetricIsAConcept() throws IOException {
    JsonNode table = read(TABLE);
    Set<String> own = keys(table.get("own").get("attributes"));
    for (JsonNode profile : table.get("profiles")) {
      Set<String> concepts = keys(profile.get("attributes"));
      for (JsonNode metrics : profile.get("measures")) {
        for (JsonNode metric : metrics) {
          assertThat(concepts).containsAll(keys(metric.get("attributes")));
        }
      }
      concepts.addAll(own);
      for (JsonNode metric : table.get("own").get("metrics")) {
        assertThat(concepts).containsAll(keys(metric.get("attributes")));
      }
    }
  }

  @Test
  void bucketsAscend() throws IOException {
    for (JsonNode buckets : read(TABLE).get("buckets")) {
      double[] bounds = new double[buckets.size()];
      for (int i = 0; i < bounds.length; i++) {
        bounds[i] = buckets.get(i).asDouble();
      }
      assertThat(bounds).isNotEmpty().isSorted().doesNotHaveDuplicates();
    }
  }

  @Test
  void everyNameIsUnique() throws IOException {
    JsonNode table = read(TABLE);
    for (JsonNode profile : table.get("profiles")) {
      Set<String> attributes = new HashSet<>();
      profile.get("attributes").forEach(a -> assertThat(attributes.add(name(a))).isTrue());
      table.get("own").get("attributes").forEach(a -> assertThat(attributes.add(name(a))).isTrue());

      // One instrument may serve two measures, told apart by an attribute.
      Set<String> points = new HashSet<>();
      profile
          .get("measures")
          .forEach(
              metrics ->
                  metrics.forEach(
                      m -> assertThat(points.add(name(m) + " " + m.get("fixed"))).isTrue()));
      table.get("own").get("metrics").forEach(m -> assertThat(points.add(name(m))).isTrue());
    }
  }

  @Test
  void theProfilesAreThoseOfTheTable() throws Exception {
    JsonNode profiles = read(TABLE).get("profiles");
    assertThat(SemconvProfile.names()).isEqualTo(String.join(", ", keys(profiles)));
    for (String name : keys(profiles)) {
      SemconvProfile profile = SemconvProfile.named(name);
      assertThat(profile).isNotNull();
      if (profile == null) {
        continue;
      }
      assertThat(profile.name).isEqualTo(name);
      assertThat(profile.schemaUrl).isEqualTo(profiles.get(name).get("schema_url").asText());
      Set<String> fields = new TreeSet<>();
      for (Field field : SemconvProfile.class.getDeclaredFields()) {
        Object value = field.get(profile);
        JsonNode attribute = profiles.get(name).get("attributes").get(field.getName());
        JsonNode measure = profiles.get(name).get("measures").get(field.getName());
        AttributeKey<?> key = value instanceof Concept ? ((Concept<?>) value).key() : null;
        if (key != null) {
          assertThat(key.getKey()).isEqualTo(name(attribute));
          assertThat(key.getType()).isEqualTo(TYPES.get(attribute.get("type").asText()));
          fields.add(field.getName());
        } else if (value instanceof List) {
          assertThat((List<?>) value).hasSize(measure == null ? 0 : measure.size());
          fields.add(field.getName());
        }
      }
      Set<String> expected = new TreeSet<>(keys(profiles.get(name).get("attributes")));
      expected.addAll(keys(profiles.get(name).get("measures")));
      assertThat(fields).containsAll(expected);
    }
  }

  @Test
  void thereIsNoOtherProfile() {
    assertThat(SemconvProfile.named("1.36")).isNull();
  }

  @Test
  void version141HasTheNamesTypesAndLevelsOfTheConventions() throws IOException {
    Assumptions.assumeTrue(
        Files.exists(REFERENCE), "no digest of the conventions beside this checkout");
    JsonNode digest = read(REFERENCE);
    JsonNode reference = digest.get("compat").get("v1.41.1");
    JsonNode profile = read(TABLE).get("profiles").get("1.41");

    Map<String, JsonNode> byName = new HashMap<>();
    profile.get("attributes").forEach(attribute -> byName.put(name(attribute), attribute));
    SPANS.forEach(
        (span, referenceSpan) -> {
          Map<String, String> expected = new TreeMap<>();
          JsonNode attributes = reference.get("spans").get(referenceSpan).get("attributes");
          for (String name : keys(attributes)) {
            expected.put(name, levelAndStart(attributes.get(name), attributes.get(name)));
          }
          Map<String, String> actual = new TreeMap<>();
          byName.forEach(
              (name, attribute) -> {
                if (attribute.get("spans").has(span)) {
                  JsonNode level = attribute.get("spans").get(span);
                  actual.put(name, level.asText() + " " + attribute.get("at_start").asBoolean());
                }
              });
          assertThat(actual).as(referenceSpan).isEqualTo(expected);
        });
    byName.forEach(
        (name, attribute) -> {
          JsonNode known = reference.get("attribute_overrides").get(name);
          String type =
              (known == null ? digest.get("attributes").get(name) : known).get("type").asText();
          JsonNode actual =
              attribute.get(attribute.has("registry_type") ? "registry_type" : "type");
          assertThat(actual.asText()).as(name).isEqualTo(type.equals("int") ? "long" : type);
        });
  }

  @Test
  void version141HasTheMetricsOfTheConventions() throws IOException {
    Assumptions.assumeTrue(
        Files.exists(REFERENCE), "no digest of the conventions beside this checkout");
    JsonNode reference = read(REFERENCE).get("compat").get("v1.41.1").get("metrics");
    JsonNode table = read(TABLE);
    JsonNode profile = table.get("profiles").get("1.41");
    Set<String> names = new TreeSet<>();
    for (JsonNode metrics : profile.get("measures")) {
      for (JsonNode metric : metrics) {
        names.add(name(metric));
        JsonNode expected = reference.get(name(metric));
        assertThat(metric.get("kind")).isEqualTo(expected.get("instrument"));
        assertThat(metric.get("unit")).isEqualTo(expected.get("unit"));
        assertThat(table.get("buckets").get(metric.get("buckets").asText()))
            .isEqualTo(expected.get("buckets"));
        Map<String, String> levels = new TreeMap<>();
        for (String concept : keys(metric.get("attributes"))) {
          levels.put(
              name(profile.get("attributes").get(concept)),
              metric.get("attributes").get(concept).asText());
        }
        Map<String, String> expectedLevels = new TreeMap<>();
        for (String name : keys(expected.get("attributes"))) {
          expectedLevels.put(name, expected.get("attributes").get(name).get("level").asText());
        }
        assertThat(levels).as(name(metric)).isEqualTo(expectedLevels);
      }
    }
    Set<String> expectedNames = keys(reference);
    expectedNames.removeIf(name -> !name.startsWith("gen_ai.client."));
    assertThat(names).isEqualTo(expectedNames);
  }

  private static String levelAndStart(JsonNode attribute, JsonNode start) {
    return attribute.get("level").asText() + " " + start.path("at_start").asBoolean();
  }

  private static String name(JsonNode node) {
    return node.get("name").asText();
  }

  private static Set<String> keys(JsonNode node) {
    Set<String> keys = new TreeSet<>();
    node.fieldNames().forEachRemaining(keys::add);
    return keys;
  }

  private static JsonNode read(Path file) throws IOException {
    return new ObjectMapper().readTree(Files.readString(file));
  }
}
