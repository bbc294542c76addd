/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.testing.contract;

import io.spanglass.testing.contract.Baseline.Seen;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Keeps what the agent alone did between builds, under the hash of everything that decides it: the
 * agent, the client, the driver, the exchanges and servers, the Java, the plan. A file that is not
 * whole is none.
 */
final class BaselineCache {

  private static final String HEAD = "spanglass baseline 2 ";
  private static final String END = "end ";

  private final Path directory;

  BaselineCache(Path directory) {
    this.directory = directory;
  }

  /**
   * In {@code SPANGLASS_CACHE}, or {@code spanglass} below {@code XDG_CACHE_HOME} or {@code
   * ~/.cache}.
   */
  static BaselineCache ofThisUser() {
    String named = System.getenv("SPANGLASS_CACHE");
    String xdg = System.getenv("XDG_CACHE_HOME");
    Path cache =
        named != null
            ? Path.of(named)
            : (xdg != null ? Path.of(xdg) : Path.of(System.getProperty("user.home"), ".cache"))
                .resolve("spanglass");
    return new BaselineCache(cache.resolve("baselines"));
  }

  /**
   * The key.
   *
   * @param words that decide it
   * @param files that decide it by name and content; directories with all that is below them
   */
  static String key(List<String> words, List<Path> files) throws IOException {
    MessageDigest digest = sha256();
    for (String word : words) {
      digest.update((word.length() + " " + word + "\n").getBytes(StandardCharsets.UTF_8));
    }
    for (Path file : files) {
      List<Path> all;
      try (Stream<Path> below = Files.walk(file)) {
        all = below.filter(Files::isRegularFile).sorted().toList();
      }
      for (Path each : all) {
        String name = file.equals(each) ? "" : file.relativize(each).toString();
        String head = file.getFileName() + "/" + name + " " + Files.size(each) + "\n";
        digest.update(head.getBytes(StandardCharsets.UTF_8));
        try (InputStream in = new DigestInputStream(Files.newInputStream(each), digest)) {
          in.transferTo(OutputStream.nullOutputStream());
        }
      }
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  /** What is kept, null if nothing is or it is damaged. */
  @Nullable Baseline read(String key) {
    try {
      List<String> lines = Files.readAllLines(file(key));
      int last = lines.size() - 1;
      if (last < 1
          || !lines.get(0).equals(HEAD + key)
          || !lines.get(last).equals(END + digest(lines.subList(0, last)))) {
        return null;
      }
      return decode(lines.subList(1, last));
    } catch (IOException | IllegalArgumentException | IndexOutOfBoundsException e) {
      return null;
    }
  }

  /** Keeps it. That it cannot be kept is no failure of a test. */
  void write(String key, Baseline baseline) {
    List<String> lines = new ArrayList<>();
    lines.add(HEAD + key);
    encode(baseline, lines);
    lines.add(END + digest(lines));
    try {
      Files.createDirectories(directory);
      // Whole or not at all: another build may be reading, and a build may be killed.
      Path whole = Files.createTempFile(directory, "baseline", ".tmp");
      Files.write(whole, lines);
      Files.move(whole, file(key), StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      System.out.println("not kept for the next build: " + e);
    }
  }

  /** Forgets it, since it was not what the agent alone does each time. */
  void forget(String key) throws IOException {
    Files.deleteIfExists(file(key));
  }

  private Path file(String key) {
    return directory.resolve(key + ".txt");
  }

  private static void encode(Baseline baseline, List<String> lines) {
    baseline.lacks().forEach((feature, reason) -> lines.add("lacks " + feature + " " + reason));
    baseline
        .played()
        .forEach(
            (id, seen) -> {
              lines.add("exchange " + id);
              seen.application().forEach(line -> lines.add("application " + escape(line)));
              seen.server().forEach(line -> lines.add("server " + escape(line)));
              baseline
                  .agentSpans()
                  .getOrDefault(id, Map.of())
                  .forEach((scope, count) -> lines.add("spans " + count + " " + scope));
            });
  }

  private static Baseline decode(List<String> lines) {
    Map<Feature, String> lacks = new EnumMap<>(Feature.class);
    Map<String, Seen> played = new LinkedHashMap<>();
    Map<String, Map<String, Integer>> spans = new LinkedHashMap<>();
    String id = "";
    for (String line : lines) {
      String kind = line.substring(0, line.indexOf(' '));
      String rest = line.substring(kind.length() + 1);
      Seen seen = played.get(id);
      switch (kind) {
        case "lacks" ->
            lacks.put(
                Feature.valueOf(rest.substring(0, rest.indexOf(' '))),
                rest.substring(rest.indexOf(' ') + 1));
        case "exchange" -> {
          id = rest;
          played.put(id, new Seen(new ArrayList<>(), new ArrayList<>()));
          spans.put(id, new LinkedHashMap<>());
        }
        case "application" -> lines(seen).application().add(unescape(rest));
        case "server" -> lines(seen).server().add(unescape(rest));
        case "spans" -> {
          int blank = rest.indexOf(' ');
          spans
              .computeIfAbsent(id, key -> new LinkedHashMap<>())
              .put(rest.substring(blank + 1), Integer.parseInt(rest.substring(0, blank)));
        }
        default -> throw new IllegalArgumentException(line);
      }
    }
    return new Baseline(played, lacks, spans);
  }

  private static Seen lines(@Nullable Seen seen) {
    if (seen == null) {
      throw new IllegalArgumentException("a line of no exchange");
    }
    return seen;
  }

  private static String escape(String line) {
    return line.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r");
  }

  private static String unescape(String line) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < line.length(); i++) {
      char c = line.charAt(i);
      if (c == '\\') {
        char escaped = line.charAt(++i);
        text.append(escaped == 'n' ? '\n' : escaped == 'r' ? '\r' : escaped);
      } else {
        text.append(c);
      }
    }
    return text.toString();
  }

  private static String digest(List<String> lines) {
    return HexFormat.of()
        .formatHex(sha256().digest(String.join("\n", lines).getBytes(StandardCharsets.UTF_8)));
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
