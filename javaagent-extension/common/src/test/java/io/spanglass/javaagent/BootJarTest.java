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
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
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

  @Test
  void aFolderThatTakesNoFileLeadsToTheNextOne() throws Exception {
    Path file = Files.writeString(temporary.resolve("file"), "no folder");
    List<String> reasons = new ArrayList<>();
    Path kept =
        BootJar.firstFile(
            List.of(file.resolve("below"), temporary.resolve("missing"), temporary), JAR, reasons);
    assertThat(kept).hasBinaryContent(JAR).hasParent(folder);
    assertThat(reasons)
        .hasSize(2)
        .anySatisfy(reason -> assertThat(reason).startsWith(file.resolve("below") + " takes"))
        .anySatisfy(reason -> assertThat(reason).contains("NoSuchFileException"));
  }

  @Test
  void theSameChecksHoldInTheNextOne() throws Exception {
    Files.createDirectory(folder);
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxrwxrwx"));
    assertThat(
            BootJar.firstFile(
                List.of(temporary.resolve("missing"), temporary), JAR, new ArrayList<>()))
        .hasBinaryContent(JAR)
        .hasParent(temporary);
    assertThat(list(folder)).isEmpty();
  }

  @Test
  void whereNoFolderTakesItThereIsAReasonForEach() throws Exception {
    List<String> reasons = new ArrayList<>();
    assertThat(
            BootJar.firstFile(
                List.of(temporary.resolve("one"), temporary.resolve("two")), JAR, reasons))
        .isNull();
    assertThat(reasons).hasSize(2);
    assertThat(list(temporary)).isEmpty();
  }

  @Test
  void theExtensionsFolderIsThatOfTheJarThatCarriesTheBootJar() throws Exception {
    Path ours = Files.createDirectory(temporary.resolve("ours"));
    Path others = Files.createDirectory(temporary.resolve("others"));
    jar(ours.resolve("extension.jar"), "io/spanglass/javaagent/spanglass-bootstrap.bin");
    jar(others.resolve("extension.jar"), "other");
    String jars = others.resolve("extension.jar") + ", " + ours.resolve("extension.jar");
    assertThat(BootJar.ownFolders(jars)).contains(ours).doesNotContain(others);
    assertThat(BootJar.ownFolders(others + "," + ours)).contains(ours).doesNotContain(others);
    assertThat(BootJar.ownFolders("\0," + temporary.resolve("missing")))
        .doesNotContain(ours, others);
  }

  private static void jar(Path file, String entry) throws IOException {
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(file))) {
      zip.putNextEntry(new ZipEntry(entry));
    }
  }
}
