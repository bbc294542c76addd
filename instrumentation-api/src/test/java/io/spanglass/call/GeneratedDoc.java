/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.call;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A page of the documentation of which a part is what the tests have seen. */
final class GeneratedDoc {
  /** Set to write what the runs showed instead of comparing. */
  private static final String WRITE = "spanglass.docs.write";

  private static final String COMMAND =
      "./mvnw test -pl instrumentation-api -am -Dtest='*DocTest'"
          + " -Dsurefire.failIfNoSpecifiedTests=false -D"
          + WRITE;

  private static final Path DOCS = Path.of("..", "docs");
  private static final String BEGIN = "<!-- Written by tests, see CONTRIBUTING.md: begin -->\n";
  private static final String END = "<!-- end -->\n";

  private GeneratedDoc() {}

  /** Compares a whole file with what it should be, or writes it. */
  static void checkOrWriteFile(String name, String generated) throws IOException {
    Path file = DOCS.resolve(name);
    if (System.getProperty(WRITE) != null) {
      Files.createDirectories(file.getParent());
      Files.writeString(file, generated);
    }
    assertThat(Files.exists(file) ? Files.readString(file) : "")
        .as("docs/%s is not what the runs showed; to write it: %s", name, COMMAND)
        .isEqualTo(generated);
  }

  /** Compares what stands between the marks with what it should be, or writes it. */
  static void checkOrWrite(String page, String generated) throws IOException {
    Path file = DOCS.resolve(page);
    String committed = Files.readString(file);
    int begin = committed.indexOf(BEGIN);
    int end = committed.indexOf(END, begin);
    assertThat(end).as("marks in %s", page).isGreaterThan(begin).isPositive();
    String updated =
        committed.substring(0, begin + BEGIN.length()) + generated + committed.substring(end);
    if (System.getProperty(WRITE) != null) {
      Files.writeString(file, updated);
    }
    assertThat(Files.readString(file))
        .as("docs/%s is not what the runs showed; to write it: %s", page, COMMAND)
        .isEqualTo(updated);
  }
}
