/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.semconv;

import static java.util.Objects.requireNonNull;

import io.spanglass.semconv.SemconvTable.Attribute;
import io.spanglass.semconv.SemconvTable.Metric;
import io.spanglass.semconv.SemconvTable.Profile;
import io.spanglass.semconv.SemconvTable.Values;
import java.math.BigDecimal;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Turns a table of names into Java sources. */
final class SemconvSources {
  private static final String PACKAGE = "io.spanglass.telemetry";
  private static final String CONFIG_PACKAGE = "io.spanglass.config";

  private final SemconvTable table;
  private final Set<String> concepts = new LinkedHashSet<>();
  private final Set<String> measures = new LinkedHashSet<>();

  SemconvSources(SemconvTable table) {
    this.table = table;
    for (Profile profile : table.profiles().values()) {
      concepts.addAll(profile.attributes().keySet());
      measures.addAll(profile.measures().keySet());
    }
  }

  /** Returns the text of each source file by its path. */
  Map<String, String> generate() {
    Map<String, String> sources = new LinkedHashMap<>();
    put(sources, PACKAGE, "SemconvProfile", profiles());
    put(sources, PACKAGE, "SpanglassSemconv", own());
    put(sources, CONFIG_PACKAGE, "SemconvProfiles", profileNames());
    table.enums().forEach((name, values) -> put(sources, PACKAGE, name, constants(name, values)));
    return sources;
  }

  private static void put(
      Map<String, String> sources, String packageName, String type, String text) {
    sources.put(
        packageName.replace('.', '/') + "/" + type + ".java",
        "// Generated from genai-semconv.json by semconv-generator. Change the table, not this"
            + " file.\npackage "
            + packageName
            + ";\n\n"
            + text);
  }

  /** What the configuration has to know of profiles. */
  private String profileNames() {
    return "import java.util.List;\n\n/** The names of the profiles of the conventions. */\n"
        + "final class SemconvProfiles {\n  static final List<String> NAMES = List.of("
        + table.profiles().keySet().stream()
            .map(SemconvSources::literal)
            .collect(Collectors.joining(", "))
        + ");\n\n  private SemconvProfiles() {}\n}\n";
  }

  private String profiles() {
    StringBuilder out = new StringBuilder();
    out.append("import io.opentelemetry.api.common.AttributeKey;\n")
        .append("import java.util.List;\n")
        .append("import java.util.Map;\n")
        .append("import org.jspecify.annotations.Nullable;\n\n")
        .append("/**\n * The names and metric shapes of one version of the GenAI semantic")
        .append(
            " conventions. A concept that\n * this version lacks is {@link Concept#absent()}; a")
        .append(" measure that it has no metric for is an empty\n * list.\n */\n")
        .append("final class SemconvProfile {\n");
    table
        .profiles()
        .keySet()
        .forEach(
            name ->
                out.append("  static final SemconvProfile ")
                    .append(Names.constant(name))
                    .append(" = ")
                    .append(factory(name))
                    .append("();\n"));
    out.append("\n  /** The name that the configuration knows it by. */\n")
        .append("  final String name;\n\n  final String schemaUrl;\n");
    for (String concept : concepts) {
      out.append("\n  /** ")
          .append(namesOf(concept))
          .append(". */\n  final ")
          .append(type(concept))
          .append(' ')
          .append(concept)
          .append(";\n");
    }
    for (String measure : measures) {
      out.append("\n  final List<MetricSpec> ").append(measure).append(";\n");
    }
    out.append("\n  private SemconvProfile(\n      String name,\n      String schemaUrl");
    concepts.forEach(c -> out.append(",\n      ").append(type(c)).append(' ').append(c));
    measures.forEach(m -> out.append(",\n      List<MetricSpec> ").append(m));
    out.append(") {\n    this.name = name;\n    this.schemaUrl = schemaUrl;\n");
    concepts.forEach(c -> out.append("    this.").append(c).append(" = ").append(c).append(";\n"));
    measures.forEach(m -> out.append("    this.").append(m).append(" = ").append(m).append(";\n"));
    out.append("  }\n\n  /** Returns the profile with this name, or null if there is none. */\n")
        .append("  static @Nullable SemconvProfile named(String name) {\n    switch (name) {\n");
    table
        .profiles()
        .keySet()
        .forEach(
            name ->
                out.append("      case ")
                    .append(literal(name))
                    .append(":\n        return ")
                    .append(Names.constant(name))
                    .append(";\n"));
    out.append("      default:\n        return null;\n    }\n  }\n\n")
        .append("  /** Returns the names of all profiles, for messages. */\n")
        .append("  static String names() {\n    return ")
        .append(literal(String.join(", ", table.profiles().keySet())))
        .append(";\n  }\n\n  @Override\n  public String toString() {\n    return name;\n  }\n");
    table.profiles().forEach((name, profile) -> out.append(profile(name, profile)));
    return out.append("}\n").toString();
  }

