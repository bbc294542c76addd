/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.gpu;

import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;

/**
 * Which NVML functions the loaded driver has. The binding links lazily: calling a function that the
 * driver lacks makes the dynamic loader end the process with status 127, so every native call asks
 * here first.
 */
final class Symbols {
  private final ConcurrentHashMap<String, Boolean> known = new ConcurrentHashMap<>();
  private final Predicate<String> lookup;

  Symbols(Predicate<String> lookup) {
    this.lookup = lookup;
  }

  boolean has(String symbol) {
    Boolean present = known.get(symbol);
    if (present == null) {
      present = lookup.test(symbol);
      known.put(symbol, present);
    }
    return present;
  }

  /** Looks every function up again, after the library was initialised anew. */
  void forget() {
    known.clear();
  }
}
