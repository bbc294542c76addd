/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.javaagent;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Where the build put what the integration tests run. */
final class Extension {

  static final String SCOPE = "io.spanglass.genai";
  static final String HTTP_SCOPE = "io.opentelemetry.java-http-client";

  /** The jar as it is shipped. */
  static Path jar() {
    return Path.of(Objects.requireNonNull(System.getProperty("spanglass.test.extension")));
  }

  /** An agent of those that the build fetched. */
  static Path agent(String version) {
    return Path.of(
        Objects.requireNonNull(System.getProperty("spanglass.test.agents")),
        "opentelemetry-javaagent-" + version + ".jar");
  }

  /** The newest Java that this machine has besides the one of the build, or null. */
  static @Nullable Path newestJava() throws Exception {
    String named = System.getenv("SPANGLASS_JDK_NEWEST");
    if (named != null) {
      return Path.of(named);
    }
    Path installed = Path.of("/usr/lib/jvm");
    if (!Files.isDirectory(installed)) {
      return null;
    }
    try (Stream<Path> paths = Files.list(installed)) {
      return paths
          .filter(path -> path.getFileName().toString().startsWith("temurin-25"))
          .filter(path -> Files.isExecutable(path.resolve("bin").resolve("java")))
          .findFirst()
          .orElse(null);
    }
  }

  private Extension() {}
}
