/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.javaagent;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.junit.jupiter.api.Test;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.tree.ClassNode;

/** The jar as it is shipped: what it holds, under which names, for which Java. */
class ExtensionJarIT {
  private static final String BOOT_JAR = "io/spanglass/javaagent/spanglass-bootstrap.bin";
  private static final String BOOT_PACKAGE = "io/opentelemetry/javaagent/bootstrap/spanglass/";
  private static final int JAVA_11 = 55;

  private static final Path JAR = Path.of(System.getProperty("spanglass.test.extension"));

  @Test
  void theAgentLoadsItByTheTwoServicesThatItLoadsSafely() throws IOException {
    // On Java 8 every class of ours is too new. For these two the agent catches that.
    assertThat(entries(Files.readAllBytes(JAR)).keySet())
        .filteredOn(name -> name.startsWith("META-INF/services/") && !name.endsWith("/"))
        .containsExactly(
            "META-INF/services/io.opentelemetry.javaagent.extension.AgentListener",
            "META-INF/services/io.opentelemetry.javaagent.extension.ignore.IgnoredTypesConfigurer",
            "META-INF/services/io.opentelemetry.javaagent.extension.instrumentation"
                + ".InstrumentationModule");
  }

  @Test
  void everyClassIsForJava11AndOurs() throws IOException {
    Map<String, byte[]> extension = classes(entries(Files.readAllBytes(JAR)));
    Map<String, byte[]> boot = classes(bootJar());

    assertThat(extension.keySet()).allMatch(name -> name.startsWith("io/spanglass/javaagent/"));
    assertThat(boot.keySet()).isNotEmpty().allMatch(name -> name.startsWith(BOOT_PACKAGE));
    assertThat(extension.values()).allMatch(bytes -> major(bytes) == JAVA_11);
    assertThat(boot.values()).allMatch(bytes -> major(bytes) == JAVA_11);
  }

  @Test
  void theBootJarIsLinkedWithTheAgentsNames() throws IOException {
    for (Map.Entry<String, byte[]> entry : classes(bootJar()).entrySet()) {
      String constants = new String(entry.getValue(), StandardCharsets.ISO_8859_1);
      assertThat(constants.replace("io/opentelemetry/javaagent/shaded/io/opentelemetry/", "agent/"))
          .as(entry.getKey())
          .doesNotContain("io/opentelemetry/api/", "io/opentelemetry/context/")
          .doesNotContain("java/util/logging/Logger");
    }
    String telemetry =
        new String(
            entry(bootJar(), BOOT_PACKAGE + "telemetry/GenAiTelemetry.class"),
            StandardCharsets.ISO_8859_1);
    assertThat(telemetry).contains("io.spanglass.genai");
  }

  @Test
  void noAdviceHasANestedTypeInItsSignature() throws IOException {
    // Agent 2.10 fails at the dollar sign when it prepares advice for invokedynamic.
    List<String> descriptors = new ArrayList<>();
    classes(entries(Files.readAllBytes(JAR)))
        .forEach(
            (name, bytes) -> {
              if (name.endsWith("Advice.class")) {
                ClassNode node = new ClassNode();
                new ClassReader(bytes).accept(node, ClassReader.SKIP_CODE);
                node.methods.forEach(method -> descriptors.add(name + " " + method.desc));
              }
            });
    assertThat(descriptors).hasSizeGreaterThan(10);
    assertThat(descriptors)
        .noneMatch(descriptor -> descriptor.substring(descriptor.indexOf('(')).contains("$"));
  }

  @Test
  void modulesCarryTheirMuzzleReferences() throws Exception {
    String services =
        new String(
            entry(
                entries(Files.readAllBytes(JAR)),
                "META-INF/services/io.opentelemetry.javaagent.extension.instrumentation"
                    + ".InstrumentationModule"),
            StandardCharsets.UTF_8);
    Path boot = Files.createTempFile("spanglass-boot", ".jar");
    try {
      Files.write(boot, entry(entries(Files.readAllBytes(JAR)), BOOT_JAR));
      // The shaded module, and not the one of the class folder that this test is run with.
      try (URLClassLoader loader =
          new URLClassLoader(
              new URL[] {JAR.toUri().toURL(), boot.toUri().toURL()}, getClass().getClassLoader()) {
            @Override
            protected Class<?> loadClass(String name, boolean resolve)
                throws ClassNotFoundException {
              if (name.startsWith("io.spanglass.javaagent.")) {
                Class<?> loaded = findLoadedClass(name);
                return loaded != null ? loaded : findClass(name);
              }
              return super.loadClass(name, resolve);
            }
          }) {
        for (String name : services.trim().split("\\s+", -1)) {
          Class<?> type = loader.loadClass(name);
          Object module = type.getDeclaredConstructor().newInstance();
          List<?> helpers = (List<?>) type.getMethod("getMuzzleHelperClassNames").invoke(module);
          // That of no client has all that it needs in the boot jar.
          assertThat(helpers.isEmpty()).as(name).isEqualTo(name.endsWith(".JvmExitModule"));
          assertThat(helpers).as(name).allMatch(helper -> helper.toString().contains(".adapter."));
          Method references = type.getMethod("getMuzzleReferences");
          assertThat(((Map<?, ?>) references.invoke(module)).keySet())
              .as(name)
              // Helper classes that extend the library's are among them, the core is not.
              .noneMatch(
                  reference ->
                      reference.toString().contains("spanglass")
                          && !reference.toString().contains(".adapter."));
        }
      }
    } finally {
      Files.delete(boot);
    }
  }

  private static Map<String, byte[]> bootJar() throws IOException {
    return entries(entry(entries(Files.readAllBytes(JAR)), BOOT_JAR));
  }

  private static byte[] entry(Map<String, byte[]> entries, String name) {
    return requireNonNull(entries.get(name), name);
  }

  private static Map<String, byte[]> entries(byte[] jar) throws IOException {
    Map<String, byte[]> entries = new TreeMap<>();
    try (InputStream bytes = new ByteArrayInputStream(jar);
        ZipInputStream zip = new ZipInputStream(bytes)) {
      for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
        entries.put(entry.getName(), zip.readAllBytes());
      }
    }
    return entries;
  }

  private static Map<String, byte[]> classes(Map<String, byte[]> entries) {
    Map<String, byte[]> classes = new TreeMap<>(entries);
    classes.keySet().removeIf(name -> !name.endsWith(".class"));
    return classes;
  }

  private static int major(byte[] classFile) {
    return (classFile[6] & 0xff) << 8 | (classFile[7] & 0xff);
  }
}
