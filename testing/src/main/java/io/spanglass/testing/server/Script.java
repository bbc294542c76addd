/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.testing.server;

/** What a server does with one request. */
@FunctionalInterface
public interface Script {
  void play(ServerExchange exchange) throws Exception;
}
