/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.semconv;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SemconvTableTest {
  private static final String TABLE =
      """
      {
        "buckets": {"seconds": [0.5, 1, 2]},
        "number_concepts": ["topK"],
        "profiles": {
          "1": {
            "schema_url": "https://example.com/1",
            "attributes": {
              "model": {"name": "a.model", "type": "string", "spans": {"inference": "required"}},
              "topK": {"name": "a.top_k", "type": "double"},
              "kind": {"name": "a.kind", "type": "string"}
            },
            "measures": {
              "duration": [
                {"name": "a.duration", "kind": "histogram", "unit": "s", "value": "double",
                 "buckets": "seconds", "description": "Duration.", "spans": ["inference"],
                 "attributes": {"model": "required", "kind": "required"},
                 "fixed": {"a.kind": "x"}}
              ]
            }
          },
          "2": {
            "schema_url": "https://example.com/2",
            "attributes": {
              "model": {"name": "a.model", "type": "string"},
              "topK": {"name": "b.top_k", "type": "long"}
            },
            "measures": {}
          }
        },
        "own": {
          "attributes": {
            "part": {"name": "spanglass.part", "type": "string", "description": "A part."}
          },
          "metrics": {
            "errors": {"name": "spanglass.errors", "kind": "counter", "unit": "{error}",
                       "value": "long", "description": "Errors.", "spans": [],
                       "attributes": {"part": "required", "model": "recommended"}}
          }
        },
        "enums": {"Kinds": {"description": "Kinds.", "values": ["x", "y.z"]}}
      }
      """;

  @Test
  void readsATable() throws IOException {
    SemconvTable table = SemconvTable.parse(TABLE);

    assertThat(table.profiles()).containsOnlyKeys("1", "2");
    assertThat(table.numberConcepts()).containsExactly("topK");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          [0.5, 1, 2]                    | [0.5, 2, 1]                     | do not ascend
          [0.5, 1, 2]                    | []                              | is empty
          "buckets": "seconds",          |                                 | without buckets
          "buckets": "seconds"           | "buckets": "tokens"             | no buckets named tokens
          "value": "double"              | "value": "long"                 | its buckets are not
          "value": "double"              | "value": "float"                | bad value
          "kind": "histogram"            | "kind": "gauge"                 | bad kind
          "kind": "histogram"            | "kind": "counter"               | with buckets
          "name": "a.kind"               | "name": "a.model"               | two concepts are a.model
          "a.kind", "type": "string"     | "a.kind", "type": "text"        | unknown type text
          "a.kind", "type": "string"     | "a.kind", "type": "long"        | which is no string
          "kind": "required"             | "sort": "required"              | unknown concept sort
          "kind": "required"             | "kind": "maybe"                 | bad level maybe
          "fixed": {"a.kind"             | "fixed": {"a.sort"              | does not carry
          "inference": "required"        | "server": "required"            | bad span
          "spans": ["inference"]         | "spans": ["server"]             | bad spans
          "number_concepts": ["topK"]    | "number_concepts": []           | is a double here and a long there
          "number_concepts": ["topK"]    | "number_concepts": ["topK", "topN"] | no concept topN
          "number_concepts": ["topK"]    | "number_concepts": ["model"]    | has type string
          "duration": [                  | "model": [                      | model is both
          "part": {"name": "spanglass.   | "part": {"name": "other.        | is not ours
          "description": "A part."       | "at_start": false               | has no description
          "part": {"name"                | "errors": {"name"               | ERRORS is there twice
          "model": "recommended"         | "kind": "recommended"           | has no kind in 2
          "model": "recommended"         | "topK": "recommended"           | depends on the profile
          "values": ["x", "y.z"]         | "values": ["y_z", "y.z"]        | Y_Z is there twice
          "values": ["x", "y.z"]         | "values": ["_x"]                | makes no constant
          "Kinds": {                     | "kinds": {                      | bad class name
          "a.top_k", "type": "double"    | "a.top_k", "type": "double", "kind": "secret" | bad kind
          "a.top_k", "type": "double"    | "a.top_k", "type": "double", "values": {"x": "y"} | is no string
          """)
  void refusesATableThatContradictsItself(String from, String to, String message) {
    assertThat(TABLE).contains(from);
    String table = TABLE.replace(from, to == null ? "" : to);

    assertThatThrownBy(() -> SemconvTable.parse(table))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(message);
  }

  @Test
  void refusesAProfileThatIsThereTwice() {
    String profile = "{\"schema_url\": \"\", \"attributes\": {}, \"measures\": {}}";

    assertThatThrownBy(() -> SemconvTable.parse(TABLE, Map.of("2", profile)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("The profile 2 is there twice");
  }

  @Test
  void refusesTwoShapesOfOneInstrument() {
    String metric =
        """
        {"name": "a.duration", "kind": "counter", "unit": "s", "value": "double",
         "description": "Duration.", "spans": [], "attributes": {}},
        """;
    String table = TABLE.replace("\"duration\": [", "\"duration\": [" + metric);

    assertThatThrownBy(() -> SemconvTable.parse(table)).hasMessageContaining("two shapes of");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          "fixed": {          | "fix": {                        | Unrecognized field "fix"
          "unit": "s",        | ``                              | unit
          "topK": {           | "model": {                      | Duplicate
          """)
  void refusesJsonOfAnotherShape(String from, String to, String message) {
    String table = TABLE.replace(from, to);

    assertThatThrownBy(() -> SemconvTable.parse(table))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(message);
  }
}
