/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.redaction.exporters;

import io.spanglass.redaction.Redactor;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.RandomAccess;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** Batches of telemetry on their way: the same collection where nothing was found in it. */
final class Batch<T> {
  /** Makes one thing of another; the same where there is nothing to change. */
  interface Step<T> {
    T redact(T given, TelemetryRedactor redactor);
  }

  private final Redactor redactor;
  private final Step<T> step;

  /** Kept from one batch to the next; a second thread makes its own. */
  private final AtomicReference<@Nullable TelemetryRedactor> idle = new AtomicReference<>();

  Batch(Redactor redactor, Step<T> step) {
    this.redactor = redactor;
    this.step = step;
  }

  Collection<T> redact(Collection<T> batch) {
    if (batch.isEmpty()) {
      return batch;
    }
    TelemetryRedactor telemetry = idle.getAndSet(null);
    if (telemetry == null) {
      telemetry = new TelemetryRedactor(redactor);
    }
    try {
      telemetry.start();
      return batch instanceof List && batch instanceof RandomAccess
          ? list((List<T>) batch, telemetry)
          : each(batch, telemetry);
    } catch (RuntimeException | StackOverflowError | LinkageError failure) {
      // Nothing leaves that was not looked at; the exporter goes on with the next batch.
      return Collections.emptyList();
    } finally {
      telemetry.end();
      idle.set(telemetry);
    }
  }

  private Collection<T> each(Collection<T> batch, TelemetryRedactor telemetry) {
    boolean changed = false;
    List<T> redacted = new ArrayList<>(batch.size());
    for (T given : batch) {
      T now = step.redact(given, telemetry);
      changed |= now != given;
      redacted.add(now);
    }
    return changed ? redacted : batch;
  }

  private Collection<T> list(List<T> batch, TelemetryRedactor telemetry) {
    List<T> redacted = null;
    for (int i = 0; i < batch.size(); i++) {
      T given = batch.get(i);
      T now = step.redact(given, telemetry);
      if (now != given && redacted == null) {
        redacted = new ArrayList<>(batch);
      }
      if (redacted != null) {
        redacted.set(i, now);
      }
    }
    return redacted == null ? batch : redacted;
  }
}
