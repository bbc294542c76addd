/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A list of patterns {@code host} or {@code host/path}, the host with or without a port, where
 * {@code *} stands for any run of characters. A pattern without a path means every path of the
 * host.
 */
final class UrlPatterns {
  private final List<String> hosts;
  private final List<String> paths;

  private UrlPatterns(List<String> hosts, List<String> paths) {
    this.hosts = hosts;
    this.paths = paths;
  }

  static UrlPatterns parse(String key, @Nullable String value, Consumer<String> warn) {
    List<String> hosts = new ArrayList<>();
    List<String> paths = new ArrayList<>();
    if (value != null) {
      for (String entry : value.split(",", -1)) {
        String pattern = entry.trim();
        if (pattern.isEmpty() || pattern.contains("://") || pattern.startsWith("/")) {
          warn.accept(
              GenAiConfig.bad(
                  key, withoutUser(entry), "not of the form host or host/path", "no entry"));
          continue;
        }
        int slash = pattern.indexOf('/');
        // Host names know no case, paths do. Addresses are matched without brackets.
        hosts.add(
            withoutBrackets(
                (slash < 0 ? pattern : pattern.substring(0, slash)).toLowerCase(Locale.ROOT)));
        paths.add(slash < 0 ? "*" : pattern.substring(slash));
      }
    }
    return new UrlPatterns(hosts, paths);
  }

  /** An IPv6 address has them in URLs, with a port behind them or not. */
  private static String withoutBrackets(String host) {
    return host.startsWith("[") ? host.substring(1).replaceFirst("]", "") : host;
  }

  /** A URL that was put here by mistake may have a password in it. */
  private static String withoutUser(String entry) {
    int at = entry.lastIndexOf('@');
    return at < 0 ? entry : "..." + entry.substring(at);
  }

  boolean isEmpty() {
    return hosts.isEmpty();
  }

  boolean matches(String host, int port, String path) {
    return matches(host, port, path, "*");
  }

  /** As {@link #matches}, but a pattern without a path means {@code /} alone. */
  boolean isExactly(String host, int port, String path) {
    return matches(host, port, path, "/");
  }

  private boolean matches(String host, int port, String path, String anyPath) {
    if (hosts.isEmpty()) {
      return false;
    }
    String normalHost = withoutBrackets(host.toLowerCase(Locale.ROOT));
    String withPort = normalHost + ":" + port;
    for (int i = 0; i < hosts.size(); i++) {
      String pattern = hosts.get(i);
      if ((globMatches(pattern, normalHost) || globMatches(pattern, withPort))
          && globMatches(paths.get(i).equals("*") ? anyPath : paths.get(i), path)) {
        return true;
      }
    }
    return false;
  }

  /** Greedy with one point to come back to, so that no pattern takes more than n times m steps. */
  private static boolean globMatches(String pattern, String text) {
    int p = 0;
    int t = 0;
    int star = -1;
    int starText = 0;
    while (t < text.length()) {
      if (p < pattern.length() && pattern.charAt(p) == '*') {
        star = p++;
        starText = t;
      } else if (p < pattern.length() && pattern.charAt(p) == text.charAt(t)) {
        p++;
        t++;
      } else if (star >= 0) {
        p = star + 1;
        t = ++starText;
      } else {
        return false;
      }
    }
    while (p < pattern.length() && pattern.charAt(p) == '*') {
      p++;
    }
    return p == pattern.length();
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < hosts.size(); i++) {
      text.append(i == 0 ? "" : ",").append(hosts.get(i));
      text.append(paths.get(i).equals("*") ? "" : paths.get(i));
    }
    return text.toString();
  }
}
