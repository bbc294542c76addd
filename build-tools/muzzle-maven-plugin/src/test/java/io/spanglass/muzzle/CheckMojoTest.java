/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.muzzle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.reflect.Field;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;
import org.apache.maven.model.Build;
import org.apache.maven.plugin.MojoExecutionException;
import org.apache.maven.plugin.MojoFailureException;
import org.apache.maven.project.MavenProject;
import org.apache.maven.repository.internal.MavenRepositorySystemUtils;
import org.eclipse.aether.DefaultRepositorySystemSession;
import org.eclipse.aether.RepositorySystem;
import org.eclipse.aether.repository.LocalRepository;
import org.eclipse.aether.repository.RemoteRepository;
import org.eclipse.aether.supplier.RepositorySystemSupplier;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** With Maven's resolver, over a repository of a small library in several versions. */
class CheckMojoTest {
  private static final String OTHER_SIGNATURE =
      "package lib; public class Client { public String call(String s) { return s; } }";

  /** Has the method, which is all that muzzle asks, where the advice does not look. */
  private static final String METHOD_MOVED_UP = "package lib; public class Client extends Base {}";

  private static final String JDK_MODULE =
      """
      package ext;
      import io.opentelemetry.javaagent.extension.instrumentation.*;
      import java.util.*;
      import net.bytebuddy.asm.Advice;
      import net.bytebuddy.description.type.TypeDescription;
      import net.bytebuddy.matcher.*;
      public class JdkModule extends InstrumentationModule {
        public JdkModule() { super("jdk-logging"); }
        @Override public List<TypeInstrumentation> typeInstrumentations() {
          return Collections.singletonList(new LoggerInstrumentation());
        }
        @Override public boolean isHelperClass(String name) { return false; }
        public static class LoggerInstrumentation implements TypeInstrumentation {
          @Override public ElementMatcher<TypeDescription> typeMatcher() {
            return ElementMatchers.named("java.util.logging.Logger");
          }
          @Override public void transform(TypeTransformer transformer) {
            transformer.applyAdviceToMethod(
                ElementMatchers.named("log"), "ext.JdkModule$LogAdvice");
            transformer.applyAdviceToMethod(
                ElementMatchers.named("gone"), "ext.JdkModule$GoneAdvice");
          }
        }
        public static class LogAdvice {
          @Advice.OnMethodEnter
          public static void enter(@Advice.This java.util.logging.Logger logger) {
            logger.getName();
          }
        }
        public static class GoneAdvice {
          @Advice.OnMethodEnter
          public static void enter() {}
        }
      }
      """;

  @TempDir static Path shared;
  private static Path repository;
  private static Path extension;

  @TempDir Path folder;
  private Path versions;
  private Library library;

  @BeforeAll
  static void publish() throws Exception {
    repository = Files.createDirectory(shared.resolve("repository"));
    Map<String, Map<String, String>> releases = new LinkedHashMap<>();
    releases.put("1.0.0", Map.of("lib.Client", OTHER_SIGNATURE));
    releases.put("1.1.0", Map.of("lib.Client", Sources.CLIENT));
    releases.put("1.1.1", Map.of("lib.Client", Sources.CLIENT));
    releases.put("1.2.0-rc1", Map.of("lib.Client", OTHER_SIGNATURE));
    releases.put("1.2.0", Map.of("lib.Client", Sources.CLIENT));
    releases.put("2.0.0", Map.of("lib.Other", "package lib; public class Other {}"));
    releases.put(
        "3.0.0",
        Map.of(
            "lib.Client",
            METHOD_MOVED_UP,
            "lib.Base",
            "package lib; public class Base { public String call(int n) { return \"\"; } }"));
    Path home = Files.createDirectories(repository.resolve("lib/client"));
    StringBuilder metadata =
        new StringBuilder(
            "<metadata><groupId>lib</groupId><artifactId>client</artifactId><versioning><versions>");
    for (Map.Entry<String, Map<String, String>> release : releases.entrySet()) {
      String version = release.getKey();
      metadata.append("<version>").append(version).append("</version>");
      Path classes = Files.createDirectories(shared.resolve("classes-" + version));
      Sources.compile(classes, List.of(), release.getValue());
      Path target = Files.createDirectory(home.resolve(version));
      jar(classes, target.resolve("client-" + version + ".jar"));
      Files.writeString(
          target.resolve("client-" + version + ".pom"),
          "<project><modelVersion>4.0.0</modelVersion><groupId>lib</groupId>"
              + "<artifactId>client</artifactId><version>"
              + version
              + "</version></project>");
    }
    metadata.append("</versions></versioning></metadata>");
    Files.writeString(home.resolve("maven-metadata.xml"), metadata);

    extension = Files.createDirectory(shared.resolve("extension"));
    Map<String, String> sources = new LinkedHashMap<>(Sources.MODULE);
    sources.put("ext.JdkModule", JDK_MODULE);
    Sources.compile(extension, List.of(shared.resolve("classes-1.1.0")), sources);
    new MuzzleGenerator(Sources.apis()).generateInFolder(extension.toFile());
    Path services = Files.createDirectories(extension.resolve("META-INF/services"));
    Files.writeString(
        services.resolve(
            "io.opentelemetry.javaagent.extension.instrumentation.InstrumentationModule"),
        "ext.ClientModule\next.JdkModule\n");
  }