  private String profile(String name, Profile profile) {
    StringBuilder out = new StringBuilder();
    out.append("\n  private static SemconvProfile ")
        .append(factory(name))
        .append("() {\n    return new SemconvProfile(\n        ")
        .append(literal(name))
        .append(",\n        ")
        .append(literal(profile.schemaUrl()));
    for (String concept : concepts) {
      Attribute attribute = profile.attributes().get(concept);
      out.append(",\n        /* ")
          .append(concept)
          .append(" */ ")
          .append(attribute == null ? "Concept.absent()" : concept(concept, attribute));
    }
    for (String measure : measures) {
      List<Metric> metrics = profile.measures().getOrDefault(measure, List.of());
      out.append(",\n        /* ")
          .append(measure)
          .append(" */ List.of(")
          .append(
              metrics.stream()
                  .map(
                      metric ->
                          "\n            "
                              + metric(
                                  metric,
                                  profile.attributes(),
                                  table.own().measures().getOrDefault(measure, Map.of()).keySet()))
                  .collect(Collectors.joining(",")))
          .append(')');
    }
    return out.append(");\n  }\n").toString();
  }

  private String own() {
    StringBuilder out = new StringBuilder();
    out.append("import io.opentelemetry.api.common.AttributeKey;\n")
        .append("import java.util.List;\n")
        .append("import java.util.Map;\n\n")
        .append("/** Names that are Spanglass's own, the same in every profile. */\n")
        .append("final class SpanglassSemconv {\n");
    table
        .own()
        .attributes()
        .forEach(
            (concept, attribute) ->
                out.append("\n  /** ")
                    .append(attribute.description())
                    .append(" */\n  static final Concept<")
                    .append(keyType(attribute).javaType)
                    .append("> ")
                    .append(Names.constant(concept))
                    .append(" = ")
                    .append(concept(concept, attribute))
                    .append(";\n"));
    table
        .own()
        .metrics()
        .forEach(
            (key, metric) ->
                out.append("\n  /** ")
                    .append(metric.description())
                    .append(" */\n  static final MetricSpec ")
                    .append(Names.constant(key))
                    .append(" =\n      ")
                    .append(metric(metric, table.attributesOfOwnMetrics(), Set.of()))
                    .append(";\n"));
    return out.append("\n  private SpanglassSemconv() {}\n}\n").toString();
  }

  private static String constants(String name, Values values) {
    StringBuilder out = new StringBuilder();
    out.append("/** ").append(values.description()).append(" */\n");
    out.append("public final class ").append(name).append(" {\n");
    for (String value : values.values()) {
      out.append("  public static final String ")
          .append(Names.constant(value))
          .append(" = ")
          .append(literal(value))
          .append(";\n");
    }
    return out.append("\n  private ").append(name).append("() {}\n}\n").toString();
  }

