/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.muzzle;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.opentelemetry.javaagent.extension.instrumentation.InstrumentationModule;
import io.opentelemetry.javaagent.tooling.muzzle.InstrumentationModuleMuzzle;
import io.opentelemetry.javaagent.tooling.muzzle.references.ClassRef;
import java.io.File;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.jar.JarOutputStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Generates for a small module that is compiled here: a library, its advice and a helper. */
class MuzzleGeneratorTest {
  @TempDir Path folder;
  private Path library;
  private Path extension;

  @BeforeEach
  void compile() throws IOException {
    library = Files.createDirectory(folder.resolve("library"));
    extension = Files.createDirectory(folder.resolve("extension"));
    Sources.compile(library, List.of(), Map.of("lib.Client", Sources.CLIENT));
    Sources.compile(extension, List.of(library), Sources.MODULE);
  }

  private MuzzleGenerator generator() {
    List<File> classpath = new ArrayList<>(Sources.apis());
    classpath.add(library.toFile());
    return new MuzzleGenerator(classpath);
  }

  /** What the agent asks a module for, from the classes in a folder or a jar. */
  private static void assertGenerated(File classes) throws Exception {
    try (URLClassLoader loader =
        new URLClassLoader(
            new URL[] {classes.toURI().toURL()}, MuzzleGeneratorTest.class.getClassLoader())) {
      InstrumentationModule module =
          (InstrumentationModule)
              loader.loadClass("ext.ClientModule").getDeclaredConstructor().newInstance();
      assertThat(module).isInstanceOf(InstrumentationModuleMuzzle.class);
      InstrumentationModuleMuzzle muzzle = (InstrumentationModuleMuzzle) module;
      assertThat(muzzle.getMuzzleHelperClassNames()).containsExactly("ext.Helper");
      ClassRef client = muzzle.getMuzzleReferences().get("lib.Client");
      assertThat(client).isNotNull();
      if (client != null) {
        assertThat(client.getMethods())
            .anySatisfy(
                method -> {
                  assertThat(method.getName()).isEqualTo("call");
                  assertThat(method.getDescriptor()).isEqualTo("(I)Ljava/lang/String;");
                });
      }
      assertThat(muzzle.getMuzzleReferences()).doesNotContainKey("java.lang.String");
    }
  }

  private static boolean hasMethods(File classes) throws Exception {
    try (URLClassLoader loader =
        new URLClassLoader(
            new URL[] {classes.toURI().toURL()}, MuzzleGeneratorTest.class.getClassLoader())) {
      return InstrumentationModuleMuzzle.class.isAssignableFrom(
          loader.loadClass("ext.ClientModule"));
    }
  }

