/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.gpu;

import java.io.File;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.ArrayList;
import java.util.List;

/** Loads the binding twice in one JVM, as an agent's extension beside an application's own does. */
final class TwoClassLoaders {
  private TwoClassLoaders() {}

  public static void main(String[] arguments) throws Exception {
    List<URL> urls = new ArrayList<>();
    for (String entry : System.getProperty("java.class.path").split(":", -1)) {
      urls.add(new File(entry).toURI().toURL());
    }
    for (int i = 0; i < 2; i++) {
      URLClassLoader loader =
          new URLClassLoader(urls.toArray(new URL[0]), ClassLoader.getPlatformClassLoader());
      Class<?> nvml = Class.forName("io.spanglass.gpu.NvmlNative", true, loader);
      Method load = nvml.getDeclaredMethod("load", String.class, String.class);
      load.setAccessible(true);
      Object loaded = load.invoke(null, null, null);
      Method init = nvml.getDeclaredMethod("init");
      init.setAccessible(true);
      System.out.println("loader " + i + ": init " + init.invoke(loaded));
    }
  }
}
