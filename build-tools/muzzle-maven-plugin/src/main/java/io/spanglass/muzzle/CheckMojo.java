/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.muzzle;

import java.io.File;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.net.MalformedURLException;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.BiFunction;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import javax.inject.Inject;
import org.apache.maven.artifact.DependencyResolutionRequiredException;
import org.apache.maven.plugin.AbstractMojo;
import org.apache.maven.plugin.MojoExecutionException;
import org.apache.maven.plugin.MojoFailureException;
import org.apache.maven.plugins.annotations.LifecyclePhase;
import org.apache.maven.plugins.annotations.Mojo;
import org.apache.maven.plugins.annotations.Parameter;
import org.apache.maven.plugins.annotations.ResolutionScope;
import org.apache.maven.project.MavenProject;
import org.eclipse.aether.RepositorySystem;
import org.eclipse.aether.RepositorySystemSession;
import org.jspecify.annotations.Nullable;

/**
 * Matches the extension's modules against the libraries that they are for, in many versions: inside
 * a range every version must match, outside of it none may. What is looked at is what the agent
 * looks at before it applies a module, and whether anything is hooked then.
 */
@Mojo(
    name = "check",
    defaultPhase = LifecyclePhase.VERIFY,
    threadSafe = true,
    requiresDependencyResolution = ResolutionScope.COMPILE_PLUS_RUNTIME)
public final class CheckMojo extends AbstractMojo {
  private final RepositorySystem system;

  @Parameter(defaultValue = "${project}", readonly = true, required = true)
  @SuppressWarnings("NullAway.Init")
  private MavenProject project;

  @Parameter(defaultValue = "${repositorySystemSession}", readonly = true, required = true)
  @SuppressWarnings("NullAway.Init")
  private RepositorySystemSession session;

  /** The extension's jar; without it, the project's class folder. */
  @Parameter private @Nullable File jar;

  /** More folders and jars that the modules need in order to be loaded. */
  @Parameter private @Nullable List<File> additionalClasspath;

  /** What is checked: see {@link Library}. */
  @Parameter(required = true)
  @SuppressWarnings("NullAway.Init")
  private List<Library> libraries;

  /**
   * Where the versions stand that are looked at. Without it the repositories are asked in each
   * build, which then depends on what was released meanwhile.
   */
  @Parameter private @Nullable File versionsFile;

  /** Asks the repositories anew and writes {@link #versionsFile}. */
  @Parameter(property = "muzzle.refresh")
  private boolean refresh;

  /** Checks nothing. */
  @Parameter(property = "muzzle.skip")
  private boolean skip;

  @Inject
  public CheckMojo(RepositorySystem system) {
    this.system = system;
  }

  @Override
  public void execute() throws MojoExecutionException, MojoFailureException {
    if (skip) {
      getLog().info("Not checked: muzzle.skip is set");
      return;
    }
    LibraryResolver resolver =
        new LibraryResolver(system, session, project.getRemoteProjectRepositories());
    Map<Library, VersionsFile.Selected> versions = versions(resolver);
    List<String> failures = new ArrayList<>();
    try (URLClassLoader extension =
        new URLClassLoader(extension(), ClassLoader.getPlatformClassLoader())) {
      for (Library library : libraries) {
        Probe probe = new Probe(extension, library);
        if (library.jdkModule != null) {
          String jdk = library.jdkModule + " of Java " + Runtime.version();
          Result result = probe.look(new URL[0], typesOf(library.jdkModule));
          failures.addAll(probe.inside(jdk, result));
          getLog()
              .info(
                  library.name()
                      + ": "
                      + jdk
                      + ", which runs this build; it is no artifact, so there are no other"
                      + " versions to resolve");
          continue;
        }
        VersionsFile.Selected selected = Objects.requireNonNull(versions.get(library));
        for (String version : selected.inside()) {
          failures.addAll(
              probe.inside(library.artifact() + ":" + version, probe.look(resolver, version)));
        }
        for (String version : selected.outside()) {
          failures.addAll(
              probe.outside(library.artifact() + ":" + version, probe.look(resolver, version)));
        }
        getLog()
            .info(
                library.name()
                    + ": "
                    + library.artifact()
                    + " "
                    + library.range()
                    + ", inside "
                    + selected.inside()
                    + (selected.outside().isEmpty() ? "" : ", outside " + selected.outside()));
      }
    } catch (IOException e) {
      throw new MojoExecutionException("Muzzle check failed", e);
    }
    if (!failures.isEmpty()) {
      failures.forEach(failure -> getLog().error(failure));
      throw new MojoFailureException(
          failures.size() + " muzzle checks failed; the first: " + failures.get(0));
    }
  }

  private Map<Library, VersionsFile.Selected> versions(LibraryResolver resolver)
      throws MojoExecutionException {
    Map<Library, VersionsFile.Selected> versions = new LinkedHashMap<>();
    VersionsFile file = versionsFile == null ? null : new VersionsFile(versionsFile.toPath());
    boolean resolves = libraries.stream().anyMatch(library -> library.jdkModule == null);
    if (refresh && resolves && file == null) {
      throw new MojoExecutionException("muzzle.refresh is set and there is no versionsFile");
    }
    for (Library library : libraries) {
      if (library.jdkModule == null) {
        versions.put(
            library, refresh || file == null ? resolver.select(library) : file.read(library));
      }
    }
    if (refresh && resolves && file != null) {
      file.write(versions);
      getLog().info("Written: " + versionsFile);
    }
    return versions;
  }

