/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.gpu;

import org.bytedeco.cuda.global.nvml;

/** Shows why every call is guarded: this one is not, and the driver lacks the function. */
final class Unguarded {
  private Unguarded() {}

  public static void main(String[] arguments) throws Exception {
    NativeLibraries.load(null, null);
    System.out.println("calling");
    int code = nvml.nvmlShutdown();
    System.out.println("returned " + code);
  }
}
