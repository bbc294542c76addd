/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.javaagent;

import io.spanglass.javaagent.clients.OkHttpDriver;
import io.spanglass.testing.contract.ClientDriver;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/** OkHttp in the versions that the build fetched. */
class OkHttpContractIT extends ClientContract {

  @Override
  String client() {
    return "OkHttp";
  }

  @Override
  Class<? extends ClientDriver> driver() {
    return OkHttpDriver.class;
  }

  @Override
  String httpScope() {
    return "io.opentelemetry.okhttp-3.0";
  }

  @Override
  List<Version> versions() throws Exception {
    List<Version> versions = new ArrayList<>();
    String names = Objects.requireNonNull(System.getProperty("spanglass.test.okhttp.versions"));
    Path clients = Path.of(Objects.requireNonNull(System.getProperty("spanglass.test.clients")));
    for (String name : names.split(",", -1)) {
      try (Stream<Path> jars = Files.list(clients.resolve("okhttp-" + name))) {
        versions.add(0, new Version(name, java(), jars.sorted().toList()));
      }
    }
    return versions;
  }
}
