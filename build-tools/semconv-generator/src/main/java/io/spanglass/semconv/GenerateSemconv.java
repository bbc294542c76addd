/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.semconv;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Writes the Java sources that a table of names stands for: {@code GenerateSemconv <table.json>
 * <directory>}. The directory belongs to it: sources of an earlier table that are no longer made
 * are deleted, and files that would not change are not touched, so that an incremental build has
 * nothing to do.
 */
public final class GenerateSemconv {

  /**
   * Runs inside Maven's own JVM, hence an exception and no exit code.
   *
   * @throws IOException if the table cannot be read or the sources not be written
   * @throws IllegalArgumentException if the table contradicts itself
   */
  public static void main(String[] args) throws IOException {
    if (args.length != 2) {
      throw new IllegalArgumentException("Usage: GenerateSemconv <table.json> <output directory>");
    }
    write(new SemconvSources(SemconvTable.read(Path.of(args[0]))).generate(), Path.of(args[1]));
  }

  /**
   * @param sources text by path, relative to the directory
   */
  static void write(Map<String, String> sources, Path directory) throws IOException {
    Files.createDirectories(directory);
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : (Iterable<Path>) files.filter(Files::isRegularFile)::iterator) {
        String name = directory.relativize(file).toString().replace('\\', '/');
        if (!sources.containsKey(name)) {
          Files.delete(file);
        }
      }
    }
    for (Map.Entry<String, String> source : sources.entrySet()) {
      Path file = directory.resolve(source.getKey());
      if (Files.exists(file) && Files.readString(file).equals(source.getValue())) {
        continue;
      }
      Path parent = file.getParent();
      if (parent != null) {
        Files.createDirectories(parent);
      }
      Files.writeString(file, source.getValue());
    }
  }

  private GenerateSemconv() {}
}
