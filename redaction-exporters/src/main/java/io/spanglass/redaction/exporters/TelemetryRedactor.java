/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.redaction.exporters;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.AttributeType;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.common.AttributesBuilder;
import io.opentelemetry.api.common.KeyValue;
import io.opentelemetry.api.common.Value;
import io.opentelemetry.sdk.resources.Resource;
import io.spanglass.redaction.RedactionPolicy;
import io.spanglass.redaction.RedactionSession;
import io.spanglass.redaction.Redactor;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Redacts attributes and values of telemetry. For one export at a time: what is given is returned
 * as it is, the same object, where nothing was found in it, and nothing is allocated for that.
 */
final class TelemetryRedactor {
  /** Numbers with fewer digits than a card has are nobody's. */
  private static final long LEAST_NUMBER = 100_000_000_000L;

  /** What was looked at last: a batch mostly has one resource. */
  private static final class SeenResource {
    final Resource given;
    final Resource redacted;

    SeenResource(Resource given, Resource redacted) {
      this.given = given;
      this.redacted = redacted;
    }
  }

  private final Redactor redactor;
  private final boolean readsNumbers;
  private final BiConsumer<AttributeKey<?>, Object> visitor = this::visit;
  private @Nullable RedactionSession open;
  private @Nullable SeenResource seen;
  private Attributes visited = Attributes.empty();
  private @Nullable AttributesBuilder changed;

  TelemetryRedactor(Redactor redactor) {
    this.redactor = redactor;
    readsNumbers = redactor.policy().preset() == RedactionPolicy.Preset.STRICT;
  }

  /** Before each batch. */
  void start() {
    open = redactor.open();
  }

  /** After each batch. */
  void end() {
    RedactionSession session = open;
    open = null;
    visited = Attributes.empty();
    changed = null;
    if (session != null) {
      session.close();
    }
  }

  private String redact(@Nullable String name, String text) {
    RedactionSession session = open;
    if (session == null) {
      throw new IllegalStateException("no batch was started");
    }
    return session.redact(name, text);
  }

  /** A text that is the value of no attribute: a name, a message. */
  String text(String text) {
    return redact(null, text);
  }

  Attributes attributes(Attributes attributes) {
    if (attributes.isEmpty()) {
      return attributes;
    }
    visited = attributes;
    changed = null;
    attributes.forEach(visitor);
    visited = Attributes.empty();
    AttributesBuilder builder = changed;
    changed = null;
    return builder == null ? attributes : builder.build();
  }

  @SuppressWarnings("unchecked")
  private void visit(AttributeKey<?> key, Object value) {
    if (value instanceof String) {
      String name = key.getKey();
      if (UnchangedKeys.contains(name)) {
        return;
      }
      String redacted = redact(name, (String) value);
      if (redacted != value) {
        put((AttributeKey<Object>) key, redacted);
      }
      return;
    }
    if (value instanceof List) {
      if (key.getType() == AttributeType.STRING_ARRAY && !UnchangedKeys.contains(key.getKey())) {
        List<String> redacted = strings(key.getKey(), (List<String>) value);
        if (redacted != value) {
          put((AttributeKey<Object>) key, redacted);
        }
      }
      return;
    }
    if (value instanceof Long) {
      number((AttributeKey<Long>) key, (Long) value);
      return;
    }
    if (value instanceof Value && !UnchangedKeys.contains(key.getKey())) {
      Value<?> redacted = value(key.getKey(), (Value<?>) value);
      if (redacted != value) {
        put((AttributeKey<Object>) key, redacted);
      }
    }
  }

  private void put(AttributeKey<Object> key, Object value) {
    builder().put(key, value);
  }

  private AttributesBuilder builder() {
    AttributesBuilder builder = changed;
    if (builder == null) {
      builder = visited.toBuilder();
      changed = builder;
    }
    return builder;
  }

  /** A card's number can be a number: then it becomes a text under the same name. */
  private void number(AttributeKey<Long> key, long value) {
    if (!readsNumbers || value < LEAST_NUMBER || UnchangedKeys.contains(key.getKey())) {
      return;
    }
    String digits = Long.toString(value);
    String redacted = redact(key.getKey(), digits);
    if (!redacted.equals(digits)) {
      builder().remove(key).put(AttributeKey.stringKey(key.getKey()), redacted);
    }
  }

  private List<String> strings(String name, List<String> values) {
    List<String> redacted = null;
    for (int i = 0; i < values.size(); i++) {
      String value = values.get(i);
      if (value == null) {
        continue;
      }
      String now = redact(name, value);
      if (!now.equals(value)) {
        if (redacted == null) {
          redacted = new ArrayList<>(values);
        }
        redacted.set(i, now);
      }
    }
    return redacted == null ? values : redacted;
  }

  /** A value with whatever is in it. */
  @SuppressWarnings("unchecked")
  Value<?> value(@Nullable String name, Value<?> value) {
    switch (value.getType()) {
      case STRING:
        String text = (String) value.getValue();
        String redacted = redact(name, text);
        return redacted.equals(text) ? value : Value.of(redacted);
      case LONG:
        long number = (Long) value.getValue();
        if (!readsNumbers || number < LEAST_NUMBER) {
          return value;
        }
        String digits = Long.toString(number);
        String without = redact(name, digits);
        return without.equals(digits) ? value : Value.of(without);
      case ARRAY:
        return list(name, value, (List<Value<?>>) value.getValue());
      case KEY_VALUE_LIST:
        return fields(value, (List<KeyValue>) value.getValue());
      default:
        return value;
    }
  }

  private Value<?> list(@Nullable String name, Value<?> whole, List<Value<?>> values) {
    List<Value<?>> redacted = null;
    for (int i = 0; i < values.size(); i++) {
      Value<?> now = value(name, values.get(i));
      if (now != values.get(i) && redacted == null) {
        redacted = new ArrayList<>(values);
      }
      if (redacted != null) {
        redacted.set(i, now);
      }
    }
    return redacted == null ? whole : Value.of(redacted);
  }

  private Value<?> fields(Value<?> whole, List<KeyValue> fields) {
    List<KeyValue> redacted = null;
    for (int i = 0; i < fields.size(); i++) {
      KeyValue field = fields.get(i);
      Value<?> now = value(field.getKey(), field.getValue());
      if (now != field.getValue() && redacted == null) {
        redacted = new ArrayList<>(fields);
      }
      if (redacted != null) {
        redacted.set(i, KeyValue.of(field.getKey(), now));
      }
    }
    return redacted == null ? whole : Value.of(redacted.toArray(new KeyValue[0]));
  }

  /** A resource; command lines and what comes from the environment can have secrets in them. */
  Resource resource(Resource resource) {
    SeenResource last = seen;
    if (last == null || last.given != resource) {
      Attributes attributes = attributes(resource.getAttributes());
      Resource redacted =
          attributes == resource.getAttributes()
              ? resource
              : Resource.create(attributes, resource.getSchemaUrl());
      last = new SeenResource(resource, redacted);
      seen = last;
    }
    return last.redacted;
  }
}
