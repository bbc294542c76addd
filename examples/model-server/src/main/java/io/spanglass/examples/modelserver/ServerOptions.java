/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.examples.modelserver;

/**
 * How the server listens and how fast it answers.
 *
 * @param port TCP port on the loopback interface; 0 lets the system choose a free one
 * @param ttftMs milliseconds from the request's arrival to the first chunk that carries output
 * @param chunkMs milliseconds between two chunks that carry output
 */
public record ServerOptions(int port, long ttftMs, long chunkMs) {

  /** A free port, 250 ms to the first token, 30 ms between chunks. */
  public static final ServerOptions DEFAULTS = new ServerOptions(0, 250, 30);

  /**
   * Checks the ranges.
   *
   * @throws IllegalArgumentException if the port is not 0..65535 or a time is not 0..600000
   */
  public ServerOptions {
    checkRange("port", port, 65_535);
    checkRange("time to first token", ttftMs, 600_000);
    checkRange("time between chunks", chunkMs, 600_000);
  }

  private static void checkRange(String what, long value, long max) {
    if (value < 0 || value > max) {
      throw new IllegalArgumentException(
          "the " + what + " must be between 0 and " + max + ", not " + value);
    }
  }

  /** The same with another port. */
  public ServerOptions withPort(int value) {
    return new ServerOptions(value, ttftMs, chunkMs);
  }

  /** The same with another time to the first token, in milliseconds. */
  public ServerOptions withTtftMs(long value) {
    return new ServerOptions(port, value, chunkMs);
  }

  /** The same with another time between chunks, in milliseconds. */
  public ServerOptions withChunkMs(long value) {
    return new ServerOptions(port, ttftMs, value);
  }
}
