/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.examples.modelserver;

import org.jspecify.annotations.Nullable;

/** An error that is answered in OpenAI's shape. */
final class ApiException extends Exception {

  private final int status;
  private final @Nullable String param;
  private final @Nullable String code;

  ApiException(int status, String message, @Nullable String param, @Nullable String code) {
    super(message);
    this.status = status;
    this.param = param;
    this.code = code;
  }

  int status() {
    return status;
  }

  @Nullable String param() {
    return param;
  }

  @Nullable String code() {
    return code;
  }
}
