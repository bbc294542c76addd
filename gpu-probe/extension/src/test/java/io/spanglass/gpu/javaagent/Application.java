/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.gpu.javaagent;

/** The service beside which the probe runs: prints, waits, ends. */
final class Application {
  private Application() {}

  public static void main(String[] args) throws Exception {
    System.out.println("application started");
    Thread.sleep(Long.parseLong(args[0]));
    System.out.println("application ends");
  }
}
