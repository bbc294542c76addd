/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.wire.json;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A tree of wanted fields in a form that can be read back, and what a document that was read as a
 * whole tells of them: the oracle of the scanner.
 */
final class Fields {
  private final int id;
  private final int textLimit;
  private final Map<String, Fields> children = new LinkedHashMap<>();

  Fields(int id, int textLimit) {
    this.id = id;
    this.textLimit = textLimit;
  }

  Fields with(String name, Fields child) {
    children.put(name, child);
    return this;
  }

  JsonField toDocument() {
    return JsonField.document(childFields());
  }

  private JsonField[] childFields() {
    List<JsonField> fields = new ArrayList<>();
    children.forEach((name, child) -> fields.add(child.toField(name)));
    return fields.toArray(new JsonField[0]);
  }

  private JsonField toField(String name) {
    if (!children.isEmpty()) {
      return JsonField.object(name, id, childFields());
    }
    return textLimit > 0 ? JsonField.value(name, id, textLimit) : JsonField.presence(name, id);
  }

  /** The events that the scanner must report. */
  List<String> eventsOf(JsonNode document) {
    List<String> events = new ArrayList<>();
    walk(document, /* inArray= */ false, events);
    return events;
  }

  private void walk(JsonNode node, boolean inArray, List<String> events) {
    if (node.isObject()) {
      events.add(id + " {");
      node.properties()
          .forEach(
              property -> {
                Fields child = children.get(property.getKey());
                if (child != null) {
                  child.walk(property.getValue(), /* inArray= */ false, events);
                }
              });
      events.add(id + " }");
    } else if (node.isArray()) {
      if (!inArray) {
        events.add(id + " [");
        node.forEach(element -> walk(element, /* inArray= */ true, events));
      }
    } else if (node.isTextual()) {
      events.add(string(id, node.textValue(), textLimit));
    } else if (node.isIntegralNumber() && node.canConvertToLong()) {
      events.add(id + " long " + node.longValue());
    } else if (node.isNumber()) {
      events.add(id + " double " + node.doubleValue());
    } else if (node.isBoolean()) {
      events.add(id + " " + node.booleanValue());
    }
  }

  private static String string(int id, String value, int textLimit) {
    byte[] utf8 = Utf8.encode(value);
    return id + " string of " + utf8.length + ": " + Utf8.prefix(utf8, textLimit);
  }

  /** What a scanner reports, as lines. */
  static class Recorder implements JsonHandler {
    final List<String> events = new ArrayList<>();

    @Override
    public boolean wantsText(int field) {
      return true;
    }

    @Override
    public void onString(int field, JsonText text) {
      events.add(field + " string of " + text.length() + ": " + text);
    }

    @Override
    public void onLong(int field, long value) {
      events.add(field + " long " + value);
    }

    @Override
    public void onDouble(int field, double value) {
      events.add(field + " double " + value);
    }

    @Override
    public void onBoolean(int field, boolean value) {
      events.add(field + " " + value);
    }

    @Override
    public void onObjectStart(int field) {
      events.add(field + " {");
    }

    @Override
    public void onObjectEnd(int field) {
      events.add(field + " }");
    }

    @Override
    public void onArrayStart(int field) {
      events.add(field + " [");
    }
  }
}
