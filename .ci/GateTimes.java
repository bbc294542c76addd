/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.xml.parsers.DocumentBuilderFactory;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

/**
 * Prints where a build's time went, and which tests passed at the second try only. Read from the
 * build's log and from the reports that it wrote.
 *
 * <p>Run as {@code java .ci/GateTimes.java LOG}, in the root of the checkout.
 */
final class GateTimes {

  private static final Pattern MODULE =
      Pattern.compile(
          "\\[INFO] (.+?) \\.* ?(SUCCESS|FAILURE) \\[ *(?:([\\d.]+) s|(\\d+):(\\d+) min)]");
  private static final Pattern PHASE =
      Pattern.compile("(.+), (agent alone|with the extension|with faults|.*again .*): (\\d+) s");
  private static final Pattern CHANCE = Pattern.compile("by chance, not again: (.+)");
  private static final int CLASSES = 30;

  /** A line of the table. */
  private record Row(String what, double seconds, String note) {}

  public static void main(String[] args) throws Exception {
    Path log = Path.of(args[0]);
    FileTime start = Files.readAttributes(log, BasicFileAttributes.class).creationTime();
    List<Row> modules = new ArrayList<>();
    List<Row> phases = new ArrayList<>();
    List<String> flakes = new ArrayList<>();
    for (String line : Files.readAllLines(log)) {
      Matcher module = MODULE.matcher(line);
      Matcher phase = PHASE.matcher(line);
      Matcher chance = CHANCE.matcher(line);
      if (module.matches()) {
        String seconds = module.group(3);
        modules.add(
            new Row(
                module.group(1),
                seconds != null
                    ? Double.parseDouble(seconds)
                    : 60 * Integer.parseInt(module.group(4)) + Integer.parseInt(module.group(5)),
                module.group(2).equals("SUCCESS") ? "" : "failed"));
      } else if (phase.matches()) {
        String what = phase.group(1) + ", " + phase.group(2).replaceAll(" \\[.*", "");
        phases.add(new Row(what, Integer.parseInt(phase.group(3)), ""));
      } else if (chance.matches()) {
        flakes.add("differed once: " + chance.group(1));
      }
    }
    List<Row> classes = new ArrayList<>();
    for (Path report : reports(start)) {
      Element suite =
          DocumentBuilderFactory.newInstance()
              .newDocumentBuilder()
              .parse(report.toFile())
              .getDocumentElement();
      String name = suite.getAttribute("name");
      double seconds = Double.parseDouble(suite.getAttribute("time"));
      classes.add(new Row(name, seconds, suite.getAttribute("tests") + " tests"));
      flakes(name, suite, flakes);
    }

    print("Modules", modules, Integer.MAX_VALUE);
    print("Test classes (those of one module may run at the same time)", classes, CLASSES);
    print("JVMs of the clients' contracts", phases, Integer.MAX_VALUE);
    System.out.println("\nPassed at the second try only: " + (flakes.isEmpty() ? "none" : ""));
    flakes.forEach(flake -> System.out.println("  " + flake));
  }

  private static List<Path> reports(FileTime since) throws IOException {
    List<Path> reports = new ArrayList<>();
    Files.walkFileTree(
        Path.of(""),
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes) {
            String name = directory.getFileName().toString();
            return name.equals("src") || name.equals("classes") || name.startsWith(".")
                ? FileVisitResult.SKIP_SUBTREE
                : FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            String directory = String.valueOf(file.getParent());
            if (directory.matches(".*(surefire|failsafe)-reports")
                && file.getFileName().toString().matches("TEST-.*\\.xml")
                && attributes.lastModifiedTime().compareTo(since) >= 0) {
              reports.add(file);
            }
            return FileVisitResult.CONTINUE;
          }
        });
    return reports;
  }

  private static void flakes(String suite, Element root, List<String> flakes) {
    NodeList cases = root.getElementsByTagName("testcase");
    for (int i = 0; i < cases.getLength(); i++) {
      Element each = (Element) cases.item(i);
      for (String kind : List.of("flakyFailure", "flakyError")) {
        if (each.getElementsByTagName(kind).getLength() > 0) {
          Element failure = (Element) each.getElementsByTagName(kind).item(0);
          String message = failure.getAttribute("message").strip().replaceAll("\\s+", " ");
          flakes.add(
              suite
                  + " "
                  + each.getAttribute("name")
                  + ": "
                  + message.substring(0, Math.min(160, message.length())));
        }
      }
    }
  }

  private static void print(String title, List<Row> rows, int most) {
    rows.sort(Comparator.comparingDouble(Row::seconds).reversed());
    double sum = rows.stream().mapToDouble(Row::seconds).sum();
    System.out.printf(Locale.ROOT, "%n%s: %.0f s%n", title, sum);
    rows.stream()
        .limit(most)
        .forEach(
            row ->
                System.out.printf(
                    Locale.ROOT, "%8.1f s  %s  %s%n", row.seconds(), row.what(), row.note()));
    if (rows.size() > most) {
      double rest = rows.stream().skip(most).mapToDouble(Row::seconds).sum();
      System.out.printf(Locale.ROOT, "%8.1f s  %d more%n", rest, rows.size() - most);
    }
  }

  private GateTimes() {}
}
