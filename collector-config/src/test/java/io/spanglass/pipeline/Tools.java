/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.pipeline;

import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The real programs, from the cache of tools/build, which builds what is missing. */
final class Tools {
  /**
   * @param status the exit code
   * @param output standard output and error
   */
  record Result(int status, String output) {}

  private Tools() {}

  /**
   * Prometheus' own reader of configurations. Without it, and without Go to build it, the test is
   * skipped.
   */
  static Path promtool() throws IOException, InterruptedException {
    String named = System.getenv("PROMTOOL_BIN");
    if (named != null) {
      return Path.of(named);
    }
    String build = Shipped.ROOT.resolve("tools/build").toString();
    Path log = Files.createTempFile("tools-build", ".log");
    try {
      Process process =
          new ProcessBuilder("bash", build, "prometheus").redirectError(log.toFile()).start();
      String directory =
          new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
      if (process.waitFor() != 0) {
        String why = Files.readString(log);
        assumeFalse(
            why.contains("there is no Go") || why.contains("needs Go"),
            "skipped: promtool is not in the cache, and there is no Go that could build it");
        throw new AssertionError(why);
      }
      return Path.of(directory, "promtool");
    } finally {
      Files.delete(log);
    }
  }

  static Result run(List<String> command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Result(process.waitFor(), output);
  }
}
