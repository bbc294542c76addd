/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.telemetry;

import io.opentelemetry.context.Context;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.logging.Logger;

/**
 * Where our own failures end: counted in {@code spanglass.internal.errors}, told once for each
 * component in the log, and never seen by the application.
 */
public final class InternalErrors {
  private static final Logger logger = Logger.getLogger("io.spanglass.genai");

  private final Instruments.Measure errors;
  private final Set<String> told = ConcurrentHashMap.newKeySet();

  InternalErrors(Instruments instruments) {
    errors = instruments.measure(SpanglassSemconv.INTERNAL_ERRORS);
  }

  /**
   * Never throws.
   *
   * @param component one of a fixed few, in the words of {@code spanglass.component}
   */
  public void swallow(String component, Throwable failure) {
    try {
      errors.record(1, Outlet.of(SpanglassSemconv.COMPONENT, component), Context.root());
      // Without the exception's message, which may quote what passed on the wire.
      if (told.add(component)) {
        Outlet.warn(
            logger,
            "Spanglass failed in {0} and left the call unobserved, the application is not affected: {1}"
                + " at {2}. Further failures there are only counted, in spanglass.internal.errors.",
            component,
            failure.getClass().getName(),
            origin(failure));
      }
    } catch (Throwable ignored) {
      // There is nowhere left to report to.
    }
  }

  private static Object origin(Throwable failure) {
    StackTraceElement[] trace = failure.getStackTrace();
    return trace.length == 0 ? "an unknown place" : trace[0];
  }
}
