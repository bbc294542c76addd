/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.javaagent;

import io.spanglass.testing.contract.ClientDriver;
import io.spanglass.testing.contract.JdkHttpClientDriver;
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
    versions.add(new Version("Java " + Runtime.version().feature(), java(), List.of()));
    Path newest = Extension.newestJava();
    versions.add(new Version("Java 25", newest, List.of()));
    return versions;
  }
}
