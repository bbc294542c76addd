/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.pipeline;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * One rule of a file of Prometheus rules.
 *
 * @param file the file's name
 * @param name what is recorded, or the alert's name
 * @param alert whether it is an alert
 */
public record Rule(
    String file,
    String name,
    boolean alert,
    String expression,
    Map<String, String> labels,
    Map<String, String> annotations) {

  /**
   * All rules of the files {@code *.yml} in a directory, in the order of names and of the files.
   */
  public static List<Rule> readAll(Path directory) throws IOException {
    List<Path> files;
    try (Stream<Path> found = Files.list(directory)) {
      files = found.filter(file -> file.toString().endsWith(".yml")).sorted().toList();
    }
    List<Rule> rules = new ArrayList<>();
    for (Path file : files) {
      for (JsonNode group : new YAMLMapper().readTree(file.toFile()).path("groups")) {
        for (JsonNode rule : group.path("rules")) {
          boolean alert = rule.has("alert");
          rules.add(
              new Rule(
                  String.valueOf(file.getFileName()),
                  rule.path(alert ? "alert" : "record").asText(),
                  alert,
                  rule.path("expr").asText(),
                  strings(rule.path("labels")),
                  strings(rule.path("annotations"))));
        }
      }
    }
    return rules;
  }

  private static Map<String, String> strings(JsonNode object) {
    Map<String, String> strings = new LinkedHashMap<>();
    object.properties().forEach(entry -> strings.put(entry.getKey(), entry.getValue().asText()));
    return strings;
  }
}
