/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.javaagent;

import io.spanglass.testing.contract.ClientDriver;
import io.spanglass.testing.jdk.JdkHttpClientDriver;
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
    return javas();
  }
}
