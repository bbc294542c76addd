/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.pipeline;

import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Set;

/**
 * The names of metrics in a PromQL expression that Prometheus has found valid; what is wrong with
 * an invalid one is not told.
 *
 * @see <a href="https://prometheus.io/docs/prometheus/latest/querying/basics/">Querying</a>
 */
public final class PromQl {
  private static final Set<String> GROUPINGS =
      Set.of("by", "without", "on", "ignoring", "group_left", "group_right");
  private static final Set<String> OPERATORS =
      Set.of("and", "or", "unless", "atan2", "bool", "offset", "inf", "nan");
  private static final String NAME_LABEL = "__name__";

  private final String text;
  private final Set<String> names = new LinkedHashSet<>();
  private int at;

  private PromQl(String text) {
    this.text = text;
  }

  /**
   * The metrics that the expression reads, in order of appearance.
   *
   * @return names; for a selector on {@code __name__} the value that it compares with, which may be
   *     a regular expression; {@code {}} for a selector without any name
   */
  public static Set<String> metricNames(String expression) {
    PromQl scan = new PromQl(expression);
    scan.expression();
    return scan.names;
  }

  private void expression() {
    boolean named = false;
    while (at < text.length()) {
      char c = text.charAt(at);
      if (c == '#') {
        skipComment();
      } else if (isQuote(c)) {
        string();
        named = false;
      } else if (c == '{') {
        selector(named);
        named = false;
      } else if (c == '[') {
        at = text.indexOf(']', at) + 1;
        named = false;
      } else if (isNameStart(c)) {
        named = word();
      } else if (isDigit(c) || c == '.') {
        // Numbers and durations hold letters: 1e3, 5m, 0x1f.
        skipNumber();
        named = false;
      } else {
        at++;
        if (!Character.isWhitespace(c)) {
          named = false;
        }
      }
    }
  }

  /** Whether it was a metric's name. */
  private boolean word() {
    int start = at;
    while (at < text.length() && (isNameStart(text.charAt(at)) || isDigit(text.charAt(at)))) {
      at++;
    }
    String word = text.substring(start, at);
    String lower = word.toLowerCase(Locale.ROOT);
    boolean call = next() == '(';
    if (GROUPINGS.contains(lower)) {
      if (call) {
        at = text.indexOf(')', at) + 1;
      }
      return false;
    }
    if (call || OPERATORS.contains(lower) || isAggregationBeforeItsLabels(lower)) {
      return false;
    }
    names.add(word);
    return true;
  }

  /** {@code sum by (x) (...)}: the aggregation has no bracket right behind it. */
  private boolean isAggregationBeforeItsLabels(String word) {
    int here = skipWhitespace(at);
    String rest = text.substring(here, Math.min(text.length(), here + 8));
    return rest.matches("(?is)(by|without)\\b.*") && Aggregations.NAMES.contains(word);
  }

  private void selector(boolean named) {
    at++;
    boolean found = named;
    while (at < text.length() && text.charAt(at) != '}') {
      char c = text.charAt(at);
      if (isQuote(c)) {
        // A name in quotes that no comparison follows is the metric's.
        String name = string();
        if (next() == ',' || next() == '}') {
          names.add(name);
          found = true;
        }
      } else if (c == '#') {
        skipComment();
      } else if (isNameStart(c)) {
        int start = at;
        while (at < text.length() && (isNameStart(text.charAt(at)) || isDigit(text.charAt(at)))) {
          at++;
        }
        if (text.substring(start, at).equals(NAME_LABEL)) {
          at = skipWhitespace(at);
          boolean positive = text.charAt(at) == '=';
          while (!isQuote(text.charAt(at))) {
            at++;
          }
          String value = string();
          if (positive) {
            names.add(value);
            found = true;
          }
        } else {
          skipMatcher();
        }
      } else {
        at++;
      }
    }
    at++;
    if (!found) {
      names.add("{}");
    }
  }

  private void skipMatcher() {
    while (at < text.length() && !isQuote(text.charAt(at))) {
      at++;
    }
    string();
  }

  private String string() {
    char quote = text.charAt(at);
    StringBuilder value = new StringBuilder();
    at++;
    while (at < text.length() && text.charAt(at) != quote) {
      if (text.charAt(at) == '\\' && quote != '`') {
        at++;
      }
      value.append(text.charAt(at));
      at++;
    }
    at++;
    return value.toString();
  }

  private void skipComment() {
    int end = text.indexOf('\n', at);
    at = end < 0 ? text.length() : end;
  }

  private void skipNumber() {
    while (at < text.length()
        && (Character.isLetterOrDigit(text.charAt(at)) || text.charAt(at) == '.')) {
      at++;
    }
  }

  private char next() {
    int here = skipWhitespace(at);
    return here < text.length() ? text.charAt(here) : '\0';
  }

  private int skipWhitespace(int from) {
    int here = from;
    while (here < text.length() && Character.isWhitespace(text.charAt(here))) {
      here++;
    }
    return here;
  }

  private static boolean isQuote(char c) {
    return c == '"' || c == '\'' || c == '`';
  }

  private static boolean isNameStart(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == ':';
  }

  private static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }

  private static final class Aggregations {
    static final Set<String> NAMES =
        Set.of(
            "sum",
            "min",
            "max",
            "avg",
            "group",
            "stddev",
            "stdvar",
            "count",
            "count_values",
            "bottomk",
            "topk",
            "quantile",
            "limitk",
            "limit_ratio");

    private Aggregations() {}
  }
}
