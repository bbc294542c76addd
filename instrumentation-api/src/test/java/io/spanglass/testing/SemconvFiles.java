/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.testing;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** The table of names that the classes are generated from. */
public final class SemconvFiles {
  private static final ObjectMapper JACKSON = new ObjectMapper();
  private static final Path DIRECTORY = Path.of("src", "main", "semconv");

  private SemconvFiles() {}

  /** With the profiles that stand in files beside it, in the order of the generator. */
  public static JsonNode table() throws IOException {
    JsonNode table = read(DIRECTORY.resolve("genai-semconv.json"));
    List<Path> profiles;
    try (Stream<Path> files = Files.list(DIRECTORY.resolve("profiles"))) {
      profiles = files.sorted().toList();
    }
    for (Path profile : profiles) {
      String name = String.valueOf(profile.getFileName()).replaceFirst("\\.json$", "");
      ((ObjectNode) table.get("profiles")).set(name, read(profile));
    }
    return table;
  }

  private static JsonNode read(Path file) throws IOException {
    return JACKSON.readTree(Files.readString(file));
  }
}
