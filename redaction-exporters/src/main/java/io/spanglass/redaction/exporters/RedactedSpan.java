/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.redaction.exporters;

import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.data.DelegatingSpanData;
import io.opentelemetry.sdk.trace.data.EventData;
import io.opentelemetry.sdk.trace.data.LinkData;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.data.StatusData;
import java.util.ArrayList;
import java.util.List;

/** A span with other texts than it was given. */
final class RedactedSpan extends DelegatingSpanData {
  private final String name;
  private final Attributes attributes;
  private final List<EventData> events;
  private final List<LinkData> links;
  private final StatusData status;
  private final Resource resource;

  private RedactedSpan(
      SpanData span,
      String name,
      Attributes attributes,
      List<EventData> events,
      List<LinkData> links,
      StatusData status,
      Resource resource) {
    super(span);
    this.name = name;
    this.attributes = attributes;
    this.events = events;
    this.links = links;
    this.status = status;
    this.resource = resource;
  }

  /** The same span where nothing was found in it. */
  static SpanData of(SpanData span, TelemetryRedactor redactor) {
    String name = redactor.text(span.getName());
    Attributes attributes = redactor.attributes(span.getAttributes());
    List<EventData> events = events(span.getEvents(), redactor);
    List<LinkData> links = links(span.getLinks(), redactor);
    StatusData status = status(span.getStatus(), redactor);
    Resource resource = redactor.resource(span.getResource());
    if (name.equals(span.getName())
        && attributes == span.getAttributes()
        && events == span.getEvents()
        && links == span.getLinks()
        && status == span.getStatus()
        && resource == span.getResource()) {
      return span;
    }
    return new RedactedSpan(span, name, attributes, events, links, status, resource);
  }

  private static List<EventData> events(List<EventData> events, TelemetryRedactor redactor) {
    List<EventData> redacted = null;
    for (int i = 0; i < events.size(); i++) {
      EventData event = events.get(i);
      String name = redactor.text(event.getName());
      Attributes attributes = redactor.attributes(event.getAttributes());
      if (!name.equals(event.getName()) || attributes != event.getAttributes()) {
        if (redacted == null) {
          redacted = new ArrayList<>(events);
        }
        // Without the exception itself, whose message is what was found.
        redacted.set(
            i,
            EventData.create(
                event.getEpochNanos(), name, attributes, event.getTotalAttributeCount()));
      }
    }
    return redacted == null ? events : redacted;
  }

  private static List<LinkData> links(List<LinkData> links, TelemetryRedactor redactor) {
    List<LinkData> redacted = null;
    for (int i = 0; i < links.size(); i++) {
      LinkData link = links.get(i);
      Attributes attributes = redactor.attributes(link.getAttributes());
      if (attributes != link.getAttributes()) {
        if (redacted == null) {
          redacted = new ArrayList<>(links);
        }
        redacted.set(
            i, LinkData.create(link.getSpanContext(), attributes, link.getTotalAttributeCount()));
      }
    }
    return redacted == null ? links : redacted;
  }

  private static StatusData status(StatusData status, TelemetryRedactor redactor) {
    String description = status.getDescription();
    if (description.isEmpty()) {
      return status;
    }
    String redacted = redactor.text(description);
    return redacted.equals(description)
        ? status
        : StatusData.create(status.getStatusCode(), redacted);
  }

  @Override
  public String getName() {
    return name;
  }

  @Override
  public Attributes getAttributes() {
    return attributes;
  }

  @Override
  public List<EventData> getEvents() {
    return events;
  }

  @Override
  public List<LinkData> getLinks() {
    return links;
  }

  @Override
  public StatusData getStatus() {
    return status;
  }

  @Override
  public Resource getResource() {
    return resource;
  }
}
