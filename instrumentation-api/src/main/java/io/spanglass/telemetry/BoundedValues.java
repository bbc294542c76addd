/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.telemetry;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Keeps the values of a metric attribute few, whatever an application or a server puts into a model
 * name or an error code: the first so many keep their name, all others share one.
 */
final class BoundedValues {
  private final int limit;
  private final Set<String> known = ConcurrentHashMap.newKeySet();

  BoundedValues(int limit) {
    this.limit = limit;
  }

  /** The value itself, or {@link Outlet#OTHER}. */
  String bound(String value) {
    if (known.contains(value)) {
      return value;
    }
    // Threads that race here can exceed the limit by their number, which is bounded too.
    if (!Outlet.fits(value) || known.size() >= limit) {
      return Outlet.OTHER;
    }
    known.add(value);
    return value;
  }
}
