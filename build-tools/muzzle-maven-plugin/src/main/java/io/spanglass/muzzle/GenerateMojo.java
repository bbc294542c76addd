/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.muzzle;

import java.io.File;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.apache.maven.artifact.DependencyResolutionRequiredException;
import org.apache.maven.plugin.AbstractMojo;
import org.apache.maven.plugin.MojoExecutionException;
import org.apache.maven.plugins.annotations.LifecyclePhase;
import org.apache.maven.plugins.annotations.Mojo;
import org.apache.maven.plugins.annotations.Parameter;
import org.apache.maven.plugins.annotations.ResolutionScope;
import org.apache.maven.project.MavenProject;
import org.jspecify.annotations.Nullable;

/**
 * Adds the muzzle methods (references, helper class names, virtual fields) to every {@code
 * InstrumentationModule} of the project, as the agent's own build does. Without them the agent
 * knows none of a module's helper classes and the module silently does nothing.
 */
@Mojo(
    name = "generate",
    defaultPhase = LifecyclePhase.PROCESS_CLASSES,
    threadSafe = true,
    requiresDependencyResolution = ResolutionScope.COMPILE_PLUS_RUNTIME)
public final class GenerateMojo extends AbstractMojo {
  @Parameter(defaultValue = "${project}", readonly = true, required = true)
  @SuppressWarnings("NullAway.Init")
  private MavenProject project;

  /**
   * A jar to rewrite in place, in the {@code package} phase, in place of the project's class
   * folder. Use it when the jar is shaded: the references then carry the relocated names.
   */
  @Parameter private @Nullable File jar;

  /**
   * More folders and jars that the modules' references are resolved with, before the project's
   * compile class path: for a shaded jar the relocated dependencies.
   */
  @Parameter private @Nullable List<File> additionalClasspath;

  @Override
  public void execute() throws MojoExecutionException {
    List<File> classpath = new ArrayList<>();
    if (additionalClasspath != null) {
      classpath.addAll(additionalClasspath);
    }
    try {
      for (String element : project.getCompileClasspathElements()) {
        File file = new File(element);
        // With a jar, the project's own folder holds the same modules before relocation.
        if (jar == null || !file.equals(new File(project.getBuild().getOutputDirectory()))) {
          classpath.add(file);
        }
      }
    } catch (DependencyResolutionRequiredException e) {
      throw new MojoExecutionException("The compile class path of the project is not resolved", e);
    }
    MuzzleGenerator generator = new MuzzleGenerator(classpath);
    Set<String> modules;
    try {
      modules =
          jar != null
              ? generator.generateInJar(jar)
              : generator.generateInFolder(new File(project.getBuild().getOutputDirectory()));
    } catch (Exception e) {
      throw new MojoExecutionException("Muzzle generation failed", e);
    }
    if (modules.isEmpty()) {
      throw new MojoExecutionException("No InstrumentationModule found: nothing was generated");
    }
    getLog().info("Muzzle references generated for " + modules);
  }
}
