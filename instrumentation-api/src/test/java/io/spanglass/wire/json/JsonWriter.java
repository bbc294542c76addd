/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.wire.json;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Random;

/** Writes a document in one of the many ways that mean the same: white space and escapes. */
final class JsonWriter {
  private static final String[] SPACES = {"", "", "", " ", "\n", "\t", "\r\n  "};

  private final Random random;
  private final StringBuilder out = new StringBuilder();

  private JsonWriter(long seed) {
    random = new Random(seed);
  }

  static byte[] write(JsonNode document, long seed) {
    JsonWriter writer = new JsonWriter(seed);
    writer.value(document);
    return writer.out.toString().getBytes(UTF_8);
  }

  private void value(JsonNode node) {
    space();
    if (node.isObject()) {
      out.append('{');
      String comma = "";
      for (var property : node.properties()) {
        out.append(comma);
        space();
        string(property.getKey());
        space();
        out.append(':');
        value(property.getValue());
        comma = ",";
      }
      space();
      out.append('}');
    } else if (node.isArray()) {
      out.append('[');
      String comma = "";
      for (JsonNode element : node) {
        out.append(comma);
        value(element);
        comma = ",";
      }
      space();
      out.append(']');
    } else if (node.isTextual()) {
      string(node.textValue());
    } else {
      out.append(node);
    }
    space();
  }

  private void space() {
    out.append(SPACES[random.nextInt(SPACES.length)]);
  }

  private void string(String value) {
    out.append('"');
    int escapes = random.nextInt(3);
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      boolean must = c < 0x20 || c == '"' || c == '\\' || isLoneSurrogate(value, i);
      boolean raw = !must && (escapes == 0 || random.nextInt(4) >= escapes);
      write(c, raw);
      if (Character.isSurrogate(c) && !must) {
        // The two halves of a pair are written alike: UTF-8 has no half.
        write(value.charAt(++i), raw);
      }
    }
    out.append('"');
  }

  private void write(char c, boolean raw) {
    if (raw) {
      out.append(c);
    } else {
      escape(c);
    }
  }

  private static boolean isLoneSurrogate(String value, int at) {
    char c = value.charAt(at);
    if (Character.isHighSurrogate(c)) {
      return at + 1 == value.length() || !Character.isLowSurrogate(value.charAt(at + 1));
    }
    return Character.isLowSurrogate(c);
  }

  private void escape(char c) {
    int shortForm = "\n\t\r\b\f\"\\/".indexOf(c);
    if (shortForm >= 0 && random.nextBoolean()) {
      out.append('\\').append("ntrbf\"\\/".charAt(shortForm));
      return;
    }
    String hex = String.format("%04x", (int) c);
    out.append("\\u").append(random.nextBoolean() ? hex : hex.toUpperCase(java.util.Locale.ROOT));
  }
}
