/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.redaction.exporters;

import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.common.Value;
import io.opentelemetry.api.logs.Severity;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.sdk.common.InstrumentationScopeInfo;
import io.opentelemetry.sdk.logs.data.LogRecordData;
import io.opentelemetry.sdk.resources.Resource;
import org.jspecify.annotations.Nullable;

/** A log record with other texts than it was given. */
final class RedactedLogRecord implements LogRecordData {
  private final LogRecordData log;
  private final @Nullable Value<?> body;
  private final Attributes attributes;
  private final Resource resource;

  private RedactedLogRecord(
      LogRecordData log, @Nullable Value<?> body, Attributes attributes, Resource resource) {
    this.log = log;
    this.body = body;
    this.attributes = attributes;
    this.resource = resource;
  }

  /** The same record where nothing was found in it. */
  static LogRecordData of(LogRecordData log, TelemetryRedactor redactor) {
    Value<?> given = log.getBodyValue();
    Value<?> body = given == null ? null : redactor.value(null, given);
    Attributes attributes = redactor.attributes(log.getAttributes());
    Resource resource = redactor.resource(log.getResource());
    return body == given && attributes == log.getAttributes() && resource == log.getResource()
        ? log
        : new RedactedLogRecord(log, body, attributes, resource);
  }

  @Override
  public @Nullable Value<?> getBodyValue() {
    return body;
  }

  @Override
  @Deprecated
  @SuppressWarnings("InlineMeSuggester")
  public io.opentelemetry.sdk.logs.data.Body getBody() {
    return body == null
        ? io.opentelemetry.sdk.logs.data.Body.empty()
        : io.opentelemetry.sdk.logs.data.Body.string(body.asString());
  }

  @Override
  public Attributes getAttributes() {
    return attributes;
  }

  @Override
  public Resource getResource() {
    return resource;
  }

  @Override
  public InstrumentationScopeInfo getInstrumentationScopeInfo() {
    return log.getInstrumentationScopeInfo();
  }

  @Override
  public long getTimestampEpochNanos() {
    return log.getTimestampEpochNanos();
  }

  @Override
  public long getObservedTimestampEpochNanos() {
    return log.getObservedTimestampEpochNanos();
  }

  @Override
  public SpanContext getSpanContext() {
    return log.getSpanContext();
  }

  @Override
  public Severity getSeverity() {
    return log.getSeverity();
  }

  @Override
  public @Nullable String getSeverityText() {
    return log.getSeverityText();
  }

  @Override
  public int getTotalAttributeCount() {
    return log.getTotalAttributeCount();
  }

  @Override
  public @Nullable String getEventName() {
    return log.getEventName();
  }
}
