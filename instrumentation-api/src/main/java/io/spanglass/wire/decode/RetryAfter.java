/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.wire.decode;

import io.spanglass.wire.ResponseHead;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import org.jspecify.annotations.Nullable;

/**
 * When a server that refused a request says that it may be repeated.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc9110#field.retry-after">RFC 9110, 10.2.3</a>
 */
final class RetryAfter {
  /** Numbers beyond are none that a server means. */
  private static final int MAX_DIGITS = 15;

  private RetryAfter() {}

  /** In seconds; NaN where it is not said, or not so that it can be read. */
  static double seconds(ResponseHead head) {
    if (head.status() < 300) {
      return Double.NaN;
    }
    // Of OpenAI and Azure, and more exact.
    double millis = number(head.header("retry-after-ms"));
    if (!Double.isNaN(millis)) {
      return millis / 1000;
    }
    String value = head.header("Retry-After");
    double seconds = number(value);
    return Double.isNaN(seconds) ? until(value, head.header("Date")) : seconds;
  }

  private static double number(@Nullable String value) {
    String text = value == null ? "" : value.trim();
    boolean point = false;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '.' && !point && i > 0) {
        point = true;
      } else if (c < '0' || c > '9') {
        return Double.NaN;
      }
    }
    return text.isEmpty() || text.length() > MAX_DIGITS ? Double.NaN : Double.parseDouble(text);
  }

  /** From the server's own clock, so that ours need not agree with it. */
  private static double until(@Nullable String date, @Nullable String now) {
    if (date == null || now == null) {
      return Double.NaN;
    }
    try {
      long seconds = instant(date).getEpochSecond() - instant(now).getEpochSecond();
      return Math.max(0, seconds);
    } catch (DateTimeException e) {
      return Double.NaN;
    }
  }

  private static Instant instant(String date) {
    return Instant.from(DateTimeFormatter.RFC_1123_DATE_TIME.parse(date.trim()));
  }
}