  /** The extension, with muzzle as this plugin has it first. */
  private URL[] extension() throws MojoExecutionException {
    List<URL> urls = new ArrayList<>();
    ClassLoader own = CheckMojo.class.getClassLoader();
    if (own instanceof URLClassLoader realm) {
      urls.addAll(List.of(realm.getURLs()));
    } else {
      for (String element : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
        urls.add(url(new File(element)));
      }
    }
    File classes = new File(project.getBuild().getOutputDirectory());
    urls.add(url(jar != null ? jar : classes));
    if (additionalClasspath != null) {
      for (File file : additionalClasspath) {
        urls.add(url(file));
      }
    }
    try {
      for (String element : project.getCompileClasspathElements()) {
        // With a jar, the project's own folder holds the same modules before relocation.
        if (!new File(element).equals(classes)) {
          urls.add(url(new File(element)));
        }
      }
    } catch (DependencyResolutionRequiredException e) {
      throw new MojoExecutionException("The compile class path of the project is not resolved", e);
    }
    return urls.toArray(new URL[0]);
  }

  private static URL url(File file) throws MojoExecutionException {
    try {
      return file.toURI().toURL();
    } catch (MalformedURLException e) {
      throw new MojoExecutionException(file.toString(), e);
    }
  }

  private static List<String> typesOf(String jdkModule) throws IOException, MojoExecutionException {
    Path root = FileSystems.getFileSystem(URI.create("jrt:/")).getPath("/modules", jdkModule);
    if (!Files.isDirectory(root)) {
      throw new MojoExecutionException("The Java that runs this build has no module " + jdkModule);
    }
    try (Stream<Path> files = Files.walk(root)) {
      List<String> types = new ArrayList<>();
      files.forEach(file -> addType(types, root.relativize(file).toString()));
      return types;
    }
  }

  private static List<String> typesOf(List<File> jars) throws IOException {
    List<String> types = new ArrayList<>();
    for (File file : jars) {
      try (JarFile jar = new JarFile(file)) {
        for (JarEntry entry : Collections.list(jar.entries())) {
          addType(types, entry.getName());
        }
      }
    }
    return types;
  }

  private static void addType(List<String> types, String path) {
    if (path.endsWith(".class")
        && !path.startsWith("META-INF/")
        && !path.endsWith("module-info.class")) {
      types.add(path.substring(0, path.length() - ".class".length()).replace('/', '.'));
    }
  }

  /** What {@link ModuleProbe} found. */
  private record Result(List<String> mismatches, List<String> hooked, List<String> unused) {
    static Result of(Map<String, List<String>> found) {
      return new Result(
          found.getOrDefault(ModuleProbe.MISMATCHES, List.of()),
          found.getOrDefault(ModuleProbe.HOOKED, List.of()),
          found.getOrDefault(ModuleProbe.UNUSED, List.of()));
    }
  }

  /** One module and one library. */
  private final class Probe {
    private final Library library;
    private final BiFunction<URL[], List<String>, Map<String, List<String>>> probe;

    @SuppressWarnings("unchecked")
    Probe(ClassLoader extension, Library library) throws MojoExecutionException {
      this.library = library;
      try {
        probe =
            (BiFunction<URL[], List<String>, Map<String, List<String>>>)
                extension
                    .loadClass(ModuleProbe.class.getName())
                    .getConstructor(String.class)
                    .newInstance(library.module());
      } catch (InvocationTargetException e) {
        throw new MojoExecutionException(
            "Cannot load the module of " + library.name() + ": " + e.getCause(), e);
      } catch (ReflectiveOperationException e) {
        throw new MojoExecutionException("Cannot look at " + library.name(), e);
      }
    }

    Result look(URL[] jars, List<String> types) {
      return Result.of(probe.apply(jars, types));
    }

    Result look(LibraryResolver resolver, String version)
        throws MojoExecutionException, IOException {
      LibraryResolver.ClassPath classPath = resolver.classPath(library, version);
      List<URL> urls = new ArrayList<>();
      for (File file : classPath.all()) {
        urls.add(url(file));
      }
      return look(urls.toArray(new URL[0]), typesOf(classPath.own()));
    }

    List<String> inside(String what, Result result) throws MojoExecutionException {
      List<String> failures = new ArrayList<>();
      String subject = library.module() + " does not match " + what + ": ";
      for (String mismatch : result.mismatches()) {
        failures.add(subject + mismatch);
      }
      if (!result.mismatches().isEmpty()) {
        return failures;
      }
      if (result.hooked().isEmpty()) {
        failures.add(subject + "no method of it is hooked");
      } else {
        for (String advice : result.unused()) {
          if (!library.optionalAdvice.contains(advice.substring(advice.lastIndexOf('.') + 1))) {
            failures.add(subject + advice + " hooks no method");
          }
        }
      }
      getLog().debug(what + ": hooked are " + result.hooked());
      return failures;
    }

    List<String> outside(String what, Result result) throws MojoExecutionException {
      getLog().debug(what + ": " + result.mismatches());
      return result.mismatches().isEmpty() && !result.hooked().isEmpty()
          ? List.of(library.module() + " matches " + what + ", which is outside " + library.range())
          : List.of();
    }
  }
}
