/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.testing;

import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A loader with classes of Spanglass of its own, as the agent has beside the application's. */
public final class OwnClasses extends URLClassLoader {
  private OwnClasses(URL[] urls) {
    super(urls, OwnClasses.class.getClassLoader());
  }

  /**
   * Makes a loader.
   *
   * @param first directories whose classes win over those of the build
   */
  public static OwnClasses load(Path... first) throws MalformedURLException {
    List<URL> urls = new ArrayList<>();
    for (Path directory : first) {
      urls.add(directory.toUri().toURL());
    }
    urls.add(Path.of("target", "classes").toUri().toURL());
    urls.add(Path.of("target", "test-classes").toUri().toURL());
    return new OwnClasses(urls.toArray(new URL[0]));
  }

  /** An object of this loader's class of the same name. */
  @SuppressWarnings("unchecked") // Of the interface that the class has.
  public <T> T make(Class<? extends T> type) throws ReflectiveOperationException {
    return (T) loadClass(type.getName()).getDeclaredConstructor().newInstance();
  }

  @Override
  protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
    if (!name.startsWith("io.spanglass.")) {
      return super.loadClass(name, resolve);
    }
    synchronized (getClassLoadingLock(name)) {
      Class<?> loaded = findLoadedClass(name);
      return loaded != null ? loaded : findClass(name);
    }
  }
}
