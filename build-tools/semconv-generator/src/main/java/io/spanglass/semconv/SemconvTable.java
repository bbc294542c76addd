/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.semconv;

import static java.util.Objects.requireNonNull;
import static java.util.Objects.requireNonNullElse;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The table of names: what each logical concept and measure is called, and of what type it is, in
 * each profile of the semantic conventions. README.md explains the keys.
 */
record SemconvTable(
    @Nullable String about,
    Map<String, List<BigDecimal>> buckets,
    Set<String> numberConcepts,
    Map<String, Profile> profiles,
    Own own,
    Map<String, Values> enums) {

  private static final JsonMapper MAPPER =
      JsonMapper.builder()
          .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
          .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private static final Pattern IDENTIFIER = Pattern.compile("[a-z][A-Za-z0-9]*");
  private static final Pattern CLASS_NAME = Pattern.compile("[A-Z][A-Za-z0-9]*");
  private static final Set<String> LEVELS =
      Set.of("required", "conditionally_required", "recommended", "opt_in");
  private static final Set<String> SPANS = Set.of("inference", "openai", "embeddings");
  private static final Set<String> KINDS = Set.of("structural", "text", "content");
  private static final Set<String> METRIC_SPANS = Set.of("inference", "embeddings");

  SemconvTable {
    requireNonNull(buckets, "buckets");
    numberConcepts = requireNonNullElse(numberConcepts, Set.of());
    requireNonNull(profiles, "profiles");
    requireNonNull(own, "own");
    requireNonNull(enums, "enums");
  }

  /** One version of the conventions. */
  record Profile(
      String schemaUrl, Map<String, Attribute> attributes, Map<String, List<Metric>> measures) {
    Profile {
      requireNonNull(schemaUrl, "schema_url");
      requireNonNull(attributes, "attributes");
      requireNonNull(measures, "measures");
    }
  }

  /**
   * One attribute.
   *
   * @param registryType its type in the conventions where that is not the type it is emitted with
   * @param atStart whether samplers see it, that is, it is set when the span is made
   * @param spans the level at which each kind of span carries it
   * @param kind {@code structural}, {@code text} or {@code content}: how its values are guarded
   * @param values what this version calls a value, by what the code calls it; others stand as they
   *     are
   */
  record Attribute(
      String name,
      String type,
      @Nullable String registryType,
      boolean atStart,
      Map<String, String> spans,
      String kind,
      Map<String, String> values,
      String description) {
    Attribute {
      requireNonNull(name, "name");
      requireNonNull(type, "type");
      spans = requireNonNullElse(spans, Map.of());
      kind = requireNonNullElse(kind, "structural");
      values = requireNonNullElse(values, Map.of());
      description = requireNonNullElse(description, "");
    }
  }

  /**
   * One instrument that a measure is recorded with.
   *
   * @param value {@code long} or {@code double}
   * @param buckets a key of {@link SemconvTable#buckets}; histograms only
   * @param spans the kinds of span whose calls it counts
   * @param attributes the concepts it may carry, with their levels
   * @param fixed attributes, by name, that have the same value on every point
   */
  record Metric(
      String name,
      String kind,
      String unit,
      String value,
      @Nullable String buckets,
      String description,
      Set<String> spans,
      Map<String, String> attributes,
      Map<String, String> fixed) {
    Metric {
      requireNonNull(name, "name");
      requireNonNull(kind, "kind");
      requireNonNull(unit, "unit");
      requireNonNull(value, "value");
      requireNonNull(description, "description");
      requireNonNull(spans, "spans");
      requireNonNull(attributes, "attributes");
      fixed = requireNonNullElse(fixed, Map.of());
    }
  }

  /**
   * The names that are Spanglass's own, the same in every profile.
   *
   * @param measures for measures of the profiles, our own attributes that their points carry too
   */
  record Own(
      Map<String, Attribute> attributes,
      Map<String, Map<String, String>> measures,
      Map<String, Metric> metrics) {
    Own {
      measures = requireNonNullElse(measures, Map.of());
      requireNonNull(attributes, "attributes");
      requireNonNull(metrics, "metrics");
    }
  }

  /** String values that become constants. */
  record Values(String description, List<String> values) {
    Values {
      requireNonNull(description, "description");
      requireNonNull(values, "values");
    }
  }

  /**
   * Reads and checks a table, with a further profile in each {@code profiles/NAME.json} beside it.
   *
   * @throws IOException if a file is not JSON of this shape
   * @throws IllegalArgumentException if the table contradicts itself
   */
  static SemconvTable read(Path file) throws IOException {
    Map<String, String> profiles = new TreeMap<>();
    Path directory = file.resolveSibling("profiles");
    if (Files.isDirectory(directory)) {
      try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, "*.json")) {
        for (Path profile : files) {
          String name = String.valueOf(profile.getFileName());
          profiles.put(name.substring(0, name.length() - 5), Files.readString(profile));
        }
      }
    }
    return parse(Files.readString(file), profiles);
  }

  static SemconvTable parse(String json) throws IOException {
    return parse(json, Map.of());
  }

  /**
   * @param more the text of further profiles by their names, in order
   */
  static SemconvTable parse(String json, Map<String, String> more) throws IOException {
    SemconvTable table = MAPPER.readValue(json, SemconvTable.class);
    for (Map.Entry<String, String> entry : more.entrySet()) {
      Profile profile = MAPPER.readValue(entry.getValue(), Profile.class);
      check(
          table.profiles.putIfAbsent(entry.getKey(), profile) == null,
          "The profile %s is there twice",
          entry.getKey());
    }
    table.check();
    return table;
  }

  private void check() {
    check(!profiles.isEmpty(), "There is no profile");
    buckets.forEach(SemconvTable::checkAscending);
    checkAttributes("own", own.attributes);
    own.attributes.forEach(
        (concept, attribute) -> {
          check(attribute.name.startsWith("spanglass."), "own: %s is not ours", attribute.name);
          check(!attribute.description.isBlank(), "own: %s has no description", concept);
        });
    Set<String> constants = new HashSet<>();
    own.attributes.keySet().forEach(key -> checkNewConstant("own", constants, key));
    own.metrics.keySet().forEach(key -> checkNewConstant("own", constants, key));

    Map<String, String> types = new HashMap<>();
    profiles.forEach(
        (name, profile) -> {
          checkProfile(name, profile);
          profile.attributes.forEach((concept, attribute) -> checkType(types, concept, attribute));
        });
    numberConcepts.forEach(
        concept -> check(types.containsKey(concept), "number_concepts: no concept %s", concept));
    own.measures.forEach(this::checkOwnMeasure);
    own.metrics.forEach(this::checkOwnMetric);
    enums.forEach(SemconvTable::checkEnum);
  }

  private void checkProfile(String name, Profile profile) {
    checkAttributes(name, profile.attributes);
    Map<String, Metric> byName = new HashMap<>();
    profile.measures.forEach(
        (measure, metrics) -> {
          check(IDENTIFIER.matcher(measure).matches(), "%s: bad measure %s", name, measure);
          check(!profile.attributes.containsKey(measure), "%s: %s is both", name, measure);
          for (Metric metric : metrics) {
            checkMetric(name, metric, profile.attributes);
            Metric other = byName.putIfAbsent(metric.name, metric);
            if (other != null) {
              check(sameInstrument(metric, other), "%s: two shapes of %s", name, metric.name);
              check(!metric.fixed.equals(other.fixed), "%s: %s is there twice", name, metric.name);
            }
          }
        });
  }

  /** A concept has one Java type, whatever the profile, so that code need not ask which it is. */
  private void checkType(Map<String, String> types, String concept, Attribute attribute) {
    if (numberConcepts.contains(concept)) {
      check(
          attribute.type.equals("long") || attribute.type.equals("double"),
          "%s is one of number_concepts and has type %s",
          concept,
          attribute.type);
    }
    String other = types.putIfAbsent(concept, attribute.type);
    check(
        other == null || other.equals(attribute.type) || numberConcepts.contains(concept),
        "%s is a %s here and a %s there; numbers may differ if listed in number_concepts",
        concept,
        other,
        attribute.type);
    check(!own.attributes.containsKey(concept), "%s is a concept and our own", concept);
  }

  private void checkOwnMeasure(String measure, Map<String, String> attributes) {
    check(
        profiles.values().stream().anyMatch(profile -> profile.measures.containsKey(measure)),
        "own: no measure %s",
        measure);
    attributes.forEach(
        (attribute, level) -> {
          check(own.attributes.containsKey(attribute), "own: %s is not ours", attribute);
          check(LEVELS.contains(level), "own: %s: bad level %s", measure, level);
        });
  }

  private void checkOwnMetric(String key, Metric metric) {
    check(metric.name.startsWith("spanglass."), "own: %s is not ours", metric.name);
    metric.attributes.forEach(
        (concept, level) -> {
          if (own.attributes.containsKey(concept)) {
            return;
          }
          Attribute first = null;
          for (Map.Entry<String, Profile> profile : profiles.entrySet()) {
            Attribute attribute = profile.getValue().attributes.get(concept);
            check(attribute != null, "own: %s has no %s in %s", key, concept, profile.getKey());
            check(
                first == null || sameKey(first, requireNonNull(attribute)),
                "own: %s cannot have %s, whose name or type depends on the profile",
                key,
                concept);
            first = attribute;
          }
        });
    checkMetric("own", metric, attributesOfOwnMetrics());
  }

  /** What a metric of ours may carry: our own attributes and the concepts of any profile. */
  Map<String, Attribute> attributesOfOwnMetrics() {
    Map<String, Attribute> all = new HashMap<>(profiles.values().iterator().next().attributes);
    all.putAll(own.attributes);
    return all;
  }

  private void checkMetric(String where, Metric metric, Map<String, Attribute> concepts) {
    String name = metric.name;
    check(Set.of("histogram", "counter").contains(metric.kind), "%s: %s: bad kind", where, name);
    check(Set.of("long", "double").contains(metric.value), "%s: %s: bad value", where, name);
    check(METRIC_SPANS.containsAll(metric.spans), "%s: %s: bad spans", where, name);
    if (metric.buckets == null) {
      check(metric.kind.equals("counter"), "%s: histogram %s without buckets", where, name);
    } else {
      check(metric.kind.equals("histogram"), "%s: counter %s with buckets", where, name);
      List<BigDecimal> bounds = buckets.get(metric.buckets);
      check(bounds != null, "%s: %s: no buckets named %s", where, name, metric.buckets);
      check(
          metric.value.equals("double")
              || requireNonNull(bounds).stream().allMatch(SemconvTable::isWhole),
          "%s: %s is long and its buckets are not",
          where,
          name);
    }
    Map<String, Attribute> allowed = new HashMap<>();
    metric.attributes.forEach(
        (concept, level) -> {
          Attribute attribute = concepts.get(concept);
          check(attribute != null, "%s: %s has the unknown concept %s", where, name, concept);
          check(LEVELS.contains(level), "%s: %s: bad level %s", where, name, level);
          allowed.put(requireNonNull(attribute).name, attribute);
        });
    metric.fixed.forEach(
        (attribute, value) -> {
          Attribute known = allowed.get(attribute);
          check(known != null, "%s: %s fixes %s, which it does not carry", where, name, attribute);
          check(
              requireNonNull(known).type.equals("string"),
              "%s: %s fixes %s, which is no string",
              where,
              name,
              attribute);
        });
  }

  private static void checkAttributes(String where, Map<String, Attribute> attributes) {
    Set<String> names = new HashSet<>();
    attributes.forEach(
        (concept, attribute) -> {
          check(IDENTIFIER.matcher(concept).matches(), "%s: bad concept %s", where, concept);
          check(names.add(attribute.name), "%s: two concepts are %s", where, attribute.name);
          check(
              KeyType.of(attribute.type) != null,
              "%s: %s has the unknown type %s",
              where,
              concept,
              attribute.type);
          check(SPANS.containsAll(attribute.spans.keySet()), "%s: %s: bad span", where, concept);
          check(LEVELS.containsAll(attribute.spans.values()), "%s: %s: bad level", where, concept);
          check(KINDS.contains(attribute.kind), "%s: %s: bad kind", where, concept);
          check(
              attribute.values.isEmpty() || attribute.type.equals("string"),
              "%s: %s has values and is no string",
              where,
              concept);
        });
  }

  private static void checkAscending(String name, List<BigDecimal> bounds) {
    check(!bounds.isEmpty(), "buckets: %s is empty", name);
    for (int i = 1; i < bounds.size(); i++) {
      check(bounds.get(i - 1).compareTo(bounds.get(i)) < 0, "buckets: %s do not ascend", name);
    }
  }

  private static boolean isWhole(BigDecimal number) {
    return number.stripTrailingZeros().scale() <= 0;
  }

  private static void checkEnum(String name, Values values) {
    check(CLASS_NAME.matcher(name).matches(), "enums: bad class name %s", name);
    Set<String> constants = new HashSet<>();
    values.values.forEach(value -> checkNewConstant(name, constants, value));
  }

  private static void checkNewConstant(String where, Set<String> constants, String key) {
    String constant = Names.constant(key);
    check(Names.isConstant(constant), "%s: %s makes no constant", where, key);
    check(constants.add(constant), "%s: the constant %s is there twice", where, constant);
  }

  private static boolean sameKey(Attribute a, Attribute b) {
    return a.name.equals(b.name) && a.type.equals(b.type);
  }

  private static boolean sameInstrument(Metric a, Metric b) {
    return a.kind.equals(b.kind)
        && a.unit.equals(b.unit)
        && a.value.equals(b.value)
        && a.description.equals(b.description)
        && Objects.equals(a.buckets, b.buckets);
  }

  @SuppressWarnings("AnnotateFormatMethod") // not worth a dependency
  private static void check(boolean ok, String message, @Nullable Object... arguments) {
    if (!ok) {
      throw new IllegalArgumentException(String.format(message, arguments));
    }
  }
}
