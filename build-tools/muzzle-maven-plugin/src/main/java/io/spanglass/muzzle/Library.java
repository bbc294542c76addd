/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.muzzle;

import java.util.ArrayList;
import java.util.List;
import org.apache.maven.plugin.MojoExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * One library, or one module of the JDK, that an instrumentation module is checked with: an element
 * of the goal's {@code libraries}. Maven sets the fields by their names.
 */
@SuppressWarnings({"unused", "FieldMayBeFinal"}) // Set by Maven.
public final class Library {
  /** Names the check in messages and in the file of versions; the artifact's id unless set. */
  @Nullable String name;

  /** The instrumentation module: its class or its (main) instrumentation name. */
  @Nullable String module;

  /** {@code groupId:artifactId} of the instrumented library. */
  @Nullable String artifact;

  /** The versions in which it must match, as in a POM: {@code [3.12.0,)}. */
  @Nullable String range;

  /** In place of {@link #artifact}: a module of the JDK, checked as the running Java has it. */
  @Nullable String jdkModule;

  /** More artifacts on the library's class path, {@code groupId:artifactId:version}. */
  List<String> dependencies = new ArrayList<>();

  /** Groups of dependencies in which methods are hooked, too, as in the library's own group. */
  List<String> hookedGroups = new ArrayList<>();

  /** Artifacts that are left out of it, {@code groupId:artifactId}. */
  List<String> excludedDependencies = new ArrayList<>();

  /** Versions that are not looked at, neither inside nor outside the range. */
  List<String> skipVersions = new ArrayList<>();

  /** Whether the module must not match the versions outside the range. */
  boolean assertInverse;

  /** How many versions are looked at on each side of the range; 0 for all that are selected. */
  int atMost;

  /** Advice classes, by their names without the package, that need not hook a method. */
  List<String> optionalAdvice = new ArrayList<>();

  String name() throws MojoExecutionException {
    if (name != null) {
      return name;
    }
    return artifact != null ? artifactId() : required(jdkModule, "artifact or jdkModule");
  }

  String module() throws MojoExecutionException {
    return required(module, "module");
  }

  String range() throws MojoExecutionException {
    return required(range, "range");
  }

  String artifact() throws MojoExecutionException {
    return required(artifact, "artifact");
  }

  String groupId() throws MojoExecutionException {
    return coordinates(artifact(), 2)[0];
  }

  String artifactId() throws MojoExecutionException {
    return coordinates(artifact(), 2)[1];
  }

  /** Splits {@code groupId:artifactId[:version]}. */
  static String[] coordinates(String text, int parts) throws MojoExecutionException {
    String[] coordinates = text.trim().split(":", -1);
    if (coordinates.length != parts) {
      throw new MojoExecutionException(
          "'"
              + text
              + "' is not of the form "
              + (parts == 2 ? "groupId:artifactId" : "groupId:artifactId:version"));
    }
    return coordinates;
  }

  private static String required(@Nullable String value, String parameter)
      throws MojoExecutionException {
    if (value == null || value.isBlank()) {
      throw new MojoExecutionException("A library of muzzle:check lacks its " + parameter);
    }
    return value.trim();
  }
}
