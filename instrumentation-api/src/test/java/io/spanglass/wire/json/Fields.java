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

  JsonField<Recorder> toDocument() {
    return JsonField.<Recorder>named("")
        .children(childFields())
        .onObjectStart(start())
        .onObjectEnd(end())
        .asDocument();
  }

  /** No array of a generic type can be made otherwise. */
  @SuppressWarnings("unchecked")
  private JsonField<Recorder>[] childFields() {
    List<JsonField<Recorder>> fields = new ArrayList<>();
    children.forEach((name, child) -> fields.add(child.toField(name)));
    return (JsonField<Recorder>[]) fields.toArray(new JsonField<?>[0]);
  }

  private JsonField<Recorder> toField(String name) {
    JsonField<Recorder> field =
        JsonField.<Recorder>named(name)
            .onText(textLimit, (recorder, text) -> recorder.onString(id, text))
            .onLong((recorder, value) -> recorder.add(id + " long " + value))
            .onDouble((recorder, value) -> recorder.add(id + " double " + value))
            .onBoolean((recorder, value) -> recorder.add(id + " " + value))
            .onObjectStart(start())
            .onObjectEnd(end())
            .onArrayStart(recorder -> recorder.add(id + " ["))
            .onArrayEnd(recorder -> recorder.add(id + " ]"));
    return children.isEmpty() ? field : field.children(childFields());
  }

  private JsonField.Action<Recorder> start() {
    return recorder -> recorder.add(id + " {");
  }

  private JsonField.Action<Recorder> end() {
    return recorder -> recorder.add(id + " }");
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
        events.add(id + " ]");
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
  static final class Recorder {
    final List<String> events = new ArrayList<>();

    void add(String event) {
      events.add(event);
    }

    void onString(int field, JsonText text) {
      add(field + " string of " + text.length() + ": " + text);
    }
  }
}
