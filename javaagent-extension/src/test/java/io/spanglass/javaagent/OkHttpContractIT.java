/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.javaagent;

import io.spanglass.javaagent.clients.OkHttpDriver;
import io.spanglass.testing.contract.ClientDriver;
import java.util.List;

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
    return fetched("okhttp", "okhttp");
  }
}
