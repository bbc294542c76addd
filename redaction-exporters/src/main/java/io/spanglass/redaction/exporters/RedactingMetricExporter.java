/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.redaction.exporters;

import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.common.export.MemoryMode;
import io.opentelemetry.sdk.metrics.Aggregation;
import io.opentelemetry.sdk.metrics.InstrumentType;
import io.opentelemetry.sdk.metrics.data.AggregationTemporality;
import io.opentelemetry.sdk.metrics.data.MetricData;
import io.opentelemetry.sdk.metrics.export.MetricExporter;
import io.spanglass.redaction.RedactionPolicy;
import io.spanglass.redaction.Redactor;
import java.util.Collection;

/**
 * Redacts metrics before an exporter gets them: exemplars, which can have any attribute of the
 * measurement, and resources. Names and the attributes of series stay as they are: a value in
 * brackets would make one series of two.
 */
public final class RedactingMetricExporter implements MetricExporter {
  private final MetricExporter exporter;
  private final Redactor redactor;
  private final Batch<MetricData> batches;

  private RedactingMetricExporter(MetricExporter exporter, Redactor redactor) {
    this.exporter = exporter;
    this.redactor = redactor;
    batches = new Batch<>(redactor, RedactedMetric::of);
  }

  /** The exporter, behind redaction of everything that {@link RedactionPolicy#strict()} finds. */
  public static MetricExporter wrap(MetricExporter exporter) {
    return wrap(exporter, Redactor.of(RedactionPolicy.strict()));
  }

  /** The exporter, behind redaction. One redactor can serve many exporters. */
  public static MetricExporter wrap(MetricExporter exporter, Redactor redactor) {
    return new RedactingMetricExporter(exporter, redactor);
  }

  @Override
  public CompletableResultCode export(Collection<MetricData> batch) {
    return exporter.export(batches.redact(batch));
  }

  @Override
  public AggregationTemporality getAggregationTemporality(InstrumentType instrument) {
    return exporter.getAggregationTemporality(instrument);
  }

  @Override
  public Aggregation getDefaultAggregation(InstrumentType instrument) {
    return exporter.getDefaultAggregation(instrument);
  }

  @Override
  public MemoryMode getMemoryMode() {
    return exporter.getMemoryMode();
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
    return "RedactingMetricExporter{"
        + redactor.policy().preset().setting()
        + ", "
        + exporter
        + "}";
  }
}
