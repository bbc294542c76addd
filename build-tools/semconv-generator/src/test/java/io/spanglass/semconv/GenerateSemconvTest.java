/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.semconv;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GenerateSemconvTest {
  @TempDir private Path directory;

  @Test
  void removesWhatIsNoLongerGenerated() throws IOException {
    GenerateSemconv.write(Map.of("a/A.java", "class A {}", "a/B.java", "class B {}"), directory);
    GenerateSemconv.write(Map.of("a/B.java", "final class B {}"), directory);

    assertThat(directory.resolve("a/A.java")).doesNotExist();
    assertThat(directory.resolve("a/B.java")).hasContent("final class B {}");
  }

  @Test
  void leavesUnchangedFilesAlone() throws IOException {
    Map<String, String> sources = Map.of("a/A.java", "class A {}");
    GenerateSemconv.write(sources, directory);
    FileTime longAgo = FileTime.fromMillis(1_000_000_000_000L);
    Files.setLastModifiedTime(directory.resolve("a/A.java"), longAgo);

    GenerateSemconv.write(sources, directory);

    assertThat(Files.getLastModifiedTime(directory.resolve("a/A.java"))).isEqualTo(longAgo);
  }

  @Test
  void saysHowItIsUsed() {
    assertThatThrownBy(() -> GenerateSemconv.main(new String[0]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("Usage: GenerateSemconv <table.json> <output directory>");
  }
}
