/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.wire.decode;

/** Is told when something happens in a response that time is measured by. */
public interface ResponseListener {
  /**
   * A frame is over that is part of the model's answer.
   *
   * @param outputKinds the {@link OutputKind} bits of what it carries; 0 for a chunk that only
   *     carries a role, a finish reason or usage
   * @param hasChoices whether it is a chunk of choices, and not of usage alone
   */
  void onChunk(int outputKinds, boolean hasChoices);

  /** The API's own mark for the end of a stream. */
  void onTerminator();
}
