/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.pipeline;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.spanglass.pipeline.PanelQuery.Language;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** A Grafana dashboard in the classic JSON model. */
public final class Dashboard {
  private static final Pattern EMPTY_REASON = Pattern.compile("(?:^|\\s)(Empty [^.]*\\.)");
  private static final Pattern VARIABLE =
      Pattern.compile("\\$\\{(\\w+)(?::\\w+)?}|\\$(\\w+)|\\[\\[(\\w+)]]");

  private final JsonNode json;

  private Dashboard(JsonNode json) {
    this.json = json;
  }

  public static Dashboard read(Path file) throws IOException {
    return new Dashboard(new JsonMapper().readTree(file.toFile()));
  }

  public static Dashboard parse(String text) throws IOException {
    return new Dashboard(new JsonMapper().readTree(text));
  }

  /** The whole of it. */
  public JsonNode json() {
    return json;
  }

  /** All panels but rows, those in collapsed rows too. */
  public List<JsonNode> panels() {
    List<JsonNode> panels = new ArrayList<>();
    collect(
        json.path("panels"),
        panel -> {
          if (!panel.path("type").asText().equals("row")) {
            panels.add(panel);
          }
        });
    return panels;
  }

  /** Rows and panels, with those that rows hold. */
  private static void collect(JsonNode list, Consumer<JsonNode> to) {
    for (JsonNode panel : list) {
      to.accept(panel);
      collect(panel.path("panels"), to);
    }
  }

  /** The queries of all panels. */
  public List<PanelQuery> queries() {
    List<PanelQuery> queries = new ArrayList<>();
    for (JsonNode panel : panels()) {
      for (JsonNode target : panel.path("targets")) {
        JsonNode source =
            target.has("datasource") ? target.path("datasource") : panel.path("datasource");
        Language language = language(source.path("type").asText());
        queries.add(
            new PanelQuery(
                panel.path("title").asText(),
                target.path("refId").asText(),
                source.path("uid").asText(),
                language,
                target.path(language == Language.TRACEQL ? "query" : "expr").asText(),
                target.path("instant").asBoolean(),
                target.path("exemplar").asBoolean(),
                emptyReason(panel.path("description").asText())));
      }
    }
    return queries;
  }

  private static Language language(String type) {
    return switch (type) {
      case "prometheus" -> Language.PROMQL;
      case "loki" -> Language.LOGQL;
      case "tempo" -> Language.TRACEQL;
      default -> throw new IllegalArgumentException("no language known for data source " + type);
    };
  }

  static @Nullable String emptyReason(String description) {
    Matcher matcher = EMPTY_REASON.matcher(description);
    return matcher.find() ? matcher.group(1) : null;
  }

  /**
   * An expression with Grafana's variables replaced.
   *
   * @throws IllegalArgumentException if it has a variable without a value
   */
  public static String substitute(String expression, Map<String, String> values) {
    Matcher matcher = VARIABLE.matcher(expression);
    StringBuilder result = new StringBuilder();
    while (matcher.find()) {
      String name =
          matcher.group(1) != null
              ? matcher.group(1)
              : matcher.group(2) != null ? matcher.group(2) : matcher.group(3);
      String value = values.get(name);
      if (value == null) {
        throw new IllegalArgumentException("no value for $" + name + " in " + expression);
      }
      matcher.appendReplacement(result, Matcher.quoteReplacement(value));
    }
    matcher.appendTail(result);
    return result.toString();
  }
}
