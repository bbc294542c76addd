/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.redaction.exporters;

import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import io.spanglass.redaction.RedactionPolicy;
import io.spanglass.redaction.Redactor;
import java.util.Collection;

/**
 * Redacts spans, whoever made them, before an exporter gets them: names, attributes of every type,
 * events with exceptions' messages and stack traces, links, status texts and resources. The keys of
 * {@code unchanged-keys.txt} keep their values.
 */
public final class RedactingSpanExporter implements SpanExporter {
  private final SpanExporter exporter;
  private final Redactor redactor;
  private final Batch<SpanData> batches;

  private RedactingSpanExporter(SpanExporter exporter, Redactor redactor) {
    this.exporter = exporter;
    this.redactor = redactor;
    batches = new Batch<>(redactor, RedactedSpan::of);
  }

  /** The exporter, behind redaction of everything that {@link RedactionPolicy#strict()} finds. */
  public static SpanExporter wrap(SpanExporter exporter) {
    return wrap(exporter, Redactor.of(RedactionPolicy.strict()));
  }

  /** The exporter, behind redaction. One redactor can serve many exporters. */
  public static SpanExporter wrap(SpanExporter exporter, Redactor redactor) {
    return new RedactingSpanExporter(exporter, redactor);
  }

  @Override
  public CompletableResultCode export(Collection<SpanData> batch) {
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
    return "RedactingSpanExporter{" + redactor.policy().preset().setting() + ", " + exporter + "}";
  }
}
