/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.redaction.exporters;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** The attributes that are never rewritten: the list of {@code unchanged-keys.txt}. */
final class UnchangedKeys {
  private static final int MOST_REMEMBERED = 4096;

  private static final Set<String> NAMES = new HashSet<>();
  private static final List<String> BEGINNINGS = new ArrayList<>();

  /** Keys that were asked for, so that beginnings are compared once. */
  private static final Map<String, Boolean> KNOWN = new ConcurrentHashMap<>();

  static {
    try (InputStream in = UnchangedKeys.class.getResourceAsStream("unchanged-keys.txt")) {
      if (in == null) {
        throw new IllegalStateException("unchanged-keys.txt is missing");
      }
      BufferedReader lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (line.isEmpty() || line.charAt(0) == '#') {
          continue;
        }
        if (line.endsWith("*")) {
          BEGINNINGS.add(line.substring(0, line.length() - 1));
        } else {
          NAMES.add(line);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private UnchangedKeys() {}

  static boolean contains(String key) {
    Boolean known = KNOWN.get(key);
    if (known != null) {
      return known;
    }
    boolean unchanged = NAMES.contains(key);
    for (int i = 0; i < BEGINNINGS.size() && !unchanged; i++) {
      unchanged = key.startsWith(BEGINNINGS.get(i));
    }
    if (KNOWN.size() < MOST_REMEMBERED) {
      KNOWN.put(key, unchanged);
    }
    return unchanged;
  }
}
