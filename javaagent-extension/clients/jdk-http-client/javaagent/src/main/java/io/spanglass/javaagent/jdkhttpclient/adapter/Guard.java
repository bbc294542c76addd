/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.javaagent.jdkhttpclient.adapter;

import io.spanglass.http.ModelCalls;

/** The last line between the wire core and the application. */
final class Guard {
  private Guard() {}

  static void swallow(Throwable failure) {
    try {
      ModelCalls.global().internalErrors().swallow("adapter", failure);
    } catch (Throwable ignored) {
      // There is nowhere left to report to.
    }
  }
}
