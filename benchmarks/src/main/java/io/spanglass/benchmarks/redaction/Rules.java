/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.benchmarks.redaction;

import java.util.List;

/** What people write who redact with regular expressions: a pattern for each kind. */
final class Rules {
  static final List<String> PATTERNS =
      List.of(
          "[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9.-]{1,255}\\.[A-Za-z]{2,24}",
          "\\b[3-6][0-9]{3}[ -]?[0-9]{4}[ -]?[0-9]{4}[ -]?[0-9]{1,7}\\b",
          "\\b[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\\b",
          "\\b[0-9]{3}-[0-9]{2}-[0-9]{4}\\b",
          "\\b(?:[0-9]{1,3}\\.){3}[0-9]{1,3}\\b",
          "(?:\\+|\\b)[0-9]{1,3}[ .-]?\\(?[0-9]{2,4}\\)?[ .-]?[0-9]{3,4}[ .-]?[0-9]{3,4}\\b",
          "\\b(?:sk|pk)-[A-Za-z0-9_-]{20,200}",
          "\\bgh[pousr]_[A-Za-z0-9]{36}\\b",
          "\\b(?:AKIA|ASIA)[A-Z2-7]{16}\\b",
          "\\bAIza[A-Za-z0-9_-]{35}",
          "\\beyJ[A-Za-z0-9_-]{10,500}\\.[A-Za-z0-9_-]{10,1000}\\.[A-Za-z0-9_-]{10,500}",
          "\\bxox[abprs]-[A-Za-z0-9-]{10,100}",
          "(?i)(?:password|passwd|secret|token|api_key)[\"']?\\s{0,3}[=:]\\s{0,3}[\"']?[^\\s\"',;]{6,100}",
          "://[^/\\s:@]{1,100}:[^/\\s@]{1,100}@",
          "\\b[0-9]{11}\\b");

  private Rules() {}
}
