/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.pipeline.e2e;

/**
 * One part of the end-to-end test.
 *
 * @param name short, in lower case with hyphens
 * @param needs what it can't do without and is not always there, "" for nothing
 */
record Stage(String name, String needs, Body body) {

  /** What a stage does. */
  @FunctionalInterface
  interface Body {
    void run(Checks checks) throws Exception;
  }
}
