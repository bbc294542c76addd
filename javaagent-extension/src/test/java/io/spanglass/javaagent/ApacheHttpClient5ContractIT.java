/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.javaagent;

import io.spanglass.javaagent.apacheclient5.ApacheHttpClient5Driver;
import io.spanglass.testing.contract.ClientDriver;
import java.util.List;

/** The classic Apache HttpClient 5 in the versions that the build fetched. */
class ApacheHttpClient5ContractIT extends ClientContract {

  @Override
  String client() {
    return "Apache HttpClient 5";
  }

  @Override
  Class<? extends ClientDriver> driver() {
    return ApacheHttpClient5Driver.class;
  }

  @Override
  String httpScope() {
    return "io.opentelemetry.apache-httpclient-5.0";
  }

  @Override
  List<Version> versions() throws Exception {
    return fetched("apache-httpclient-5", "httpclient5");
  }
}
