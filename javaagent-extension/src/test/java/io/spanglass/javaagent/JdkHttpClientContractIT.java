/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.javaagent;

import io.spanglass.testing.contract.ClientDriver;
import io.spanglass.testing.jdk.JdkHttpClientDriver;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The JDK's own client comes with the Java that runs it. */
class JdkHttpClientContractIT extends ClientContract {

  @Override
  String client() {
    return "java.net.http.HttpClient";
  }

  @Override
  Class<? extends ClientDriver> driver() {
    return JdkHttpClientDriver.class;
  }

  @Override
  String httpScope() {
    return Extension.HTTP_SCOPE;
  }

  @Override
  List<Version> versions() throws Exception {
    List<Version> versions = new ArrayList<>();
    Path newest = Extension.newestJava();
    versions.add(
        new Version("Java " + (newest == null ? "newest" : feature(newest)), newest, List.of()));
    versions.add(new Version("Java " + Runtime.version().feature(), java(), List.of()));
    return versions;
  }

  /** As its {@code release} file says: {@code 25} of {@code JAVA_VERSION="25.0.1"}. */
  private static String feature(Path java) throws IOException {
    for (String line : Files.readAllLines(java.resolve("release"))) {
      if (line.startsWith("JAVA_VERSION=")) {
        return line.replaceAll("[^0-9.]", "").replaceAll("\\..*", "");
      }
    }
    throw new IOException("no JAVA_VERSION in " + java.resolve("release"));
  }
}
