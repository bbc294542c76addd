/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.javaagent;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.lang.instrument.Instrumentation;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.security.ProtectionDomain;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;

/**
 * Defines the classes of a jar in the boot class loader without a file. The last resort: nobody
 * finds such a class by its file's name, as other agents may want to.
 */
final class BootClasses {
  private BootClasses() {}

  /**
   * Defines all classes of the jar, each after its supertypes.
   *
   * @throws ReflectiveOperationException if this JVM has no such way
   * @throws LinkageError if a class cannot be defined
   */
  static void define(Instrumentation instrumentation, byte[] jar)
      throws IOException, ReflectiveOperationException {
    Definer definer = new Definer(instrumentation);
    Map<String, byte[]> classes = classes(jar);
    while (!classes.isEmpty()) {
      NoClassDefFoundError missing = null;
      List<String> defined = new ArrayList<>();
      for (Map.Entry<String, byte[]> entry : classes.entrySet()) {
        try {
          definer.define(entry.getKey(), entry.getValue());
          defined.add(entry.getKey());
        } catch (NoClassDefFoundError e) {
          // A supertype, which has its turn later.
          missing = e;
        }
      }
      classes.keySet().removeAll(defined);
      if (missing != null && defined.isEmpty()) {
        throw missing;
      }
    }
  }

  private static Map<String, byte[]> classes(byte[] jar) throws IOException {
    Map<String, byte[]> classes = new LinkedHashMap<>();
    try (ZipInputStream zip = new ZipInputStream(new ByteArrayInputStream(jar))) {
      for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
        String name = entry.getName();
        // Without package-info, which nothing is linked with.
        if (name.endsWith(".class") && !name.endsWith("-info.class")) {
          classes.put(name.substring(0, name.length() - ".class".length()), zip.readAllBytes());
        }
      }
    }
    return classes;
  }

  /** The JDK's own way, which an agent can open to itself. The same in Java 11 to 25. */
  private static final class Definer {
    private final Object unsafe;
    private final Method defineClass;

    Definer(Instrumentation instrumentation) throws ReflectiveOperationException {
      instrumentation.redefineModule(
          Object.class.getModule(),
          Set.of(),
          Map.of("jdk.internal.misc", Set.of(Definer.class.getModule())),
          Map.of(),
          Set.of(),
          Map.of());
      Class<?> type = Class.forName("jdk.internal.misc.Unsafe", false, null);
      unsafe = type.getMethod("getUnsafe").invoke(null);
      defineClass =
          type.getMethod(
              "defineClass",
              String.class,
              byte[].class,
              int.class,
              int.class,
              ClassLoader.class,
              ProtectionDomain.class);
    }

    void define(String name, byte[] bytes) throws ReflectiveOperationException {
      try {
        defineClass.invoke(unsafe, name, bytes, 0, bytes.length, null, null);
      } catch (InvocationTargetException e) {
        if (e.getCause() instanceof LinkageError) {
          throw (LinkageError) e.getCause();
        }
        throw e;
      }
    }
  }
}
