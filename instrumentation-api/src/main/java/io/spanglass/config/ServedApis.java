/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.config;

import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The APIs that servers are said to speak, for paths that are words of other services too.
 * Immutable.
 */
public final class ServedApis {
  private static final String TGI = "tgi";
  private static final String OLLAMA = "ollama";

  private final UrlPatterns tgi;
  private final UrlPatterns ollama;

  private ServedApis(UrlPatterns tgi, UrlPatterns ollama) {
    this.tgi = tgi;
    this.ollama = ollama;
  }

  /** Reads {@code host=api} or {@code host/path=api}, comma-separated. */
  static ServedApis parse(String key, @Nullable String value, Consumer<String> warn) {
    Map<String, String> patterns = new TreeMap<>();
    if (value != null) {
      for (String entry : value.split(",", -1)) {
        int equals = entry.lastIndexOf('=');
        String pattern = equals < 0 ? "" : entry.substring(0, equals).trim();
        String api = entry.substring(equals + 1).trim();
        if (pattern.isEmpty() || !(api.equals(TGI) || api.equals(OLLAMA))) {
          warn.accept(
              GenAiConfig.bad(
                  key, entry, "not of the form host=api with the api tgi or ollama", "no entry"));
        } else {
          patterns.merge(api, pattern, (a, b) -> a + "," + b);
        }
      }
    }
    return new ServedApis(
        UrlPatterns.parse(key, patterns.get(TGI), warn),
        UrlPatterns.parse(key, patterns.get(OLLAMA), warn));
  }

  boolean isEmpty() {
    return tgi.isEmpty() && ollama.isEmpty();
  }

  /** Whether any server is a TGI, so that every path may be a call. */
  public boolean anyTgi() {
    return !tgi.isEmpty();
  }

  /**
   * Whether TGI's own API is under this path: under {@code /} of a host that is told without a
   * path, or under the path that is told with it.
   */
  public boolean isTgi(String host, int port, String rawPath) {
    return tgi.isExactly(host, port, rawPath);
  }

  /** Whether this address is told to speak one of the APIs whose paths are not theirs alone. */
  public boolean isTold(String host, int port, String rawPath) {
    return tgi.matches(host, port, rawPath) || ollama.matches(host, port, rawPath);
  }

  @Override
  public String toString() {
    return (tgi.isEmpty() ? "" : TGI + ":" + tgi)
        + (tgi.isEmpty() || ollama.isEmpty() ? "" : " ")
        + (ollama.isEmpty() ? "" : OLLAMA + ":" + ollama);
  }
}
