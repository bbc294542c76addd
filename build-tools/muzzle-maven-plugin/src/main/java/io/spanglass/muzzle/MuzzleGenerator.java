/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.muzzle;

import io.opentelemetry.javaagent.tooling.muzzle.InstrumentationModuleMuzzle;
import io.opentelemetry.javaagent.tooling.muzzle.generation.MuzzleCodeGenerationPlugin;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.jar.JarOutputStream;
import net.bytebuddy.ClassFileVersion;
import net.bytebuddy.build.EntryPoint;
import net.bytebuddy.build.Plugin;
import net.bytebuddy.description.type.TypeDescription;
import net.bytebuddy.dynamic.ClassFileLocator;
import net.bytebuddy.dynamic.DynamicType;
import net.bytebuddy.dynamic.scaffold.inline.MethodNameTransformer;

/**
 * Runs the agent's own {@code MuzzleCodeGenerationPlugin} over a folder of classes or over a jar.
 *
 * <p>The agent's build does this with the Byte Buddy Gradle plugin. The Byte Buddy Maven plugin
 * cannot: it carries Byte Buddy with a renamed ASM, and muzzle is compiled to the plain one.
 */
final class MuzzleGenerator {
  private final List<File> classpath;

  /**
   * @param classpath folders and jars that the instrumentation modules need in order to be loaded
   *     and described: the agent's extension API and the instrumented libraries
   */
  MuzzleGenerator(List<File> classpath) {
    this.classpath = classpath;
  }

  /** Returns the names of the module classes, which all have their references now, sorted. */
  Set<String> generateInFolder(File classes) throws IOException {
    return run(
        classes,
        new Plugin.Engine.Source.ForFolder(classes),
        new Plugin.Engine.Target.ForFolder(classes));
  }

  /**
   * Rewrites the jar in place. Entries keep their order and times, so that a reproducible jar stays
   * one.
   */
  Set<String> generateInJar(File jar) throws IOException {
    Plugin.Engine.Target.InMemory target = new Plugin.Engine.Target.InMemory();
    Set<String> modules = run(jar, new Plugin.Engine.Source.ForJarFile(jar), target);
    Map<String, byte[]> classes = target.getStorage();
    // No temporary file of the JDK's: only its owner could read that, and so the jar.
    Path rewritten = jar.toPath().resolveSibling(jar.getName() + ".muzzle");
    try {
      try (JarFile in = new JarFile(jar);
          JarOutputStream out = new JarOutputStream(Files.newOutputStream(rewritten))) {
        for (JarEntry entry : Collections.list(in.entries())) {
          JarEntry copy = new JarEntry(entry.getName());
          if (entry.getTimeLocal() != null) {
            copy.setTimeLocal(entry.getTimeLocal());
          }
          out.putNextEntry(copy);
          byte[] generated = classes.get(entry.getName());
          out.write(generated != null ? generated : read(in, entry));
          out.closeEntry();
        }
      }
      Files.move(rewritten, jar.toPath(), StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(rewritten);
    }
    return modules;
  }

  private Set<String> run(File classes, Plugin.Engine.Source source, Plugin.Engine.Target target)
      throws IOException {
    List<File> all = new ArrayList<>();
    all.add(classes);
    all.addAll(classpath);
    List<URL> urls = new ArrayList<>();
    List<ClassFileLocator> locators = new ArrayList<>();
    locators.add(ClassFileLocator.ForClassLoader.ofPlatformLoader());
    for (File file : all) {
      if (file.isDirectory()) {
        locators.add(new ClassFileLocator.ForFolder(file));
      } else if (file.isFile()) {
        locators.add(ClassFileLocator.ForJarFile.of(file));
      } else {
        continue;
      }
      urls.add(file.toURI().toURL());
    }
    // The plugin's own loader is the parent: modules must extend the InstrumentationModule that
    // muzzle was linked with.
    try (URLClassLoader loader =
            new URLClassLoader(urls.toArray(new URL[0]), MuzzleGenerator.class.getClassLoader());
        ClassFileLocator locator = new ClassFileLocator.Compound(locators)) {
      OnceOnly plugin = new OnceOnly(new MuzzleCodeGenerationPlugin(loader));
      Plugin.Engine.Default.of(
              EntryPoint.Default.REBASE,
              ClassFileVersion.JAVA_V8,
              MethodNameTransformer.Suffixing.withRandomSuffix())
          .with(locator)
          .withErrorHandlers(Plugin.Engine.ErrorHandler.Failing.FAIL_FAST)
          .apply(source, target, new Plugin.Factory.Simple(plugin));
      return plugin.modules;
    }
  }

  /**
   * Leaves out modules that have their methods: a build without {@code clean} comes by again, and a
   * second time would give the class the same interface twice, which no JVM loads.
   */
  private static final class OnceOnly implements Plugin {
    private final Plugin plugin;
    final Set<String> modules = new TreeSet<>();

    OnceOnly(Plugin plugin) {
      this.plugin = plugin;
    }

    @Override
    public boolean matches(TypeDescription type) {
      if (!plugin.matches(type)) {
        return false;
      }
      modules.add(type.getName());
      return type.getInterfaces().asErasures().stream()
          .noneMatch(it -> it.getName().equals(InstrumentationModuleMuzzle.class.getName()));
    }

    @Override
    public DynamicType.Builder<?> apply(
        DynamicType.Builder<?> builder, TypeDescription type, ClassFileLocator locator) {
      return plugin.apply(builder, type, locator);
    }

    @Override
    public void close() throws IOException {
      plugin.close();
    }
  }

  private static byte[] read(JarFile jar, JarEntry entry) throws IOException {
    try (InputStream in = jar.getInputStream(entry)) {
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      in.transferTo(out);
      return out.toByteArray();
    }
  }
}