  /**
   * @param own the keys of attributes of our own that its points carry too
   */
  private String metric(Metric metric, Map<String, Attribute> attributes, Set<String> own) {
    boolean histogram = metric.kind().equals("histogram");
    boolean isLong = metric.value().equals("long");
    StringBuilder out = new StringBuilder("MetricSpec.");
    out.append(isLong ? "long" : "double").append(histogram ? "Histogram" : "Counter");
    out.append("(\n                ").append(literal(metric.name()));
    out.append(",\n                ").append(literal(metric.unit()));
    out.append(",\n                ").append(literal(metric.description()));
    if (histogram) {
      out.append(",\n                ").append(bounds(metric.buckets(), isLong));
    }
    out.append(",\n                /* inference */ ").append(metric.spans().contains("inference"));
    out.append(",\n                /* embeddings */ ")
        .append(metric.spans().contains("embeddings"));
    out.append(",\n                ").append(fixed(metric.fixed()));
    metric
        .attributes()
        .keySet()
        .forEach(
            concept -> {
              Attribute attribute = requireNonNull(attributes.get(concept));
              if (!metric.fixed().containsKey(attribute.name())) {
                out.append(",\n                ").append(key(attribute));
              }
            });
    own.forEach(
        attribute ->
            out.append(",\n                ")
                .append(key(requireNonNull(table.own().attributes().get(attribute)))));
    return out.append(')').toString();
  }

  private String bounds(@Nullable String buckets, boolean isLong) {
    List<BigDecimal> bounds = requireNonNull(table.buckets().get(requireNonNull(buckets)));
    return bounds.stream()
        .map(bound -> isLong ? bound.longValueExact() + "L" : bound.doubleValue() + "")
        .collect(Collectors.joining(", ", "List.of(", ")"));
  }

  private static String fixed(Map<String, String> fixed) {
    return fixed.entrySet().stream()
        .map(entry -> literal(entry.getKey()) + ", " + literal(entry.getValue()))
        .collect(Collectors.joining(", ", "Map.of(", ")"));
  }

  /** What the concept is called in each profile, once if they agree. */
  private String namesOf(String concept) {
    Map<String, String> profilesByName = new LinkedHashMap<>();
    table
        .profiles()
        .forEach(
            (name, profile) -> {
              Attribute attribute = profile.attributes().get(concept);
              if (attribute != null) {
                profilesByName.merge(attribute.name(), name, (a, b) -> a + ", " + b);
              }
            });
    if (profilesByName.size() == 1) {
      return profilesByName.keySet().iterator().next();
    }
    return profilesByName.entrySet().stream()
        .map(entry -> entry.getKey() + " (" + entry.getValue() + ")")
        .collect(Collectors.joining(", "));
  }

  private String type(String concept) {
    if (table.numberConcepts().contains(concept)) {
      return "Concept<Number>";
    }
    for (Profile profile : table.profiles().values()) {
      Attribute attribute = profile.attributes().get(concept);
      if (attribute != null) {
        return "Concept<" + keyType(attribute).javaType + ">";
      }
    }
    throw new IllegalStateException(concept);
  }

  private String concept(String concept, Attribute attribute) {
    StringBuilder out = new StringBuilder("Concept.");
    out.append(table.numberConcepts().contains(concept) ? "number" : "of")
        .append('(')
        .append(key(attribute))
        .append(", Concept.Kind.")
        .append(attribute.kind().toUpperCase(Locale.ROOT));
    if (!attribute.values().isEmpty()) {
      out.append(", ").append(fixed(attribute.values()));
    }
    return out.append(')').toString();
  }

  private static String key(Attribute attribute) {
    return "AttributeKey." + keyType(attribute).factory + "(" + literal(attribute.name()) + ")";
  }

  private static KeyType keyType(Attribute attribute) {
    return requireNonNull(KeyType.of(attribute.type()));
  }

  private static String factory(String profile) {
    return "make" + Names.constant(profile);
  }

  private static String literal(String text) {
    return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
  }
}
