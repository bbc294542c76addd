/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.muzzle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.File;
import java.lang.reflect.Field;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.maven.model.Build;
import org.apache.maven.plugin.MojoExecutionException;
import org.apache.maven.project.MavenProject;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GenerateMojoTest {
  @TempDir Path folder;

  private GenerateMojo mojo(Path classes) throws ReflectiveOperationException {
    MavenProject project = new MavenProject();
    Build build = new Build();
    build.setOutputDirectory(classes.toString());
    project.setBuild(build);
    GenerateMojo mojo = new GenerateMojo();
    set(mojo, "project", project);
    return mojo;
  }

  private static void set(GenerateMojo mojo, String field, Object value)
      throws ReflectiveOperationException {
    Field declared = GenerateMojo.class.getDeclaredField(field);
    declared.setAccessible(true);
    declared.set(mojo, value);
  }

  @Test
  void aProjectWithoutModulesFailsAndSaysSo() throws Exception {
    Path classes = Files.createDirectory(folder.resolve("classes"));
    assertThatThrownBy(mojo(classes)::execute)
        .isInstanceOf(MojoExecutionException.class)
        .hasMessage("No InstrumentationModule found: nothing was generated");
  }

  @Test
  void aJarThatIsMissingFailsAndIsNamed() throws Exception {
    GenerateMojo mojo = mojo(Files.createDirectory(folder.resolve("classes")));
    File jar = folder.resolve("missing.jar").toFile();
    set(mojo, "jar", jar);
    assertThatThrownBy(mojo::execute)
        .isInstanceOf(MojoExecutionException.class)
        .hasStackTraceContaining("missing.jar");
    assertThat(jar).doesNotExist();
  }
}
