/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.redaction;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;

/**
 * A search for a text that throws, that takes long, or that changes when it is redacted once more.
 * How to search for longer: {@code WireFuzzIT}.
 */
class RedactionFuzzIT {
  private static final Redactor STRICT = Redactor.of(RedactionPolicy.strict());
  private static final int REPEATED = 1 << 16;

  /** A thousand times what such a text takes: a clock that a busy machine does not stop. */
  private static final long MOST_NANOS = 5_000_000_000L;

  @FuzzTest(maxDuration = "1m")
  void aTextIsRedactedOnceAndSoon(byte[] input) {
    String text = new String(input, StandardCharsets.UTF_8);
    String once = STRICT.redact(text);
    assertThat(STRICT.redact(once)).isSameAs(once);
    if (!text.isEmpty() && text.length() < 64) {
      // What a pattern costs shows when there is a lot of it.
      String many = text.repeat(REPEATED / text.length());
      long start = System.nanoTime();
      STRICT.redact(many);
      assertThat(System.nanoTime() - start).isLessThan(MOST_NANOS);
    }
    assertThat(STRICT.failures()).isZero();
  }
}
