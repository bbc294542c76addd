/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.muzzle;

import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import org.apache.maven.plugin.MojoExecutionException;

/**
 * The versions that a check runs with, written down: the same build looks at the same versions
 * until somebody refreshes the file.
 */
final class VersionsFile {
  /** What is looked at of one library, each ascending. */
  record Selected(List<String> inside, List<String> outside) {}

  private final Path file;

  VersionsFile(Path file) {
    this.file = file;
  }

  /**
   * @throws MojoExecutionException if the file has no versions for this library, or was written for
   *     another artifact or range
   */
  Selected read(Library library) throws MojoExecutionException {
    Properties properties = new Properties();
    if (Files.isRegularFile(file)) {
      try (Reader reader = Files.newBufferedReader(file)) {
        properties.load(reader);
      } catch (IOException e) {
        throw new MojoExecutionException("Cannot read " + file, e);
      }
    }
    String name = library.name();
    String written =
        properties.getProperty(name + ".artifact") + " " + properties.getProperty(name + ".range");
    if (!written.equals(library.artifact() + " " + library.range())) {
      throw new MojoExecutionException(
          file
              + " has no versions of "
              + library.artifact()
              + " "
              + library.range()
              + " ("
              + name
              + "): write them with -Dmuzzle.refresh");
    }
    return new Selected(list(properties, name + ".inside"), list(properties, name + ".outside"));
  }

  private static List<String> list(Properties properties, String key) {
    String value = properties.getProperty(key, "").trim();
    return value.isEmpty() ? List.of() : List.of(value.split("\\s+", -1));
  }

  /** Replaces the file. */
  void write(Map<Library, Selected> libraries) throws MojoExecutionException {
    Map<String, String> lines = new TreeMap<>();
    for (Map.Entry<Library, Selected> entry : libraries.entrySet()) {
      Library library = entry.getKey();
      String name = library.name();
      lines.put(name + ".artifact", library.artifact());
      lines.put(name + ".range", library.range());
      lines.put(name + ".inside", String.join(" ", entry.getValue().inside()));
      lines.put(name + ".outside", String.join(" ", entry.getValue().outside()));
    }
    List<String> text = new ArrayList<>();
    text.add("# The versions that muzzle:check runs with; written with -Dmuzzle.refresh.");
    lines.forEach((key, value) -> text.add((key + " = " + value).trim()));
    try {
      Files.write(file, text);
    } catch (IOException e) {
      throw new MojoExecutionException("Cannot write " + file, e);
    }
  }
}
