/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.wire;

import org.jspecify.annotations.Nullable;

/** The head of a final response, over the client's own objects. */
public interface ResponseHead {
  int status();

  /**
   * The first value of a header, or null.
   *
   * @param name in any case
   */
  @Nullable String header(String name);
}
