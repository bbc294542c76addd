/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.javaagent;

import io.spanglass.javaagent.clients.urlconnection.HttpUrlConnectionDriver;
import io.spanglass.testing.contract.ClientDriver;
import java.util.List;

/** The JDK's older client comes with the Java that runs it. */
class HttpUrlConnectionContractIT extends ClientContract {

  @Override
  String client() {
    return "java.net.HttpURLConnection";
  }

  @Override
  Class<? extends ClientDriver> driver() {
    return HttpUrlConnectionDriver.class;
  }

  @Override
  String httpScope() {
    return "io.opentelemetry.http-url-connection";
  }

  @Override
  List<Version> versions() throws Exception {
    return javas();
  }
}
