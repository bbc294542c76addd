/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.javaagent;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BootJarTest {
  private static final byte[] JAR = "the jar".getBytes(UTF_8);

  @TempDir private Path temporary;
  private Path folder;

  @BeforeEach
  void onlyWithOwners() {
    assumeTrue(
        temporary.getFileSystem().supportedFileAttributeViews().contains("posix"),
        "no POSIX permissions here");
    folder =
        temporary.resolve(
            "spanglass-" + System.getProperty("user.name").replaceAll("[^A-Za-z0-9]", "_"));
  }

  private static List<Path> list(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.sorted().toList();
    }
  }

  @Test
  void theNextProcessUsesTheFileOfTheOneBefore() throws Exception {
    Path first = BootJar.file(temporary, JAR);
    assertThat(first).hasBinaryContent(JAR).hasParent(folder);
    assertThat(BootJar.file(temporary, JAR)).isEqualTo(first);
    assertThat(list(folder)).containsExactly(first);
    assertThat(list(temporary)).containsExactly(folder);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder)))
        .isEqualTo("rwx------");
  }

  @Test
  void anotherVersionIsAnotherFile() throws Exception {
    Path other = BootJar.file(temporary, "other".getBytes(UTF_8));
    assertThat(BootJar.file(temporary, JAR)).isNotEqualTo(other).hasBinaryContent(JAR);
    assertThat(other).hasContent("other");
  }

  @Test
  void aFileThatIsNotWhatItShouldBeIsReplaced() throws Exception {
    Path file = BootJar.file(temporary, JAR);
    Files.writeString(file, "the jab");
    assertThat(BootJar.file(temporary, JAR)).isEqualTo(file).hasBinaryContent(JAR);
  }

  @Test
  void aLinkInPlaceOfTheFileIsReplacedAndNotFollowed() throws Exception {
    Path file = BootJar.file(temporary, JAR);
    Path elsewhere = Files.write(temporary.resolve("elsewhere"), JAR);
    Files.delete(file);
    Files.createSymbolicLink(file, elsewhere);
    assertThat(BootJar.file(temporary, JAR)).isEqualTo(file);
    assertThat(Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)).isTrue();
  }

  @Test
  void aFolderThatOthersCanWriteToIsNotUsed() throws Exception {
    Files.createDirectory(folder);
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxrwxrwx"));
    assertThat(BootJar.file(temporary, JAR)).hasBinaryContent(JAR).hasParent(temporary);
    assertThat(list(folder)).isEmpty();
  }

  @Test
  void aLinkInPlaceOfTheFolderIsNotUsed() throws Exception {
    Path elsewhere = Files.createDirectory(temporary.resolve("elsewhere"));
    Files.setPosixFilePermissions(elsewhere, PosixFilePermissions.fromString("rwx------"));
    Files.createSymbolicLink(folder, elsewhere);
    assertThat(BootJar.file(temporary, JAR)).hasBinaryContent(JAR).hasParent(temporary);
    assertThat(list(elsewhere)).isEmpty();
  }

  @Test
  void aFileInPlaceOfTheFolderIsNotUsed() throws Exception {
    Files.writeString(folder, "in the way");
    assertThat(BootJar.file(temporary, JAR)).hasBinaryContent(JAR).hasParent(temporary);
  }

  @Test
  void aFolderOfSomebodyElseIsNotUsed() throws Exception {
    Files.createDirectory(folder);
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx------"));
    try {
      Files.setOwner(
          folder,
          folder.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByName("nobody"));
    } catch (IOException e) {
      assumeTrue(false, "only root can give a folder away: " + e);
    }
    assertThat(BootJar.file(temporary, JAR)).hasBinaryContent(JAR).hasParent(temporary);
    assertThat(list(folder)).isEmpty();
  }
}
