/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.muzzle;

import io.opentelemetry.javaagent.extension.instrumentation.InstrumentationModule;
import io.opentelemetry.javaagent.extension.instrumentation.TypeInstrumentation;
import io.opentelemetry.javaagent.extension.instrumentation.TypeTransformer;
import io.opentelemetry.javaagent.tooling.muzzle.AgentTooling;
import io.opentelemetry.javaagent.tooling.muzzle.InstrumentationModuleMuzzle;
import io.opentelemetry.javaagent.tooling.muzzle.Mismatch;
import io.opentelemetry.javaagent.tooling.muzzle.ReferenceMatcher;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Field;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiFunction;
import java.util.function.Function;
import net.bytebuddy.agent.builder.AgentBuilder;
import net.bytebuddy.asm.Advice;
import net.bytebuddy.description.method.MethodDescription;
import net.bytebuddy.description.type.TypeDescription;
import net.bytebuddy.matcher.ElementMatcher;
import net.bytebuddy.pool.TypePool;
import org.jspecify.annotations.Nullable;

/**
 * Does to a library what the agent would do before it applies a module to it. Lives in a class
 * loader of its own, beside the extension, which must be linked with the same muzzle; so it is
 * spoken to in types of the JDK only.
 */
public final class ModuleProbe
    implements BiFunction<URL[], List<String>, Map<String, List<String>>> {
  /** Key of the result: what does not match. */
  static final String MISMATCHES = "mismatches";

  /** Key of the result: the methods that are hooked, each with its type. */
  static final String HOOKED = "hooked";

  /** Key of the result: the advice classes that hook no method. */
  static final String UNUSED = "unused";

  private final InstrumentationModule module;

  /**
   * @param name a module's class or instrumentation name
   * @throws IllegalArgumentException if the extension has none of that name
   */
  public ModuleProbe(String name) {
    Set<String> known = new TreeSet<>();
    InstrumentationModule found = null;
    for (InstrumentationModule each :
        ServiceLoader.load(InstrumentationModule.class, ModuleProbe.class.getClassLoader())) {
      known.add(each.getClass().getName());
      if (each.getClass().getName().equals(name) || each.instrumentationName().equals(name)) {
        found = each;
      }
    }
    if (found == null) {
      throw new IllegalArgumentException("no module " + name + " but " + known);
    }
    if (!(found instanceof InstrumentationModuleMuzzle)) {
      throw new IllegalArgumentException(
          name + " has no muzzle methods: run muzzle:generate before muzzle:check");
    }
    module = found;
    dropCache();
  }

  /** The matcher for classes by name remembers class loaders; as the agent's own check does. */
  private static void dropCache() {
    try {
      Field field =
          Class.forName(
                  "io.opentelemetry.javaagent.extension.matcher.ClassLoaderHasClassesNamedMatcher")
              .getDeclaredField("useCache");
      field.setAccessible(true);
      field.setBoolean(null, false);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("not the muzzle that this plugin was built with", e);
    }
  }

  /**
   * Looks at one version.
   *
   * @param jars the library with its dependencies
   * @param types the names of the classes that may be hooked
   */
  @Override
  public Map<String, List<String>> apply(URL[] jars, List<String> types) {
    List<String> helpers = InstrumentationModuleMuzzle.getHelperClassNames(module);
    try (ApplicationLoader loader = new ApplicationLoader(jars, helpers)) {
      List<String> mismatches = new ArrayList<>();
      for (Mismatch mismatch : ReferenceMatcher.of(module).getMismatchedReferenceSources(loader)) {
        mismatches.add(mismatch.toString());
      }
      if (!module.classLoaderMatcher().matches(loader)) {
        mismatches.add("the module's classLoaderMatcher() does not match");
      }
      if (mismatches.isEmpty()) {
        link(loader, helpers, mismatches);
      }
      Set<String> hooked = new TreeSet<>();
      Set<String> unused = new TreeSet<>();
      hooks(loader, types, hooked, unused);
      Map<String, List<String>> result = new LinkedHashMap<>();
      result.put(MISMATCHES, mismatches);
      result.put(HOOKED, new ArrayList<>(hooked));
      result.put(UNUSED, new ArrayList<>(unused));
      return result;
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Defines the helper classes beside the library's and has the JVM verify them. */
  private static void link(ClassLoader loader, List<String> helpers, List<String> mismatches) {
    for (String helper : helpers) {
      try {
        // Links the class, and resolves the types in its signatures.
        Object unused = loader.loadClass(helper).getDeclaredMethods();
      } catch (ClassNotFoundException | LinkageError e) {
        mismatches.add("helper class " + helper + " cannot be injected: " + e);
      }
    }
  }

  private void hooks(
      ClassLoader loader, List<String> types, Set<String> hooked, Set<String> unused) {
    TypePool pool =
        AgentTooling.poolStrategy()
            .typePool(AgentTooling.locationStrategy().classFileLocator(loader), loader);
    for (TypeInstrumentation instrumentation : module.typeInstrumentations()) {
      Recorder recorder = new Recorder();
      instrumentation.transform(recorder);
      unused.addAll(recorder.advice.keySet());
      if (!instrumentation.classLoaderOptimization().matches(loader)) {
        continue;
      }
      for (String name : types) {
        try {
          TypePool.Resolution resolution = pool.describe(name);
          if (!resolution.isResolved()) {
            continue;
          }
          TypeDescription type = resolution.resolve();
          if (!instrumentation.typeMatcher().matches(type)) {
            continue;
          }
          recorder.advice.forEach(
              (advice, matcher) -> {
                for (MethodDescription method : type.getDeclaredMethods().filter(matcher)) {
                  hooked.add(name + "#" + method.getName());
                  unused.remove(advice);
                }
              });
        } catch (RuntimeException e) {
          // A class of an optional dependency is missing: the type cannot be loaded either.
        }
      }
    }
  }

  /** Takes down which advice is for which methods. */
  private static final class Recorder implements TypeTransformer {
    final Map<String, ElementMatcher.Junction<MethodDescription>> advice = new LinkedHashMap<>();

    @Override
    public void applyAdviceToMethod(
        ElementMatcher<? super MethodDescription> methods, String adviceClass) {
      ElementMatcher.Junction<MethodDescription> own =
          new ElementMatcher.Junction.AbstractBase<>() {
            @Override
            public boolean matches(MethodDescription method) {
              return methods.matches(method);
            }
          };
      advice.merge(adviceClass, own, (a, b) -> a.or(b));
    }

    @Override
    public void applyAdviceToMethod(
        ElementMatcher<? super MethodDescription> methods,
        Function<Advice.WithCustomMapping, Advice.WithCustomMapping> customizer,
        String adviceClass) {
      applyAdviceToMethod(methods, adviceClass);
    }

    @Override
    public void applyTransformer(AgentBuilder.Transformer transformer) {}
  }

  /**
   * The class loader of an application: the library's classes, the helper classes among them as the
   * agent puts them there, and above it what the agent puts into the boot loader.
   */
  private static final class ApplicationLoader extends URLClassLoader {
    private final Set<String> helpers;

    ApplicationLoader(URL[] jars, List<String> helpers) {
      super(jars, new BootLoader());
      this.helpers = Set.copyOf(helpers);
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
      synchronized (getClassLoadingLock(name)) {
        if (!helpers.contains(name)) {
          return super.loadClass(name, resolve);
        }
        Class<?> loaded = findLoadedClass(name);
        if (loaded != null) {
          return loaded;
        }
        byte[] bytes = helper(name);
        return defineClass(name, bytes, 0, bytes.length);
      }
    }

    private static byte[] helper(String name) throws ClassNotFoundException {
      try (@Nullable InputStream in =
          ModuleProbe.class
              .getClassLoader()
              .getResourceAsStream(name.replace('.', '/') + ".class")) {
        if (in == null) {
          throw new ClassNotFoundException(name);
        }
        return in.readAllBytes();
      } catch (IOException e) {
        throw new ClassNotFoundException(name, e);
      }
    }
  }

  /** Classes of the JDK and of the agent; resources of the JDK only, which is what muzzle sees. */
  private static final class BootLoader extends ClassLoader {
    BootLoader() {
      super(ClassLoader.getPlatformClassLoader());
    }

    @Override
    protected Class<?> findClass(String name) throws ClassNotFoundException {
      if (name.startsWith("io.opentelemetry.")) {
        return Class.forName(name, false, ModuleProbe.class.getClassLoader());
      }
      throw new ClassNotFoundException(name);
    }
  }
}
