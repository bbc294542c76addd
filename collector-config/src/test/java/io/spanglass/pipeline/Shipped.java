/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.pipeline;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The files under test: those that people deploy. */
final class Shipped {
  static final Path ROOT = Path.of(System.getProperty("spanglass.collector-config", "."));
  static final Path RULES = ROOT.resolve("prometheus/rules");
  static final Path RUNBOOKS = ROOT.resolve("runbooks");
  static final Path DASHBOARDS = ROOT.resolve("grafana/dashboards");
  static final Path DATA_SOURCES = ROOT.resolve("grafana/provisioning/datasources/spanglass.yaml");

  private static final Pattern PROMQL_BLOCK = Pattern.compile("(?s)```promql\n(.*?)```");

  private Shipped() {}

  static List<Rule> rules() throws IOException {
    return Rule.readAll(RULES);
  }

  static Set<String> recorded() throws IOException {
    return rules().stream()
        .filter(rule -> !rule.alert())
        .map(Rule::name)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  /** What the rules make our own series from. */
  static Set<String> rawNames() throws IOException {
    Set<String> names = new TreeSet<>();
    for (Rule rule : rules()) {
      PromQl.metricNames(rule.expression()).stream()
          .filter(name -> !name.startsWith("spanglass:"))
          .forEach(names::add);
    }
    return names;
  }

  static List<Path> dashboards() throws IOException {
    return files(DASHBOARDS, ".json");
  }

  static List<Path> runbooks() throws IOException {
    return files(RUNBOOKS, ".md");
  }

  static List<Path> files(Path directory, String suffix) throws IOException {
    try (Stream<Path> found = Files.list(directory)) {
      return found.filter(file -> file.toString().endsWith(suffix)).sorted().toList();
    }
  }

  /** The blocks marked as PromQL in a page. */
  static List<String> promQl(Path page) throws IOException {
    List<String> blocks = new ArrayList<>();
    Matcher matcher = PROMQL_BLOCK.matcher(Files.readString(page));
    while (matcher.find()) {
      blocks.add(matcher.group(1).strip());
    }
    return blocks;
  }

  static JsonNode yaml(Path file) throws IOException {
    return new YAMLMapper().readTree(file.toFile());
  }

  static JsonNode json(Path file) throws IOException {
    return new JsonMapper().readTree(file.toFile());
  }

  static Set<String> dataSourceUids() throws IOException {
    Set<String> uids = new LinkedHashSet<>();
    yaml(DATA_SOURCES).path("datasources").forEach(source -> uids.add(source.path("uid").asText()));
    return uids;
  }
}
