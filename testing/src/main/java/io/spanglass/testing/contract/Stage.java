/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.testing.contract;

import io.spanglass.testing.server.Signals;
import java.net.URI;
import java.util.List;

/** What the application's part of one exchange plays with. */
record Stage(
    String id,
    ClientDriver driver,
    List<Way> ways,
    Endpoints endpoints,
    Signals.Remote signals,
    Transcript transcript) {

  ClientCall call(Way way, ClientCall.Protocol protocol, String path) {
    String base = protocol == ClientCall.Protocol.HTTP_1 ? endpoints.http1() : endpoints.http2();
    return new ClientCall(this, URI.create(base + "/" + id + path), way, protocol);
  }

  ClientCall refusedCall(Way way, String path) {
    return new ClientCall(
        this, URI.create(endpoints.refused() + "/" + id + path), way, ClientCall.Protocol.HTTP_1);
  }

  void perform(ClientCall call) {
    try {
      driver.perform(call);
    } catch (Throwable e) {
      call.failed(e);
    }
  }

  void signal(String name) {
    signals.set(id + "/" + name);
  }

  void await(String name) {
    signals.await(id + "/" + name);
  }
}