  private static void jar(Path classes, Path jar) throws IOException {
    try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar));
        Stream<Path> files = Files.walk(classes)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        out.putNextEntry(new JarEntry(classes.relativize(file).toString()));
        out.write(Files.readAllBytes(file));
        out.closeEntry();
      }
    }
  }

  @BeforeEach
  void prepare() {
    versions = folder.resolve("versions.properties");
    library = new Library();
    library.module = "client";
    library.artifact = "lib:client";
  }

  private CheckMojo mojo(boolean refresh) throws ReflectiveOperationException {
    RepositorySystem system = new RepositorySystemSupplier().get();
    DefaultRepositorySystemSession session = MavenRepositorySystemUtils.newSession();
    session.setLocalRepositoryManager(
        system.newLocalRepositoryManager(
            session, new LocalRepository(folder.resolve("local").toFile())));
    MavenProject project = new MavenProject();
    Build build = new Build();
    build.setOutputDirectory(extension.toString());
    project.setBuild(build);
    setRepositories(
        project,
        List.of(
            new RemoteRepository.Builder("test", "default", repository.toUri().toString())
                .build()));
    CheckMojo mojo = new CheckMojo(system);
    set(mojo, "project", project);
    set(mojo, "session", session);
    set(mojo, "libraries", List.of(library));
    set(mojo, "versionsFile", versions.toFile());
    set(mojo, "refresh", refresh);
    return mojo;
  }

  private static void setRepositories(MavenProject project, List<RemoteRepository> repositories)
      throws ReflectiveOperationException {
    Field field = MavenProject.class.getDeclaredField("remoteProjectRepositories");
    field.setAccessible(true);
    field.set(project, repositories);
  }

  private static void set(CheckMojo mojo, String field, Object value)
      throws ReflectiveOperationException {
    Field declared = CheckMojo.class.getDeclaredField(field);
    declared.setAccessible(true);
    declared.set(mojo, value);
  }

  private void refresh(String range) throws Exception {
    library.range = range;
    mojo(true).execute();
  }

  @Test
  void everyVersionOfTheRangeMatchesAndTheFileSaysWhichTheseAre() throws Exception {
    refresh("[1.1,2)");
    assertThat(versions)
        .hasContent(
            """
            # The versions that muzzle:check runs with; written with -Dmuzzle.refresh.
            client.artifact = lib:client
            client.inside = 1.1.0 1.1.1 1.2.0
            client.outside =
            client.range = [1.1,2)
            """);
    // Without asking the repository for versions.
    Files.move(
        repository.resolve("lib/client/maven-metadata.xml"), repository.resolve("metadata.xml"));
    try {
      assertThatCode(mojo(false)::execute).doesNotThrowAnyException();
    } finally {
      Files.move(
          repository.resolve("metadata.xml"), repository.resolve("lib/client/maven-metadata.xml"));
    }
  }

  @Test
  void aMismatchInTheRangeFailsAndIsNamed() {
    assertThatThrownBy(() -> refresh("[1.0.0,2)"))
        .isInstanceOf(MojoFailureException.class)
        .hasMessageContaining("client does not match lib:client:1.0.0: ")
        .hasMessageContaining("Missing method lib.Client#call(I)Ljava/lang/String;");
  }

  @Test
  void aMissingClassFailsAndIsNamed() {
    assertThatThrownBy(() -> refresh("[2.0.0]"))
        .isInstanceOf(MojoFailureException.class)
        .hasMessageContaining("Missing class lib.Client");
  }

  @Test
  void aVersionInWhichNothingIsHookedFailsThoughMuzzleMatches() {
    assertThatThrownBy(() -> refresh("[3.0.0]"))
        .isInstanceOf(MojoFailureException.class)
        .hasMessageContaining("1 muzzle checks failed")
        .hasMessageContaining("client does not match lib:client:3.0.0: no method of it is hooked");
  }

  @Test
  void aVersionThatIsSkippedIsNotLookedAt() throws Exception {
    library.skipVersions = List.of("1.0.0");
    refresh("[1.0.0,2)");
    assertThat(versions).content().contains("client.inside = 1.1.0 1.1.1 1.2.0\n");
  }

  @Test
  void versionsOutsideTheRangeMustNotMatch() throws Exception {
    library.assertInverse = true;
    refresh("[1.1,2)");
    assertThat(versions).content().contains("client.outside = 1.0.0 2.0.0 3.0.0\n");

    assertThatThrownBy(() -> refresh("[1.2.0,2)"))
        .isInstanceOf(MojoFailureException.class)
        .hasMessageContaining("client matches lib:client:1.1.1, which is outside [1.2.0,2)");
  }

  @Test
  void aFileForAnotherRangeIsStale() throws Exception {
    refresh("[1.1,2)");
    library.range = "[1.1,3)";
    assertThatThrownBy(mojo(false)::execute)
        .isInstanceOf(MojoExecutionException.class)
        .hasMessageContaining("has no versions of lib:client [1.1,3) (client)")
        .hasMessageContaining("-Dmuzzle.refresh");
  }

  @Test
  void aRangeWithoutReleasesFails() {
    assertThatThrownBy(() -> refresh("[9,)"))
        .isInstanceOf(MojoExecutionException.class)
        .hasMessage("The repositories have no release of lib:client in [9,)");
  }

  @Test
  void aVersionThatIsGoneIsNamed() throws Exception {
    library.range = "[1.1,2)";
    Files.writeString(
        versions, "client.artifact=lib:client\nclient.range=[1.1,2)\nclient.inside=1.1.0 1.1.9\n");
    assertThatThrownBy(mojo(false)::execute)
        .isInstanceOf(MojoExecutionException.class)
        .hasMessage("Cannot resolve lib:client:1.1.9 with its dependencies");
  }

  @Test
  void aModuleThatIsNoneIsNamedWithThoseThatThereAre() {
    library.module = "clyent";
    assertThatThrownBy(() -> refresh("[1.1,2)"))
        .isInstanceOf(MojoExecutionException.class)
        .hasMessageContaining("no module clyent but [ext.ClientModule, ext.JdkModule]");
  }

  @Test
  void theRunningJdkIsCheckedAndAdviceThatHooksNothingIsNamed() throws Exception {
    library = new Library();
    library.module = "ext.JdkModule";
    library.jdkModule = "java.logging";
    assertThatThrownBy(mojo(false)::execute)
        .isInstanceOf(MojoFailureException.class)
        .hasMessageContaining("1 muzzle checks failed")
        .hasMessageContaining("ext.JdkModule$GoneAdvice hooks no method");

    library.optionalAdvice = List.of("JdkModule$GoneAdvice");
    assertThatCode(mojo(false)::execute).doesNotThrowAnyException();
  }

  @Test
  void aModuleThatTheJdkLacksIsNamed() throws Exception {
    library = new Library();
    library.module = "ext.JdkModule";
    library.jdkModule = "java.nothing";
    assertThatThrownBy(mojo(false)::execute)
        .isInstanceOf(MojoExecutionException.class)
        .hasMessage("The Java that runs this build has no module java.nothing");
  }
}
