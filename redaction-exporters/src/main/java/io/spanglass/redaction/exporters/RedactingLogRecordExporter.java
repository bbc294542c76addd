/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.redaction.exporters;

import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.logs.data.LogRecordData;
import io.opentelemetry.sdk.logs.export.LogRecordExporter;
import io.spanglass.redaction.RedactionPolicy;
import io.spanglass.redaction.Redactor;
import java.util.Collection;

/**
 * Redacts log records before an exporter gets them: bodies with all that is nested in them,
 * attributes and resources. The keys of {@code unchanged-keys.txt} keep their values.
 */
public final class RedactingLogRecordExporter implements LogRecordExporter {
  private final LogRecordExporter exporter;
  private final Redactor redactor;
  private final Batch<LogRecordData> batches;

  private RedactingLogRecordExporter(LogRecordExporter exporter, Redactor redactor) {
    this.exporter = exporter;
    this.redactor = redactor;
    batches = new Batch<>(redactor, RedactedLogRecord::of);
  }

  /** The exporter, behind redaction of everything that {@link RedactionPolicy#strict()} finds. */
  public static LogRecordExporter wrap(LogRecordExporter exporter) {
    return wrap(exporter, Redactor.of(RedactionPolicy.strict()));
  }

  /** The exporter, behind redaction. One redactor can serve many exporters. */
  public static LogRecordExporter wrap(LogRecordExporter exporter, Redactor redactor) {
    return new RedactingLogRecordExporter(exporter, redactor);
  }

  @Override
  public CompletableResultCode export(Collection<LogRecordData> batch) {
    return exporter.export(batches.redact(batch));
  }

  @Override
  public CompletableResultCode flush() {
    return exporter.flush();
  }

  @Override
  public CompletableResultCode shutdown() {
    return exporter.shutdown();
  }

  @Override
  public String toString() {
    return "RedactingLogRecordExporter{"
        + redactor.policy().preset().setting()
        + ", "
        + exporter
        + "}";
  }
}
