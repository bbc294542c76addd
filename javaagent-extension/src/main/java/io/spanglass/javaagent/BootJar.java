/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.javaagent;

import io.opentelemetry.javaagent.bootstrap.InstrumentationHolder;
import java.io.IOException;
import java.io.InputStream;
import java.lang.instrument.Instrumentation;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.jar.JarFile;

/**
 * The jar with the wire core, which this extension carries and the boot class loader must have:
 * adapters are defined once in each class loader and meet only there.
 */
final class BootJar {
  private static final String RESOURCE = "spanglass-bootstrap.bin";

  private BootJar() {}

  /** To be called once, before any class that the jar has is used. */
  static void install() throws IOException {
    Instrumentation instrumentation = InstrumentationHolder.getInstrumentation();
    if (instrumentation == null) {
      throw new IOException("there is no agent in this process");
    }
    Path file = Files.createTempFile("spanglass-bootstrap", ".jar");
    file.toFile().deleteOnExit();
    try (InputStream in = BootJar.class.getResourceAsStream(RESOURCE)) {
      if (in == null) {
        throw new IOException("the extension jar lacks " + RESOURCE);
      }
      Files.copy(in, file, StandardCopyOption.REPLACE_EXISTING);
    }
    // The loader reads from the file for as long as the process lives.
    instrumentation.appendToBootstrapClassLoaderSearch(new JarFile(file.toFile()));
  }
}
