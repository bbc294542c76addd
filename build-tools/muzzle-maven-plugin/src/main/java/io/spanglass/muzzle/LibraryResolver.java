/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.muzzle;

import java.io.File;
import java.util.ArrayList;
import java.util.List;
import org.apache.maven.plugin.MojoExecutionException;
import org.eclipse.aether.RepositorySystem;
import org.eclipse.aether.RepositorySystemSession;
import org.eclipse.aether.artifact.Artifact;
import org.eclipse.aether.artifact.DefaultArtifact;
import org.eclipse.aether.collection.CollectRequest;
import org.eclipse.aether.graph.Dependency;
import org.eclipse.aether.graph.Exclusion;
import org.eclipse.aether.repository.RemoteRepository;
import org.eclipse.aether.resolution.ArtifactResult;
import org.eclipse.aether.resolution.DependencyRequest;
import org.eclipse.aether.resolution.DependencyResolutionException;
import org.eclipse.aether.resolution.VersionRangeRequest;
import org.eclipse.aether.resolution.VersionRangeResolutionException;

/** Versions and class paths of libraries, from the repositories of the build. */
final class LibraryResolver {
  private static final String ALL = "[0,)";

  /**
   * A version's jars.
   *
   * @param all the library and its dependencies
   * @param own those of the library's group: where types to hook are looked for
   */
  record ClassPath(List<File> all, List<File> own) {}

  private final RepositorySystem system;
  private final RepositorySystemSession session;
  private final List<RemoteRepository> repositories;

  LibraryResolver(
      RepositorySystem system,
      RepositorySystemSession session,
      List<RemoteRepository> repositories) {
    this.system = system;
    this.session = session;
    this.repositories = repositories;
  }

  /** Asks the repositories which versions there are, and selects those to look at. */
  VersionsFile.Selected select(Library library) throws MojoExecutionException {
    List<String> inside = versions(library, library.range());
    List<String> outside = List.of();
    if (library.assertInverse) {
      outside = versions(library, ALL);
      outside.removeAll(versions(library, library.range()));
    }
    inside = VersionSelection.select(released(library, inside), library.atMost);
    if (inside.isEmpty()) {
      throw new MojoExecutionException(
          "The repositories have no release of " + library.artifact() + " in " + library.range());
    }
    return new VersionsFile.Selected(
        inside, VersionSelection.select(released(library, outside), library.atMost));
  }

  private static List<String> released(Library library, List<String> versions) {
    List<String> released = new ArrayList<>(versions);
    released.removeIf(VersionSelection::isPreRelease);
    released.removeAll(library.skipVersions);
    return released;
  }

  private List<String> versions(Library library, String range) throws MojoExecutionException {
    Artifact artifact = new DefaultArtifact(library.groupId(), library.artifactId(), "jar", range);
    try {
      List<String> versions = new ArrayList<>();
      system
          .resolveVersionRange(session, new VersionRangeRequest(artifact, repositories, "muzzle"))
          .getVersions()
          .forEach(version -> versions.add(version.toString()));
      return versions;
    } catch (VersionRangeResolutionException e) {
      throw new MojoExecutionException(
          "Cannot find the versions of " + library.artifact() + " in " + range, e);
    }
  }

  ClassPath classPath(Library library, String version) throws MojoExecutionException {
    List<Exclusion> exclusions = new ArrayList<>();
    for (String excluded : library.excludedDependencies) {
      String[] coordinates = Library.coordinates(excluded, 2);
      exclusions.add(new Exclusion(coordinates[0], coordinates[1], "*", "*"));
    }
    CollectRequest collect = new CollectRequest();
    collect.setRepositories(repositories);
    collect.setRequestContext("muzzle");
    collect.addDependency(
        new Dependency(
            new DefaultArtifact(library.groupId(), library.artifactId(), "jar", version),
            "compile",
            false,
            exclusions));
    for (String dependency : library.dependencies) {
      String[] coordinates = Library.coordinates(dependency, 3);
      collect.addDependency(
          new Dependency(
              new DefaultArtifact(coordinates[0], coordinates[1], "jar", coordinates[2]),
              "compile",
              false,
              exclusions));
    }
    List<File> all = new ArrayList<>();
    List<File> own = new ArrayList<>();
    try {
      for (ArtifactResult result :
          system
              .resolveDependencies(session, new DependencyRequest(collect, null))
              .getArtifactResults()) {
        File file = result.getArtifact().getFile();
        if (file.getName().endsWith(".jar")) {
          all.add(file);
          String group = result.getArtifact().getGroupId();
          if (group.equals(library.groupId()) || library.hookedGroups.contains(group)) {
            own.add(file);
          }
        }
      }
    } catch (DependencyResolutionException e) {
      throw new MojoExecutionException(
          "Cannot resolve " + library.artifact() + ":" + version + " with its dependencies", e);
    }
    return new ClassPath(all, own);
  }
}
