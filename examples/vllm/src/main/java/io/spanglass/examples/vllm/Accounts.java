/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.examples.vllm;

/**
 * Where the tokens of one kind are that the servers counted: on our spans; in calls that came to
 * their end without their usage being asked for, of which only the server's span tells; and in
 * calls that the client cancelled, of which only the server's total tells.
 *
 * @param server the total; the sum of the other three, by how they are made
 */
record Accounts(long server, long onSpans, long withoutUsage, long cancelled) {

  static final Accounts NONE = new Accounts(0, 0, 0, 0);

  Accounts plus(Accounts other) {
    return new Accounts(
        server + other.server,
        onSpans + other.onSpans,
        withoutUsage + other.withoutUsage,
        cancelled + other.cancelled);
  }
}
