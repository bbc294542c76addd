/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.gpu;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The table of hardware metrics of the semantic conventions, to hold lists of series against:
 * {@code name kind [unit] {attributes} = value}, the kind with an optional {@code int} or {@code
 * double}.
 */
final class Conventions {
  private static final Pattern LINE =
      Pattern.compile("(\\S+) (\\S+) \\[(.*?)\\](?: (int|double))? \\{(.*)\\}(?: = (\\S+))?");

  private record Convention(
      String instrument, String unit, String type, Set<String> required, Set<String> allowed) {}

  private static Map<String, Convention> table() throws IOException {
    Map<String, Convention> conventions = new HashMap<>();
    try (InputStream table =
        Objects.requireNonNull(
            Conventions.class.getResourceAsStream("/semconv-hardware-1.44.0.csv"))) {
      for (String line :
          new String(table.readAllBytes(), StandardCharsets.UTF_8).lines().toList()) {
        if (!line.startsWith("#")) {
          String[] cells = line.split(",", -1);
          Set<String> required = new TreeSet<>();
          Set<String> allowed = new TreeSet<>();
          for (String attribute : cells[4].split(" ", -1)) {
            allowed.add(attribute.replace("!", ""));
            if (attribute.startsWith("!")) {
              required.add(attribute.substring(1));
            }
          }
          conventions.put(
              cells[0], new Convention(cells[1], cells[2], cells[3], required, allowed));
        }
      }
    }
    return conventions;
  }

  /** Checks every line of a {@code hw.*} metric. Returns the names of those. */
  static Set<String> check(List<String> lines) throws IOException {
    Map<String, Convention> conventions = table();
    Set<String> seen = new TreeSet<>();
    for (String line : lines) {
      Matcher match = LINE.matcher(line);
      assertThat(match.matches()).as(line).isTrue();
      String name = match.group(1);
      if (!name.startsWith("hw.")) {
        assertThat(name).startsWith("nvidia.gpu.");
        continue;
      }
      assertThat(conventions).as(line).containsKey(name);
      Convention convention = Objects.requireNonNull(conventions.get(name));
      assertThat(match.group(2)).as(line).isEqualTo(convention.instrument());
      assertThat(match.group(3)).as(line).isEqualTo(convention.unit());
      if (match.group(4) != null) {
        assertThat(match.group(4)).as(line).isEqualTo(convention.type());
      }
      if (convention.type().equals("int")) {
        assertThat(match.group(6)).as(line).matches("-?\\d+|N");
      } else {
        assertThat(match.group(6)).as(line).matches("-?\\d+\\.\\d+(E-?\\d+)?|N");
      }
      Set<String> attributes = new TreeSet<>();
      for (String attribute : match.group(5).split(", ", -1)) {
        attributes.add(attribute.replaceAll("=.*", ""));
      }
      assertThat(attributes).as(line).containsAll(convention.required());
      attributes.removeIf(
          attribute -> attribute.startsWith("nvidia.gpu.") || attribute.startsWith("k8s."));
      assertThat(convention.allowed()).as(line).containsAll(attributes);
      seen.add(name);
    }
    return seen;
  }

  private Conventions() {}
}
