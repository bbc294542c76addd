/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.javaagent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;

import io.spanglass.testing.contract.Point;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

/**
 * {@code docs/clients.md}: an introduction, and a part for each client that is made of the results
 * of its contract. Each contract checks its own part and the introduction.
 */
final class ClientsTable {

  /** Set to write what the run showed instead of comparing. */
  private static final String WRITE = "spanglass.clients.write";

  private static final String COMMAND =
      "./mvnw verify -pl javaagent-extension -am -Dtest=None -Dsurefire.failIfNoSpecifiedTests=false"
          + " -Dit.test='*ContractIT' -Dfailsafe.failIfNoSpecifiedTests=false -D"
          + WRITE;

  /** How a point came out. */
  enum Result {
    PASSED("passed"),
    NOT_APPLICABLE("n/a"),
    /** Not by every build, but by profile {@code full}. */
    NOT_RUN("–"),
    FAILED("failed");

    private final String text;

    Result(String text) {
      this.text = text;
    }
  }

  /**
   * One cell.
   *
   * @param detail why it is not applicable, or what failed
   */
  record Cell(Result result, String detail) {

    static Cell passed() {
      return new Cell(Result.PASSED, "");
    }

    static Cell notApplicable(String reason) {
      return new Cell(Result.NOT_APPLICABLE, reason);
    }

    static Cell notRun() {
      return new Cell(Result.NOT_RUN, "");
    }

    static Cell failed(String problem) {
      return new Cell(Result.FAILED, problem);
    }
  }

  /** Writes {@code target/contract/<client>-<version>.json}. */
  static void writeJson(String client, String version, Map<Point, Cell> cells) throws IOException {
    StringBuilder json = new StringBuilder();
    json.append("{\"client\":").append(quoted(client));
    json.append(",\"version\":").append(quoted(version)).append(",\"points\":{");
    String separator = "\n  ";
    for (Map.Entry<Point, Cell> entry : cells.entrySet()) {
      Cell cell = entry.getValue();
      json.append(separator).append(quoted(entry.getKey().name()));
      json.append(":{\"result\":").append(quoted(cell.result().text));
      json.append(",\"detail\":").append(quoted(cell.detail())).append('}');
      separator = ",\n  ";
    }
    json.append("\n}}\n");
    Path directory = Files.createDirectories(Path.of("target", "contract"));
    String name = (client + "-" + version).replaceAll("[^A-Za-z0-9.]+", "-");
    Files.writeString(directory.resolve(name.toLowerCase(Locale.ROOT) + ".json"), json);
  }

  private static String quoted(String text) {
    StringBuilder quoted = new StringBuilder("\"");
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"' || c == '\\') {
        quoted.append('\\').append(c);
      } else if (c < ' ') {
        quoted.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
      } else {
        quoted.append(c);
      }
    }
    return quoted.append('"').toString();
  }

  /** Compares the client's part with what is committed, or writes it. */
  static void checkOrWrite(String client, Map<String, Map<Point, Cell>> columns)
      throws IOException {
    Path file = Path.of(Objects.requireNonNull(System.getProperty("spanglass.test.clients-table")));
    String committed = Files.exists(file) ? Files.readString(file) : introduction();
    String part = part(client, columns);
    boolean others =
        committed.contains(begin(client)) && !committed.contains(begin(client) + head(columns));
    if (others && System.getProperty(WRITE) == null) {
      abort("the table is about other versions of " + client + " than this machine has");
    }
    String updated = introduction() + withPart(committed, client, part);
    if (System.getProperty(WRITE) != null) {
      Files.writeString(file, updated);
    }
    String now = Files.exists(file) ? Files.readString(file) : "";
    assertThat(now)
        .as("%s is not what the contract of %s showed; to write it: %s", file, client, COMMAND)
        .isEqualTo(updated);
  }

  /** The first line of the client's first table. */
  private static String head(Map<String, Map<Point, Cell>> columns) {
    return "\n| "
        + Point.Section.SAME.title()
        + " | "
        + String.join(" | ", columns.keySet())
        + " |\n";
  }

  private static String begin(String client) {
    return "\n## " + client + "\n";
  }

  /** All parts, with this one in its place by name. */
  private static String withPart(String document, String client, String part) {
    List<String> parts = new ArrayList<>();
    String[] split = document.split("(?=\n## )", -1);
    for (int i = 1; i < split.length; i++) {
      if (!split[i].startsWith(begin(client))) {
        parts.add(split[i]);
      }
    }
    parts.add(part);
    parts.sort(null);
    return String.join("", parts);
  }

  private static String introduction() {
    StringBuilder text = new StringBuilder();
    text.append("# HTTP clients: what is promised, and shown\n\n")
        .append("Every client keeps to one contract. What is marked as passed below was run by the")
        .append(
            " tests of this project:\nan application that uses the client, under the agent alone and")
        .append(" then with Spanglass, against servers that do\n")
        .append("the same each time. This file is written by these tests (`ClientContract`);\n")
        .append("a test fails when it does not say what they showed.\n\n")
        .append(
            "`passed` is what was run and held. `n/a (1)` is what the client does not have; the")
        .append(" reason is below its tables.\nEvery build runs the newest version in full, and of")
        .append(" the others how calls end and where their spans lie (*endings*),\nalso in the")
        .append(" agent's other modes. `–` is not run by every build; `./mvnw verify -Pfull` runs")
        .append(" all of it with all versions.\n\n")
        .append("**What the points mean**\n");
    for (Point.Section section : Point.Section.values()) {
      text.append("\n").append(section.title()).append(":\n\n");
      for (Point point : Point.values()) {
        if (point.section() == section) {
          text.append("- *").append(point.title()).append("*: ");
          text.append(point.meaning()).append("\n");
        }
      }
    }
    return text.toString();
  }

  private static String part(String client, Map<String, Map<Point, Cell>> columns) {
    StringBuilder text = new StringBuilder(begin(client));
    List<String> reasons = new ArrayList<>();
    for (Point.Section section : Point.Section.values()) {
      text.append("\n| ").append(section.title()).append(" |");
      columns.keySet().forEach(version -> text.append(' ').append(version).append(" |"));
      text.append("\n|---|").append("---|".repeat(columns.size())).append("\n");
      for (Point point : Point.values()) {
        if (point.section() != section) {
          continue;
        }
        text.append("| ").append(point.title()).append(" |");
        for (Map<Point, Cell> cells : columns.values()) {
          Cell cell = Objects.requireNonNull(cells.get(point));
          text.append(' ').append(cell.result().text);
          if (cell.result() == Result.NOT_APPLICABLE) {
            if (!reasons.contains(cell.detail())) {
              reasons.add(cell.detail());
            }
            text.append(" (").append(reasons.indexOf(cell.detail()) + 1).append(')');
          }
          text.append(" |");
        }
        text.append("\n");
      }
    }
    for (int i = 0; i < reasons.size(); i++) {
      text.append(i == 0 ? "\n" : "").append(i + 1).append(". ").append(reasons.get(i));
      text.append("\n");
    }
    return text.toString();
  }

  private ClientsTable() {}
}
