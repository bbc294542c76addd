/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.gpu;

/** A return code that ends the reading of a device, or of the whole cycle. */
final class NvmlException extends Exception {
  final int code;

  NvmlException(int code) {
    super(NvmlReturn.nameOf(code), null, false, false);
    this.code = code;
  }
}