  private File jar(LocalDateTime time) throws IOException {
    Path jar = folder.resolve("extension.jar");
    try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar))) {
      // Not in the order of their names.
      add(out, "META-INF/", null, time);
      add(out, "META-INF/MANIFEST.MF", "Manifest-Version: 1.0\n\n".getBytes(UTF_8), time);
      for (String name :
          List.of(
              "ext/Helper.class",
              "ext/ClientModule.class",
              "ext/ClientInstrumentation.class",
              "ext/ClientInstrumentation$CallAdvice.class")) {
        add(out, name, Files.readAllBytes(extension.resolve(name)), time.plusMinutes(1));
      }
      add(out, "a.txt", "text".getBytes(UTF_8), time);
    }
    return jar.toFile();
  }

  private static void add(
      JarOutputStream out, String name, byte @Nullable [] bytes, LocalDateTime time)
      throws IOException {
    JarEntry entry = new JarEntry(name);
    entry.setTimeLocal(time);
    out.putNextEntry(entry);
    if (bytes != null) {
      out.write(bytes);
    }
    out.closeEntry();
  }

  private static List<String> entries(File jar) throws IOException {
    List<String> entries = new ArrayList<>();
    try (JarFile file = new JarFile(jar)) {
      for (JarEntry entry : Collections.list(file.entries())) {
        entries.add(entry.getName() + " " + entry.getTimeLocal());
      }
    }
    return entries;
  }

  @Test
  void aFolderGetsTheReferencesOfItsModule() throws Exception {
    assertThat(hasMethods(extension.toFile())).isFalse();
    assertThat(generator().generateInFolder(extension.toFile()))
        .containsExactly("ext.ClientModule");
    assertGenerated(extension.toFile());
  }

  @Test
  void generatingTwiceIsGeneratingOnce() throws Exception {
    generator().generateInFolder(extension.toFile());
    byte[] once = Files.readAllBytes(extension.resolve("ext/ClientModule.class"));
    assertThat(generator().generateInFolder(extension.toFile()))
        .containsExactly("ext.ClientModule");
    assertThat(extension.resolve("ext/ClientModule.class")).hasBinaryContent(once);
    assertGenerated(extension.toFile());
  }

  @Test
  void otherClassesOfAFolderStayAsTheyAre() throws Exception {
    byte[] helper = Files.readAllBytes(extension.resolve("ext/Helper.class"));
    generator().generateInFolder(extension.toFile());
    assertThat(extension.resolve("ext/Helper.class")).hasBinaryContent(helper);
  }

  @Test
  void aJarGetsTheReferencesAndKeepsItsEntriesOrderAndTimes() throws Exception {
    File jar = jar(LocalDateTime.of(2024, 2, 29, 12, 30, 2));
    List<String> before = entries(jar);

    assertThat(generator().generateInJar(jar)).containsExactly("ext.ClientModule");

    assertGenerated(jar);
    assertThat(entries(jar)).isEqualTo(before);
    try (JarFile file = new JarFile(jar)) {
      assertThat(file.getInputStream(file.getEntry("a.txt")).readAllBytes())
          .asString(UTF_8)
          .isEqualTo("text");
      assertThat(file.getInputStream(file.getEntry("ext/Helper.class")).readAllBytes())
          .isEqualTo(Files.readAllBytes(extension.resolve("ext/Helper.class")));
    }
    assertThat(folder.toFile().list())
        .containsExactlyInAnyOrder("library", "extension", "extension.jar");
  }

  @Test
  void theSameJarGivesTheSameBytes() throws Exception {
    LocalDateTime time = LocalDateTime.of(2024, 2, 29, 12, 30, 2);
    File jar = jar(time);
    generator().generateInJar(jar);
    byte[] first = Files.readAllBytes(jar.toPath());
    generator().generateInJar(jar(time));
    assertThat(jar).hasBinaryContent(first);
  }

  @Test
  void everyoneWhoCouldReadTheJarStillCan() throws Exception {
    Assumptions.assumeTrue(
        folder.getFileSystem().supportedFileAttributeViews().contains("posix"),
        "no POSIX permissions here");
    File jar = jar(LocalDateTime.of(2024, 1, 1, 0, 0));
    String before = PosixFilePermissions.toString(Files.getPosixFilePermissions(jar.toPath()));
    generator().generateInJar(jar);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(jar.toPath())))
        .isEqualTo(before);
  }

  @Test
  void withoutModulesNothingIsGenerated() throws Exception {
    assertThat(generator().generateInFolder(library.toFile())).isEmpty();
  }

  @Test
  void theInstrumentedLibraryIsNotNeeded() throws Exception {
    new MuzzleGenerator(Sources.apis()).generateInFolder(extension.toFile());
    assertGenerated(extension.toFile());
  }

  @Test
  void aMissingClassPathIsAFailureThatNamesAClass() {
    MuzzleGenerator alone = new MuzzleGenerator(List.of());
    assertThatThrownBy(() -> alone.generateInFolder(extension.toFile()))
        .hasStackTraceContaining("Cannot resolve type description for ");
  }

  @Test
  void aFailureLeavesTheJarAndNoRemains() throws Exception {
    File jar = folder.resolve("broken.jar").toFile();
    Files.writeString(jar.toPath(), "no jar");
    assertThatThrownBy(() -> generator().generateInJar(jar)).isInstanceOf(IOException.class);
    assertThat(jar).hasContent("no jar");
    assertThat(folder.toFile().list())
        .containsExactlyInAnyOrder("library", "extension", "broken.jar");
  }
}
