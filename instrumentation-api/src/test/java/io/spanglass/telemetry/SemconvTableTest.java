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
import io.spanglass.testing.SemconvFiles;
import java.io.IOException;
import java.lang.reflect.Field;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The table agrees with itself, with the classes made of it, and with the conventions. */
class SemconvTableTest {
  /** What the conventions say, in a reduced form that names its sources. */
  private static final Path CONVENTIONS =
      Path.of("src", "test", "resources", "semconv", "conventions.json");

  private static final Map<String, AttributeType> TYPES =
      Map.of(
          "string", AttributeType.STRING,
          "long", AttributeType.LONG,
          "double", AttributeType.DOUBLE,
          "boolean", AttributeType.BOOLEAN,
          "string[]", AttributeType.STRING_ARRAY);

  @Test
  void everyAttributeOfAMetricIsAConcept() throws IOException {
    JsonNode table = SemconvFiles.table();
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
    for (JsonNode buckets : SemconvFiles.table().get("buckets")) {
      double[] bounds = new double[buckets.size()];
      for (int i = 0; i < bounds.length; i++) {
        bounds[i] = buckets.get(i).asDouble();
      }
      assertThat(bounds).isNotEmpty().isSorted().doesNotHaveDuplicates();
    }
  }

  @Test
  void everyNameIsUnique() throws IOException {
    JsonNode table = SemconvFiles.table();
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
    JsonNode profiles = SemconvFiles.table().get("profiles");
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

  static Set<String> profiles() throws IOException {
    return keys(SemconvFiles.table().get("profiles"));
  }

  @ParameterizedTest
  @MethodSource("profiles")
  void theNamesTypesAndLevelsAreThoseOfTheConventions(String name) throws IOException {
    JsonNode conventions = read(CONVENTIONS).get("profiles").get(name);
    JsonNode profile = SemconvFiles.table().get("profiles").get(name);
    assertThat(profile.get("schema_url")).isEqualTo(conventions.get("schema_url"));
    for (String span : List.of("inference", "openai", "embeddings")) {
      Map<String, String> expected = new TreeMap<>();
      conventions
          .get("spans")
          .get(span)
          .properties()
          .forEach(
              attribute -> {
                JsonNode value = attribute.getValue();
                String type = value.get("type").asText();
                // A key for each variable: no concept, which has one name.
                if (!type.startsWith("template")) {
                  expected.put(
                      attribute.getKey(),
                      (type.equals("int") ? "long" : type)
                          + " "
                          + value.get("level").asText()
                          + " "
                          + value.path("at_start").asBoolean());
                }
              });
      Map<String, String> actual = new TreeMap<>();
      for (JsonNode attribute : profile.get("attributes")) {
        JsonNode level = attribute.get("spans").get(span);
        if (level != null) {
          JsonNode type = attribute.get(attribute.has("registry_type") ? "registry_type" : "type");
          actual.put(
              name(attribute),
              type.asText() + " " + level.asText() + " " + attribute.get("at_start").asBoolean());
        }
      }
      assertThat(actual).as(span).isEqualTo(expected);
    }
  }

  @ParameterizedTest
  @MethodSource("profiles")
  void theMetricsAreThoseOfTheConventions(String name) throws IOException {
    JsonNode conventions = read(CONVENTIONS).get("profiles").get(name).get("metrics");
    JsonNode table = SemconvFiles.table();
    JsonNode profile = table.get("profiles").get(name);
    Set<String> names = new TreeSet<>();
    for (JsonNode metrics : profile.get("measures")) {
      for (JsonNode metric : metrics) {
        names.add(name(metric));
        JsonNode expected = conventions.get(name(metric));
        assertThat(expected).as(name(metric)).isNotNull();
        assertThat(metric.get("kind")).isEqualTo(expected.get("instrument"));
        assertThat(metric.get("unit")).isEqualTo(expected.get("unit"));
        String value = expected.get("value").asText();
        assertThat(metric.get("value").asText()).isEqualTo(value.equals("int") ? "long" : value);
        JsonNode buckets = metric.get("buckets");
        assertThat(buckets == null ? null : table.get("buckets").get(buckets.asText()))
            .isEqualTo(expected.get("buckets").isNull() ? null : expected.get("buckets"));
        Map<String, String> levels = new TreeMap<>();
        for (String concept : keys(metric.get("attributes"))) {
          levels.put(
              name(profile.get("attributes").get(concept)),
              metric.get("attributes").get(concept).asText());
        }
        Map<String, String> expectedLevels = new TreeMap<>();
        for (String attribute : keys(expected.get("attributes"))) {
          expectedLevels.put(attribute, expected.get("attributes").get(attribute).asText());
        }
        assertThat(levels).as(name(metric)).isEqualTo(expectedLevels);
      }
    }
    assertThat(names).isEqualTo(keys(conventions));
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
