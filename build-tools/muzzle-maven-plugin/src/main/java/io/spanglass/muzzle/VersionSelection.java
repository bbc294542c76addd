/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.muzzle;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Which of a library's versions are looked at. */
final class VersionSelection {
  private static final Pattern MINOR = Pattern.compile("(\\d+)(?:\\.(\\d+))?.*");

  /** What projects call versions that are not released yet. */
  private static final Pattern PRE_RELEASE =
      Pattern.compile(
          ".*[.\\-_](alpha|beta|milestone|snapshot|preview|pre|pr|rc|cr|ea|eap|dev|nightly|canary"
              + "|incubating|b(?=\\d)|m(?=\\d))[.\\-_]?\\d*([.\\-_+].*)?"
              + "|.*\\d(rc|alpha|beta|m|b)\\d+");

  private VersionSelection() {}

  static boolean isPreRelease(String version) {
    return PRE_RELEASE.matcher(version.toLowerCase(Locale.ROOT)).matches();
  }

  /**
   * The lowest version, the newest of each minor, the newest.
   *
   * @param versions ascending
   * @param atMost how many; 0 for all of these. If there are more, they are taken at even
   *     distances; the lowest and the newest always.
   * @return ascending
   */
  static List<String> select(List<String> versions, int atMost) {
    if (versions.isEmpty()) {
      return List.of();
    }
    Map<String, String> newest = new LinkedHashMap<>();
    for (String version : versions) {
      Matcher matcher = MINOR.matcher(version);
      String minor =
          matcher.matches()
              ? matcher.group(1) + "." + (matcher.group(2) == null ? "0" : matcher.group(2))
              : version;
      // Removed first, so that the order is that of the versions kept.
      newest.remove(minor);
      newest.put(minor, version);
    }
    List<String> selected = new ArrayList<>(newest.values());
    if (!selected.contains(versions.get(0))) {
      selected.add(0, versions.get(0));
    }
    return atMost > 0 && selected.size() > atMost ? spread(selected, atMost) : selected;
  }

  private static List<String> spread(List<String> versions, int count) {
    int last = versions.size() - 1;
    TreeSet<Integer> indexes = new TreeSet<>();
    for (int i = 0; i < count; i++) {
      indexes.add(count == 1 ? last : (int) Math.round((double) i * last / (count - 1)));
    }
    List<String> spread = new ArrayList<>();
    for (int index : indexes) {
      spread.add(versions.get(index));
    }
    return spread;
  }
}
