/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.javaagent;

import static io.spanglass.javaagent.Extension.SCOPE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.spanglass.testing.AgentJvm;
import io.spanglass.testing.SmokeCase;
import io.spanglass.testing.SmokeRun;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Calls are observed where Java's temporary folder takes no file, and the log says how. */
class BootJarIT {
  private static final Set<SmokeCase> CASES = EnumSet.of(SmokeCase.STREAM, SmokeCase.DOCUMENT);
  private static final String OWN_FOLDER =
      "spanglass-" + System.getProperty("user.name").replaceAll("[^A-Za-z0-9]", "_");

  @TempDir private Path directory;
  private Path extension;

  @BeforeEach
  void anExtensionOfItsOwn() throws IOException {
    assumeTrue(
        directory.getFileSystem().supportedFileAttributeViews().contains("posix"),
        "no POSIX permissions here");
    extension =
        Files.copy(
            Extension.jar(),
            Files.createDirectory(directory.resolve("agent")).resolve("extension.jar"));
  }

  @Test
  void theExtensionsFolderTakesIt() throws Exception {
    // Root, too, can make no folder below a file.
    Path nowhere = Files.createFile(directory.resolve("file")).resolve("below");
    String output = run(jvm -> jvm.property("java.io.tmpdir", nowhere.toString()));

    Path folder = extension.resolveSibling(OWN_FOLDER);
    assertThat(output)
        .containsPattern("Spanglass .* observes model calls of ")
        .contains("; boot jar in " + folder + ", as " + nowhere + " takes no file (");
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files.toList())
          .singleElement()
          .satisfies(file -> assertThat(file.getFileName().toString()).startsWith("bootstrap-"));
    }
  }

  @Test
  void withoutAnyFileItIsInMemory() throws Exception {
    assumeTrue(
        files(Path.of("/dev/shm", OWN_FOLDER), "bootstrap-").isEmpty(),
        "a process before has left its file");
    Path temporary = Files.createDirectory(directory.resolve("temporary"));
    // Root, too, can write to no file under this limit, wherever it lies.
    Path java = Files.createDirectories(directory.resolve("java/bin")).resolve("java");
    Files.writeString(
        java,
        "#!/bin/sh\nulimit -f 0\nexec '"
            + Path.of(System.getProperty("java.home"), "bin", "java")
            + "' \"$@\"\n");
    Files.setPosixFilePermissions(java, PosixFilePermissions.fromString("rwx------"));
    String output =
        run(
            jvm ->
                jvm.javaHome(directory.resolve("java"))
                    .jvmOption("-XX:-UsePerfData")
                    .property("java.io.tmpdir", temporary.toString()));

    assertThat(output)
        .containsPattern("Spanglass .* observes model calls of ")
        .contains("; boot classes in memory, as " + temporary + " takes no file (")
        .contains(" and " + extension.getParent() + " takes no file (");
    assertThat(files(temporary, "spanglass")).isEmpty();
  }

  private String run(Consumer<AgentJvm.Builder> settings) throws Exception {
    try (SmokeRun run = new SmokeRun()) {
      String output =
          run.run(
              CASES,
              spans -> spans.stream().filter(span -> span.scopeName().equals(SCOPE)).count() == 2,
              jvm -> {
                jvm.extension(extension);
                settings.accept(jvm);
              });
      assertThat(run.receiver().latestMetrics("spanglass.internal.errors")).isEmpty();
      return output;
    }
  }

  /** The plain files below, whose names begin so. */
  private static List<Path> files(Path folder, String prefix) throws IOException {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> files = Files.walk(folder)) {
      return files
          .filter(Files::isRegularFile)
          .filter(file -> file.getFileName().toString().startsWith(prefix))
          .toList();
    }
  }
}
