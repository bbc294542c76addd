/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.call;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Walks through what the conventions have for inference and embeddings: each name is shown by a
 * run, under every version that has it, or {@code not-shown.json} says why it cannot be.
 */
class ConventionsDocTest {
  private static final Path RESOURCES = Path.of("src", "test", "resources", "semconv");

  private final Map<String, JsonNode> conventions = new LinkedHashMap<>();
  private final Map<String, List<Emitted>> runs = new LinkedHashMap<>();
  private final JsonNode notShown = read("not-shown.json");
  private final List<String> problems = new ArrayList<>();

  ConventionsDocTest() throws IOException {
    for (String profile : Emitted.PROFILES) {
      conventions.put(profile, read("conventions.json").get("profiles").get(profile));
      runs.put(profile, Emitted.all(profile));
    }
  }

  private static JsonNode read(String file) throws IOException {
    return new ObjectMapper().readTree(Files.readString(RESOURCES.resolve(file)));
  }

  @Test
  void everyNameIsShownOrExplained() throws IOException {
    StringBuilder page = new StringBuilder("\n");
    conventions.forEach(
        (profile, node) ->
            page.append("- `")
                .append(profile)
                .append("`: ")
                .append(node.get("source").asText())
                .append('\n'));
    inference(page);
    section(
        page,
        "Embeddings",
        "attribute",
        "embeddings",
        names(node -> node.get("spans").get("embeddings"), Set.of()),
        emitted -> emitted.embeddings() ? emitted.attributes().keySet() : Set.of());
    section(
        page,
        "Metrics",
        "metric",
        "metrics",
        names(node -> node.get("metrics"), Set.of()),
        emitted -> emitted.metrics().keySet());
    section(page, "Events", "event", "events", events(), Emitted::events);

    // Reasons for what is not in the list help nobody.
    Set<String> sections = new TreeSet<>();
    notShown.fieldNames().forEachRemaining(sections::add);
    assertThat(sections).containsExactly("about", "embeddings", "events", "inference", "metrics");
    assertThat(problems).as("the conventions, and what is shown of them").isEmpty();
    GeneratedDoc.checkOrWrite("conventions.md", page + "\n");
  }

  /** The general page, and what those of providers have besides. */
  private void inference(StringBuilder page) {
    Map<String, String> spans = new LinkedHashMap<>();
    spans.put("inference", "Inference");
    spans.put("openai", "Inference, of OpenAI besides");
    spans.put("anthropic", "Inference, of Anthropic besides");
    spans.put("azure", "Inference, of Azure AI Inference besides");
    spans.put("bedrock", "Inference, of AWS Bedrock besides");
    Set<String> general = new TreeSet<>();
    Set<String> all = new TreeSet<>();
    spans.forEach(
        (span, title) -> {
          Map<String, Map<String, String>> names =
              names(node -> node.get("spans").get(span), general);
          names.values().forEach(levels -> all.addAll(levels.keySet()));
          all.addAll(names.keySet());
          if (span.equals("inference")) {
            general.addAll(names.keySet());
          }
          section(
              page,
              title,
              "attribute",
              "inference",
              names,
              emitted -> emitted.embeddings() ? Set.of() : emitted.attributes().keySet());
        });
    checkKnown("inference", all);
  }

  /** By name, the level in each version that has it. */
  private Map<String, Map<String, String>> names(
      Function<JsonNode, JsonNode> of, Set<String> without) {
    Map<String, Map<String, String>> names = new LinkedHashMap<>();
    conventions.forEach(
        (profile, node) ->
            of.apply(node)
                .properties()
                .forEach(
                    entry -> {
                      if (!without.contains(entry.getKey())) {
                        names
                            .computeIfAbsent(entry.getKey(), name -> new LinkedHashMap<>())
                            .put(
                                profile,
                                entry.getValue().path("level").asText("yes").replace('_', ' '));
                      }
                    }));
    return names;
  }

  private Map<String, Map<String, String>> events() {
    Map<String, Map<String, String>> names = new LinkedHashMap<>();
    conventions.forEach(
        (profile, node) ->
            node.get("events")
                .forEach(
                    event ->
                        names
                            .computeIfAbsent(event.asText(), name -> new LinkedHashMap<>())
                            .put(profile, "yes")));
    return names;
  }

  private void section(
      StringBuilder page,
      String title,
      String what,
      String reasons,
      Map<String, Map<String, String>> names,
      Function<Emitted, Set<String>> emits) {
    if (!reasons.equals("inference")) {
      checkKnown(reasons, names.keySet());
    }
    if (names.isEmpty()) {
      return;
    }
    page.append("\n## ").append(title).append("\n\n| ").append(what).append(" |");
    conventions.keySet().forEach(profile -> page.append(" ").append(profile).append(" |"));
    page.append(" shown by, or why not |\n|---|")
        .append("---|".repeat(conventions.size() + 1))
        .append('\n');
    names.forEach(
        (name, levels) -> {
          page.append("| `").append(name).append("` |");
          conventions
              .keySet()
              .forEach(
                  profile ->
                      page.append(' ').append(levels.getOrDefault(profile, "–")).append(" |"));
          page.append(' ').append(shownBy(reasons, name, levels.keySet(), emits)).append(" |\n");
        });
  }

  private String shownBy(
      String reasons, String name, Set<String> profiles, Function<Emitted, Set<String>> emits) {
    String reason = notShown.get(reasons).path(name).asText("");
    Set<String> shown = new LinkedHashSet<>();
    for (String profile : profiles) {
      String from = first(profile, name, emits);
      if (from == null && reason.isEmpty()) {
        problems.add(name + " is shown by no run under " + profile + ", and nothing says why");
      }
      if (from != null) {
        shown.add(from);
        if (!reason.isEmpty()) {
          problems.add(name + " is shown by " + from + ", though there is a reason why it is not");
        }
      }
    }
    return shown.isEmpty() ? reason : String.join(", ", shown);
  }

  private @Nullable String first(
      String profile, String name, Function<Emitted, Set<String>> emits) {
    for (Emitted emitted : runs.getOrDefault(profile, List.of())) {
      if (emits.apply(emitted).contains(name)) {
        return emitted.from();
      }
    }
    return null;
  }

  private void checkKnown(String reasons, Set<String> names) {
    notShown
        .get(reasons)
        .fieldNames()
        .forEachRemaining(
            name -> {
              if (!names.contains(name)) {
                problems.add(name + " has a reason and is not in the conventions: " + reasons);
              }
            });
  }
}
