/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.testing.workload;

import io.spanglass.testing.server.Script;

/**
 * One exchange, or a few that belong together: the server's part and the application's. Both
 * processes make the same list from the same seed.
 *
 * @param id first segment of the request's path
 * @param name says what happens
 * @param view how much of what the server sees is the same in every run
 */
record Scenario(String id, String name, View view, Script script, Action action) {

  /** What of the server's view two runs must share. */
  enum View {
    /** All of it. */
    EXACT,
    /** The requests, but neither their order nor which connection took which. */
    UNORDERED,
    /** Nothing: the client breaks off while it sends. */
    RACY
  }

  /** The application's part. */
  @FunctionalInterface
  interface Action {
    void run(Env env, Transcript transcript) throws Exception;
  }
}
