/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.javaagent.okhttp.adapter;

import io.spanglass.call.Attempt;

/** An attempt, and what its response's body must hold on to. */
final class OkHttpAttempt {
  final Attempt attempt;
  final OkHttpExchange exchange;

  OkHttpAttempt(Attempt attempt, OkHttpExchange exchange) {
    this.attempt = attempt;
    this.exchange = exchange;
  }
}
